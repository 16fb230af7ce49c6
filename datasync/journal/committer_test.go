package journal_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/journal"
	"tidetable/datasync/memstore"
)

// counts is a state whose entries add to named counters.
type counts struct {
	mu      sync.Mutex
	now     map[string]int
	entries int
	// unprepared is what Prepare fails with, once.
	unprepared error
}

// addition is a draft on counts.
type addition struct {
	base    *counts
	changes []journal.Change
}

func (c *counts) Begin() *addition { return &addition{base: c} }

func (c *counts) Restore(_ context.Context, changes []journal.Change, _ journal.Position) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = map[string]int{}
	for _, change := range changes {
		c.now[change.Key]++
	}
	return nil
}

func (c *counts) snapshot() journal.Snapshot {
	s := journal.Snapshot{Stored: func() {}}
	for name, n := range c.now {
		for range n {
			s.Changes = append(s.Changes, journal.Change{Kind: 1, Key: name})
		}
	}
	return s
}

func (c *counts) Prepare(context.Context, []journal.Entry) error {
	err := c.unprepared
	c.unprepared = nil
	return err
}

func (c *counts) Fold(e journal.Entry, _ []journal.Named) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries++
	for _, change := range e.Changes {
		c.now[change.Key]++
	}
}

func (c *counts) of(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now[name]
}

func (a *addition) Entry() journal.Entry   { return journal.Entry{Changes: a.changes} }
func (a *addition) Pages() []journal.Named { return nil }
func (a *addition) Full() bool             { return len(a.changes) >= 100 }

func (a *addition) add(name string) {
	a.changes = append(a.changes, journal.Change{Kind: 1, Key: name})
}

func at(ctx context.Context, _ int) error { return ctx.Err() }

func newCommitter(t *testing.T, db *memstore.Database, author string) (*journal.Committer[*addition], *counts) {
	t.Helper()
	state := &counts{now: map[string]int{}}
	c := journal.NewCommitter[*addition](journal.NewLog(db.Open(), names(author)), state, at)
	t.Cleanup(func() { _ = c.Close() })
	return c, state
}

func TestCommitter(t *testing.T) {
	t.Run("calls that arrive during a commit share the next one", func(t *testing.T) {
		db := memstore.NewDatabase()
		c, state := newCommitter(t, db, "a")
		release := db.Hold()
		var calls sync.WaitGroup
		for range 80 {
			calls.Add(1)
			go func() {
				defer calls.Done()
				_, err := c.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
				require.NoError(t, err)
			}()
		}
		release()
		calls.Wait()
		require.Equal(t, 80, state.of("n"))
		require.Less(t, state.entries, 80)
	})

	t.Run("a full draft leaves the rest to the next entry", func(t *testing.T) {
		c, state := newCommitter(t, memstore.NewDatabase(), "a")
		_, err := c.Commit(ctx, journal.Relaxed, func(a *addition) error {
			for range 100 {
				a.add("full")
			}
			return nil
		})
		require.NoError(t, err)
		_, err = c.Commit(ctx, journal.Relaxed, func(a *addition) error { a.add("next"); return nil })
		require.NoError(t, err)
		require.Equal(t, 2, state.entries)
	})

	t.Run("a decision that fails gets its own error and writes nothing", func(t *testing.T) {
		c, state := newCommitter(t, memstore.NewDatabase(), "a")
		no := errors.New("no")
		_, err := c.Commit(ctx, journal.Strict, func(*addition) error { return no })
		require.ErrorIs(t, err, no)
		position, err := c.Commit(ctx, journal.Strict, func(*addition) error { return nil })
		require.NoError(t, err)
		require.Zero(t, position)
		require.Zero(t, state.entries)
	})

	t.Run("who was behind folds in and decides again", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, _ := newCommitter(t, db, "a")
		two, state := newCommitter(t, db, "b")
		_, err := one.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
		require.NoError(t, err)
		var seen []int
		_, err = two.Commit(ctx, journal.Strict, func(a *addition) error {
			seen = append(seen, a.base.of("n"))
			a.add("n")
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, []int{0, 1}, seen)
		require.Equal(t, 2, state.of("n"))
	})

	t.Run("entries whose pages could not be read are folded the next time", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, _ := newCommitter(t, db, "a")
		two, state := newCommitter(t, db, "b")
		_, err := one.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
		require.NoError(t, err)
		state.unprepared = errors.New("not now")
		require.Error(t, two.CatchUp(ctx))
		require.Zero(t, state.of("n"))
		require.NoError(t, two.CatchUp(ctx))
		require.Equal(t, 1, state.of("n"))
	})

	t.Run("contexts that write at once lose and double nothing", func(t *testing.T) {
		db := memstore.NewDatabase()
		var calls sync.WaitGroup
		for n := range 4 {
			c, _ := newCommitter(t, db, fmt.Sprint("tab", n, "."))
			calls.Add(1)
			go func() {
				defer calls.Done()
				for range 100 {
					_, err := c.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
					require.NoError(t, err)
				}
			}()
		}
		calls.Wait()
		c, state := newCommitter(t, db, "last")
		require.NoError(t, c.CatchUp(ctx))
		require.Equal(t, 400, state.of("n"))
	})

	t.Run("compacts beside commits of contexts that were behind", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, state := newCommitter(t, db, "a")
		two, other := newCommitter(t, db, "b")
		for range 5 {
			_, err := one.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
			require.NoError(t, err)
		}
		require.Equal(t, 5, one.Backlog().Entries)
		require.NoError(t, one.Compact(ctx, state.snapshot))
		require.Zero(t, one.Backlog())
		_, err := two.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
		require.NoError(t, err)
		require.Equal(t, 6, other.of("n"))
		require.NoError(t, one.CatchUp(ctx))
		require.Equal(t, 6, state.of("n"))
		require.NoError(t, one.Reload(ctx))
		require.Equal(t, 6, state.of("n"), "made anew, not counted twice")
	})

	t.Run("of two that compact at once one does it", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, state := newCommitter(t, db, "a")
		two, other := newCommitter(t, db, "b")
		_, err := one.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
		require.NoError(t, err)
		require.NoError(t, two.CatchUp(ctx))
		require.NoError(t, one.Compact(ctx, state.snapshot))
		require.NoError(t, two.Compact(ctx, other.snapshot))
		tail, err := db.Open().Tail(ctx, 0)
		require.NoError(t, err)
		require.Equal(t, uint64(1), tail.Head.Generation)
		_, err = two.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
		require.NoError(t, err)
		require.Equal(t, 2, other.of("n"))
	})

	t.Run("a store that fails fails the calls and changes nothing", func(t *testing.T) {
		db := memstore.NewDatabase()
		c, state := newCommitter(t, db, "a")
		db.FailNext(journal.ErrQuota)
		_, err := c.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
		require.ErrorIs(t, err, journal.ErrQuota)
		require.Zero(t, state.entries)
		_, err = c.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
		require.NoError(t, err)
	})

	t.Run("a call that is cancelled while it waits is withdrawn", func(t *testing.T) {
		db := memstore.NewDatabase()
		c, state := newCommitter(t, db, "a")
		release := db.Hold()
		first := make(chan error)
		go func() {
			_, err := c.Commit(ctx, journal.Strict, func(a *addition) error { a.add("first"); return nil })
			first <- err
		}()
		for db.Waiting() == 0 { // until the first commit is held in the store
			runtime.Gosched()
		}
		cancelled, cancel := context.WithCancel(ctx)
		second := make(chan error)
		go func() {
			_, err := c.Commit(cancelled, journal.Strict, func(a *addition) error { a.add("second"); return nil })
			second <- err
		}()
		cancel()
		require.ErrorIs(t, <-second, context.Canceled)
		release()
		require.NoError(t, <-first)
		require.Zero(t, state.of("second"))
	})

	t.Run("a closed one refuses, and closing twice is allowed", func(t *testing.T) {
		c, _ := newCommitter(t, memstore.NewDatabase(), "a")
		require.NoError(t, c.Close())
		require.NoError(t, c.Close())
		_, err := c.Commit(ctx, journal.Strict, func(a *addition) error { a.add("n"); return nil })
		require.ErrorIs(t, err, journal.ErrClosed)
	})
}
