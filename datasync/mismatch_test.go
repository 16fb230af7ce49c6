package datasync_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// mismatchCase is how a server that says 409 or 412 leaves out its row.
type mismatchCase struct {
	name   string
	answer func(status int, r wire.Request) *reply
}

var mismatchCases = []mismatchCase{
	{"nothing", func(status int, _ wire.Request) *reply { return &reply{status: status} }},
	{"a message", func(status int, _ wire.Request) *reply {
		return &reply{status: status, contentType: jsonType, body: `{"error":"it was changed"}`}
	}},
	{"the request sent back", func(status int, r wire.Request) *reply {
		body := string(r.Body)
		if body == "" {
			body = `{"id":"a"}`
		}
		return &reply{status: status, contentType: jsonType, body: body}
	}},
	{"another row", func(status int, _ wire.Request) *reply {
		return &reply{status: status, contentType: jsonType, body: `{"id":"z","version":"v1","updatedAt":"2026-01-01T00:00:00.000Z"}`}
	}},
}

// withoutRow makes the server's conflicts come without the server's row.
func (m mismatchCase) withoutRow(s *server, status int) {
	s.setBend(func(r wire.Request) *reply {
		if r.Method == "GET" {
			return nil
		}
		return m.answer(status, r)
	})
}

// lookups counts the questions about the row "a" that the server got.
func lookups(s *server) func() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := 0
	bend := s.bend
	s.bend = func(r wire.Request) *reply {
		if r.Method == "GET" && strings.Contains(r.URL, "$filter=") && strings.Contains(r.URL, "id%20eq%20%27a%27") {
			asked++
		}
		if bend == nil {
			return nil
		}
		return bend(r)
	}
	return func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return asked
	}
}

// TestConflictsWithoutTheServersRow has servers whose 409 or 412 does not say what they
// have: they are asked, and the conflict shows it.
func TestConflictsWithoutTheServersRow(t *testing.T) {
	for _, action := range []string{"insert", "update", "delete"} {
		for _, status := range []int{409, 412} {
			for _, m := range mismatchCases {
				t.Run(action+" answered with "+map[int]string{409: "409", 412: "412"}[status]+" and "+m.name, func(t *testing.T) {
					m.disputed(t, action, status)
				})
			}
		}
	}
}

func (m mismatchCase) disputed(t *testing.T, action string, status int) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	c := d.open()
	want := map[string]string{"a": "ours"}
	switch action {
	case "insert":
		insert(t, c, "a", "ours")
		s.post("todoitem", "a", "theirs")
	case "update":
		present(t, d, c)
		edit(t, c, "a", "ours")
		s.put("todoitem", "a", "theirs")
	case "delete":
		present(t, d, c)
		remove(t, c, "a")
		s.put("todoitem", "a", "theirs")
		want = map[string]string{}
	}
	m.withoutRow(s, status)
	asked := lookups(s)
	result, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, datasync.PushComplete, result.Reason)
	require.Equal(t, 1, asked())
	require.Equal(t, "theirs", member(result.Errors[0].Server, "text"))
	require.Equal(t, status, result.Errors[0].Operation.Error.Status)
	c = d.reopened(c)
	require.Equal(t, []string{action + " a conflict"}, queue(c))
	require.Equal(t, want, texts(t, c))

	s.mend()
	require.NoError(t, c.Resolve(ctx, c.Operations()[0].Seq, datasync.Resolution{Kind: datasync.KeepClient}))
	settled(t, s, c, want)
}

// TestMismatchesThatAreNone has the same answers when nothing is in the way: ours arrived
// before, the row says the same, or nobody can be asked.
func TestMismatchesThatAreNone(t *testing.T) {
	for _, m := range mismatchCases {
		t.Run(m.name+" to an update that arrived before", func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			d := newDevice(t, s)
			c := d.open()
			present(t, d, c)
			edit(t, c, "a", "ours")
			loseAnswer(t, d, c, "PUT")
			m.withoutRow(s, 412)
			settled(t, s, c, map[string]string{"a": "ours"})
		})
		t.Run(m.name+" to an insert that arrived before", func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			d := newDevice(t, s)
			c := d.open()
			insert(t, c, "a", "ours")
			loseAnswer(t, d, c, "POST")
			m.withoutRow(s, 409)
			settled(t, s, c, map[string]string{"a": "ours"})
		})
		t.Run(m.name+" to a delete of a row that is gone", func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			d := newDevice(t, s)
			c := d.open()
			present(t, d, c)
			remove(t, c, "a")
			loseAnswer(t, d, c, "DELETE")
			m.withoutRow(s, 412)
			settled(t, s, c, map[string]string{})
		})
		t.Run(m.name+" to an update of a row that is gone", func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			d := newDevice(t, s)
			c := d.open()
			present(t, d, c)
			edit(t, c, "a", "ours")
			s.remove("todoitem", "a")
			m.withoutRow(s, 412)
			result, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Nil(t, result.Errors[0].Server)
			require.Equal(t, []string{"update a conflict"}, queue(c))
		})
	}
	for name, failing := range map[string]reply{
		"cannot serve":        {status: 503},
		"wants a sign-in":     {status: 401},
		"is a login page":     {status: 200, contentType: "text/html", body: "<html>"},
		"does not answer":     {err: errLink},
		"answers to no query": {status: 400, contentType: jsonType, body: `{"error":"no filters"}`},
	} {
		t.Run("who should be asked "+name, func(t *testing.T) {
			s, d, c := dispute(t)
			s.setBend(func(r wire.Request) *reply {
				if r.Method == "GET" {
					return &failing
				}
				return &reply{status: 412}
			})
			result, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			if failing.status == 400 {
				require.Equal(t, datasync.PushComplete, result.Reason)
				require.Equal(t, []string{"update a parked"}, queue(c), "there is no row to show")
			} else {
				require.NotEqual(t, datasync.PushComplete, result.Reason)
				require.NotContains(t, queue(c)[0], "conflict", "nothing is known yet")
			}
			s.mend()
			c = d.reopened(c)
			require.NoError(t, c.Retry(ctx))
			result, err = push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Equal(t, "theirs", member(result.Errors[0].Server, "text"))
			require.Equal(t, []string{"update a conflict"}, queue(c))
		})
	}
}
