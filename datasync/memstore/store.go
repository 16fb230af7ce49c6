package memstore

// This file is the Store: one context's handle on a database.

import (
	"context"
	"errors"

	"tidetable/datasync/journal"
)

var (
	errGap  = errors.New("the base lies beyond the last entry")
	errUpto = errors.New("the new floor lies outside the journal")
)

// Store is a handle on a Database, opened by [Database.Open]. It implements
// journal.Store.
type Store struct {
	db *Database

	// The lock of the database guards the fields below.
	closed  bool
	running int           // transactions issued and not finished
	drained chan struct{} // closed when the store is closed and nothing runs
}

var _ journal.Store = (*Store)(nil)

// Tail reads the head and the valid entries behind a position.
func (s *Store) Tail(ctx context.Context, after journal.Position) (journal.Tail, error) {
	var tail journal.Tail
	err := s.transact(ctx, &transaction{read: func(st *state) { tail = st.tail(after) }})
	if err != nil {
		return journal.Tail{}, wrap("tail", err)
	}
	return tail, nil
}

// Append writes the pages and the entry at Base+1.
func (s *Store) Append(ctx context.Context, a journal.Append) error {
	if len(a.Entry) > journal.MaxRecord || tooLarge(a.Pages) {
		return wrap("append", journal.ErrTooLarge)
	}
	return wrap("append", s.transact(ctx, &transaction{
		write:  func(st *state) (func(), error) { return st.planAppend(a) },
		commit: Commit{Position: a.Base + 1, Durability: a.Durability},
	}))
}

// Pages reads pages by name.
func (s *Store) Pages(ctx context.Context, names []string) ([][]byte, error) {
	if len(names) > journal.MaxPagesPerRead {
		return nil, wrap("pages", journal.ErrTooLarge)
	}
	pages := make([][]byte, len(names))
	err := s.transact(ctx, &transaction{read: func(st *state) {
		for i, name := range names {
			if p, ok := st.pages[name]; ok {
				pages[i] = copyOf(p)
			}
		}
	}})
	if err != nil {
		return nil, wrap("pages", err)
	}
	return pages, nil
}

// Compact makes Upto the floor.
func (s *Store) Compact(ctx context.Context, c journal.Compaction) error {
	if len(c.Root) > journal.MaxRecord || tooLarge(c.Pages) {
		return wrap("compact", journal.ErrTooLarge)
	}
	return wrap("compact", s.transact(ctx, &transaction{
		write:  func(st *state) (func(), error) { return st.planCompact(c) },
		commit: Commit{Generation: c.Generation + 1, Durability: journal.Relaxed},
	}))
}

// Close waits for the transactions under way.
func (s *Store) Close() error {
	s.db.mu.Lock()
	s.close()
	s.db.mu.Unlock()
	<-s.drained
	return nil
}

// close refuses further calls. The caller holds the lock of the database.
func (s *Store) close() {
	if s.closed {
		return
	}
	s.closed = true
	if s.running == 0 {
		close(s.drained)
	}
}

// finished counts a transaction as done. The caller holds the lock of the database.
func (s *Store) finished() {
	s.running--
	if s.closed && s.running == 0 {
		close(s.drained)
	}
}

func tooLarge(pages []journal.Page) bool {
	for _, p := range pages {
		if len(p.Data) > journal.MaxRecord {
			return true
		}
	}
	return false
}

// callError says which call failed.
type callError struct {
	call string
	err  error
}

func (e *callError) Error() string { return "memstore: " + e.call + ": " + e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

func wrap(call string, err error) error {
	if err == nil {
		return nil
	}
	return &callError{call, err}
}
