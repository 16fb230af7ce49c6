package datasync_test

// This file holds what a sync, and a pull of several tables, do when something fails.

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// threeTables is a server with rows in three tables, of which sync pulls two in order, and
// a device on which an insert waits that the server refuses, and one that it takes.
func threeTables(t *testing.T) (*server, *datasync.Client) {
	t.Helper()
	s := newServer(t, "first", "second", "third")
	for _, id := range []string{"a", "b", "c"} {
		s.post("first", id, "text")
		s.post("second", id, "text")
		s.post("third", id, "text")
	}
	d := newDevice(t, s)
	d.options = func(o *datasync.Options) {
		o.Parallel = 1
		o.SyncPulls = []datasync.SyncPull{
			{Table: "first", QueryID: "all"},
			{Table: "second", QueryID: "some", Query: where(t, "text eq 'text' and id ne 'b'")},
		}
	}
	c := d.open()
	for _, row := range []string{`{"id":"bad"}`, `{"id":"good"}`} {
		_, err := tableOf(t, c, "third").Insert(ctx, []byte(row))
		require.NoError(t, err)
	}
	return s, c
}

func tableOf(t *testing.T, c *datasync.Client, name string) *datasync.Table {
	t.Helper()
	found, err := c.Table(name)
	require.NoError(t, err)
	return found
}

// refusesBad makes the server refuse the insert of the row named bad.
func refusesBad(r wire.Request) *reply {
	if r.Method == http.MethodPost && strings.Contains(string(r.Body), `"bad"`) {
		return &reply{status: 400, contentType: "application/json", body: `{"title":"no"}`}
	}
	return nil
}

// unreachable cuts the link to one table; everything else goes through.
func unreachable(table string) func(wire.Request) *reply {
	return func(r wire.Request) *reply {
		if strings.Contains(r.URL, "/tables/"+table) {
			return &reply{err: errLink}
		}
		return refusesBad(r)
	}
}

// pulledAt lists the tables that were pulled.
func pulledTables(c *datasync.Client) (list []string) {
	for _, name := range []string{"first", "second", "third"} {
		if !c.LastPulled(name).IsZero() {
			list = append(list, name)
		}
	}
	return list
}

func TestSync(t *testing.T) {
	t.Run("pushes, then pulls what is configured, and adds up", func(t *testing.T) {
		s, c := threeTables(t)
		result, err := c.Sync(ctx)
		require.NoError(t, err)
		require.Equal(t, datasync.PushComplete, result.Push.Reason)
		require.Equal(t, 2, result.Push.Sent)
		require.Equal(t, 5, result.Pull.Inserted, "three rows and two")
		require.Equal(t, 5, result.Pull.Received)
		require.Equal(t, 2, result.Pull.Requests)
		require.Equal(t, 2, result.Pull.Pages)
		require.Equal(t, []string{"first", "second"}, pulledTables(c))
		require.Nil(t, c.Status().LastError)
		require.False(t, c.Status().LastSuccess.IsZero())

		s.put("first", "a", "changed")
		s.remove("second", "c")
		result, err = c.Sync(ctx)
		require.NoError(t, err)
		require.Zero(t, result.Push.Sent)
		require.Zero(t, result.Pull.Inserted)
		require.Equal(t, 1, result.Pull.Updated)
		require.Equal(t, 1, result.Pull.Deleted)
	})
	t.Run("pulls although single operations failed, and says both", func(t *testing.T) {
		s, c := threeTables(t)
		s.setBend(refusesBad)
		result, err := c.Sync(ctx)
		require.Equal(t, datasync.CodePushFailed, code(err))
		e, ok := errors.AsType[*datasync.Error](err)
		require.True(t, ok)
		require.Equal(t, "sync", e.Op)
		require.Equal(t, datasync.PushComplete, result.Push.Reason)
		require.Equal(t, 1, result.Push.Sent)
		require.Len(t, result.Push.Errors, 1)
		require.Equal(t, "bad", result.Push.Errors[0].Operation.ID)
		require.Equal(t, 5, result.Pull.Inserted)
		require.Equal(t, result.Push, *e.Push)
		require.Equal(t, result.Pull, *e.Pull)
		require.Equal(t, []string{"first", "second"}, pulledTables(c))
		require.Equal(t, []string{"insert bad parked"}, queue(c))
		require.Equal(t, err, c.Status().LastError)
	})
	t.Run("pulls nothing when the push cannot reach the server", func(t *testing.T) {
		s, c := threeTables(t)
		s.setBend(unreachable("third"))
		result, err := c.Sync(ctx)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushNetwork, result.Push.Reason)
		require.Zero(t, result.Pull)
		require.Empty(t, pulledTables(c))
		require.Zero(t, s.requests()-9, "but for the nine rows nobody asked it for anything")
		require.Equal(t, 2, c.Pending())
	})
	t.Run("pulls nothing when the push needs a sign-in", func(t *testing.T) {
		s, c := threeTables(t)
		s.setBend(func(r wire.Request) *reply {
			return &reply{status: 401, contentType: "application/json", body: `{"title":"sign in"}`}
		})
		result, err := c.Sync(ctx)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushAuth, result.Push.Reason)
		require.Zero(t, result.Pull)
		require.Empty(t, pulledTables(c))
	})
	t.Run("stops at the pull that cannot reach the server, and keeps what came before", func(t *testing.T) {
		s, c := threeTables(t)
		s.setBend(unreachable("second"))
		result, err := c.Sync(ctx)
		require.Equal(t, datasync.CodeNetwork, code(err))
		e, ok := errors.AsType[*datasync.Error](err)
		require.True(t, ok)
		require.Equal(t, "second", e.Table)
		require.Equal(t, 1, result.Push.Sent)
		require.Len(t, result.Push.Errors, 1)
		require.Equal(t, 3, result.Pull.Inserted)
		require.Equal(t, 2, result.Pull.Requests)
		require.Equal(t, []string{"first"}, pulledTables(c))

		s.setBend(unreachable("first"))
		result, err = c.Sync(ctx)
		require.Equal(t, datasync.CodeNetwork, code(err))
		require.Zero(t, result.Pull.Received)
		require.Equal(t, []string{"first"}, pulledTables(c), "the second one was not asked for")
	})
	t.Run("stops at a table that the server lacks", func(t *testing.T) {
		s, c := threeTables(t)
		s.setBend(func(r wire.Request) *reply {
			if strings.Contains(r.URL, "/tables/first") {
				return &reply{status: 404, contentType: "application/json", body: `{"title":"no such table"}`}
			}
			return nil
		})
		result, err := c.Sync(ctx)
		require.Equal(t, datasync.CodeTableNotFound, code(err))
		require.Equal(t, 2, result.Push.Sent)
		require.Empty(t, pulledTables(c))
	})
	t.Run("is cancelled between two tables", func(t *testing.T) {
		s, c := threeTables(t)
		cancelling, cancel := context.WithCancel(ctx)
		s.setAfter(func(r wire.Request, _ int) error {
			if strings.Contains(r.URL, "/tables/second") {
				cancel()
			}
			return nil
		})
		result, err := c.Sync(cancelling)
		require.Equal(t, datasync.CodeCancelled, code(err))
		require.Equal(t, 3, result.Pull.Inserted)
		require.Equal(t, []string{"first"}, pulledTables(c))
	})
	t.Run("with nothing configured only pushes", func(t *testing.T) {
		s := newServer(t)
		s.post("todoitem", "a", "text")
		c := newDevice(t, s).open()
		insert(t, c, "mine", "text")
		result, err := c.Sync(ctx)
		require.NoError(t, err)
		require.Equal(t, 1, result.Push.Sent)
		require.Zero(t, result.Pull)
		require.Len(t, texts(t, c), 1)
	})
	t.Run("on a closed client fails", func(t *testing.T) {
		_, c := threeTables(t)
		require.NoError(t, c.Close())
		_, err := c.Sync(ctx)
		require.Equal(t, datasync.CodeClosed, code(err))
	})
}

func TestPullOfSeveralTables(t *testing.T) {
	pulls := []datasync.SyncPull{{Table: "first", QueryID: "all"}, {Table: "second", QueryID: "all"}, {Table: "third", QueryID: "all"}}
	received := func(results []datasync.PullResult) (list []int) {
		for _, r := range results {
			list = append(list, r.Received)
		}
		return list
	}
	t.Run("stops at the one that cannot reach the server, and returns those before", func(t *testing.T) {
		s, c := threeTables(t)
		s.setBend(unreachable("second"))
		results, err := c.PullAll(ctx, pulls, datasync.PushNone)
		require.Equal(t, datasync.CodeNetwork, code(err))
		require.Equal(t, []int{3}, received(results))
		require.Equal(t, []string{"first"}, pulledTables(c))
	})
	t.Run("pushes each table before its own pull when told so", func(t *testing.T) {
		s, c := threeTables(t)
		_, err := tableOf(t, c, "first").Insert(ctx, []byte(`{"id":"mine"}`))
		require.NoError(t, err)
		s.setBend(refusesBad)
		s.writes()
		results, err := c.PullAll(ctx, pulls, datasync.PushTable)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, []int{4, 3, 4}, received(results), "also after an operation failed")
		require.Equal(t, []string{"POST /tables/first 201", "POST /tables/third 201"}, s.writes())
		e, ok := errors.AsType[*datasync.Error](err)
		require.True(t, ok)
		require.Equal(t, 11, e.Pull.Received)
		require.Equal(t, []string{"insert bad parked"}, queue(c))
	})
	t.Run("leaves the others' operations alone when none of its tables has any", func(t *testing.T) {
		_, c := threeTables(t)
		results, err := c.PullAll(ctx, pulls[:2], datasync.PushAll)
		require.NoError(t, err)
		require.Equal(t, []int{3, 3}, received(results))
		require.Equal(t, 2, c.Pending())
	})
	t.Run("stops at a table that was not declared", func(t *testing.T) {
		s := newServer(t, "first")
		d := newDevice(t, s)
		d.options = func(o *datasync.Options) { o.Tables = map[string]datasync.TableOptions{"first": {}} }
		c := d.open()
		results, err := c.PullAll(ctx, pulls, datasync.PushAll)
		require.Equal(t, datasync.CodeUnknownTable, code(err))
		require.Equal(t, []int{0}, received(results))
	})
}
