package datasync_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// refusalCase is an answer that every write of a push gets, and what the push makes of it.
type refusalCase struct {
	name       string
	answer     reply
	redirected bool
	reason     datasync.PushReason
	code       datasync.Code
	// states are those of the two operations afterwards.
	states [2]string
}

const jsonType = "application/json"

// Nothing is concluded from what no table server says, and the push stops there.
var (
	stays = [2]string{"sent", "pending"}
	parks = [2]string{"parked", "parked"}
	tries = [2]string{"attempted", "attempted"}
)

var refusalCases = []refusalCase{
	{name: "HTML with 200", answer: reply{status: 200, contentType: "text/html", body: "<html><title>Sign in</title>"},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "HTML with 404", answer: reply{status: 404, contentType: "text/html", body: "<html>"},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "HTML with 410", answer: reply{status: 410, contentType: "text/html", body: "<html>"},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "HTML with 403", answer: reply{status: 403, contentType: "text/html", body: "<html>"},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "truncated JSON", answer: reply{status: 200, contentType: jsonType, body: `{"id":"a`},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "truncated JSON with 412", answer: reply{status: 412, contentType: jsonType, body: `{"id":"a`},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "another row", answer: reply{status: 200, contentType: jsonType, body: `{"id":"z"}`},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "a row without an id", answer: reply{status: 200, contentType: jsonType, body: `{}`},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "nothing with 200", answer: reply{status: 200},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "JSON that is called text", answer: reply{status: 200, contentType: "text/plain", body: `{"id":"a"}`},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "a redirect that was followed", answer: reply{status: 200, contentType: jsonType, body: `{"id":"a"}`}, redirected: true,
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "a redirect that was not followed", answer: reply{}, redirected: true,
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "302", answer: reply{status: 302, header: map[string]string{"Location": "http://login"}},
		reason: datasync.PushServer, code: datasync.CodeNotATableServer, states: stays},
	{name: "401", answer: reply{status: 401},
		reason: datasync.PushAuth, code: datasync.CodeAuth, states: tries},
	{name: "403", answer: reply{status: 403, contentType: jsonType, body: `{"error":"not yours"}`},
		reason: datasync.PushComplete, code: datasync.CodeRefused, states: parks},
	{name: "413", answer: reply{status: 413, contentType: "text/html", body: "<html>nginx"},
		reason: datasync.PushComplete, code: datasync.CodeRefused, states: parks},
	{name: "422", answer: reply{status: 422, contentType: jsonType, body: `{"error":"too long"}`},
		reason: datasync.PushComplete, code: datasync.CodeRefused, states: parks},
	{name: "408", answer: reply{status: 408},
		reason: datasync.PushServer, code: datasync.CodeServer, states: stays},
	{name: "429", answer: reply{status: 429, header: map[string]string{"Retry-After": "7"}},
		reason: datasync.PushServer, code: datasync.CodeServer, states: stays},
	{name: "500", answer: reply{status: 500, contentType: jsonType, body: `{"error":"oops"}`},
		reason: datasync.PushServer, code: datasync.CodeServer, states: stays},
	{name: "503", answer: reply{status: 503, header: map[string]string{"Retry-After": "7"}},
		reason: datasync.PushServer, code: datasync.CodeServer, states: stays},
	{name: "no answer", answer: reply{err: errLink},
		reason: datasync.PushNetwork, states: stays},
}

// TestAnswersToEachAction holds what is in the queue after each kind of bad answer to an
// insert, an update and a delete, whether the server did what it was asked or not, and
// that the next push puts things right.
func TestAnswersToEachAction(t *testing.T) {
	for _, action := range []string{"insert", "update", "delete"} {
		for _, test := range refusalCases {
			for _, reached := range []bool{false, true} {
				if reached && test.states != stays {
					continue // whoever answers so has done nothing
				}
				name := test.name + " to an " + action
				if reached {
					name += " that was done all the same"
				}
				t.Run(name, func(t *testing.T) { test.play(t, action, reached) })
			}
		}
	}
}

// play answers two operations of one kind.
func (test refusalCase) play(t *testing.T, action string, reached bool) {
	rows := newShelf()
	s := newShelfServer(t, rows)
	d := newDevice(t, s)
	broken := true
	d.options = through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
		if !broken || r.Method == "GET" {
			return on()
		}
		if reached {
			_, _ = on()
		}
		return test.response()
	})
	c := d.open()
	queued(t, s, c, action)
	want := texts(t, c)

	result, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, test.reason, result.Reason)
	left := []string{action + " a " + test.states[0], action + " b " + test.states[1]}
	require.Equal(t, left, queue(c))
	require.Equal(t, want, texts(t, c))
	if test.code != "" {
		require.Equal(t, test.code, result.Errors[0].Operation.Error.Code)
		require.Equal(t, test.answer.status, result.Errors[0].Operation.Error.Status)
	}
	if test.answer.header["Retry-After"] != "" {
		require.Equal(t, "7s", result.RetryAfter.String())
	}
	c = d.reopened(c)
	require.Equal(t, left, queue(c))

	broken = false
	require.NoError(t, c.Retry(ctx))
	_, err = push(c)
	require.NoError(t, err)
	require.Empty(t, queue(c))
	require.Equal(t, want, rows.texts("todoitem"))
	require.Equal(t, want, texts(t, c))
	require.Len(t, rows.done(), map[string]int{"insert": 2, "update": 4, "delete": 4}[action], "each once, besides what was there")
}

// response is the answer as it comes over the link.
func (test refusalCase) response() (wire.Response, error) {
	if test.answer.err != nil {
		return wire.Response{}, test.answer.err
	}
	header := http.Header{"Content-Type": {test.answer.contentType}}
	for name, value := range test.answer.header {
		header.Set(name, value)
	}
	return wire.Response{Status: test.answer.status, Header: header.Get, Body: []byte(test.answer.body), Redirected: test.redirected}, nil
}

// queued queues an operation of one kind for each of the rows "a" and "b".
func queued(t *testing.T, s *server, c *datasync.Client, action string) {
	t.Helper()
	if action != "insert" {
		s.post("todoitem", "a", "old")
		s.post("todoitem", "b", "old")
		_, err := pull(c)
		require.NoError(t, err)
	}
	for _, id := range []string{"a", "b"} {
		switch action {
		case "insert":
			insert(t, c, id, "new")
		case "update":
			edit(t, c, id, "new")
		case "delete":
			remove(t, c, id)
		}
	}
	s.writes()
}

// TestOneRowThatTheServerFailsOver has one row answered with 500 again and again: it is
// parked once that is sure, and never holds up the others for longer.
func TestOneRowThatTheServerFailsOver(t *testing.T) {
	for _, action := range []string{"insert", "update", "delete"} {
		t.Run(action, func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			d := newDevice(t, s)
			c := d.open()
			queued(t, s, c, action)
			bad := func(r wire.Request) bool {
				return member(r.Body, "id") == "a" || r.Method != "GET" && r.URL == "http://server/tables/todoitem/a"
			}
			s.setBend(func(r wire.Request) *reply {
				if bad(r) {
					return &reply{status: 500, contentType: jsonType, body: `{"error":"oops"}`}
				}
				return nil
			})
			want := texts(t, c)
			for try := range 2 {
				result, err := push(c)
				require.Equal(t, datasync.CodePushFailed, code(err))
				require.Equal(t, datasync.PushServer, result.Reason)
				require.Equal(t, []string{action + " a sent", action + " b pending"}, queue(c), "after try %d", try)
				c = d.reopened(c)
			}
			result, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Equal(t, datasync.PushComplete, result.Reason)
			require.Equal(t, []string{action + " a parked"}, queue(c))
			require.Equal(t, "oops", result.Errors[0].Operation.Error.Message)
			require.Equal(t, 500, result.Errors[0].Operation.Error.Status)
			require.Equal(t, want["b"], s.rows("todoitem")["b"])
			s.mend()
			require.NoError(t, c.Retry(ctx))
			_, err = push(c)
			require.NoError(t, err)
			require.Equal(t, want, s.rows("todoitem"))
		})
	}
}

// TestRowsTheServerHasNot answers an update and a delete with 404 and 410.
func TestRowsTheServerHasNot(t *testing.T) {
	for _, hard := range []bool{false, true} { // 410 for a tombstone, 404 for none
		status := map[bool]int{false: 410, true: 404}[hard]
		gone := func(t *testing.T, action string) (*shelf, *device, *datasync.Client) {
			rows := newShelf()
			s := newShelfServer(t, rows)
			d := newDevice(t, s)
			c := d.open()
			queued(t, s, c, action)
			s.remove("todoitem", "a")
			if hard {
				rows.mu.Lock()
				rows.tables["todoitem"] = maps.Clone(rows.tables["todoitem"])
				delete(rows.tables["todoitem"], "a")
				rows.mu.Unlock()
			}
			s.writes()
			return rows, d, c
		}
		t.Run(fmt.Sprint(status, " to a delete is what was wanted"), func(t *testing.T) {
			rows, d, c := gone(t, "delete")
			result, err := push(c)
			require.NoError(t, err)
			require.Equal(t, 2, result.Sent)
			require.Empty(t, queue(c))
			require.Empty(t, rows.texts("todoitem"))
			require.Empty(t, texts(t, d.reopened(c)))
		})
		t.Run(fmt.Sprint(status, " to an update is a conflict that can be inserted"), func(t *testing.T) {
			rows, d, c := gone(t, "update")
			result, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Equal(t, 1, result.Sent, "the other row goes on")
			require.Equal(t, []string{"update a conflict"}, queue(c))
			require.Equal(t, datasync.CodeConflict, result.Errors[0].Operation.Error.Code)
			require.Equal(t, status, result.Errors[0].Operation.Error.Status)
			require.Nil(t, result.Errors[0].Server)
			c = d.reopened(c)
			require.Equal(t, []string{"update a conflict"}, queue(c))
			require.NoError(t, c.Resolve(ctx, c.Operations()[0].Seq, datasync.Resolution{Kind: datasync.ChangeAction, Action: datasync.Insert}))
			_, err = push(c)
			require.NoError(t, err)
			require.Equal(t, map[string]string{"a": "new", "b": "new"}, rows.texts("todoitem"))
			require.Equal(t, map[string]string{"a": "new", "b": "new"}, texts(t, c))
		})
	}
}

// TestActionsOnATableTheServerLacks has 404 for the table: nothing is believed about rows.
func TestActionsOnATableTheServerLacks(t *testing.T) {
	for _, action := range []string{"insert", "update", "delete"} {
		t.Run(action, func(t *testing.T) {
			rows := newShelf()
			s := newShelfServer(t, rows)
			d := newDevice(t, s)
			c := d.open()
			queued(t, s, c, action)
			want := texts(t, c)
			s.serve(rows, []string{"another"})
			result, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Equal(t, datasync.PushComplete, result.Reason)
			for _, e := range result.Errors {
				require.Equal(t, datasync.CodeTableNotFound, e.Operation.Error.Code)
				require.Equal(t, 404, e.Operation.Error.Status)
			}
			c = d.reopened(c)
			require.Equal(t, []string{action + " a parked", action + " b parked"}, queue(c))
			s.serve(rows, []string{"todoitem"})
			require.NoError(t, c.Retry(ctx))
			_, err = push(c)
			require.NoError(t, err)
			require.Equal(t, want, rows.texts("todoitem"))
		})
	}
}
