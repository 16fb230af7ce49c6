package datasync_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The number of cases, and the seed of the first one, for longer runs and to replay one:
//
//	TIDETABLE_WALK_RUNS=100000 TIDETABLE_WALK_SEED=1 go test -run TestWalk ./datasync
const (
	walkRuns = "TIDETABLE_WALK_RUNS"
	walkSeed = "TIDETABLE_WALK_SEED"
)

// TestWalkReachesTheServersRows pulls from servers of all habits while their rows change,
// requests fail and pulls are cancelled. Whenever nothing happens during a pull, the rows
// here are the server's afterwards; no pull needs more requests than it may.
func TestWalkReachesTheServersRows(t *testing.T) {
	runs, first := uint64(300), uint64(time.Now().UnixNano())
	if text := os.Getenv(walkSeed); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		runs, first = 1, seed
	}
	if text := os.Getenv(walkRuns); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		runs = n
	}
	t.Log("seeds", first, "to", first+runs-1)
	for seed := first; seed-first < runs; seed++ {
		replay(t, seed)
	}
}

// TestWalkSeeds replays seeds that once failed. A change of drawScript makes other cases
// of them.
func TestWalkSeeds(t *testing.T) {
	for _, seed := range []uint64{} {
		replay(t, seed)
	}
}

// replay runs the case of a seed and shows the smallest one that fails too.
func replay(t *testing.T, seed uint64) {
	t.Helper()
	script := drawScript(seed)
	failure := play(t, script)
	if failure == "" {
		return
	}
	small := shrink(script, func(s walkScript) bool { return play(t, s) != "" })
	t.Fatalf("%s=%d: %s\n\nsmaller: %s\n%v", walkSeed, seed, failure, play(t, small), small)
}

// play runs a script and tells what went wrong, "" when nothing did.
func play(t *testing.T, s walkScript) (failure string) {
	synctest.Test(t, func(*testing.T) {
		r := newWalkRun(s)
		defer func() {
			if p := recover(); p != nil {
				failure = fmt.Sprint("panic: ", p)
			}
			_ = r.client.Close()
		}()
		failure = r.play()
	})
	return failure
}
