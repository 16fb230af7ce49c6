package datasync_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestPullAll(t *testing.T) {
	pulls := []datasync.SyncPull{{Table: "todoitem", QueryID: "all"}, {Table: "other", QueryID: "all"}}
	start := func(t *testing.T) (*server, *datasync.Client) {
		s := newServer(t, "todoitem", "other")
		s.post("todoitem", "a", "text")
		s.post("other", "b", "text")
		c := newDevice(t, s).open()
		other, err := c.Table("other")
		require.NoError(t, err)
		_, err = other.Insert(ctx, []byte(`{"id":"mine"}`))
		require.NoError(t, err)
		return s, c
	}
	received := func(results []datasync.PullResult) (list []int) {
		for _, r := range results {
			list = append(list, r.Received)
		}
		return list
	}
	t.Run("pushes before the first one what any of them has pending", func(t *testing.T) {
		_, c := start(t)
		results, err := c.PullAll(ctx, pulls, datasync.PushAll)
		require.NoError(t, err)
		require.Equal(t, []int{1, 2}, received(results))
		require.Zero(t, c.Pending())
	})
	t.Run("pushes nothing when told so", func(t *testing.T) {
		_, c := start(t)
		results, err := c.PullAll(ctx, pulls, datasync.PushNone)
		require.NoError(t, err)
		require.Equal(t, []int{1, 1}, received(results))
		require.Equal(t, 1, c.Pending())
	})
	t.Run("pulls all when single operations fail, and fails with the sum", func(t *testing.T) {
		s, c := start(t)
		s.setBend(func(r wire.Request) *reply {
			if r.Method != http.MethodPost {
				return nil
			}
			return &reply{status: 400, contentType: "application/json", body: `{"title":"no"}`}
		})
		results, err := c.PullAll(ctx, pulls, datasync.PushAll)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, []int{1, 1}, received(results))
		e, _ := errors.AsType[*datasync.Error](err)
		require.Equal(t, 2, e.Pull.Received)
		require.Len(t, e.Push.Errors, 1)
	})
	t.Run("pulls nothing when the push stops", func(t *testing.T) {
		s, c := start(t)
		s.cut()
		results, err := c.PullAll(ctx, pulls, datasync.PushAll)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Empty(t, results)
	})
}
