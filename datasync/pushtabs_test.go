package datasync_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// TestTabsThatPushAtOnce has two tabs write and push the same queue at the same time over
// a link that loses answers: the server's log shows that nothing was done twice. Without
// a lock over the tabs they may send the same operation, but it is applied once.
func TestTabsThatPushAtOnce(t *testing.T) {
	for _, locked := range []bool{true, false} {
		for round := range uint64(8) {
			seed := uint64(time.Now().UnixNano()) + round
			t.Run(fmt.Sprintf("with a lock: %v, seed %d", locked, seed), func(t *testing.T) {
				tabsThatPushAtOnce(t, seed, locked)
			})
		}
	}
}

func tabsThatPushAtOnce(t *testing.T, seed uint64, locked bool) {
	random := newDice(seed)
	rows := newShelf()
	s := newShelfServer(t, rows)
	d := newDevice(t, s)
	locker := newSharedLocker()
	var losing sync.Mutex
	lossless := false
	d.options = func(o *datasync.Options) {
		if locked {
			o.Locker = locker
		}
		through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
			response, err := on()
			losing.Lock()
			defer losing.Unlock()
			if !lossless && random.IntN(8) == 0 {
				return wire.Response{}, errLink
			}
			return response, err
		})(o)
	}
	tabs := []*datasync.Client{d.open(), d.open()}
	const each = 30
	want := map[string]string{}
	var writes []string
	for n := range tabs {
		for i := range each {
			id := fmt.Sprintf("t%d-%d", n, i)
			want[id] = "text"
			writes = append(writes, "todoitem "+id+": text")
		}
	}
	var both sync.WaitGroup
	for n, c := range tabs {
		todos := table(t, c)
		both.Go(func() {
			for i := range each {
				id := fmt.Sprintf("t%d-%d", n, i)
				_, err := todos.Insert(ctx, fmt.Appendf(nil, `{"id":"%s","text":"text"}`, id))
				if err != nil {
					t.Error(err)
				}
				if i%5 == 4 {
					_, _ = push(c)
				}
			}
		})
	}
	both.Wait()
	losing.Lock()
	lossless = true
	losing.Unlock()
	for _, c := range tabs {
		both.Go(func() {
			if _, err := push(c); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	require.ElementsMatch(t, writes, rows.done(), "each insert applied once")
	require.Equal(t, want, rows.texts("todoitem"))
	for _, c := range tabs {
		c.CatchUp()
		require.Empty(t, queue(c))
		require.Equal(t, want, texts(t, c))
		require.Equal(t, want, texts(t, d.reopened(c)))
	}
}

// TestTabsThatPushUpdatesAndDeletes is the same for updates and deletes that both tabs
// find in the queue.
func TestTabsThatPushUpdatesAndDeletes(t *testing.T) {
	for _, locked := range []bool{true, false} {
		for lost := range 8 {
			t.Run(fmt.Sprintf("with a lock: %v, answer %d lost", locked, lost), func(t *testing.T) {
				rows := newShelf()
				s := newShelfServer(t, rows)
				d := newDevice(t, s)
				locker := newSharedLocker()
				var mu sync.Mutex
				answers := 0
				d.options = func(o *datasync.Options) {
					if locked {
						o.Locker = locker
					}
					through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
						response, err := on()
						mu.Lock()
						defer mu.Unlock()
						if r.Method == "GET" {
							return response, err
						}
						if answers++; answers == lost+1 {
							return wire.Response{}, errLink
						}
						return response, err
					})(o)
				}
				one, two := d.open(), d.open()
				var writes []string
				for i := range 8 {
					id := fmt.Sprint("r", i)
					s.post("todoitem", id, "old")
					writes = append(writes, "todoitem "+id+": old")
				}
				_, err := pull(one)
				require.NoError(t, err)
				for i := range 8 {
					id := fmt.Sprint("r", i)
					if i%2 == 0 {
						edit(t, one, id, "new")
						writes = append(writes, "todoitem "+id+": new")
					} else {
						remove(t, one, id)
						writes = append(writes, "todoitem "+id+": deleted")
					}
				}
				want := texts(t, one)
				var both sync.WaitGroup
				for _, c := range []*datasync.Client{one, two} {
					both.Go(func() { _, _ = push(c) })
				}
				both.Wait()
				_, err = push(one)
				require.NoError(t, err)
				two.CatchUp()
				require.ElementsMatch(t, writes, rows.done(), "each applied once")
				for _, c := range []*datasync.Client{one, two} {
					require.Empty(t, queue(c))
					require.Equal(t, want, texts(t, c))
				}
				require.Equal(t, want, rows.texts("todoitem"))
			})
		}
	}
}
