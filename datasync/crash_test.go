package datasync_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/journal"
	"tidetable/datasync/memstore"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// moment is what disk and server held just after a commit.
type moment struct {
	db   *memstore.Database
	rows *shelf
}

// TestCrashAfterEachCommit plays an app's day and lets the device die after each commit:
// what a new client finds is whole, and its push makes the server agree.
func TestCrashAfterEachCommit(t *testing.T) {
	rows := newShelf()
	s := newShelfServer(t, rows)
	d := newDevice(t, s)
	d.options = func(o *datasync.Options) {
		policy(datasync.PolicyClient)(o)
		o.Parallel = 1
	}
	var moments []moment
	d.db.Observe(func(c memstore.Commit) { moments = append(moments, moment{c.Clone(), rows.copied()}) })
	anAppsDay(t, s, d.open())
	d.db.Observe(nil)
	require.Greater(t, len(moments), 60)
	for i, m := range moments {
		t.Run(fmt.Sprint("commit ", i), func(t *testing.T) { m.goesOn(t) })
	}
}

// anAppsDay writes, pushes and pulls, over a link that fails now and then.
func anAppsDay(t *testing.T, s *server, c *datasync.Client) {
	t.Helper()
	for _, id := range []string{"a", "b", "c", "d"} {
		s.post("todoitem", id, "old")
	}
	_, err := pull(c)
	require.NoError(t, err)
	for round := range 3 {
		insert(t, c, fmt.Sprint("new", round), "new")
		edit(t, c, "a", fmt.Sprint("edit ", round))
		edit(t, c, "b", fmt.Sprint("edit ", round))
		s.put("todoitem", "b", fmt.Sprint("theirs ", round))
		_, err = table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
		require.NoError(t, err)
		sent := 0
		s.setAfter(func(r wire.Request, _ int) error {
			if sent++; sent == round+1 {
				edit(t, c, "a", fmt.Sprint("edit on the way ", round))
				return errLink
			}
			return nil
		})
		pushFails(t, s, c)
		s.mend()
		insert(t, c, fmt.Sprint("gone", round), "text")
		remove(t, c, fmt.Sprint("gone", round))
		s.setBend(func(r wire.Request) *reply {
			if member(r.Body, "id") == fmt.Sprint("new", round) {
				return &reply{status: 403}
			}
			return nil
		})
		edit(t, c, fmt.Sprint("new", round), "refused")
		pushFails(t, s, c)
		s.mend()
		require.NoError(t, c.Compact(ctx))
		for _, o := range c.Operations() {
			require.NoError(t, c.Discard(ctx, o.Seq))
		}
	}
	remove(t, c, "c")
	remove(t, c, "new0")
	s.put("todoitem", "c", "theirs")
	_, err = push(c)
	require.NoError(t, err)
	_, err = pull(c)
	require.NoError(t, err)
	require.Equal(t, s.rows("todoitem"), texts(t, c))
}

// goesOn opens what the disk held and checks it, then pushes.
func (m moment) goesOn(t *testing.T) {
	s := newShelfServer(t, m.rows)
	d := newDevice(t, s)
	d.db, d.options = m.db, policy(datasync.PolicyClient)
	c := d.open()
	result, err := table(t, c).Read(ctx, query.Query{})
	require.NoError(t, err)
	visible, last := map[string][]byte{}, map[string]datasync.Operation{}
	for _, row := range result.Rows {
		visible[member(row, "id")] = row
	}
	for _, o := range c.Operations() {
		last[o.ID] = o
	}
	for id, o := range last {
		require.Equal(t, o.Action != datasync.Delete, visible[id] != nil, "an operation and its row belong together: %+v", o)
	}
	for id, row := range visible {
		if _, pending := last[id]; !pending {
			require.NotEmpty(t, member(row, "version"), "a row that nobody will send is the server's: %s", row)
		}
	}
	want := texts(t, c)
	require.NoError(t, c.Retry(ctx))
	_, err = push(c)
	require.NoError(t, err)
	require.Empty(t, queue(c))
	for id := range last {
		require.Equal(t, want[id], m.rows.texts("todoitem")[id], "what was pending is what the server has")
	}
	_, err = pull(c)
	require.NoError(t, err)
	require.Equal(t, m.rows.texts("todoitem"), texts(t, c))
	require.Equal(t, m.rows.texts("todoitem"), texts(t, d.reopened(c)))
}

// TestWritesThatCannotBeStored lets the disk refuse a write: nothing of it is left, and
// the next one is stored.
func TestWritesThatCannotBeStored(t *testing.T) {
	for name, write := range map[string]func(*datasync.Table) error{
		"an insert": func(todos *datasync.Table) error { _, err := todos.Insert(ctx, []byte(`{"id":"b"}`)); return err },
		"an update": func(todos *datasync.Table) error {
			_, err := todos.Update(ctx, []byte(`{"id":"a","text":"new"}`))
			return err
		},
		"a delete": func(todos *datasync.Table) error { return todos.Delete(ctx, "a") },
		"an import": func(todos *datasync.Table) error {
			_, err := todos.Import(ctx, [][]byte{[]byte(`{"id":"b"}`), []byte(`{"id":"c"}`)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDevice(t, newShelfServer(t, newShelf()))
			c := d.open()
			present(t, d, c)
			d.db.FailNext(journal.ErrQuota)
			require.Equal(t, datasync.CodeQuota, code(write(table(t, c))))
			require.Equal(t, map[string]string{"a": "one"}, texts(t, c))
			require.Empty(t, queue(c))
			require.NoError(t, write(table(t, c)))
			require.NotEmpty(t, queue(c))
			want := queue(c)
			require.Equal(t, want, queue(d.reopened(c)))
		})
	}
}

// TestSequenceNumbersAreNeverReused looks at the numbers that operations get after
// everything was pushed, after a restart, in another tab, and in one commit.
func TestSequenceNumbersAreNeverReused(t *testing.T) {
	d := newDevice(t, newShelfServer(t, newShelf()))
	c := d.open()
	var highest uint64
	fresh := func(c *datasync.Client, id string) {
		t.Helper()
		insert(t, c, id, "text")
		operations := c.Operations()
		newest := operations[len(operations)-1]
		require.Equal(t, id, newest.ID)
		require.Greater(t, newest.Seq, highest)
		highest = newest.Seq
	}
	for i := range 3 {
		fresh(c, fmt.Sprint("r", i))
	}
	_, err := push(c)
	require.NoError(t, err)
	require.Zero(t, c.Pending())
	c = d.reopened(c)
	fresh(c, "after-a-push-and-a-restart")

	remove(t, c, "after-a-push-and-a-restart") // never sent, so both vanish
	require.Zero(t, c.Pending())
	c = d.reopened(c)
	fresh(c, "after-an-insert-that-vanished")

	require.NoError(t, c.Discard(ctx, highest))
	c = d.reopened(c)
	fresh(c, "after-one-that-was-discarded")

	other := d.open()
	fresh(other, "in-another-tab")
	fresh(c, "behind-another-tab")

	t.Run("not even of an operation that came and went in one commit", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDevice(t, newShelfServer(t, newShelf()))
			c := d.open()
			insert(t, c, "first", "text")
			todos := table(t, c)
			commits := 0
			d.db.Observe(func(memstore.Commit) { commits++ })
			release := d.db.Hold()
			for _, write := range []func() error{
				func() error { _, err := todos.Insert(ctx, []byte(`{"id":"held"}`)); return err },
				func() error { _, err := todos.Insert(ctx, []byte(`{"id":"short"}`)); return err },
				func() error { return todos.Delete(ctx, "short") },
			} {
				go func() { assert.NoError(t, write()) }()
				synctest.Wait()
			}
			release()
			synctest.Wait()
			require.Equal(t, 2, commits, "the last two writes share one")
			require.Equal(t, []string{"insert first pending", "insert held pending"}, queue(c))
			c = d.reopened(c)
			insert(t, c, "last", "text")
			require.EqualValues(t, 4, c.Operations()[2].Seq, "number 3 was given out")
		})
	})
}
