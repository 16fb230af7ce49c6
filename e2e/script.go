package e2e

// The JavaScript API, called from a page of the server's origin that has no script of its own.

import (
	"fmt"
	"regexp"
	"strings"
)

// script opens such a page: a file of the server, shown as text.
func (b *browser) script(s *server) *page {
	b.t.Helper()
	p := b.blank()
	p.expect(regexp.MustCompile(`status of 404 .*/favicon\.ico`)) // which only such a page asks for
	p.visit(s.url + "tidetable/index.mjs")
	return p
}

// opening opens a client as the globals client and todos.
const opening = `async (options) => {
	const { openClient } = await import('/tidetable/index.mjs');
	globalThis.client = await openClient({ protocol: 'datasync', tables: { todoitem: {} }, ...options });
	globalThis.todos = client.getSyncTable('todoitem');
}`

// openClient opens a client of the server at url, with the database of that name.
func (p *page) openClient(url, database string) {
	p.t.Helper()
	p.call(nil, opening, map[string]any{"url": url, "database": database})
}

// rejection is what a promise was rejected with.
type rejection struct {
	Resolved *string // JSON of its value, when it was not rejected at all
	IsError  bool
	Name     string
	Code     string
	Message  string
	Table    string
	Reason   string // of the push result
	Errors   []struct {
		Seq   int
		Table string
		ID    string
		State string
		Error struct {
			Code    string
			Message string
		}
	}
}

// rejects calls a JavaScript function whose promise has to be rejected.
func (p *page) rejects(function string, args ...any) rejection {
	p.t.Helper()
	wrapped := fmt.Sprintf(`async (...args) => {
		try {
			return { resolved: JSON.stringify(await (%s)(...args)) ?? 'undefined' };
		} catch (error) {
			const { name, code, message, table, result } = error;
			const errors = result?.errors.map(({ seq, table, id, state, error }) => ({ seq, table, id, state, error }));
			return { isError: error instanceof Error, name, code, message, table, reason: result?.reason, errors };
		}
	}`, function)
	var got rejection
	p.call(&got, wrapped, args...)
	if got.Resolved != nil {
		p.t.Fatalf("not rejected but resolved with %s: %s", *got.Resolved, strings.TrimSpace(function))
	}
	return got
}

// queued returns the number of operations that wait.
func (p *page) queued() int {
	p.t.Helper()
	var count int
	p.call(&count, `() => client.syncContext.pending()`)
	return count
}
