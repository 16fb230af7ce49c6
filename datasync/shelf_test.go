package datasync_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/rows"
	"tidetable/datasync/wire"
	"tidetable/tableserver"
)

// shelf keeps the server's rows in memory, for tests that need hundreds of servers: they
// can be copied, and they remember every write that was done.
type shelf struct {
	mu     sync.Mutex
	tables map[string]map[string]tableserver.Row
	// writes has a line for each write: "todoitem a: text", "todoitem a: deleted".
	writes []string
	// stamps counts the writes; it makes versions and times.
	stamps int
}

var _ tableserver.Repository = (*shelf)(nil)

// firstStamp is the updatedAt of a shelf's first write, less a millisecond.
var firstStamp = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newShelf() *shelf { return &shelf{tables: map[string]map[string]tableserver.Row{}} }

// copied is a shelf with the same rows and nothing written yet.
func (s *shelf) copied() *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &shelf{tables: map[string]map[string]tableserver.Row{}, stamps: s.stamps}
	for name, table := range s.tables {
		c.tables[name] = maps.Clone(table)
	}
	return c
}

// Page reads rows as the query says.
func (s *shelf) Page(_ context.Context, table string, q query.Query) (tableserver.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list [][]byte
	for _, id := range slices.Sorted(maps.Keys(s.tables[table])) {
		if row := s.tables[table][id]; q.IncludeDeleted || !row.Deleted {
			list = append(list, row.AppendJSON(nil))
		}
	}
	all := query.Query{Filter: q.Filter, OrderBy: q.OrderBy, Skip: q.Skip}
	answer, err := rows.Select(list, all)
	page := tableserver.Page{Count: answer.Count}
	for _, row := range answer.Rows {
		if page.More = q.HasTake && len(page.Rows) == q.Take; page.More {
			break
		}
		page.Rows = append(page.Rows, s.tables[table][member(row, "id")])
	}
	return page, err
}

// Row reads one row.
func (s *shelf) Row(_ context.Context, table, id string) (*tableserver.Row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.row(table, id), nil
}

func (s *shelf) row(table, id string) *tableserver.Row {
	if row, ok := s.tables[table][id]; ok {
		return &row
	}
	return nil
}

// Write changes one row.
func (s *shelf) Write(_ context.Context, table, id string, decide func(*tableserver.Row) (tableserver.Change, error)) (tableserver.Row, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change, err := decide(s.row(table, id))
	if err != nil {
		return tableserver.Row{}, err
	}
	s.stamps++
	stamp := firstStamp.Add(time.Duration(s.stamps) * time.Millisecond)
	row := tableserver.Row{ID: id, UpdatedAt: stamp, Version: fmt.Sprintf("v%07d", s.stamps), Deleted: change.Deleted, Members: change.Members}
	s.put(table, row, change.Remove)
	return row, nil
}

func (s *shelf) put(table string, row tableserver.Row, remove bool) {
	if s.tables[table] == nil {
		s.tables[table] = map[string]tableserver.Row{}
	}
	text := member(row.Members, "text")
	if row.Deleted || remove {
		text = "deleted"
	}
	s.writes = append(s.writes, table+" "+row.ID+": "+text)
	if remove {
		delete(s.tables[table], row.ID)
		return
	}
	s.tables[table][row.ID] = row
}

// Ping always answers.
func (s *shelf) Ping(context.Context) error { return nil }

// Close does nothing.
func (s *shelf) Close() error { return nil }

// texts returns the live rows' texts by id.
func (s *shelf) texts(table string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]string{}
	for id, row := range s.tables[table] {
		if !row.Deleted {
			found[id] = member(row.Members, "text")
		}
	}
	return found
}

// done returns what was written, in order.
func (s *shelf) done() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.writes)
}

// newShelfServer is newServer on a shelf.
func newShelfServer(t *testing.T, s *shelf, tables ...string) *server {
	t.Helper()
	if len(tables) == 0 {
		tables = []string{"todoitem"}
	}
	served := &server{t: t}
	served.serve(s, tables)
	return served
}

// carry takes a request to the server, or does something else with it; on is the way there.
type carry func(ctx context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error)

// link is a transport in the hands of a test.
type link struct {
	server *server
	carry  carry
}

// Do hands a request to the test.
func (l *link) Do(ctx context.Context, r wire.Request) (wire.Response, error) {
	return l.carry(ctx, r, func() (wire.Response, error) { return l.server.Do(ctx, r) })
}

// through makes clients send their requests through a link.
func through(s *server, c carry) func(*datasync.Options) {
	return func(o *datasync.Options) {
		remote, err := wire.New(&link{server: s, carry: c}, wire.Options{BaseURL: "http://server"})
		if err != nil {
			panic(err)
		}
		o.Remote = remote
	}
}

// sharedLocker excludes all clients that have it from each other, as Web Locks do.
type sharedLocker struct {
	mu   sync.Mutex
	held map[string]chan struct{}
}

func newSharedLocker() *sharedLocker { return &sharedLocker{held: map[string]chan struct{}{}} }

// Lock waits for the named lock.
func (l *sharedLocker) Lock(ctx context.Context, name string) (release func(), err error) {
	l.mu.Lock()
	lock := l.held[name]
	if lock == nil {
		lock = make(chan struct{}, 1)
		l.held[name] = lock
	}
	l.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
