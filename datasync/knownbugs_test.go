package datasync_test

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// bugRow is a line of a table of docs/known-bugs.md: number, fault, answer, tests.
	bugRow = regexp.MustCompile(`(?m)^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)
	// bugTest names a test in its last column.
	bugTest = regexp.MustCompile("`([a-z0-9_]+_test\\.go): (Test[A-Za-z0-9]+)(?: / ([^`]+))?`")
)

// TestKnownBugsNameTestsThatExist holds docs/known-bugs.md against the tests it names.
func TestKnownBugsNameTestsThatExist(t *testing.T) {
	page, err := os.ReadFile("../docs/known-bugs.md")
	require.NoError(t, err)
	rows := bugRow.FindAllStringSubmatch(string(page), -1)
	require.Len(t, rows, 32)
	for i, row := range rows {
		require.Equal(t, strconv.Itoa(i+1), row[1])
		require.Regexp(t, `^A client .*\.$`, row[2])
		named := bugTest.FindAllStringSubmatch(row[4], -1)
		require.NotEmpty(t, named, "bug %s names no test", row[1])
		require.Len(t, named, strings.Count(row[4], "`")/2, "bug %s: not everything in its last column is a test", row[1])
		for _, test := range named {
			require.NoError(t, existing(test[1], test[2], test[3]), "bug %s", row[1])
		}
	}
}

// existing tells whether a file has a test and, unless it is empty, that one's subtest.
func existing(file, test, subtest string) error {
	source, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, body, found := strings.Cut(string(source), "\nfunc "+test+"(t *testing.T) {\n")
	if !found {
		return errors.New("there is no " + test + " in " + file)
	}
	body, _, _ = strings.Cut(body, "\n}\n")
	if subtest != "" && !strings.Contains(body, strconv.Quote(subtest)) {
		return errors.New(test + " has no case " + strconv.Quote(subtest))
	}
	return nil
}

// TestTestsThatDoNotExistAreMissed shows that the check above can fail.
func TestTestsThatDoNotExistAreMissed(t *testing.T) {
	require.NoError(t, existing("knownbugs_test.go", "TestTestsThatDoNotExistAreMissed", ""))
	require.Error(t, existing("nosuch_test.go", "TestPush", ""))
	require.Error(t, existing("push_test.go", "TestPus", ""))
	require.Error(t, existing("push_test.go", "TestPush", "no such case"))
	require.NoError(t, existing("push_test.go", "TestPush", "chosen tables only"))
}
