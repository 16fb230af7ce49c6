package datasync_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestPush(t *testing.T) {
	t.Run("sends the queue in order and ends with the server's rows", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		for i := range 5 {
			insert(t, c, fmt.Sprint("r", i), fmt.Sprint("text ", i))
		}
		result, err := push(c)
		require.NoError(t, err)
		require.Equal(t, 5, result.Sent)
		require.Equal(t, datasync.PushComplete, result.Reason)
		require.Equal(t, texts(t, c), s.rows("todoitem"))
		row, err := table(t, c).Lookup(ctx, "r0")
		require.NoError(t, err)
		require.NotEmpty(t, member(row, "version"))
		require.Zero(t, c.Pending())
	})

	t.Run("a link that is down keeps everything, also over a restart", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		insert(t, c, "a", "one")
		insert(t, c, "b", "two")
		s.cut()
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushNetwork, result.Reason)
		require.False(t, c.Status().Online)
		c = d.reopened(c)
		require.Equal(t, []string{"insert a sent", "insert b pending"}, queue(c))
		s.mend()
		_, err = push(c)
		require.NoError(t, err)
		require.Equal(t, texts(t, c), s.rows("todoitem"))
	})

	t.Run("a second push of an empty queue asks nothing", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		_, err := push(c)
		require.NoError(t, err)
		require.Zero(t, s.requests())
	})

	t.Run("chosen tables only", func(t *testing.T) {
		s := newServer(t, "todoitem", "other")
		c := newDevice(t, s).open()
		insert(t, c, "a", "one")
		other, err := c.Table("other")
		require.NoError(t, err)
		_, err = other.Insert(ctx, []byte(`{"id":"b","text":"two"}`))
		require.NoError(t, err)
		_, err = c.Push(ctx, datasync.PushOptions{Tables: []string{"other"}})
		require.NoError(t, err)
		require.Equal(t, []string{"insert a pending"}, queue(c))
	})

	t.Run("cancelled while a request is under way", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		insert(t, c, "a", "one")
		cancelled, cancel := context.WithCancel(ctx)
		s.setAfter(func(wire.Request, int) error { cancel(); return context.Canceled })
		result, err := c.Push(cancelled, datasync.PushOptions{})
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushCancelled, result.Reason)
		s.mend()
		_, err = push(d.reopened(c))
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "one"}, s.rows("todoitem"))
	})
}

// TestAnswersLost drops the answer to each request of a push in turn, with a restart
// after it: the server ends with exactly the local rows, each operation applied once.
func TestAnswersLost(t *testing.T) {
	const rows = 6
	for lost := range rows * 3 {
		t.Run(fmt.Sprint("the answer to request ", lost), func(t *testing.T) {
			s := newServer(t)
			for i := range rows {
				s.post("todoitem", fmt.Sprint("update", i), "old")
				s.post("todoitem", fmt.Sprint("delete", i), "old")
			}
			d := newDevice(t, s)
			c := d.open()
			_, err := pull(c)
			require.NoError(t, err)
			for i := range rows {
				insert(t, c, fmt.Sprint("insert", i), "new")
				edit(t, c, fmt.Sprint("update", i), "new")
				remove(t, c, fmt.Sprint("delete", i))
			}
			s.writes()
			var seen atomic.Int64
			s.setAfter(func(wire.Request, int) error {
				if seen.Add(1) == int64(lost)+1 {
					return errLink
				}
				return nil
			})
			_, err = push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			want := texts(t, c)
			s.mend()
			c = d.reopened(c)
			_, err = push(c)
			require.NoError(t, err)
			require.Equal(t, want, s.rows("todoitem"))
			require.Equal(t, want, texts(t, c))
			require.Len(t, applied(s.writes()), rows*3, "each operation once")
			_, err = pull(c)
			require.NoError(t, err)
			require.Equal(t, want, texts(t, c))
		})
	}
}

// applied keeps the writes that changed something.
func applied(writes []string) []string {
	var done []string
	for _, line := range writes {
		switch line[len(line)-3:] {
		case "200", "201", "204":
			done = append(done, line)
		}
	}
	return done
}

// TestEditsDuringPush edits or deletes the row while its request is on the way.
func TestEditsDuringPush(t *testing.T) {
	local := map[string]func(*testing.T, *datasync.Client){
		"an edit":                func(t *testing.T, c *datasync.Client) { edit(t, c, "a", "newest") },
		"a delete":               func(t *testing.T, c *datasync.Client) { remove(t, c, "a") },
		"an edit and a delete":   func(t *testing.T, c *datasync.Client) { edit(t, c, "a", "x"); remove(t, c, "a") },
		"a delete and an insert": func(t *testing.T, c *datasync.Client) { remove(t, c, "a"); insert(t, c, "a", "again") },
	}
	first := map[string]func(*testing.T, *device, *datasync.Client){
		"insert": func(t *testing.T, _ *device, c *datasync.Client) { insert(t, c, "a", "one") },
		"update": func(t *testing.T, d *device, c *datasync.Client) { present(t, d, c); edit(t, c, "a", "two") },
	}
	for firstName, queueFirst := range first {
		for localName, change := range local {
			for _, lose := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s during an %s, answer lost: %v", localName, firstName, lose), func(t *testing.T) {
					s := newServer(t)
					d := newDevice(t, s)
					c := d.open()
					queueFirst(t, d, c)
					once := false
					s.setAfter(func(wire.Request, int) error {
						if once {
							return nil
						}
						once = true
						change(t, c)
						if lose {
							return errLink
						}
						return nil
					})
					_, err := push(c)
					if lose {
						require.Equal(t, datasync.CodePushFailed, code(err))
						c = d.reopened(c)
						_, err = push(c)
					}
					require.NoError(t, err)
					require.Empty(t, queue(c))
					require.Equal(t, texts(t, c), s.rows("todoitem"))
					_, err = pull(c)
					require.NoError(t, err)
					require.Equal(t, texts(t, c), s.rows("todoitem"))
					want := map[string]string{}
					switch localName {
					case "an edit":
						want["a"] = "newest"
					case "a delete and an insert":
						want["a"] = "again"
					}
					require.Equal(t, want, texts(t, c))
				})
			}
		}
	}
}

// TestAnswersThatAreNot holds what is in the queue after each kind of bad answer.
func TestAnswersThatAreNot(t *testing.T) {
	json := "application/json"
	cases := []struct {
		name   string
		answer reply
		reason datasync.PushReason
		code   datasync.Code
		queue  []string
	}{
		{"HTML with 200", reply{status: 200, contentType: "text/html", body: "<html><title>Sign in</title>"}, datasync.PushServer, datasync.CodeNotATableServer, []string{"insert a sent", "insert b pending"}},
		{"HTML with 404", reply{status: 404, contentType: "text/html", body: "<html>"}, datasync.PushServer, datasync.CodeNotATableServer, []string{"insert a sent", "insert b pending"}},
		{"truncated JSON", reply{status: 201, contentType: json, body: `{"id":"a`}, datasync.PushServer, datasync.CodeNotATableServer, []string{"insert a sent", "insert b pending"}},
		{"another row", reply{status: 201, contentType: json, body: `{"id":"z"}`}, datasync.PushServer, datasync.CodeNotATableServer, []string{"insert a sent", "insert b pending"}},
		{"401", reply{status: 401}, datasync.PushAuth, datasync.CodeAuth, []string{"insert a attempted", "insert b attempted"}},
		{"403", reply{status: 403, contentType: json, body: `{"error":"not yours"}`}, datasync.PushComplete, datasync.CodeRefused, []string{"insert a parked", "insert b parked"}},
		{"413", reply{status: 413, contentType: json, body: `{}`}, datasync.PushComplete, datasync.CodeRefused, []string{"insert a parked", "insert b parked"}},
		{"429", reply{status: 429, header: map[string]string{"Retry-After": "7"}}, datasync.PushServer, datasync.CodeServer, []string{"insert a sent", "insert b pending"}},
		{"503", reply{status: 503}, datasync.PushServer, datasync.CodeServer, []string{"insert a sent", "insert b pending"}},
		{"no answer", reply{err: errLink}, datasync.PushNetwork, "", []string{"insert a sent", "insert b pending"}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			d := newDevice(t, s)
			c := d.open()
			insert(t, c, "a", "one")
			insert(t, c, "b", "two")
			s.setBend(func(wire.Request) *reply { return &test.answer })
			result, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Equal(t, test.reason, result.Reason)
			require.Equal(t, test.queue, queue(c))
			if test.code != "" {
				require.Equal(t, test.code, result.Errors[0].Operation.Error.Code)
				var e *datasync.Error
				require.True(t, errors.As(err, &e))
				require.Equal(t, result, *e.Push)
			}
			if test.name == "429" {
				require.Equal(t, "7s", result.RetryAfter.String())
			}
			s.mend()
			c = d.reopened(c)
			require.NoError(t, c.Retry(ctx))
			_, err = push(c)
			require.NoError(t, err)
			require.Equal(t, texts(t, c), s.rows("todoitem"))
		})
	}
}

func TestTableTheServerLacks(t *testing.T) {
	s := newServer(t)
	d := newDevice(t, s)
	c := d.open()
	lists, err := c.Table("lists")
	require.NoError(t, err)
	_, err = lists.Insert(ctx, []byte(`{"id":"l","text":"home"}`))
	require.NoError(t, err)
	insert(t, c, "a", "one")
	result, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, 1, result.Sent, "the other table's row goes on")
	require.Equal(t, []string{"insert l parked"}, queue(c))
	require.Equal(t, datasync.CodeTableNotFound, result.Errors[0].Operation.Error.Code)
	require.Contains(t, result.Errors[0].Operation.Error.Message, "'lists'")
	_, err = lists.Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
	require.Equal(t, datasync.CodeTableNotFound, code(err))

	s2 := newServer(t, "todoitem", "lists")
	s.handler = s2.handler
	_, err = push(c)
	require.NoError(t, err, "what is parked waits for a retry")
	require.Equal(t, []string{"insert l parked"}, queue(c))
	require.NoError(t, c.Retry(ctx))
	_, err = push(c)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"l": "home"}, s.rows("lists"))
}
