package datasync_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/memstore"
	"tidetable/datasync/wire"
)

// longQueue is a device with a hundred operations queued, and the server they are for.
type longQueue struct {
	rows *shelf
	db   *memstore.Database
	// want is what the device shows, and what the server has to end with.
	want map[string]string
	// writes is what the server has to do, each line once.
	writes []string
}

const longQueueSize = 100

// newLongQueue queues inserts, updates and deletes in turn.
func newLongQueue(t *testing.T) longQueue {
	t.Helper()
	rows := newShelf()
	s := newShelfServer(t, rows)
	for i := range longQueueSize {
		if i%3 != 0 {
			s.post("todoitem", fmt.Sprintf("r%02d", i), "old")
		}
	}
	d := newDevice(t, s)
	c := d.open()
	_, err := pull(c)
	require.NoError(t, err)
	q := longQueue{}
	for i := range longQueueSize {
		id, text := fmt.Sprintf("r%02d", i), "new"
		switch i % 3 {
		case 0:
			insert(t, c, id, text)
		case 1:
			edit(t, c, id, text)
		case 2:
			remove(t, c, id)
			text = "deleted"
		}
		q.writes = append(q.writes, "todoitem "+id+": "+text)
	}
	q.want = texts(t, c)
	require.NoError(t, c.Close())
	require.Equal(t, longQueueSize, c.Pending())
	q.rows, q.db = rows.copied(), d.db
	return q
}

// TestAnswersLostInALongPush drops the answer to each request of a push of a hundred
// operations in turn, with a restart after it, one at a time and in six lanes: the server
// ends with exactly the local rows, each operation applied once, and what was answered is
// not sent again.
func TestAnswersLostInALongPush(t *testing.T) {
	q := newLongQueue(t)
	for _, parallel := range []int{1, 6} {
		for lost := range longQueueSize {
			t.Run(fmt.Sprintf("answer %d of a push with parallel %d", lost, parallel), func(t *testing.T) {
				t.Parallel()
				q.loses(t, parallel, int64(lost))
			})
		}
	}
}

// loses pushes with one answer lost, restarts and pushes again.
func (q longQueue) loses(t *testing.T, parallel int, lost int64) {
	rows := q.rows.copied()
	s := newShelfServer(t, rows)
	d := newDevice(t, s)
	d.db = q.db.Clone()
	var answers atomic.Int64
	d.options = func(o *datasync.Options) {
		o.Parallel = parallel
		through(s, func(_ context.Context, _ wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
			response, err := on()
			if answers.Add(1)-1 == lost {
				return wire.Response{}, errLink
			}
			return response, err
		})(o)
	}
	c := d.open()
	_, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, q.want, texts(t, c), "local rows are not touched")

	c = d.reopened(c)
	sent := len(s.writes())
	_, err = push(c)
	require.NoError(t, err)
	require.Empty(t, queue(c))
	require.Equal(t, q.want, rows.texts("todoitem"))
	require.Equal(t, q.want, texts(t, c))
	require.ElementsMatch(t, q.writes, rows.done(), "each operation applied once")
	again := s.writes()
	require.Len(t, again, longQueueSize-sent+1, "only the one without an answer was sent twice")
	require.Len(t, applied(again), longQueueSize-sent, "and the server refused it")
}
