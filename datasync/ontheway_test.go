package datasync_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/wire"
)

// The tests here have something happen while a request is on its way.

// TestANewerRowPulledBeforeTheAnswer has another user write the row after our update, and
// a pull bring that before our own answer arrives: the newer row stays.
func TestANewerRowPulledBeforeTheAnswer(t *testing.T) {
	for _, also := range []string{"nothing", "an edit", "a delete"} {
		t.Run("with "+also+" pending", func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			d := newDevice(t, s)
			var c *datasync.Client
			once := false
			d.options = through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
				response, err := on()
				if r.Method != "PUT" || once {
					return response, err
				}
				once = true
				switch also {
				case "an edit":
					edit(t, c, "a", "newest")
				case "a delete":
					remove(t, c, "a")
				}
				s.put("todoitem", "a", "theirs")
				_, pulled := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
				require.NoError(t, pulled)
				return response, err
			})
			c = d.open()
			present(t, d, c)
			edit(t, c, "a", "ours")
			result, err := push(c)
			if also == "nothing" {
				require.NoError(t, err)
				require.Equal(t, map[string]string{"a": "theirs"}, texts(t, c))
				require.Equal(t, s.rows("todoitem"), texts(t, d.reopened(c)))
				return
			}
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Equal(t, 1, result.Sent)
			require.Equal(t, "theirs", member(result.Errors[0].Server, "text"), "nobody overwrites it unasked")
			require.Equal(t, map[string]string{"a": "theirs"}, s.rows("todoitem"))
		})
	}
}

// TestAnEditOnTheWayKeepsWhatTheServerSet has the server set a member of its own in the
// answer: the edit made meanwhile is moved onto that row.
func TestAnEditOnTheWayKeepsWhatTheServerSet(t *testing.T) {
	for _, first := range []string{"insert", "update"} {
		t.Run("of an "+first, func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			d := newDevice(t, s)
			var c *datasync.Client
			writes := 0
			d.options = through(s, func(ctx context.Context, r wire.Request, _ func() (wire.Response, error)) (wire.Response, error) {
				if r.Method == "POST" || r.Method == "PUT" {
					if writes++; writes == 1 {
						r.Body = jsonrow.Set(r.Body, "note", []byte(`"by the server"`))
						edit(t, c, "a", "second")
					}
				}
				return s.Do(ctx, r)
			})
			c = d.open()
			if first == "insert" {
				insert(t, c, "a", "first")
			} else {
				present(t, d, c)
				edit(t, c, "a", "first")
			}
			settled(t, s, c, map[string]string{"a": "second"})
			row, err := table(t, c).Lookup(ctx, "a")
			require.NoError(t, err)
			require.Equal(t, "by the server", member(row, "note"))
			_, _, body := s.exchange("GET", "http://server/tables/todoitem/a", nil, nil)
			require.Equal(t, "by the server", member(body, "note"))
		})
	}
}

// TestAnEditOnTheWayOfWhatIsRefused has the row corrected before the refusal arrives: the
// correction is sent in the same push.
func TestAnEditOnTheWayOfWhatIsRefused(t *testing.T) {
	for _, action := range []string{"insert", "update"} {
		t.Run(action, func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			c := newDevice(t, s).open()
			queued(t, s, c, action)
			s.setBend(func(r wire.Request) *reply {
				if member(r.Body, "id") == "a" && member(r.Body, "text") == "new" {
					edit(t, c, "a", "corrected")
					return &reply{status: 422, contentType: jsonType, body: `{"error":"not that"}`}
				}
				return nil
			})
			settled(t, s, c, map[string]string{"a": "corrected", "b": "new"})
		})
	}
}

// TestADeleteOnTheWayOfWhatIsRefused has the row deleted before the refusal arrives.
func TestADeleteOnTheWayOfWhatIsRefused(t *testing.T) {
	for _, action := range []string{"insert", "update"} {
		t.Run(action, func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			c := newDevice(t, s).open()
			queued(t, s, c, action)
			s.setBend(func(r wire.Request) *reply {
				if member(r.Body, "id") == "a" {
					remove(t, c, "a")
					return &reply{status: 422, contentType: jsonType, body: `{"error":"not that"}`}
				}
				return nil
			})
			settled(t, s, c, map[string]string{"b": "new"})
		})
	}
}

// TestARowKeptAgainstItsDeletion has the server's row made equal to ours and deleted: who
// keeps ours brings it back.
func TestARowKeptAgainstItsDeletion(t *testing.T) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	c := d.open()
	present(t, d, c)
	edit(t, c, "a", "ours")
	s.put("todoitem", "a", "ours")
	s.remove("todoitem", "a")
	pushFails(t, s, c)
	require.Equal(t, []string{"update a conflict"}, queue(c))
	require.NoError(t, c.Resolve(ctx, c.Operations()[0].Seq, datasync.Resolution{Kind: datasync.KeepClient}))
	settled(t, s, c, map[string]string{"a": "ours"})
}

// TestAPoison401OfWhatMayHaveArrived has a row answered with 401 while others are taken,
// after its first answer was lost: it is not given up, since it may have been applied.
func TestAPoison401OfWhatMayHaveArrived(t *testing.T) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	c := d.open()
	insert(t, c, "a", "one")
	loseAnswer(t, d, c, "POST")
	insert(t, c, "b", "two")
	s.setBend(func(r wire.Request) *reply {
		if strings.Contains(string(r.Body), `"a"`) {
			return &reply{status: 401}
		}
		return nil
	})
	pushFails(t, s, c)
	require.Equal(t, map[string]string{"a": "one", "b": "two"}, s.rows("todoitem"))
	c = d.reopened(c)
	require.Equal(t, []string{"insert a sent"}, queue(c))
	edit(t, c, "a", "edited")
	s.mend()
	settled(t, s, c, map[string]string{"a": "edited", "b": "two"})
}
