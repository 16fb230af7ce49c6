package datasync_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// unanswered brings the row "a" into a state where its operation was sent and nobody
// knows what became of it: the answer was lost, or the request was.
func unanswered(first string, arrives bool) scene {
	return func(t *testing.T, d *device, c *datasync.Client) {
		switch first {
		case "insert":
			insert(t, c, "a", "one")
		case "update":
			present(t, d, c)
			edit(t, c, "a", "two")
		case "delete":
			present(t, d, c)
			remove(t, c, "a")
		}
		if arrives {
			d.server.setAfter(func(wire.Request, int) error { return errLink })
		} else {
			d.server.cut()
		}
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		d.server.mend()
		d.server.writes()
	}
}

// turnedAway brings the row "a" into a state where its insert was answered with 401 while
// a local call was made: the insert will be tried again, with what it carried.
func turnedAway(t *testing.T, d *device, c *datasync.Client, meanwhile func()) {
	insert(t, c, "a", "one")
	d.server.setBend(func(wire.Request) *reply {
		meanwhile()
		return &reply{status: 401}
	})
	result, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, datasync.PushAuth, result.Reason)
	d.server.mend()
}

// TestCollapseBehindAnother is the collapse table for rows that have two operations: the
// first is on the way or was, the second waits behind it, and now comes another call.
func TestCollapseBehindAnother(t *testing.T) {
	const ok = ""
	cases := []struct {
		first, second, call string
		code                datasync.Code
		// queue is the second operation after the call, "" when there is none left.
		queue string
		// text is what both sides end with, "" when the row is gone.
		text string
	}{
		{"insert", "update", "insert", datasync.CodeExists, "update", "second"},
		{"insert", "update", "update", ok, "update", "new"},
		{"insert", "update", "delete", ok, "delete", ""},
		{"insert", "delete", "insert", ok, "update", "new"},
		{"insert", "delete", "update", datasync.CodeDeleted, "delete", ""},
		{"insert", "delete", "delete", ok, "delete", ""},
		{"update", "update", "insert", datasync.CodeExists, "update", "second"},
		{"update", "update", "update", ok, "update", "new"},
		{"update", "update", "delete", ok, "delete", ""},
		{"update", "delete", "insert", ok, "update", "new"},
		{"update", "delete", "update", datasync.CodeDeleted, "delete", ""},
		{"update", "delete", "delete", ok, "delete", ""},
		{"delete", "insert", "insert", datasync.CodeExists, "insert", "second"},
		{"delete", "insert", "update", ok, "insert", "new"},
		{"delete", "insert", "delete", ok, "", ""},
	}
	firstWrites := map[string]map[bool]string{
		"insert": {true: "POST /tables/todoitem 409", false: "POST /tables/todoitem 201"},
		"update": {true: "PUT /tables/todoitem/a 412", false: "PUT /tables/todoitem/a 200"},
		"delete": {true: "DELETE /tables/todoitem/a 410", false: "DELETE /tables/todoitem/a 204"},
	}
	secondWrites := map[string][]string{
		"":       nil,
		"insert": {"POST /tables/todoitem 409", "PUT /tables/todoitem/a 200"}, // the tombstone is brought back
		"update": {"PUT /tables/todoitem/a 200"},
		"delete": {"DELETE /tables/todoitem/a 204"},
	}
	for _, arrives := range []bool{true, false} {
		for _, reopen := range []bool{false, true} {
			for _, test := range cases {
				name := test.first + " f, " + test.second + " p + " + test.call
				if !arrives {
					name += ", the request lost"
				}
				if reopen {
					name += ", reopened"
				}
				t.Run(name, func(t *testing.T) {
					d := newDevice(t, newShelfServer(t, newShelf()))
					c := d.open()
					unanswered(test.first, arrives)(t, d, c)
					second(t, c, test.second)
					require.Equal(t, test.code, code(call(c, test.call)))
					if reopen {
						c = d.reopened(c)
					}
					want := []string{test.first + " a sent"}
					if test.queue != "" {
						want = append(want, test.queue+" a pending")
					}
					require.Equal(t, want, queue(c))
					writes := append([]string{firstWrites[test.first][arrives]}, secondWrites[test.queue]...)
					require.Equal(t, writes, ends(t, d, c, test.text))
				})
			}
		}
	}
}

// TestCollapseBehindOneTurnedAway is the same behind an insert that got a 401.
func TestCollapseBehindOneTurnedAway(t *testing.T) {
	cases := []struct {
		second, call string
		code         datasync.Code
		queue        string
		text         string
	}{
		{"update", "insert", datasync.CodeExists, "update", "second"},
		{"update", "update", "", "update", "new"},
		{"update", "delete", "", "delete", ""},
		{"delete", "insert", "", "update", "new"},
		{"delete", "update", datasync.CodeDeleted, "delete", ""},
		{"delete", "delete", "", "delete", ""},
	}
	for _, test := range cases {
		t.Run("insert a, "+test.second+" p + "+test.call, func(t *testing.T) {
			d := newDevice(t, newShelfServer(t, newShelf()))
			c := d.open()
			turnedAway(t, d, c, func() { second(t, c, test.second) })
			require.Equal(t, []string{"insert a attempted", test.second + " a pending"}, queue(c))
			require.Equal(t, test.code, code(call(c, test.call)))
			c = d.reopened(c)
			require.Equal(t, []string{"insert a attempted", test.queue + " a pending"}, queue(c))
			d.server.writes()
			writes := map[string]string{"update": "PUT /tables/todoitem/a 200", "delete": "DELETE /tables/todoitem/a 204"}
			require.Equal(t, []string{"POST /tables/todoitem 201", writes[test.queue]}, ends(t, d, c, test.text), "the insert goes out as it was")
		})
	}
}

// TestA401DoesNotHideALostAnswer has an operation whose first answer was lost meet a 401:
// it may still have been applied, so what is edited now has to follow it.
func TestA401DoesNotHideALostAnswer(t *testing.T) {
	for _, first := range []string{"insert", "update", "delete"} {
		for _, arrives := range []bool{true, false} {
			t.Run(first+map[bool]string{true: " that arrived", false: " that did not arrive"}[arrives], func(t *testing.T) {
				d := newDevice(t, newShelfServer(t, newShelf()))
				c := d.open()
				unanswered(first, arrives)(t, d, c)
				d.server.setBend(func(wire.Request) *reply { return &reply{status: 401} })
				result, err := push(c)
				require.Equal(t, datasync.CodePushFailed, code(err))
				require.Equal(t, datasync.PushAuth, result.Reason)
				d.server.mend()
				c = d.reopened(c)
				require.Equal(t, []string{first + " a sent"}, queue(c))
				action := map[string]string{"insert": "update", "update": "update", "delete": "insert"}[first]
				require.NoError(t, call(c, action))
				require.Equal(t, []string{first + " a sent", action + " a pending"}, queue(c))
				ends(t, d, c, "new")
			})
		}
	}
}

// second makes the local call whose operation waits behind the first one.
func second(t *testing.T, c *datasync.Client, action string) {
	switch action {
	case "insert":
		insert(t, c, "a", "second")
	case "update":
		edit(t, c, "a", "second")
	case "delete":
		remove(t, c, "a")
	}
}

// ends pushes, checks that both sides have the row "a" with that text, or none, and
// returns what the push wrote.
func ends(t *testing.T, d *device, c *datasync.Client, text string) (writes []string) {
	t.Helper()
	want := map[string]string{}
	if text != "" {
		want["a"] = text
	}
	require.Equal(t, want, texts(t, c))
	_, err := push(c)
	require.NoError(t, err)
	require.Empty(t, queue(c))
	writes = d.server.writes()
	require.Equal(t, want, d.server.rows("todoitem"))
	require.Equal(t, want, texts(t, c))
	_, err = pull(c)
	require.NoError(t, err)
	require.Equal(t, want, texts(t, c))
	require.Equal(t, want, texts(t, d.reopened(c)))
	return writes
}
