package datasync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// TestDevicesConverge drives devices with two tabs each through random edits, lost
// requests and answers, restarts, pushes and pulls. In the end all hold what the server
// holds, and a row that only one device ever touched is as that device left it.
func TestDevicesConverge(t *testing.T) {
	for round := range uint64(25) {
		seed := uint64(time.Now().UnixNano()) + round
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { converge(t, seed, 1) })
	}
}

// TestDevicesConvergeInParallel is the same with several requests on the wire at once,
// so a seed does not replay exactly.
func TestDevicesConvergeInParallel(t *testing.T) {
	for round := range uint64(25) {
		seed := uint64(time.Now().UnixNano()) + round
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { converge(t, seed, 6) })
	}
}

// TestConvergenceSeeds replays seeds that once failed.
func TestConvergenceSeeds(t *testing.T) {
	for _, seed := range []uint64{1795195667441680995} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { converge(t, seed, 1) })
	}
}

// dice is a source of randomness that lanes may share.
type dice struct {
	mu     sync.Mutex
	random *rand.Rand
}

func newDice(seed uint64) *dice { return &dice{random: rand.New(rand.NewPCG(seed, 1))} }

// IntN returns a number from 0 to n-1.
func (d *dice) IntN(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(n)
}

// actor is one device with its tabs and what the app believes it wrote.
type actor struct {
	name string
	*device
	tabs []*datasync.Client
	own  map[string]string
}

func converge(t *testing.T, seed uint64, parallel int) {
	random := newDice(seed)
	s := newServer(t)
	var actors []*actor
	for n := range 2 {
		a := &actor{name: fmt.Sprint("d", n), device: newDevice(t, s), own: map[string]string{}}
		a.options = func(o *datasync.Options) {
			policy([]datasync.Policy{datasync.PolicyClient, datasync.PolicyServer}[n])(o)
			o.Parallel = parallel
		}
		a.tabs = []*datasync.Client{a.open(), a.open()}
		actors = append(actors, a)
	}
	for step := range 120 {
		a := actors[random.IntN(len(actors))]
		a.step(random, step)
	}
	s.mend()
	for range 3 { // the first round's pushes make the second's pulls
		for _, a := range actors {
			c := a.tabs[0]
			require.NoError(t, c.Retry(ctx))
			_, err := push(c)
			require.NoError(t, err)
			_, err = pull(c)
			require.NoError(t, err)
			a.clock.advance(11 * time.Second)
		}
	}
	want := s.rows("todoitem")
	for _, a := range actors {
		a.tabs[1].CatchUp()
		require.Empty(t, queue(a.tabs[0]), a.name)
		require.Equal(t, want, texts(t, a.tabs[0]), a.name)
		require.Equal(t, want, texts(t, a.tabs[1]), a.name+", other tab")
		require.Equal(t, want, texts(t, a.reopened(a.tabs[1])), a.name+", reopened")
		for id, text := range a.own {
			require.Equal(t, text, want[id], "row %s of %s", id, a.name)
		}
	}
}

// step does one random thing.
func (a *actor) step(random *dice, step int) {
	n := random.IntN(len(a.tabs))
	c := a.tabs[n]
	switch random.IntN(13) {
	case 0:
		_, _ = push(c)
	case 1:
		_, _ = pull(c)
	case 2:
		a.tabs[n] = a.reopened(c)
	case 3:
		c.CatchUp()
	case 4:
		a.server.setAfter(lossy(random, 3))
	case 5:
		a.server.setBend(broken(random))
	case 6:
		a.server.mend()
	case 7:
		require.NoError(a.t, c.Compact(ctx))
	default:
		a.edit(random, c, step)
	}
}

// edit changes a row of the device's own or one that all devices share.
func (a *actor) edit(random *dice, c *datasync.Client, step int) {
	shared := random.IntN(3) == 0
	id := fmt.Sprintf("%s-%d", a.name, random.IntN(4))
	if shared {
		id = fmt.Sprint("shared-", random.IntN(3))
	}
	todos, err := c.Table("todoitem")
	require.NoError(a.t, err)
	c.CatchUp()
	text := fmt.Sprintf("%s at %d", a.name, step)
	row := fmt.Appendf(nil, `{"id":"%s","text":"%s"}`, id, text)
	_, err = todos.Lookup(ctx, id)
	switch {
	case err != nil:
		_, err = todos.Insert(ctx, row)
	case random.IntN(3) == 0:
		err, text = todos.Delete(ctx, id), ""
	default:
		_, err = todos.Update(ctx, row)
	}
	require.NoError(a.t, err)
	if !shared {
		a.own[id] = text
		if text == "" {
			delete(a.own, id)
		}
	}
}

// lossy loses about one answer in n.
func lossy(random *dice, n int) func(wire.Request, int) error {
	return func(wire.Request, int) error {
		if random.IntN(n) == 0 {
			return errLink
		}
		return nil
	}
}

// broken makes about every third request fail in one of many ways before it arrives.
func broken(random *dice) func(wire.Request) *reply {
	answers := []reply{
		{err: errLink}, {err: context.DeadlineExceeded}, {status: 503}, {status: 429}, {status: 401},
		{status: 200, contentType: "text/html", body: "<html>"},
		{status: 404, contentType: "text/html", body: "<html>"},
		{status: 400, contentType: "application/json", body: `{"error":"no"}`},
		{status: 500, contentType: "application/json", body: `{"error":"oops"}`},
	}
	return func(wire.Request) *reply {
		if random.IntN(3) != 0 {
			return nil
		}
		return &answers[random.IntN(len(answers))]
	}
}
