package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Item 2: the page needs neither network nor server once it was visited.

func TestThePageOpensWithTheNetworkCutAndTheServerDown(t *testing.T) {
	alongside(t)
	s := startServer(t)
	b := newBrowser(t)
	visit := b.todo(s, "")
	visit.add("milk", "bread")
	s.table("todoitem").holds("milk", "bread")
	visit.pending(0)
	visit.stored()
	visit.expect(networkFailures)
	s.stop()

	p := cutOff(b, s)
	p.shows("milk", "bread")
	p.add("eggs")
	p.pending(1)
	b.quit()

	b = b.relaunch()
	p = cutOff(b, s)
	p.shows("milk", "bread", "eggs")
	p.add("butter")
	p.pending(2)

	s.start()
	p.cut(false)
	p.pending(0)
	require.Equal(t, []string{"bread", "butter", "eggs", "milk"}, s.table("todoitem").texts())
	require.Len(t, s.table("todoitem").everything(), 4)
}

// cutOff opens the page in a fresh tab that has no network.
func cutOff(b *browser, s *server) *page {
	b.t.Helper()
	p := b.blank()
	p.cut(true)
	p.visit(s.page(""))
	p.cut(true) // the service worker, which has only now started
	p.opened()
	return p
}
