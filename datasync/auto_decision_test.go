package datasync_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestADecisionIsSentSoonByAutoSync(t *testing.T) {
	for name, decide := range map[string]func(*datasync.Client, uint64) error{
		"retry": func(c *datasync.Client, seq uint64) error { return c.Retry(ctx, seq) },
		"resolve": func(c *datasync.Client, seq uint64) error {
			return c.Resolve(ctx, seq, datasync.Resolution{Kind: datasync.KeepClient})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			d := newDevice(t, s)
			d.options = automatic(datasync.AutoSync{Enabled: true, Writes: time.Second})
			c := d.open()
			c.SetAuto(datasync.AutoSync{})
			insert(t, c, "a", "text")
			s.setBend(func(wire.Request) *reply { return &reply{status: 403} })
			pushFails(t, s, c)
			s.mend()
			c.SetAuto(datasync.AutoSync{Enabled: true, Writes: time.Second})
			require.NoError(t, decide(c, c.Operations()[0].Seq))
			require.Equal(t, 1, d.clock.waiting(), "a sync is planned")
			d.clock.advance(time.Second)
			settles(t, c, "sent", idle)
		})
	}
}
