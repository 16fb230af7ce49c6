package datasync_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

func where(t *testing.T, text string) query.Query {
	t.Helper()
	filter, err := query.ParseFilter(text)
	require.NoError(t, err)
	return query.Query{Filter: filter}
}

func TestPurge(t *testing.T) {
	filled := func(t *testing.T) (*server, *device, *datasync.Client) {
		s := newServer(t)
		for _, id := range []string{"a", "b", "c"} {
			s.post("todoitem", id, "text "+id)
		}
		d := newDevice(t, s)
		c := d.open()
		_, err := pull(c)
		require.NoError(t, err)
		return s, d, c
	}
	t.Run("drops rows here only, and the next pull brings them again", func(t *testing.T) {
		s, d, c := filled(t)
		count, err := table(t, c).Purge(ctx, query.Query{}, datasync.PurgeOptions{})
		require.NoError(t, err)
		require.Equal(t, 3, count)
		require.Empty(t, texts(t, c))
		require.Empty(t, texts(t, d.reopened(c)))
		require.Len(t, s.rows("todoitem"), 3)
		c = d.open()
		_, err = pull(c)
		require.NoError(t, err)
		require.Equal(t, s.rows("todoitem"), texts(t, c))
	})
	t.Run("by a condition, keeping what is remembered", func(t *testing.T) {
		_, _, c := filled(t)
		count, err := table(t, c).Purge(ctx, where(t, "text eq 'text b'"), datasync.PurgeOptions{KeepTokens: true})
		require.NoError(t, err)
		require.Equal(t, 1, count)
		require.Equal(t, map[string]string{"a": "text a", "c": "text c"}, texts(t, c))
		result, err := c.ReadSystem(ctx, "config", query.Query{})
		require.NoError(t, err)
		require.Len(t, result.Rows, 1)
	})
	t.Run("refuses while matching rows have operations pending", func(t *testing.T) {
		_, _, c := filled(t)
		edit(t, c, "a", "ours")
		remove(t, c, "b")
		_, err := table(t, c).Purge(ctx, query.Query{}, datasync.PurgeOptions{})
		require.Equal(t, datasync.CodePending, code(err))
		require.ErrorContains(t, err, "pending operations: 2")
		require.Equal(t, map[string]string{"a": "ours", "c": "text c"}, texts(t, c))
		count, err := table(t, c).Purge(ctx, where(t, "text eq 'text c'"), datasync.PurgeOptions{})
		require.NoError(t, err, "others may go")
		require.Equal(t, 1, count)
	})
	t.Run("by force drops the operations of what matches only", func(t *testing.T) {
		_, d, c := filled(t)
		edit(t, c, "a", "ours")
		edit(t, c, "b", "ours too")
		count, err := table(t, c).Purge(ctx, where(t, "text eq 'ours'"), datasync.PurgeOptions{Force: true})
		require.NoError(t, err)
		require.Equal(t, 1, count)
		require.Equal(t, []string{"update b pending"}, queue(c))
		c = d.reopened(c)
		require.Equal(t, []string{"update b pending"}, queue(c))
		require.Equal(t, map[string]string{"b": "ours too", "c": "text c"}, texts(t, c))
	})
	t.Run("pushes first when asked, and stops when that fails", func(t *testing.T) {
		s, _, c := filled(t)
		edit(t, c, "a", "ours")
		s.cut()
		_, err := table(t, c).Purge(ctx, query.Query{}, datasync.PurgeOptions{Push: true})
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Len(t, texts(t, c), 3)
		s.mend()
		_, err = table(t, c).Purge(ctx, query.Query{}, datasync.PurgeOptions{Push: true})
		require.NoError(t, err)
		require.Equal(t, "ours", s.rows("todoitem")["a"])
	})
	t.Run("takes a condition only", func(t *testing.T) {
		_, _, c := filled(t)
		_, err := table(t, c).Purge(ctx, query.Query{Skip: 1}, datasync.PurgeOptions{})
		require.Equal(t, datasync.CodeInvalidQuery, code(err))
	})
}

func TestComparingPull(t *testing.T) {
	// hide makes the server behave as if a row had been deleted for good.
	hide := func(s *server, id string) {
		s.setBend(func(r wire.Request) *reply {
			if r.Method != http.MethodGet {
				return nil
			}
			r.Header = append(r.Header, [2]string{})
			status, _, body := s.exchange(r.Method, r.URL, r.Header[:len(r.Header)-1], r.Body)
			text := string(body)
			if from := strings.Index(text, `{"id":"`+id+`"`); from >= 0 {
				to := from + strings.Index(text[from:], "}") + 1
				text = strings.Replace(text[:from]+text[to:], ",,", ",", 1)
				text = strings.Replace(strings.Replace(text, "[,", "[", 1), ",]", "]", 1)
			}
			return &reply{status: status, contentType: "application/json", body: text}
		})
	}
	filled := func(t *testing.T) (*server, *device, *datasync.Client) {
		s := newServer(t)
		for i := range 12 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
		}
		d := newDevice(t, s)
		c := d.open()
		_, err := pull(c)
		require.NoError(t, err)
		hide(s, "r05")
		return s, d, c
	}
	t.Run("removes what the server has no more, but nothing pending", func(t *testing.T) {
		_, d, c := filled(t)
		_, err := pull(c)
		require.NoError(t, err)
		require.Len(t, texts(t, c), 12, "an ordinary pull cannot know")
		insert(t, c, "mine", "not there yet")
		result, err := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Compare: true, Push: datasync.PushNone})
		require.NoError(t, err)
		require.Equal(t, 1, result.Deleted)
		require.Len(t, texts(t, c), 12)
		require.NotContains(t, texts(t, c), "r05")
		require.NotContains(t, texts(t, d.reopened(c)), "r05")
	})
	t.Run("resync reads anew and keeps pending edits", func(t *testing.T) {
		_, _, c := filled(t)
		edit(t, c, "r01", "ours")
		result, err := table(t, c).Resync(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
		require.NoError(t, err)
		require.GreaterOrEqual(t, result.Received, 11)
		require.Equal(t, "ours", texts(t, c)["r01"])
		require.NotContains(t, texts(t, c), "r05")
	})
	t.Run("another filter under a query id compares and says so", func(t *testing.T) {
		_, _, c := filled(t)
		result, err := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Query: where(t, "text eq 'text'")})
		require.NoError(t, err)
		require.True(t, result.Restarted)
		require.NotContains(t, texts(t, c), "r05")
	})
}

func TestLastPulled(t *testing.T) {
	d := newDevice(t, newServer(t))
	c := d.open()
	require.True(t, c.LastPulled("todoitem").IsZero())
	_, err := pull(c)
	require.NoError(t, err)
	require.Equal(t, d.clock.Now().UnixMilli(), c.LastPulled("todoitem").UnixMilli())
	require.Empty(t, texts(t, c))
	d.clock.advance(time.Minute)
	_, err = pull(c)
	require.NoError(t, err)
	require.Equal(t, d.clock.Now().UnixMilli(), c.LastPulled("todoitem").UnixMilli(), "also when nothing came")
	require.False(t, d.reopened(c).LastPulled("todoitem").IsZero())
}

// TestServersThatCannot pulls from servers that lack what the walk would like.
func TestServersThatCannot(t *testing.T) {
	t.Run("compare ids: ties are read by offset until two passes agree", func(t *testing.T) {
		for _, status := range []int{400, 500, 501} {
			s := newServer(t)
			for i := range 25 {
				s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
			}
			flatten(s)
			s.setBend(func(r wire.Request) *reply {
				if strings.Contains(r.URL, "id%20gt") || strings.Contains(r.URL, "id+gt") {
					return &reply{status: status, contentType: "application/json", body: `{"error":"cannot"}`}
				}
				return nil
			})
			c := newDevice(t, s).open()
			result, err := pull(c)
			require.NoError(t, err)
			require.Equal(t, 25, result.Inserted)
			require.Equal(t, s.rows("todoitem"), texts(t, c))
		}
	})
	t.Run("tell times: the table is read whole and compared", func(t *testing.T) {
		s := newServer(t)
		for i := range 20 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), "text")
		}
		handler := s.handler
		s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { untimed(handler, w, r) })
		var warned []datasync.Code
		d := newDevice(t, s)
		d.options = func(o *datasync.Options) {
			o.Warn = func(code datasync.Code, _, _ string) { warned = append(warned, code) }
		}
		c := d.open()
		_, err := pull(c)
		require.NoError(t, err)
		require.Equal(t, s.rows("todoitem"), texts(t, c))
		s.put("todoitem", "r03", "changed")
		s.remove("todoitem", "r04")
		_, err = pull(c)
		require.NoError(t, err)
		require.Equal(t, s.rows("todoitem"), texts(t, c))
		require.Equal(t, []datasync.Code{datasync.CodeNoTime}, warned)
	})
}
