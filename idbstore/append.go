//go:build js && wasm

package idbstore

// This file appends.

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"

	"tidetable/datasync/journal"
	"tidetable/internal/jsbridge"
)

// lastPosition is the last number that is a key exactly: JavaScript has doubles.
const lastPosition = 1<<53 - 1

// Append writes the pages and then the entry at Base+1.
//
// All of it is issued in one turn, so whether the head allows the append is known only
// when it has happened. That is enough. A floor above the base makes the entry void. And
// a context that may no longer write finds the floor above its base too: the compaction
// that shuts it out takes the next position for itself and moves the floor there.
func (s *Store) Append(ctx context.Context, a journal.Append) error {
	if len(a.Entry) > journal.MaxRecord || tooLarge(a.Pages) {
		return wrap("append", journal.ErrTooLarge)
	}
	if a.Base >= lastPosition {
		return wrap("append", errPosition)
	}
	if err := s.mayWrite(ctx); err != nil {
		return wrap("append", err)
	}
	t := transaction{stores: entriesOnly, options: durabilityOption[a.Durability]}
	if len(a.Pages) > 0 {
		t.stores = entriesAndPages
	}
	var head js.Value
	puts := make([]js.Value, 0, len(a.Pages))
	t.issue = func(tx js.Value) {
		entries := tx.Call("objectStore", journalStore)
		head = entries.Call("get", 0)
		if len(a.Pages) > 0 {
			pages := tx.Call("objectStore", pageStore)
			for _, p := range a.Pages {
				puts = append(puts, pages.Call("put", jsbridge.BytesToJS(p.Data), p.Name))
			}
		}
		entries.Call("add", jsbridge.BytesToJS(a.Entry), float64(a.Base+1))
	}
	err := s.transact(ctx, t)
	if err == nil {
		err = firstFailure(puts)
	}
	return wrap("append", s.judge(err, head, a.Base))
}

// judge looks at the head that an append met.
func (s *Store) judge(outcome error, headRequest js.Value, base journal.Position) error {
	if outcome != nil && !errors.Is(outcome, journal.ErrTaken) {
		return outcome
	}
	head, err := s.readHead(headRequest)
	switch {
	case err != nil && outcome != nil:
		return outcome
	case err != nil:
		return err
	case head.Floor <= base:
		return outcome
	case head.MinFormat > journal.Format:
		return fmt.Errorf("%w, and %w", journal.ErrBehind, journal.ErrUpdateRequired)
	}
	return journal.ErrBehind
}

// firstFailure finds a page that was not stored though the transaction completed. An
// engine that commits early can go on after a failed request; the append must then not
// count as done.
func firstFailure(puts []js.Value) error {
	for _, put := range puts {
		if reason := put.Get("error"); reason.Truthy() {
			return fmt.Errorf("%w: a page is missing: %w", journal.ErrDamaged, abortReason(reason))
		}
	}
	return nil
}

// mayWrite tells whether the database is known to want a later format. A store that has
// not seen the head yet looks at it first.
func (s *Store) mayWrite(ctx context.Context) error {
	s.mu.Lock()
	seen := s.headSeen
	s.mu.Unlock()
	if !seen {
		if _, _, err := s.peek(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.minFormat > journal.Format {
		return journal.ErrUpdateRequired
	}
	return nil
}

// readHead decodes the answer to a finished request for the head and remembers what it
// says about formats.
func (s *Store) readHead(request js.Value) (journal.Head, error) {
	// The request of an aborted transaction may have no result to give, and then throws.
	value, err := jsbridge.Get(request, "result")
	if err != nil {
		return journal.Head{}, err
	}
	var head journal.Head
	if !value.IsUndefined() {
		b, err := bytesOf(value)
		if err != nil {
			return head, err
		}
		if head, err = decodeHead(b); err != nil {
			return head, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.headSeen = true
	s.minFormat = max(s.minFormat, head.MinFormat)
	return head, nil
}

// bytesOf copies a stored value; anything but bytes was not written by this package.
func bytesOf(value js.Value) ([]byte, error) {
	if !jsbridge.IsBytes(value) {
		return nil, fmt.Errorf("%w: a value of type %s", journal.ErrDamaged, value.Type())
	}
	return jsbridge.BytesFromJS(value), nil
}

func tooLarge(pages []journal.Page) bool {
	for _, p := range pages {
		if len(p.Data) > journal.MaxRecord {
			return true
		}
	}
	return false
}
