package datasync_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// everything is all that a client shows.
func everything(t *testing.T, c *datasync.Client) string {
	t.Helper()
	rows, err := table(t, c).Read(ctx, query.Query{})
	require.NoError(t, err)
	shown := fmt.Sprintf("%s\n", rows.Rows)
	for _, name := range []string{"operations", "errors", "config"} {
		system, err := c.ReadSystem(ctx, name, query.Query{})
		require.NoError(t, err)
		shown += fmt.Sprintf("%s %s\n", name, system.Rows)
	}
	conflicts, err := c.Conflicts(ctx)
	require.NoError(t, err)
	for _, conflict := range conflicts {
		shown += fmt.Sprintf("%s %s %s\n", conflict.Base, conflict.Client, conflict.Server)
	}
	return shown + c.LastPulled("todoitem").String()
}

// variety brings rows of every kind together: pulled, replaced, removed, settled by a
// push, edited, deleted, in conflict, parked, sent without an answer.
func variety(t *testing.T) (*server, *device, *datasync.Client) {
	s := newServer(t)
	for i := range 30 {
		s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
	}
	d := newDevice(t, s)
	c := d.open()
	_, err := pull(c)
	require.NoError(t, err)
	for i := range 10 {
		s.put("todoitem", fmt.Sprintf("r%02d", i), "replaced")
	}
	s.remove("todoitem", "r11")
	edit(t, c, "r12", "settled")
	insert(t, c, "own", "settled")
	_, err = pull(c)
	require.NoError(t, err)
	edit(t, c, "r13", "ours")
	s.put("todoitem", "r13", "theirs")
	edit(t, c, "r14", "refused")
	s.setBend(func(r wire.Request) *reply {
		if r.Method == "PUT" && member(r.Body, "id") == "r14" {
			return &reply{status: 422, contentType: "application/json", body: `{"error":"too long"}`}
		}
		return nil
	})
	_, err = push(c)
	require.Error(t, err)
	s.mend()
	edit(t, c, "r15", "sent")
	s.loseAnswers("PUT")
	_, err = push(c)
	require.Error(t, err)
	s.mend()
	edit(t, c, "r15", "edited since")
	edit(t, c, "r16", "pending")
	remove(t, c, "r17")
	insert(t, c, "new", "pending")
	return s, d, c
}

func TestCompaction(t *testing.T) {
	t.Run("changes nothing that can be seen, here and after a reopen", func(t *testing.T) {
		s, d, c := variety(t)
		before := everything(t, c)
		for range 3 {
			require.NoError(t, c.Compact(ctx))
			require.Equal(t, before, everything(t, c))
			c = d.reopened(c)
			require.Equal(t, before, everything(t, c))
		}
		for _, o := range c.Operations() {
			if o.State == datasync.Conflicted {
				require.NoError(t, c.Resolve(ctx, o.Seq, datasync.Resolution{Kind: datasync.KeepClient}))
			}
		}
		require.NoError(t, c.Retry(ctx))
		_, err := push(c)
		require.NoError(t, err)
		_, err = pull(c)
		require.NoError(t, err)
		require.Equal(t, s.rows("todoitem"), texts(t, c))
		require.Equal(t, "edited since", texts(t, c)["r15"])
	})

	t.Run("of tables that were never used loads nothing and loses nothing", func(t *testing.T) {
		_, d, c := variety(t)
		before := everything(t, c)
		require.NoError(t, c.Close())
		c = d.open()
		require.NoError(t, c.Compact(ctx))
		require.Equal(t, before, everything(t, d.reopened(c)))
	})

	t.Run("lets other tabs go on, whatever they had folded", func(t *testing.T) {
		_, d, c := variety(t)
		loaded, fresh := d.open(), d.open()
		require.NotEmpty(t, texts(t, loaded))
		edit(t, c, "r18", "before")
		require.NoError(t, c.Compact(ctx))
		edit(t, c, "r19", "after")
		insert(t, loaded, "late", "from a tab that was behind")
		c.CatchUp()
		fresh.CatchUp()
		require.Equal(t, everything(t, c), everything(t, loaded))
		require.Equal(t, everything(t, c), everything(t, fresh))
		require.Equal(t, "before", texts(t, loaded)["r18"])
		require.Equal(t, "after", texts(t, loaded)["r19"])
	})

	t.Run("numbers are not used again", func(t *testing.T) {
		d := newDevice(t, newServer(t))
		c := d.open()
		insert(t, c, "a", "x")
		last := c.Operations()[0].Seq
		_, err := push(c)
		require.NoError(t, err)
		require.NoError(t, c.Compact(ctx))
		c = d.reopened(c)
		insert(t, c, "b", "x")
		require.Greater(t, c.Operations()[0].Seq, last)
	})

	t.Run("happens by itself and keeps the store small", func(t *testing.T) {
		d := newDevice(t, newServer(t))
		c := d.open()
		insert(t, c, "a", "x")
		for i := range 2500 {
			edit(t, c, "a", fmt.Sprint("edit ", i))
		}
		require.NoError(t, c.Close()) // waits for a compaction under way
		tail, err := d.db.Open().Tail(ctx, 0)
		require.NoError(t, err)
		require.NotZero(t, tail.Head.Generation)
		require.Less(t, len(tail.Entries), 2000)
		require.Equal(t, map[string]string{"a": "edit 2499"}, texts(t, d.open()))
	})

	t.Run("pages whose rows were all replaced are removed", func(t *testing.T) {
		s := newServer(t)
		for i := range 20 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
		}
		d := newDevice(t, s)
		c := d.open()
		most := 0
		for round := range 5 {
			for i := range 20 {
				s.put("todoitem", fmt.Sprintf("r%02d", i), fmt.Sprint("round ", round))
			}
			_, err := pull(c)
			require.NoError(t, err)
			require.NoError(t, c.Compact(ctx))
			most = max(most, len(d.db.PageNames()))
		}
		require.LessOrEqual(t, most, 6)
		require.Equal(t, s.rows("todoitem"), texts(t, d.reopened(c)))
	})
}
