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
	"tidetable/datasync/wire"
)

// decider is a device whose app also takes decisions at any time.
type decider struct {
	actor
	// touched holds rows of the device's own whose operations were once discarded, so that
	// nobody can say what they have to be in the end.
	mu      sync.Mutex
	touched map[string]bool
}

// TestDevicesConvergeWhateverIsDecided is TestDevicesConverge with decisions: operations
// are retried, discarded and resolved, handlers answer or fail, pushes are cancelled, all
// at random. In the end all hold what the server holds, and a row that only one device
// touches and never discarded was never in conflict.
func TestDevicesConvergeWhateverIsDecided(t *testing.T) {
	for _, parallel := range []int{1, 6} {
		for round := range uint64(20) {
			seed := uint64(time.Now().UnixNano()) + round
			t.Run(fmt.Sprintf("parallel %d, seed %d", parallel, seed), func(t *testing.T) {
				convergeDecided(t, seed, parallel)
			})
		}
	}
}

func convergeDecided(t *testing.T, seed uint64, parallel int) {
	random := newDice(seed)
	s := newShelfServer(t, newShelf())
	var deciders []*decider
	for n := range 2 {
		d := &decider{actor: actor{name: fmt.Sprint("d", n), device: newDevice(t, s), own: map[string]string{}}, touched: map[string]bool{}}
		locker := newSharedLocker()
		d.options = func(o *datasync.Options) {
			policy([]datasync.Policy{datasync.PolicyMerge, datasync.PolicyFail}[n])(o)
			o.Parallel, o.Locker = parallel, locker
		}
		d.tabs = []*datasync.Client{d.open(), d.open()}
		deciders = append(deciders, d)
	}
	for step := range 150 {
		d := deciders[random.IntN(len(deciders))]
		d.decide(random, step)
	}
	s.mend()
	for range 4 { // until what one decided has reached the other
		for n, d := range deciders {
			c := d.tabs[0]
			onConflict(c, keep([]datasync.ResolutionKind{datasync.KeepClient, datasync.KeepServer}[n]))
			require.NoError(t, c.Retry(ctx))
			_, err := push(c)
			require.NoError(t, err)
			_, err = pull(c)
			require.NoError(t, err)
			d.clock.advance(11 * time.Second)
		}
	}
	want := s.rows("todoitem")
	for _, d := range deciders {
		d.tabs[1].CatchUp()
		require.Empty(t, queue(d.tabs[0]), d.name)
		require.Equal(t, want, texts(t, d.tabs[0]), d.name)
		require.Equal(t, want, texts(t, d.tabs[1]), d.name+", other tab")
		require.Equal(t, want, texts(t, d.reopened(d.tabs[1])), d.name+", reopened")
		for id, text := range d.own {
			if !d.touched[id] {
				require.Equal(t, text, want[id], "row %s of %s", id, d.name)
			}
		}
	}
}

// decide does one random thing, a decision among them.
func (d *decider) decide(random *dice, step int) {
	n := random.IntN(len(d.tabs))
	c := d.tabs[n]
	operations := c.Operations()
	var o datasync.Operation
	if len(operations) > 0 {
		o = operations[random.IntN(len(operations))]
	}
	switch random.IntN(20) {
	case 0:
		onConflict(c, d.answer(random))
		_, _ = push(c)
	case 1:
		cancelled, cancel := context.WithCancel(ctx)
		d.server.setAfter(cancelAfter(random.IntN(4), cancel))
		_, _ = c.Push(cancelled, datasync.PushOptions{})
		d.server.mend()
		cancel()
	case 2:
		require.NoError(d.t, c.Retry(ctx))
	case 3:
		_ = c.Retry(ctx, o.Seq)
	case 4:
		d.drop(o)
		_ = c.Discard(ctx, o.Seq) // in another tab it may have ended
	case 5, 6:
		kind := []datasync.ResolutionKind{datasync.KeepClient, datasync.KeepServer}[random.IntN(2)]
		if kind == datasync.KeepServer {
			d.drop(o)
		}
		require.NoError(d.t, c.Resolve(ctx, o.Seq, datasync.Resolution{Kind: kind}))
	case 7, 8:
		d.server.setBend(d.editOnTheWay(random, step))
		_, _ = push(c)
		d.server.mend()
	default:
		d.step(random, step)
	}
	for _, o := range c.Operations() {
		d.mu.Lock()
		mine := strings.HasPrefix(o.ID, d.name) && !d.touched[o.ID]
		d.mu.Unlock()
		require.False(d.t, mine && o.State == datasync.Conflicted, "in conflict with itself: %+v", o)
	}
}

// editOnTheWay edits rows in any tab while requests are on their way.
func (d *decider) editOnTheWay(random *dice, step int) func(wire.Request) *reply {
	edits := 0
	var one sync.Mutex // lanes edit one after the other
	return func(r wire.Request) *reply {
		one.Lock()
		defer one.Unlock()
		if r.Method != "GET" && random.IntN(2) == 0 {
			edits++
			d.edit(random, d.tabs[random.IntN(len(d.tabs))], step*1000+edits)
		}
		return nil
	}
}

// answer is a handler that decides at random, or fails.
func (d *decider) answer(random *dice) datasync.FailureHandler {
	return func(_ context.Context, conflict datasync.Conflict) (datasync.Resolution, error) {
		switch random.IntN(5) {
		case 0:
			d.drop(conflict.Operation)
			return datasync.Resolution{Kind: datasync.KeepServer}, nil
		case 1:
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		case 2:
			return datasync.Resolution{}, errLink
		case 3:
			return datasync.Resolution{Kind: datasync.CancelPush}, nil
		}
		return datasync.Resolution{}, nil
	}
}

func (d *decider) drop(o datasync.Operation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.touched[o.ID] = true
}

// cancelAfter cancels a push once some answers have come; later ones are lost.
func cancelAfter(answers int, cancel func()) func(wire.Request, int) error {
	var mu sync.Mutex
	return func(wire.Request, int) error {
		mu.Lock()
		defer mu.Unlock()
		if answers--; answers < 0 {
			cancel()
			return context.Canceled
		}
		return nil
	}
}
