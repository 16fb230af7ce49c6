package datasync_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
)

// heard waits for the next call of a subscription.
func heard(t *testing.T, sets <-chan datasync.ChangeSet) datasync.ChangeSet {
	t.Helper()
	select {
	case set := <-sets:
		return set
	case <-time.After(20 * time.Second):
		t.Fatal("the subscription was not called")
		return datasync.ChangeSet{}
	}
}

func TestSubscribe(t *testing.T) {
	s := newServer(t)
	d := newDevice(t, s)
	c := d.open()
	insert(t, c, "a", "one")
	sets := make(chan datasync.ChangeSet, 10)
	filter, err := query.ParseFilter("text ne 'hidden'")
	require.NoError(t, err)
	stop, err := table(t, c).Subscribe(query.Query{Filter: filter}, func(set datasync.ChangeSet) { sets <- set })
	require.NoError(t, err)

	first := heard(t, sets)
	require.Equal(t, datasync.OriginInitial, first.Origin)
	require.Equal(t, []string{"a"}, first.IDs)

	insert(t, c, "b", "two")
	second := heard(t, sets)
	require.Equal(t, datasync.OriginLocal, second.Origin)
	require.Equal(t, []string{"a", "b"}, second.IDs)
	require.Len(t, second.Rows, 1, "only what changed")

	insert(t, c, "c", "hidden") // does not matter to the query, so the next call is for the push
	_, err = push(c)
	require.NoError(t, err)
	third := heard(t, sets)
	require.Equal(t, datasync.OriginPush, third.Origin)
	require.Equal(t, []string{"a", "b"}, third.IDs)

	other := d.open()
	remove(t, other, "a")
	c.CatchUp()
	for {
		// The push's second answer may come first, or together with this one.
		if last := heard(t, sets); len(last.IDs) == 1 {
			require.Equal(t, []string{"b"}, last.IDs)
			break
		}
	}
	stop()
	insert(t, c, "d", "unheard")
	_, err = table(t, c).Read(ctx, query.Query{})
	require.NoError(t, err)
	require.Empty(t, sets)
}
