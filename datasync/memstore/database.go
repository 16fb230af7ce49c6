// Package memstore owns a journal kept in memory: the Store for tests, for simulation,
// and for browsers that offer no storage. One Database is what a disk would hold; every
// Store opened on it is one context (a tab, a worker) that uses it, so that several
// contexts, lost tabs, aborted transactions and crashes can be played natively.
//
// It knows the Store contract of package journal and must not know what an entry or a
// page means, or anything of the engine above.
package memstore

// This file holds the database: what transactions change, and who has it open.

import (
	"maps"
	"slices"
	"sync"

	"tidetable/datasync/journal"
)

// firstFormat is the lowest record format that was ever written. A MinFormat up to it
// excludes nobody.
const firstFormat = 1

// Database is one database in memory. Its methods may be called concurrently.
type Database struct {
	mu    sync.Mutex
	state state

	holds    int            // how many calls of Hold are not yet released
	waiting  []*transaction // issued while held, in order
	failures []failure      // what FailNext and FailNextRead left, in order
	observe  func(Commit)
}

// state is what a transaction reads and changes. The byte slices in it never change
// once they are here, so copies of a state may share them.
type state struct {
	head    journal.Head
	root    []byte
	entries [][]byte // entries[i] is at position head.Floor+1+i
	pages   map[string][]byte
}

// NewDatabase makes an empty database.
func NewDatabase() *Database {
	return &Database{state: state{pages: make(map[string][]byte)}}
}

// Open opens one more independent Store on the database, as another tab would.
func (db *Database) Open() *Store {
	return &Store{db: db, drained: make(chan struct{})}
}

// Clone copies the database as it is now, without its open stores, faults and observer:
// what a disk would hold if every context died this moment.
func (db *Database) Clone() *Database {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.clone()
}

// PageNames lists the names of the stored pages in order, for tests of who removes what.
func (db *Database) PageNames() []string {
	db.mu.Lock()
	defer db.mu.Unlock()
	return slices.Sorted(maps.Keys(db.state.pages))
}

// clone is Clone for callers that hold the lock.
func (db *Database) clone() *Database {
	s := db.state
	s.entries = slices.Clone(s.entries)
	s.pages = maps.Clone(s.pages)
	return &Database{state: s}
}

// last is the position of the newest entry, or the floor when there is none above it.
func (s *state) last() journal.Position {
	return s.head.Floor + journal.Position(len(s.entries))
}

// tail answers Tail.
func (s *state) tail(after journal.Position) journal.Tail {
	t := journal.Tail{Head: s.head}
	from := after
	if s.head.Generation > 0 && (after == 0 || after < s.head.Floor) {
		t.Root = copyOf(s.root)
		from = s.head.Floor
	}
	if from >= s.last() {
		return t
	}
	t.First = from + 1
	for _, e := range s.entries[from-s.head.Floor:] {
		t.Entries = append(t.Entries, copyOf(e))
	}
	return t
}

// planAppend checks an append against the state and returns what makes it happen.
func (s *state) planAppend(a journal.Append) (commit func(), err error) {
	switch {
	case s.head.MinFormat > journal.Format:
		return nil, journal.ErrUpdateRequired
	case s.head.Floor > a.Base:
		return nil, journal.ErrBehind
	case a.Base < s.last():
		return nil, journal.ErrTaken
	case a.Base > s.last():
		return nil, errGap
	}
	entry, pages := copyOf(a.Entry), copyPages(a.Pages)
	return func() {
		maps.Copy(s.pages, pages)
		s.entries = append(s.entries, entry)
	}, nil
}

// planCompact checks a compaction against the state and returns what makes it happen.
func (s *state) planCompact(c journal.Compaction) (commit func(), err error) {
	excludes := c.MinFormat > max(s.head.MinFormat, firstFormat)
	switch {
	case s.head.MinFormat > journal.Format:
		return nil, journal.ErrUpdateRequired
	case c.Generation != s.head.Generation:
		return nil, journal.ErrTaken
	case c.Upto < s.head.Floor || c.Upto > s.last():
		return nil, errUpto
	case excludes && c.Upto < s.last():
		// Shutting out older contexts takes the next position, and somebody has it.
		return nil, journal.ErrTaken
	}
	floor := c.Upto
	if excludes {
		floor++
	}
	root, pages := copyOf(c.Root), copyPages(c.Pages)
	remove := slices.Clone(c.Remove)
	return func() {
		maps.Copy(s.pages, pages)
		for _, name := range remove {
			delete(s.pages, name)
		}
		// A new array, so that what was compacted is not kept alive.
		s.entries = slices.Clone(s.entries[c.Upto-s.head.Floor:])
		s.head.Floor = floor
		s.head.Generation++
		s.head.MinFormat = max(s.head.MinFormat, c.MinFormat)
		s.root = root
	}, nil
}

// copyOf copies b into memory of its own. The result is never nil: an empty record is
// a record.
func copyOf(b []byte) []byte {
	return append(make([]byte, 0, len(b)), b...)
}

func copyPages(pages []journal.Page) map[string][]byte {
	m := make(map[string][]byte, len(pages))
	for _, p := range pages {
		m[p.Name] = copyOf(p.Data)
	}
	return m
}
