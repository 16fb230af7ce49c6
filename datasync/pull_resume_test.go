package datasync_test

// This file cuts the database after every commit of a pull and goes on from there.

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/memstore"
	"tidetable/datasync/query"
)

// TestPullGoesOnWhereItWasCut pulls 300 rows in pages of seven, opens what a disk would hold
// after each commit, and pulls the rest.
func TestPullGoesOnWhereItWasCut(t *testing.T) {
	for _, c := range []struct {
		name string
		habits
		// together is how many rows share one time, apart how far these are from the next.
		together int
		apart    time.Duration
	}{
		{"every row has its own time", habits{}, 1, time.Second},
		{"a server that counts and links", habits{Counts: true, Links: linkExact}, 1, time.Second},
		{"more rows of one time than on a page", habits{Unordered: true}, 20, 7 * time.Second},
		{"and ids cannot be compared", habits{Unordered: true, NoCompare: 500}, 20, 7 * time.Second},
		{"many rows within a second", habits{Digits: hundredNanoseconds}, 3, 100 * time.Microsecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.habits.Cap = 7
			synctest.Test(t, func(t *testing.T) {
				r := newWalkRun(walkScript{Habits: c.habits})
				defer func() { require.NoError(t, r.client.Close()) }()
				for r.model.number < 300 {
					r.event(walkEvent{Kind: inserts, Rows: c.together, Wait: c.apart})
				}
				r.clock.advance(time.Hour)
				cuts, whole := cutPull(t, r)
				require.GreaterOrEqual(t, len(cuts), 300/7)
				for i, cut := range cuts {
					goOn(t, r.goneOn(cut), whole.Requests-i)
				}
			})
		})
	}
}

// cutPull pulls everything and returns the database as it was after each commit.
func cutPull(t *testing.T, r *walkRun) ([]*memstore.Database, datasync.PullResult) {
	t.Helper()
	var cuts []*memstore.Database
	r.db.Observe(func(c memstore.Commit) { cuts = append(cuts, c.Clone()) })
	result, failure := r.pull(walkStep{Kind: pullMain}, true)
	require.Empty(t, failure)
	require.Equal(t, 300, result.Inserted)
	return cuts, result
}

// goOn pulls into a cut database from a server on which a row was changed, one deleted and
// one added since. left is how many requests the pull that was cut had yet to make.
func goOn(t *testing.T, r *walkRun, left int) {
	t.Helper()
	defer func() { require.NoError(t, r.client.Close()) }()
	everything, err := query.Compile(nil)
	require.NoError(t, err)
	// What lies in the overlap is read again.
	newest := r.newest(t)
	again := r.model.since(everything, ticksOf(newest.Add(-10*time.Second))) - r.model.since(everything, ticksOf(newest))
	r.event(walkEvent{Kind: updates, Wait: time.Minute})
	r.event(walkEvent{Kind: deletes, Pick: 150})
	r.event(walkEvent{Kind: inserts})
	r.watch = &pullWatch{came: map[string]bool{}, limit: func() int { return left + r.bound(walkStep{Kind: pullMain}, again, 3, 7) }}
	result, err := r.run(ctx, walkStep{Kind: pullMain}, "main")
	require.NoError(t, err, r.failure)
	require.Equal(t, r.watch.requests, result.Requests)
	require.Empty(t, r.compare(everything, false))
}

// goneOn opens another database at the same time, with a server of its own that has the
// same rows.
func (r *walkRun) goneOn(db *memstore.Database) *walkRun {
	other := &walkRun{script: r.script, clock: r.clock, db: db, names: r.names, known: map[string]reached{}}
	other.model = newTableModel(r.script.Habits, r.clock)
	other.model.rows, other.model.number = maps.Clone(r.model.rows), r.model.number
	other.open()
	return other
}

func ticksOf(t time.Time) int64 { return t.UnixNano() / int64(tick) }

// newest is the time of the newest row that is here.
func (r *walkRun) newest(t *testing.T) (newest time.Time) {
	t.Helper()
	for _, row := range r.local() {
		at, err := time.Parse(time.RFC3339Nano, member([]byte(row), "updatedAt"))
		require.NoError(t, err)
		if at.After(newest) {
			newest = at
		}
	}
	return newest
}
