package datasync_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// settles waits until the client's status satisfies ok.
func settles(t *testing.T, c *datasync.Client, what string, ok func(datasync.Status) bool) {
	t.Helper()
	changed := make(chan struct{}, 100)
	stop := c.OnStatus(func(datasync.Status) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	deadline := time.After(20 * time.Second)
	for !ok(c.Status()) {
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("never: %s; status %+v", what, c.Status())
		}
	}
}

func automatic(auto datasync.AutoSync) func(*datasync.Options) {
	return func(o *datasync.Options) {
		o.Auto = auto
		o.SyncPulls = []datasync.SyncPull{{Table: "todoitem", QueryID: "all"}}
	}
}

func idle(s datasync.Status) bool { return s.Phase == datasync.PhaseIdle && s.Pending == 0 }

func TestAutoSync(t *testing.T) {
	everything := datasync.AutoSync{Enabled: true, Start: true, Online: true, Visible: true, Writes: time.Second, Timer: time.Minute}

	t.Run("at the start", func(t *testing.T) {
		s := newServer(t)
		s.post("todoitem", "a", "one")
		d := newDevice(t, s)
		d.options = automatic(everything)
		c := d.open()
		settles(t, c, "pulled", func(st datasync.Status) bool { return !st.LastSuccess.IsZero() })
		require.Equal(t, map[string]string{"a": "one"}, texts(t, c))
	})

	t.Run("soon after a write", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		d.options = automatic(datasync.AutoSync{Enabled: true, Writes: time.Second})
		c := d.open()
		insert(t, c, "a", "one")
		require.Empty(t, s.rows("todoitem"), "not at once")
		d.clock.advance(time.Second)
		settles(t, c, "pushed", idle)
		require.Equal(t, map[string]string{"a": "one"}, s.rows("todoitem"))
	})

	t.Run("when the network is back, unless that is turned off", func(t *testing.T) {
		for _, on := range []bool{true, false} {
			s := newServer(t)
			d := newDevice(t, s)
			d.options = automatic(datasync.AutoSync{Enabled: true, Online: on, Timer: time.Minute})
			c := d.open()
			insert(t, c, "a", "one")
			c.Trigger(datasync.TriggerOffline)
			require.False(t, c.Status().Online)
			c.Trigger(datasync.TriggerOnline)
			if !on {
				d.clock.advance(time.Minute) // the timer does it
			}
			settles(t, c, "pushed", idle)
			require.Equal(t, map[string]string{"a": "one"}, s.rows("todoitem"))
		}
	})

	t.Run("ten minutes offline are at most twelve requests", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		requests := 0
		s.setBend(func(wire.Request) *reply { requests++; return &reply{err: errLink} })
		d.options = automatic(everything)
		c := d.open()
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			insert(t, c, id, "text")
		}
		settles(t, c, "first try failed", func(st datasync.Status) bool { return !st.NextRetry.IsZero() })
		for range 600 {
			failures := c.Status().NextRetry
			d.clock.advance(time.Second)
			if !failures.IsZero() && !failures.After(d.clock.Now()) {
				settles(t, c, "next try planned", func(st datasync.Status) bool { return st.NextRetry.After(d.clock.Now()) })
			}
		}
		require.LessOrEqual(t, requests, 12)
		require.Greater(t, requests, 3)
		s.mend()
		c.Trigger(datasync.TriggerOnline)
		settles(t, c, "pushed", idle)
		require.Len(t, s.rows("todoitem"), 5)
	})

	t.Run("off means off", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		d.options = automatic(everything)
		c := d.open()
		settles(t, c, "first sync", func(st datasync.Status) bool { return !st.LastSuccess.IsZero() && st.Phase == datasync.PhaseIdle })
		c.SetAuto(datasync.AutoSync{})
		insert(t, c, "a", "one")
		c.Trigger(datasync.TriggerOnline)
		require.Zero(t, d.clock.waiting())
		require.Equal(t, 1, c.Pending())
	})
}
