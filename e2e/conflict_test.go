package e2e

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Item 6: the same row changed here and on the server.

// refusedWrite is what the console says about a conflict.
var refusedWrite = regexp.MustCompile(`responded with a status of (409|412)`)

// conflicted has a row that says "mine" on the page, "theirs" on the server, and the page asking about it. The page syncs a
// few times a second all the while.
func conflicted(t *testing.T) (*server, *page) {
	t.Helper()
	s := startServer(t)
	p := newBrowser(t).todo(s, "retry=300")
	p.expect(refusedWrite)
	p.add("original")
	todos := s.table("todoitem")
	todos.holds("original")
	p.pending(0)
	p.connect(false)
	p.edit("original", "mine")
	p.pending(1)
	todos.put(todos.find("original"), "theirs")
	p.connect(true)
	p.asked("mine", "theirs")
	require.Equal(t, []string{"theirs"}, todos.texts(), "nothing is overwritten before it is decided")
	return s, p
}

func TestUseClientPutsTheLocalRowOnTheServer(t *testing.T) {
	alongside(t)
	s, p := conflicted(t)
	p.decide("client")
	p.pending(0)
	p.shows("mine")
	require.Equal(t, []string{"mine"}, s.table("todoitem").texts())
	require.Len(t, s.table("todoitem").everything(), 1)
}

func TestUseServerTakesTheServersRow(t *testing.T) {
	alongside(t)
	s, p := conflicted(t)
	before := s.table("todoitem").find("theirs")
	p.decide("server")
	p.pending(0)
	p.shows("theirs")
	require.Equal(t, before, s.table("todoitem").find("theirs"), "nothing was sent")
}

func TestCancelLeavesBothVersionsForLater(t *testing.T) {
	alongside(t)
	s, p := conflicted(t)
	before := s.table("todoitem").find("theirs")
	p.decide("cancel")
	p.until(`() => document.querySelector('dialog#conflict').open ? 'the dialog is still open' : ''`)
	p.state("error")
	p.pending(1)
	p.shows("mine")
	require.Equal(t, before, s.table("todoitem").find("theirs"))

	p.sync()
	p.asked("mine", "theirs")
	p.decide("cancel")
	p.pending(1)

	p.reload()
	p.asked("mine", "theirs")
	p.shows("mine")
	p.pending(1)
	require.Equal(t, before, s.table("todoitem").find("theirs"))
	p.decide("client")
	p.pending(0)
	require.Equal(t, []string{"mine"}, s.table("todoitem").texts())
}

func TestTheUserIsAskedAgainWhileTheServerKeepsChanging(t *testing.T) {
	alongside(t)
	s, p := conflicted(t)
	todos := s.table("todoitem")
	latest := todos.find("theirs")
	for _, text := range []string{"theirs again", "theirs once more", "theirs at last"} {
		latest = todos.put(latest, text)
		if text == "theirs once more" {
			s.pulled() // the row is here already, but it is not the one that the dialog shows
		}
		p.decide("client")
		p.asked("mine", text)
		require.Equal(t, []string{text}, todos.texts())
		p.pending(1)
	}
	p.decide("client")
	p.pending(0)
	p.shows("mine")
	require.Equal(t, []string{"mine"}, todos.texts())
}

func TestAConflictShowsTheAppBothRows(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).script(s)
	p.expect(refusedWrite)
	p.openClient(s.url, "records")
	p.call(nil, `async () => {
		await todos.insert({ id: 'a', text: 'original', complete: false });
		await client.syncContext.push();
		await todos.update({ id: 'a', text: 'mine' });
	}`)
	todos := s.table("todoitem")
	theirs := todos.put(todos.find("original"), "theirs")

	failed := p.rejects(`() => client.syncContext.push()`)
	require.Equal(t, "push-failed", failed.Code)
	require.Equal(t, "complete", failed.Reason)
	require.Len(t, failed.Errors, 1)
	require.Equal(t, "a", failed.Errors[0].ID)
	require.Equal(t, "conflict", failed.Errors[0].State)
	require.Equal(t, "conflict", failed.Errors[0].Error.Code)

	var open []struct{ Client, Server, Base row }
	p.call(&open, `async () => (await client.syncContext.conflicts()).map(({ client, server, base }) => ({ client, server, base }))`)
	require.Len(t, open, 1)
	require.Equal(t, "mine", open[0].Client["text"])
	require.Equal(t, theirs, open[0].Server)
	require.Equal(t, "original", open[0].Base["text"])

	p.call(nil, `async () => {
		const [conflict] = await client.syncContext.conflicts();
		await conflict.merge({ ...conflict.server, text: conflict.client.text + ' and ' + conflict.server.text });
		await client.syncContext.push();
	}`)
	require.Zero(t, p.queued())
	require.Equal(t, []string{"mine and theirs"}, todos.texts())
	p.call(nil, `() => client.close()`)
}
