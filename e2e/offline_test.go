package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Item 1: what is added without a connection is kept, and sent once when the connection is back.

func TestItemsAddedWhileDisconnectedSurviveAReloadAndAreSentOnce(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).todo(s, "")
	p.connect(false)
	p.add("milk", "bread", "eggs")
	p.pending(3)
	p.state("offline")
	require.Zero(t, s.table("todoitem").count())

	p.reload()
	p.shows("milk", "bread", "eggs")
	p.pending(3)
	require.Zero(t, s.table("todoitem").count(), "the switch is still off")

	p.connect(true)
	p.pending(0)
	p.state("idle")
	requireSame(t, p, s)
}

func TestItemsAddedWhileDisconnectedSurviveAKilledBrowser(t *testing.T) {
	alongside(t)
	s := startServer(t)
	b := newBrowser(t)
	p := b.todo(s, "")
	p.stored()
	p.connect(false)
	p.add("milk", "bread", "eggs")
	p.pending(3)
	b.kill()
	require.Zero(t, s.table("todoitem").count())

	// The browser writes local storage, where the switch is, a few seconds late, so that the kill may turn it on again. With
	// the server down it does not matter.
	s.stop()
	p = b.relaunch().blank()
	p.expect(networkFailures)
	p.visit(s.page(""))
	p.opened()
	p.shows("milk", "bread", "eggs")
	p.pending(3)

	s.start()
	p.connect(true)
	p.sync()
	p.pending(0)
	requireSame(t, p, s)
}

func TestTheOnlineEventSendsWhatWasAddedWhileTheNetworkWasCut(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).todo(s, "retry=off") // nothing but the event can do it
	p.stored()
	p.cut(true)
	p.add("milk", "bread", "eggs")
	p.pending(3)
	p.state("offline")
	p.reload()
	p.shows("milk", "bread", "eggs")
	p.pending(3)
	p.state("offline")
	require.Zero(t, s.table("todoitem").count())

	p.cut(false)
	p.pending(0)
	requireSame(t, p, s)
}

func TestTheTimerSendsWhatWasAddedWhileTheNetworkWasCut(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).todo(s, "online=off&retry=500") // nothing but the timer can do it
	p.stored()
	p.cut(true)
	p.add("milk", "bread", "eggs")
	p.pending(3)
	p.state("offline")
	require.Zero(t, s.table("todoitem").count())

	p.cut(false)
	p.pending(0)
	requireSame(t, p, s)
}

// requireSame checks that page and server have the same rows, each once: milk, bread and eggs.
func requireSame(t *testing.T, p *page, s *server) {
	t.Helper()
	p.shows("milk", "bread", "eggs")
	rows := s.table("todoitem").everything()
	require.Len(t, rows, 3)
	onServer := map[string]string{}
	for _, r := range rows {
		onServer[r.id()] = r.text("text")
	}
	onPage := map[string]string{}
	for _, i := range p.items() {
		onPage[i.ID] = i.Text
	}
	require.Equal(t, onPage, onServer)
}
