package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Item 7: bad input and servers that are not what they should be.

func TestMistakesAreRejectedWithACodeAndAdviceAndChangeNothing(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).script(s)
	p.openClient(s.url, "mistakes")
	p.call(nil, `() => todos.insert({ id: 'kept', text: 'milk' })`)

	for _, mistake := range []struct{ name, call, code, advice string }{
		{"a table that was not declared", `() => client.getSyncTable('other').insert({ text: 'x' })`, "unknown-table", `'other'.*declare`},
		{"reading a table that was not declared", `() => client.getSyncTable('other').read()`, "unknown-table", `'other'.*declare`},
		{"an id that is a number", `() => todos.insert({ id: 7, text: 'x' })`, "invalid-id", `must be a string`},
		{"an id that is null", `() => todos.update({ id: null, text: 'x' })`, "invalid-id", `needs an 'id'`},
		{"an id with a slash", `() => todos.insert({ id: 'a/b', text: 'x' })`, "invalid-id", `letter`},
		{"looking up a number", `() => todos.lookup(7)`, "invalid-id", `must be a string`},
		{"deleting undefined", `() => todos.del(undefined)`, "invalid-id", `must be a string`},
		{"a text for a row", `() => todos.insert('milk')`, "invalid-row", `must be an object`},
		{"null for a row", `() => todos.insert(null)`, "invalid-row", `must be an object`},
		{"an array for a row", `() => todos.update([])`, "invalid-row", `must be an object`},
		{"a row that refers to itself", `() => { const row = { text: 'x' }; row.self = row; return todos.insert(row); }`, "invalid-row", `store the id`},
		{"a row with a function", `() => todos.insert({ text: 'x', made: () => 1 })`, "invalid-row", `'made'.*as text`},
	} {
		got := p.rejects(mistake.call)
		require.True(t, got.IsError, mistake.name)
		require.Equal(t, "TidetableError", got.Name, mistake.name)
		require.Equal(t, mistake.code, got.Code, "%s: %s", mistake.name, got.Message)
		require.Regexp(t, mistake.advice, got.Message, mistake.name)
		requireOnlyTheKeptRow(t, p, mistake.name)
	}

	p.call(nil, `() => client.close()`)
	for _, call := range []string{
		`() => todos.insert({ text: 'x' })`, `() => todos.read()`, `() => client.syncContext.push()`, `() => client.sync()`,
	} {
		got := p.rejects(call)
		require.True(t, got.IsError, call)
		require.Equal(t, "closed", got.Code, call)
		require.Contains(t, got.Message, "open it again")
	}
	p.openClient(s.url, "mistakes")
	requireOnlyTheKeptRow(t, p, "a closed client")
	require.Zero(t, s.table("todoitem").count())
}

// requireOnlyTheKeptRow checks that one row and its operation are all there is.
func requireOnlyTheKeptRow(t *testing.T, p *page, after string) {
	t.Helper()
	var found struct {
		Rows  []row
		Queue int
	}
	p.call(&found, `async () => ({ rows: await todos.read(), queue: await client.syncContext.pending() })`)
	require.Equal(t, []row{{"id": "kept", "text": "milk"}}, found.Rows, after)
	require.Equal(t, 1, found.Queue, after)
}

func TestOperationsOfATableTheServerLacksWaitUntilItExists(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).script(s)
	p.expect(networkFailures, regexp.MustCompile(`responded with a status of 404 .*tables/other`))
	p.call(nil, opening, map[string]any{"url": s.url, "database": "lacking", "tables": map[string]any{"todoitem": map[string]any{}, "other": map[string]any{}}})
	p.call(nil, `async () => {
		const other = client.getSyncTable('other');
		await other.insert({ id: 'a', text: 'first' });
		await todos.insert({ id: 'b', text: 'milk' });
		await other.insert({ id: 'c', text: 'second' });
	}`)

	failed := p.rejects(`() => client.syncContext.push()`)
	require.Equal(t, "push-failed", failed.Code)
	require.Equal(t, "complete", failed.Reason, failed.Message)
	require.Len(t, failed.Errors, 2)
	for _, e := range failed.Errors {
		require.Equal(t, "other", e.Table)
		require.Equal(t, "parked", e.State)
		require.Equal(t, "table-not-found", e.Error.Code)
		require.Contains(t, e.Error.Message, "other")
	}
	require.Equal(t, []string{"milk"}, s.table("todoitem").texts(), "the rest goes on")
	require.Equal(t, 2, p.queued())

	s.stop()
	s.start("-tables", "todoitem,other")
	p.call(nil, `async () => {
		await client.syncContext.retry();
		await client.syncContext.push();
	}`)
	require.Zero(t, p.queued())
	require.Equal(t, []string{"first", "second"}, s.table("other").texts())
	p.call(nil, `() => client.close()`)
}

func TestAServerThatAnswersHTMLIsNotBelieved(t *testing.T) {
	alongside(t)
	b := newBrowser(t)
	for _, status := range []int{200, 201, 404} {
		requireNotBelieved(t, b, status)
	}
}

// requireNotBelieved checks that a web page in place of a table server changes nothing, whatever its status.
func requireNotBelieved(t *testing.T, b *browser, status int) {
	t.Helper()
	portal := httptest.NewServer(signInPage(status))
	defer portal.Close()
	s := startServer(t)
	p := b.script(s)
	p.expect(regexp.MustCompile(`responded with a status of 404`))
	p.openClient(portal.URL, "portal")
	p.call(nil, `() => todos.insert({ id: 'kept', text: 'milk' })`)

	pushed := p.rejects(`() => client.syncContext.push()`)
	require.Equal(t, "push-failed", pushed.Code, status)
	require.Equal(t, "server", pushed.Reason, status)
	require.Contains(t, pushed.Message, "check the URL", status)
	requireOnlyTheKeptRow(t, p, fmt.Sprint("a push to a page with status ", status))

	pulled := p.rejects(`() => todos.pull(null, 'all', { push: 'none' })`)
	require.Equal(t, "not-a-table-server", pulled.Code, status)
	require.Contains(t, pulled.Message, "check the URL", status)
	requireOnlyTheKeptRow(t, p, fmt.Sprint("a pull from a page with status ", status))
	p.call(nil, `() => client.close()`)

	p.openClient(s.url, "portal")
	p.call(nil, `() => client.syncContext.push()`)
	require.Zero(t, p.queued())
	require.Equal(t, []string{"milk"}, s.table("todoitem").texts())
	p.call(nil, `() => client.close()`)
}

// signInPage answers everything with a page, as a network does that wants a sign-in first.
func signInPage(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Allow-Headers", "*")
		header.Set("Access-Control-Allow-Methods", "*")
		if r.Method == http.MethodOptions {
			return
		}
		header.Set("Content-Type", "text/html")
		w.WriteHeader(status)
		io.WriteString(w, "<!doctype html><title>Sign in</title><p>Please sign in.")
	}
}
