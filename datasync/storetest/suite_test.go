//go:build !js

package storetest_test

// This file holds the suite itself to account: a plain store passes it, and each mistake
// is caught by the case that is there for it.

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"tidetable/datasync/storetest"
)

// faultVariable tells the process that plays a faulty store which fault it has.
const faultVariable = "STORETEST_FAULT"

func TestAPlainStorePasses(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Database { return newDisk("") })
}

// opener is a database without any of the optional abilities.
type opener struct{ storetest.Database }

func TestAStoreWithoutTheOptionalAbilitiesPasses(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Database { return opener{newDisk("")} })
}

// TestFaultyStore is run by TestEveryFaultIsCaught in a process of its own, where it must
// fail. Otherwise there is no fault and it passes.
func TestFaultyStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Database { return newDisk(os.Getenv(faultVariable)) })
}

func TestEveryFaultIsCaught(t *testing.T) {
	for _, test := range []struct{ fault, caughtBy string }{
		{"drops one append", "append/an acknowledged entry is readable by another handle"},
		{"acknowledges before the commit", "append/pages are there when their entry is"},
		{"keeps the pages of a failed append", "append/a taken position undoes the pages too"},
		{"stores the pages after the entry", "append/pages are there when their entry is"},
		{"writes an entry twice", "append/positions follow each other without gaps"},
		{"overwrites a taken position", "append/a taken position fails and the first entry stays"},
		{"gives errors of its own", "append/a taken position fails and the first entry stays"},
		{"acknowledges what is behind", "append/an append behind the floor fails and nobody reads it"},
		{"reads below the floor", "append/an append behind the floor fails and nobody reads it"},
		{"tells taken for behind", "append/every append below the floor is told behind"},
		{"takes the floor for behind", "append/an append at the floor is not behind"},
		{"ignores the context", "append/a cancelled context changes nothing"},
		{"goes by the context after the write", "append/an append cancelled on its way tells what happened"},
		{"looks first and writes later", "contexts/appends of four handles are all there once and in order"},
		{"looks first and writes later", "contexts/calls through one handle at once are all there once"},
		{"gives a first position without entries", "tail/an empty database gives a zero tail"},
		{"counts from one", "tail/a tail starts behind the position given"},
		{"gives a thousand entries at most", "tail/five thousand entries come in one tail in order"},
		{"forgets the root", "tail/a reader below the floor gets the root and the entries behind the floor"},
		{"always gives the root", "tail/a reader at or above the floor gets no root"},
		{"remembers the head of its opening", "tail/every tail carries floor and generation"},
		{"takes head and root from the tail before", "contexts/a reader beside writers and compactors never sees a torn tail"},
		{"stores text", "records/binary records survive"},
		{"stores text up to a zero", "records/binary records survive"},
		{"keeps the slices it is given", "records/slices given are not kept"},
		{"returns its own slices", "records/slices returned belong to the caller"},
		{"accepts any size", "records/an entry too large is refused and nothing written"},
		{"accepts any size", "records/a page too large is refused and nothing written"},
		{"accepts any size", "records/a root or page too large refuses the compaction"},
		{"refuses the largest size", "records/records of the largest size are accepted"},
		{"is always relaxed", "records/an append has the durability asked for"},
		{"is always strict", "records/a compaction is relaxed"},
		{"gives empty pages for missing ones", "pages/a missing page is nil among those that exist"},
		{"leaves missing pages out", "pages/a missing page is nil among those that exist"},
		{"gives pages in the order of their names", "pages/as many pages as allowed come in the order asked"},
		{"reads any number of pages", "pages/one page more than allowed is refused"},
		{"folds the case of names", "pages/page names are compared exactly"},
		{"removes all pages", "pages/pages stay while entries come and go"},
		{"removes no pages", "compact/a compaction removes the named pages and keeps the others"},
		{"compacts everything", "compact/a compaction replaces the entries up to the floor by the root"},
		{"lets every compaction win", "compact/of two compactions at once one wins whole"},
		{"lets every compaction win", "compact/a compaction of an older generation fails and changes nothing"},
		{"stores the pages of a compaction that lost", "compact/of two compactions at once one wins whole"},
		{"moves the floor anywhere", "compact/a floor outside the journal is refused"},
		{"ignores the lowest format", "format/a database of a later format refuses appends and compactions"},
		{"lets the lowest format fall", "format/the lowest format never falls and the present one shuts nobody out"},
		{"loses entries to a later format", "format/a later format loses no entry behind the compaction"},
		{"fails to close twice", "close/closing twice is allowed"},
		{"works after closing", "close/calls after closing fail with closed"},
		{"closes all handles", "close/closing one handle leaves the others working"},
		{"does not wait when closing", "close/closing waits for the transactions under way"},
		{"takes an aborted transaction for done", "faults/an aborted append fails and changes nothing"},
		{"keeps the pages of an aborted append", "faults/an aborted append fails and changes nothing"},
		{"keeps the floor of an aborted compaction", "faults/an aborted compaction fails and changes nothing"},
		{"loses what a lost handle wrote last", "faults/what a lost handle wrote stays and the others go on"},
		{"acknowledges what is behind", "contexts/four handles beside two compactors lose and double nothing"},
		{"drops one append", "contexts/a random script of four handles agrees with a plain model"},
	} {
		t.Run(test.fault+" by "+test.caughtBy[strings.IndexByte(test.caughtBy, '/')+1:], func(t *testing.T) {
			t.Parallel()
			wantCaught(t, test.fault, test.caughtBy)
		})
	}
}

// wantCaught runs one case against a store with a fault, in a process of its own, and
// wants it to fail. That it passes without the fault is TestAPlainStorePasses.
func wantCaught(t *testing.T, fault, caseName string) {
	t.Helper()
	name := strings.ReplaceAll(caseName, " ", "_")
	pattern := "^TestFaultyStore$/^" + strings.ReplaceAll(name, "/", "$/^") + "$"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", pattern, "-test.v", "-test.timeout", "60s")
	cmd.Env = append(os.Environ(), faultVariable+"="+fault)
	output, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "--- FAIL: TestFaultyStore/"+name) {
		t.Errorf("a store that %s is not caught by case %q:\n%s", fault, caseName, output)
	}
}
