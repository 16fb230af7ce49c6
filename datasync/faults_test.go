package datasync_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
	"tidetable/tableserver"
)

// The tests here are those of docs/known-bugs.md that belong to no other file.

// ifMatch returns the version that a request asks the server to match.
func ifMatch(r wire.Request) string {
	for _, h := range r.Header {
		if h[0] == "If-Match" {
			return strings.Trim(h[1], `"`)
		}
	}
	return ""
}

func TestAnEditOnTheWayGoesOutWithTheVersionOfTheAnswer(t *testing.T) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	var matched, answered []string
	var c *datasync.Client
	d.options = through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
		response, err := on()
		if r.Method == "PUT" {
			matched, answered = append(matched, ifMatch(r)), append(answered, member(response.Body, "version"))
			if len(matched) == 1 {
				edit(t, c, "a", "second")
			}
		}
		return response, err
	})
	c = d.open()
	present(t, d, c)
	edit(t, c, "a", "first")
	settled(t, s, c, map[string]string{"a": "second"})
	require.Len(t, matched, 2)
	require.Equal(t, answered[0], matched[1])
}

func TestPoliciesNeverWriteUnconditionally(t *testing.T) {
	s, d, _ := dispute(t)
	var matched []string
	d.options = func(o *datasync.Options) {
		policy(datasync.PolicyClient)(o)
		through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
			if r.Method == "PUT" {
				if matched = append(matched, ifMatch(r)); len(matched) == 2 {
					s.put("todoitem", "a", "a third write in between")
				}
			}
			return on()
		})(o)
	}
	c := d.open()
	settled(t, s, c, map[string]string{"a": "ours"})
	require.Len(t, matched, 3, "the third write was found, and decided about as well")
	require.NotContains(t, matched, "")
}

func TestPolicyServerBringsADeletedRowBack(t *testing.T) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	d.options = policy(datasync.PolicyServer)
	c := d.open()
	present(t, d, c)
	remove(t, c, "a")
	s.put("todoitem", "a", "theirs")
	settled(t, s, c, map[string]string{"a": "theirs"})
	require.Equal(t, map[string]string{"a": "theirs"}, texts(t, d.reopened(c)))
}

// TestRowsCommittedLate has a row appear on the server with a time that lies before rows
// already pulled, as that of a long transaction does.
func TestRowsCommittedLate(t *testing.T) {
	rows := newShelf()
	s := newShelfServer(t, rows)
	c := newDevice(t, s).open()
	s.post("todoitem", "a", "early")
	_, err := pull(c)
	require.NoError(t, err)
	rows.mu.Lock()
	rows.put("todoitem", tableserver.Row{ID: "late", UpdatedAt: firstStamp.Add(-9 * time.Second), Version: "v0", Members: []byte(`{"text":"late"}`)}, false)
	rows.mu.Unlock()
	result, err := pull(c)
	require.NoError(t, err)
	require.Equal(t, 1, result.Inserted)
	require.Equal(t, map[string]string{"a": "early", "late": "late"}, texts(t, c))
}

// TestRowsThatMoveDuringAPull has rows already read, and rows not yet read, change
// between the pages of a pull.
func TestRowsThatMoveDuringAPull(t *testing.T) {
	s := newShelfServer(t, newShelf())
	for i := range 40 {
		s.post("todoitem", fmt.Sprintf("r%02d", i), "old")
	}
	d := newDevice(t, s)
	pages := 0
	d.options = through(s, func(_ context.Context, _ wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
		response, err := on()
		if pages++; pages <= 4 {
			s.put("todoitem", fmt.Sprintf("r%02d", pages), "moved")    // was read
			s.put("todoitem", fmt.Sprintf("r%02d", 39-pages), "moved") // was not
			s.remove("todoitem", fmt.Sprintf("r%02d", 10+pages))
		}
		return response, err
	})
	c := d.open()
	_, err := pull(c)
	require.NoError(t, err)
	require.Equal(t, s.rows("todoitem"), texts(t, c))
	_, err = pull(c)
	require.NoError(t, err)
	require.Equal(t, s.rows("todoitem"), texts(t, c))
}

// TestRowsOfOnePageWithDifferentMembers has each row keep its own members, null and
// absent told apart.
func TestRowsOfOnePageWithDifferentMembers(t *testing.T) {
	s := newShelfServer(t, newShelf())
	rows := map[string]string{"a": `"text":"x"`, "b": `"text":"x","note":null`, "c": `"note":"n","extra":{"deep":[1,null]}`}
	for id, members := range rows {
		status, _, body := s.exchange("POST", "http://server/tables/todoitem", [][2]string{{"Content-Type", "application/json"}}, []byte(`{"id":"`+id+`",`+members+`}`))
		require.Equal(t, 201, status, string(body))
	}
	d := newDevice(t, s)
	c := d.open()
	_, err := pull(c)
	require.NoError(t, err)
	for range 2 {
		for id, members := range rows {
			row, err := table(t, c).Lookup(ctx, id)
			require.NoError(t, err)
			require.True(t, strings.HasSuffix(string(row), members+"}"), "%s", row)
		}
		c = d.reopened(c)
	}
}

// TestWritesDuringAPull holds the answer to a pull's request back: local writes do not
// wait for it.
func TestWritesDuringAPull(t *testing.T) {
	s := newShelfServer(t, newShelf())
	s.post("todoitem", "a", "server")
	d := newDevice(t, s)
	asked, answer := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(asked) })
	d.options = through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
		once()
		<-answer
		return on()
	})
	c := d.open()
	ended := make(chan error, 1)
	go func() {
		_, err := pull(c)
		ended <- err
	}()
	<-asked
	insert(t, c, "b", "written meanwhile")
	edit(t, c, "b", "edited meanwhile")
	require.Equal(t, map[string]string{"b": "edited meanwhile"}, texts(t, c))
	require.Empty(t, ended, "the pull is still under way")
	close(answer)
	require.NoError(t, <-ended)
	settled(t, s, c, map[string]string{"a": "server", "b": "edited meanwhile"})
}

// TestPushAndPullAtOnce lets pushes, first pulls of several tables and writes run side by
// side; the race detector watches.
func TestPushAndPullAtOnce(t *testing.T) {
	names := []string{"todoitem", "lists", "tags"}
	s := newShelfServer(t, newShelf(), names...)
	for i := range 20 {
		for _, name := range names {
			s.post(name, fmt.Sprint("server", i), "text")
		}
	}
	d := newDevice(t, s)
	c := d.open()
	var all sync.WaitGroup
	for _, name := range names {
		tbl, err := c.Table(name)
		require.NoError(t, err)
		all.Go(func() {
			for i := range 20 {
				if _, err := tbl.Insert(ctx, fmt.Appendf(nil, `{"id":"local%d","text":"text"}`, i)); err != nil {
					t.Error(err)
				}
			}
		})
		for range 2 {
			all.Go(func() {
				if _, err := tbl.Pull(ctx, datasync.PullOptions{QueryID: "all"}); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				if _, err := push(c); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	_, err := push(c)
	require.NoError(t, err)
	for _, name := range names {
		tbl, err := c.Table(name)
		require.NoError(t, err)
		_, err = tbl.Pull(ctx, datasync.PullOptions{QueryID: "all"})
		require.NoError(t, err)
		result, err := tbl.Read(ctx, query.Query{})
		require.NoError(t, err)
		require.Len(t, result.Rows, 40)
		require.Len(t, s.rows(name), 40)
	}
}

// TestDatesInAFilterAndInTheToken pulls with a filter on a date of the app's own.
func TestDatesInAFilterAndInTheToken(t *testing.T) {
	s := newShelfServer(t, newShelf())
	add := func(id, due string) {
		status, _, body := s.exchange("POST", "http://server/tables/todoitem", [][2]string{{"Content-Type", "application/json"}},
			fmt.Appendf(nil, `{"id":"%s","text":"%s","due":"%s"}`, id, id, due))
		require.Equal(t, 201, status, string(body))
	}
	add("before", "2026-01-31T23:59:59.999Z")
	add("after", "2026-02-01T00:00:00.000Z")
	d := newDevice(t, s)
	var filters []string
	d.options = through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
		filters = append(filters, r.URL)
		return on()
	})
	c := d.open()
	filter, err := query.ParseFilter("due ge datetimeoffset'2026-02-01T00:00:00Z'")
	require.NoError(t, err)
	due := datasync.PullOptions{QueryID: "due", Query: query.Query{Filter: filter}}
	_, err = table(t, c).Pull(ctx, due)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"after": "after"}, texts(t, c))
	add("later", "2026-03-01T00:00:00.000Z")
	add("earlier", "2026-01-01T00:00:00.000Z")
	_, err = table(t, c).Pull(ctx, due)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"after": "after", "later": "later"}, texts(t, c))
	require.Equal(t, 2, strings.Count(filters[len(filters)-1], "Edm.DateTimeOffset"), "both dates in the dialect's words: %s", filters[len(filters)-1])
}

// TestOneQueryIDInTwoTables has two tables pulled under the same query id.
func TestOneQueryIDInTwoTables(t *testing.T) {
	s := newShelfServer(t, newShelf(), "todoitem", "lists")
	s.post("lists", "old", "text") // older than what the first pull brings
	s.post("todoitem", "a", "text")
	d := newDevice(t, s)
	c := d.open()
	_, err := pull(c)
	require.NoError(t, err)
	d.clock.advance(time.Hour)
	_, err = pull(c) // the overlap window closes
	require.NoError(t, err)
	lists, err := c.Table("lists")
	require.NoError(t, err)
	result, err := lists.Pull(ctx, datasync.PullOptions{QueryID: "all"})
	require.NoError(t, err)
	require.Equal(t, 1, result.Inserted)
}

// TestErrorsOfAnotherTable has an operation that failed long ago: it neither fails the
// push of another table nor shows in its result, also after a restart.
func TestErrorsOfAnotherTable(t *testing.T) {
	s := newShelfServer(t, newShelf(), "todoitem", "lists")
	d := newDevice(t, s)
	c := d.open()
	insert(t, c, "a", "refused")
	s.setBend(func(wire.Request) *reply { return &reply{status: 403} })
	pushFails(t, s, c)
	s.mend()
	c = d.reopened(c)
	lists, err := c.Table("lists")
	require.NoError(t, err)
	_, err = lists.Insert(ctx, []byte(`{"id":"l","text":"home"}`))
	require.NoError(t, err)
	result, err := c.Push(ctx, datasync.PushOptions{Tables: []string{"lists"}})
	require.NoError(t, err)
	require.Equal(t, 1, result.Sent)
	require.Empty(t, result.Errors)
	result, err = push(c)
	require.NoError(t, err)
	require.Empty(t, result.Errors)
	require.Equal(t, []string{"insert a parked"}, queue(c))
	require.Equal(t, map[string]string{"l": "home"}, s.rows("lists"))
}

// TestEndsAreToldAsTheyWere has the status and the completion handler say how pushes and
// pulls ended.
func TestEndsAreToldAsTheyWere(t *testing.T) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	c := d.open()
	var told []datasync.PushReason
	c.SetPushHandlers(datasync.PushHandlers{Complete: func(_ context.Context, result datasync.PushResult) { told = append(told, result.Reason) }})
	insert(t, c, "a", "text")
	s.cut()
	_, err := push(c)
	require.Error(t, err)
	require.Equal(t, err, c.Status().LastError)
	require.True(t, c.Status().LastSuccess.IsZero())
	_, err = table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
	require.Equal(t, datasync.CodeNetwork, code(err))
	require.Equal(t, err, c.Status().LastError)
	require.True(t, c.Status().LastSuccess.IsZero())
	s.mend()
	_, err = push(c)
	require.NoError(t, err)
	require.NoError(t, c.Status().LastError)
	require.Equal(t, d.clock.Now(), c.Status().LastSuccess)
	require.Equal(t, []datasync.PushReason{datasync.PushNetwork, datasync.PushComplete}, told)
}
