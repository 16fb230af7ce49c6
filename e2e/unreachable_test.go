package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Item 3: opening needs no server.

func TestAClientOpenedWithAnUnreachableURLSendsOnceItHasTheRightOne(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).script(s)
	p.expect(networkFailures)

	p.openClient("https://sitename.example.fail", "trip")
	p.call(nil, `() => Promise.all(['milk', 'bread', 'eggs'].map((text) => todos.insert({ text })))`)
	require.Equal(t, 3, p.queued())
	failed := p.rejects(`() => client.syncContext.push()`)
	require.Equal(t, "push-failed", failed.Code)
	require.Equal(t, "network", failed.Reason)
	p.call(nil, `() => client.close()`)

	p.openClient(s.url, "trip")
	require.Equal(t, 3, p.queued())
	p.call(nil, `() => client.syncContext.push()`)
	require.Zero(t, p.queued())
	require.Equal(t, []string{"bread", "eggs", "milk"}, s.table("todoitem").texts())
	p.call(nil, `() => client.close()`)
}
