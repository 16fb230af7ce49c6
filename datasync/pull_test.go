package datasync_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

func TestPull(t *testing.T) {
	t.Run("brings every row, then only what changed", func(t *testing.T) {
		s := newServer(t)
		for i := range 30 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), fmt.Sprint("text ", i))
		}
		d := newDevice(t, s)
		c := d.open()
		result, err := pull(c)
		require.NoError(t, err)
		require.Equal(t, 30, result.Inserted)
		require.GreaterOrEqual(t, result.Pages, 5, "the server gives seven rows a page")
		require.Equal(t, s.rows("todoitem"), texts(t, c))

		s.put("todoitem", "r03", "changed")
		s.remove("todoitem", "r04")
		s.post("todoitem", "new", "row")
		result, err = pull(c)
		require.NoError(t, err)
		require.Equal(t, 1, result.Inserted)
		require.Equal(t, 1, result.Updated)
		require.Equal(t, 1, result.Deleted)
		require.Equal(t, s.rows("todoitem"), texts(t, c))
		require.Equal(t, s.rows("todoitem"), texts(t, d.reopened(c)))
	})

	t.Run("an unchanged table is one request, and none of its rows once the window has passed", func(t *testing.T) {
		s := newServer(t)
		for i := range 5 {
			s.post("todoitem", fmt.Sprint("r", i), "text")
		}
		d := newDevice(t, s)
		c := d.open()
		_, err := pull(c)
		require.NoError(t, err)
		again, err := pull(c)
		require.NoError(t, err)
		require.Equal(t, 1, again.Requests)
		require.Zero(t, again.Updated+again.Inserted)
		d.clock.advance(11 * time.Second)
		closing, err := pull(c)
		require.NoError(t, err)
		require.Equal(t, 1, closing.Requests)
		closed, err := pull(d.reopened(c))
		require.NoError(t, err)
		require.Equal(t, 1, closed.Requests)
		require.Zero(t, closed.Received)
	})

	t.Run("more rows of one millisecond than a page holds", func(t *testing.T) {
		s := newServer(t)
		for i := range 25 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
		}
		// Every row gets the same time on the wire.
		stamp := flatten(s)
		c := newDevice(t, s).open()
		result, err := pull(c)
		require.NoError(t, err)
		require.Equal(t, 25, result.Inserted, stamp)
		require.Equal(t, s.rows("todoitem"), texts(t, c))
	})

	t.Run("rows with pending operations are left alone and not forgotten", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		present(t, d, c)
		edit(t, c, "a", "ours")
		s.put("todoitem", "a", "theirs")
		pulled, err := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
		require.NoError(t, err)
		require.Equal(t, 1, pulled.Skipped)
		require.Equal(t, map[string]string{"a": "ours"}, texts(t, c))
		require.NoError(t, c.Discard(ctx, c.Operations()[0].Seq))
		require.Equal(t, map[string]string{"a": "theirs"}, texts(t, c), "what was skipped is here")
	})

	t.Run("a conflict is found before sending when theirs came with a pull", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		present(t, d, c)
		edit(t, c, "a", "ours")
		s.put("todoitem", "a", "theirs")
		_, err := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
		require.NoError(t, err)
		s.writes()
		_, err = push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Empty(t, s.writes())
		require.Equal(t, []string{"update a conflict"}, queue(c))
	})

	t.Run("pushes first, and pulls nothing when the push cannot reach the server", func(t *testing.T) {
		s := newServer(t)
		s.post("todoitem", "b", "server")
		c := newDevice(t, s).open()
		insert(t, c, "a", "ours")
		s.cut()
		_, err := pull(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, map[string]string{"a": "ours"}, texts(t, c))
		s.mend()
		_, err = pull(c)
		require.NoError(t, err)
		require.Equal(t, s.rows("todoitem"), texts(t, c))
		require.Zero(t, c.Pending())
	})

	t.Run("runs although a single operation failed, and says both", func(t *testing.T) {
		s, _, c := contested(t, nil)
		s.post("todoitem", "b", "server")
		_, err := pull(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		e := err.(*datasync.Error)
		require.Len(t, e.Push.Errors, 1)
		require.Equal(t, 1, e.Pull.Inserted)
		require.Equal(t, map[string]string{"a": "ours", "b": "server"}, texts(t, c))
	})

	t.Run("by a filter, whose change starts again", func(t *testing.T) {
		s := newServer(t)
		for _, id := range []string{"a", "b", "c"} {
			s.post("todoitem", id, "text "+id)
		}
		c := newDevice(t, s).open()
		only := func(text string) query.Query {
			filter, err := query.ParseFilter("text eq '" + text + "'")
			require.NoError(t, err)
			return query.Query{Filter: filter}
		}
		_, err := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "some", Query: only("text a")})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "text a"}, texts(t, c))
		_, err = table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "some", Query: only("text b")})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "text a", "b": "text b"}, texts(t, c))
	})

	t.Run("refuses what an incremental pull cannot keep", func(t *testing.T) {
		c := newDevice(t, newServer(t)).open()
		for _, q := range []query.Query{{Skip: 1}, {HasTake: true, Take: 1}, {OrderBy: []query.Order{{Member: "text"}}}, {Select: []string{"text"}}} {
			_, err := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Query: q})
			require.Equal(t, datasync.CodeInvalidQuery, code(err))
		}
	})

	t.Run("resumes after a crash between any two pages", func(t *testing.T) {
		s := newServer(t)
		for i := range 30 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
		}
		for crash := range 6 {
			d := newDevice(t, s)
			c := d.open()
			gets := 0
			s.setBend(func(wire.Request) *reply {
				if gets++; gets > crash {
					return &reply{err: errLink}
				}
				return nil
			})
			_, err := pull(c)
			if crash < 5 {
				require.Equal(t, datasync.CodeNetwork, code(err))
			}
			s.mend()
			c = d.reopened(c)
			_, err = pull(c)
			require.NoError(t, err)
			require.Equal(t, s.rows("todoitem"), texts(t, c))
		}
	})

	t.Run("a row pushed while a page is on its way keeps the push's answer", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		present(t, d, c)
		edit(t, c, "a", "ours")
		once := false
		s.setAfter(func(r wire.Request, _ int) error {
			if r.Method == "GET" && !once {
				once = true
				_, err := push(c) // the page that was just read is older than this
				require.NoError(t, err)
			}
			return nil
		})
		_, err := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "ours"}, texts(t, c))
		_, err = pull(c)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "ours"}, texts(t, c))
	})

	t.Run("a server that does not sort ends with an error", func(t *testing.T) {
		s := newServer(t)
		s.setBend(func(wire.Request) *reply {
			return &reply{status: 200, contentType: "application/json", body: `{"items":[{"id":"a","version":"AA==","updatedAt":"2020-01-01T00:00:00.000Z"}],"count":null,"nextLink":"$skip=1"}`}
		})
		c := newDevice(t, s).open()
		_, err := pull(c)
		require.Equal(t, datasync.CodePullStuck, code(err))
	})

	t.Run("is cancelled between pages", func(t *testing.T) {
		s := newServer(t)
		for i := range 30 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
		}
		c := newDevice(t, s).open()
		cancelled, cancel := context.WithCancel(ctx)
		gets := 0
		s.setAfter(func(wire.Request, int) error {
			if gets++; gets == 3 {
				cancel()
			}
			return nil
		})
		_, err := table(t, c).Pull(cancelled, datasync.PullOptions{QueryID: "all"})
		require.Equal(t, datasync.CodeCancelled, code(err))
		s.mend()
		_, err = pull(c)
		require.NoError(t, err)
		require.Len(t, texts(t, c), 30)
	})

	t.Run("ten thousand rows lie in few records", func(t *testing.T) {
		s := newServer(t)
		var items strings.Builder
		for i := range 10_000 {
			if i > 0 {
				items.WriteByte(',')
			}
			fmt.Fprintf(&items, `{"id":"row-%05d","version":"AAAAAAAA","updatedAt":"2026-01-01T00:%02d:%02d.%03dZ","deleted":false,"text":"%s"}`,
				i, i/60_000, i/1000, i%1000, strings.Repeat("x", 100))
		}
		s.setBend(func(wire.Request) *reply {
			return &reply{status: 200, contentType: "application/json", body: `{"items":[` + items.String() + `],"count":10000,"nextLink":null}`}
		})
		d := newDevice(t, s)
		c := d.open()
		result, err := pull(c)
		require.NoError(t, err)
		require.Equal(t, 10_000, result.Inserted)
		require.Less(t, len(d.db.PageNames()), 100)
		require.Len(t, texts(t, d.reopened(c)), 10_000)
	})
}

// flatten makes the server give every row the same time, and filter by it.
func flatten(s *server) string {
	const stamp = "2026-01-01T00:00:00.000Z"
	handler := s.handler
	s.handler = sameTime(handler, stamp)
	return stamp
}

func TestTabs(t *testing.T) {
	t.Run("each sees what the other wrote once it catches up", func(t *testing.T) {
		d := newDevice(t, newServer(t))
		one, two := d.open(), d.open()
		insert(t, one, "a", "from one")
		require.Empty(t, texts(t, two))
		two.CatchUp()
		require.Equal(t, map[string]string{"a": "from one"}, texts(t, two))
		edit(t, two, "a", "from two")
		insert(t, one, "b", "behind two, so it folds that in first")
		require.Equal(t, "from two", texts(t, one)["a"])
		two.CatchUp()
		require.Equal(t, texts(t, one), texts(t, two))
	})

	t.Run("a decision is made again by who was behind", func(t *testing.T) {
		d := newDevice(t, newServer(t))
		one, two := d.open(), d.open()
		insert(t, one, "a", "one")
		_, err := table(t, two).Insert(ctx, []byte(`{"id":"a","text":"two"}`))
		require.Equal(t, datasync.CodeExists, code(err))
		require.Equal(t, map[string]string{"a": "one"}, texts(t, two))
	})

	t.Run("a page pulled by one is read by the other", func(t *testing.T) {
		s := newServer(t)
		for i := range 20 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
		}
		d := newDevice(t, s)
		one, two := d.open(), d.open()
		require.Empty(t, texts(t, two))
		_, err := pull(one)
		require.NoError(t, err)
		two.CatchUp()
		require.Equal(t, s.rows("todoitem"), texts(t, two))
	})

	t.Run("both write and push at once", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		one, two := d.open(), d.open()
		done := make(chan error, 2)
		for n, c := range []*datasync.Client{one, two} {
			go func() {
				todos, err := c.Table("todoitem")
				for i := 0; err == nil && i < 50; i++ {
					_, err = todos.Insert(ctx, fmt.Appendf(nil, `{"id":"t%d-%d","text":"x"}`, n, i))
					if err == nil && i%10 == 9 {
						_, err = push(c)
					}
				}
				done <- err
			}()
		}
		require.NoError(t, <-done)
		require.NoError(t, <-done)
		_, err := push(one)
		require.NoError(t, err)
		require.Len(t, s.rows("todoitem"), 100)
		two.CatchUp()
		require.Equal(t, texts(t, one), texts(t, two))
		require.Zero(t, two.Pending())
	})
}

func TestPullOfWhatAServerCannotBeAsked(t *testing.T) {
	s := newServer(t)
	c := newDevice(t, s).open()
	_, err := table(t, c).Pull(ctx, datasync.PullOptions{Query: where(t, "replace(text, 'a', 'b') eq 'x'")})
	require.Equal(t, datasync.CodeInvalidQuery, code(err))
	require.True(t, c.Status().Online)
}
