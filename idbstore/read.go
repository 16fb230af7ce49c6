//go:build js && wasm

package idbstore

// This file reads: the tail of the journal, and pages.

import (
	"context"
	"fmt"
	"syscall/js"

	"tidetable/datasync/journal"
)

var keyRange = js.Global().Get("IDBKeyRange")

// Tail reads the head and the valid entries behind a position in one transaction. When
// the floor turns out to be above what it asked for, it asks once more.
func (s *Store) Tail(ctx context.Context, after journal.Position) (journal.Tail, error) {
	// From zero the root is wanted whenever there is one.
	lower, withRoot := after, after == 0
	for {
		r, err := s.readTail(ctx, lower, withRoot)
		if err != nil {
			return journal.Tail{}, wrap("tail", err)
		}
		head := r.head
		needsRoot := head.Generation > 0 && (after == 0 || after < head.Floor)
		// Below the floor lies at most what void appends left. Without it the entries are
		// exactly as many as positions.
		exact := uint64(r.values.Length()) == uint64(r.last-max(lower, head.Floor))
		if (needsRoot && !withRoot) || (!exact && lower < head.Floor) {
			lower, withRoot = max(lower, head.Floor), needsRoot
			continue
		}
		if !exact {
			return journal.Tail{}, wrap("tail", fmt.Errorf("%w: %d records behind %d up to %d",
				journal.ErrDamaged, r.values.Length(), max(lower, head.Floor), r.last))
		}
		tail, err := r.decode(max(lower, head.Floor), needsRoot)
		if err != nil {
			return journal.Tail{}, wrap("tail", err)
		}
		return tail, nil
	}
}

// rawTail is the answer to one reading transaction.
type rawTail struct {
	head   journal.Head
	values js.Value         // the records behind the position asked for
	last   journal.Position // of the last record, or the floor or position asked for
	root   js.Value         // a cursor at the newest root, or null
}

func (s *Store) readTail(ctx context.Context, lower journal.Position, withRoot bool) (*rawTail, error) {
	var head, values, last, root js.Value
	t := transaction{stores: entriesOnly}
	if withRoot {
		t.stores = entriesAndRoots
	}
	t.issue = func(tx js.Value) {
		entries := tx.Call("objectStore", journalStore)
		head = entries.Call("get", 0)
		behind := keyRange.Call("lowerBound", float64(lower), true)
		values = entries.Call("getAll", behind)
		last = entries.Call("openKeyCursor", behind, "prev")
		if withRoot {
			// Generations are only ever added, so the newest is the head's.
			root = tx.Call("objectStore", generationStore).Call("openCursor", js.Null(), "prev")
		}
	}
	if err := s.transact(ctx, t); err != nil {
		return nil, err
	}
	h, err := s.readHead(head)
	if err != nil {
		return nil, err
	}
	r := &rawTail{head: h, values: values.Get("result"), last: max(lower, h.Floor)}
	if cursor := last.Get("result"); !cursor.IsNull() {
		r.last = max(r.last, journal.Position(cursor.Get("key").Float()))
	}
	if withRoot {
		r.root = root.Get("result")
	}
	return r, nil
}

// decode copies the entries behind from, and the root.
func (r *rawTail) decode(from journal.Position, withRoot bool) (journal.Tail, error) {
	tail := journal.Tail{Head: r.head}
	if withRoot {
		if r.root.IsNull() || uint64(r.root.Get("key").Float()) != r.head.Generation {
			return tail, fmt.Errorf("%w: no root of generation %d", journal.ErrDamaged, r.head.Generation)
		}
		root, err := bytesOf(r.root.Get("value"))
		if err != nil {
			return tail, err
		}
		tail.Root = root
	}
	n := r.values.Length()
	if n == 0 {
		return tail, nil
	}
	tail.First = from + 1
	tail.Entries = make([][]byte, n)
	for i := range tail.Entries {
		entry, err := bytesOf(r.values.Index(i))
		if err != nil {
			return tail, err
		}
		tail.Entries[i] = entry
	}
	return tail, nil
}

// peek reads the head and the last position.
func (s *Store) peek(ctx context.Context) (journal.Head, journal.Position, error) {
	var head, last js.Value
	err := s.transact(ctx, transaction{stores: entriesOnly, issue: func(tx js.Value) {
		entries := tx.Call("objectStore", journalStore)
		head = entries.Call("get", 0)
		last = entries.Call("openKeyCursor", js.Null(), "prev")
	}})
	if err != nil {
		return journal.Head{}, 0, err
	}
	h, err := s.readHead(head)
	if err != nil {
		return journal.Head{}, 0, err
	}
	position := h.Floor
	if cursor := last.Get("result"); !cursor.IsNull() {
		position = max(position, journal.Position(cursor.Get("key").Float()))
	}
	return h, position, nil
}

// Pages reads pages by name in one transaction over the page records alone.
func (s *Store) Pages(ctx context.Context, names []string) ([][]byte, error) {
	if len(names) > journal.MaxPagesPerRead {
		return nil, wrap("pages", journal.ErrTooLarge)
	}
	requests := make([]js.Value, len(names))
	err := s.transact(ctx, transaction{stores: pagesOnly, issue: func(tx js.Value) {
		pages := tx.Call("objectStore", pageStore)
		for i, name := range names {
			requests[i] = pages.Call("get", name)
		}
	}})
	if err != nil {
		return nil, wrap("pages", err)
	}
	data := make([][]byte, len(names))
	for i, request := range requests {
		value := request.Get("result")
		if value.IsUndefined() {
			continue
		}
		if data[i], err = bytesOf(value); err != nil {
			return nil, wrap("pages", err)
		}
	}
	return data, nil
}
