package interop

// This file lets two devices change the same few rows at random over a link that loses
// answers, and holds both against the server once everything is quiet.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestDevicesAndServerAgreeInTheEnd(t *testing.T) {
	for _, policy := range []datasync.Policy{datasync.PolicyClient, datasync.PolicyServer, datasync.PolicyNone, datasync.PolicyMerge} {
		for range 2 {
			seed := rand.Uint64()
			t.Run(fmt.Sprintf("%s seed %d", policy, seed), func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 0))
				table := node.add(t, soft)
				devices := []*device{open(t, table, setup{policy: policy}), open(t, table, setup{policy: policy})}
				for _, d := range devices {
					// For what no policy decides: an id taken twice, a row deleted meanwhile.
					d.SetPushHandlers(datasync.PushHandlers{Conflict: func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
						return datasync.Resolution{Kind: datasync.KeepServer}, nil
					}})
				}
				for range 120 {
					step(t, random, devices[random.IntN(len(devices))])
				}
				settle(t, devices)
				agree(t, devices)
			})
		}
	}
}

// step does one thing on a device.
func step(t *testing.T, random *rand.Rand, d *device) {
	t.Helper()
	ctx := t.Context()
	id := fmt.Sprintf("r%d", random.IntN(6))
	var err error
	switch n := random.IntN(10); {
	case n < 3:
		_, err = d.table.Insert(ctx, fmt.Appendf(nil, `{"id":"%s","text":"%d","n":%d}`, id, random.IntN(1000), random.IntN(5)))
	case n < 5:
		_, err = d.table.Update(ctx, fmt.Appendf(nil, `{"id":"%s","text":"%d"}`, id, random.IntN(1000)))
	case n < 6:
		err = d.table.Delete(ctx, id)
	case n < 8:
		flaky(random, d)
		_, err = d.Push(ctx, datasync.PushOptions{})
	default:
		flaky(random, d)
		_, err = d.table.Pull(ctx, datasync.PullOptions{QueryID: "all", PageSize: 1 + random.IntN(4)})
	}
	switch datasync.CodeOf(err) {
	case "", datasync.CodeExists, datasync.CodeNotFound, datasync.CodeDeleted, datasync.CodePushFailed, datasync.CodeNetwork:
	default:
		require.NoError(t, err)
	}
}

// flaky has the link lose one answer in eight.
func flaky(random *rand.Rand, d *device) {
	lost := random.Uint64() & random.Uint64() & random.Uint64()
	d.link.mu.Lock()
	defer d.link.mu.Unlock()
	d.link.lose = func(wire.Request, int) bool {
		lost = lost>>1 | lost<<63
		return lost&1 == 1
	}
}

// settle mends the links and syncs until nobody has anything to say.
func settle(t *testing.T, devices []*device) {
	t.Helper()
	for _, d := range devices {
		d.link.mend()
	}
	for range 3 {
		for _, d := range devices {
			d.push()
			d.pull()
			d.clock.advance(11 * time.Second)
		}
	}
}

func agree(t *testing.T, devices []*device) {
	t.Helper()
	for i, d := range devices {
		rows := d.rows()
		for n := range 6 {
			id := fmt.Sprintf("r%d", n)
			there := node.get(t, d.name, id)
			here := rows[id]
			assert.Equal(t, there, here, "device %d, row %s", i, id)
		}
		assert.Empty(t, d.queue())
	}
}
