//go:build js && wasm

package idbstore

// This file compacts.

import (
	"context"
	"syscall/js"

	"tidetable/datasync/journal"
	"tidetable/internal/jsbridge"
)

// firstFormat is the lowest record format that was ever written. A MinFormat up to it
// excludes nobody.
const firstFormat = 1

// Compact makes Upto the floor. Whatever it has to know of the head it reads before, in
// a transaction of its own: as long as nobody else makes the next generation the head
// stays as it is, and if somebody does, adding the same generation aborts the whole.
func (s *Store) Compact(ctx context.Context, c journal.Compaction) error {
	if len(c.Root) > journal.MaxRecord || tooLarge(c.Pages) {
		return wrap("compact", journal.ErrTooLarge)
	}
	head, last, err := s.peek(ctx)
	if err != nil {
		return wrap("compact", err)
	}
	excludes := c.MinFormat > max(head.MinFormat, firstFormat)
	switch {
	case head.MinFormat > journal.Format:
		err = journal.ErrUpdateRequired
	case head.Generation != c.Generation:
		err = journal.ErrTaken
	case c.Upto < head.Floor || c.Upto > last:
		err = errUpto
	case excludes && c.Upto < last:
		err = journal.ErrTaken
	}
	if err != nil {
		return wrap("compact", err)
	}
	next := journal.Head{Floor: c.Upto, Generation: c.Generation + 1, MinFormat: max(head.MinFormat, c.MinFormat)}
	return wrap("compact", s.transact(ctx, compaction(c, next, excludes)))
}

// compaction is the transaction that replaces the journal up to a floor. One that
// excludes older contexts also takes the next position, which fails when somebody has
// it, and moves the floor there: nobody who has not read the new head can have a base
// at or above it.
func compaction(c journal.Compaction, next journal.Head, excludes bool) transaction {
	if excludes {
		next.Floor++
	}
	return transaction{
		stores: everything, options: durabilityOption[journal.Relaxed],
		// Two keys are contended then, and only one can be the last before an early
		// commit: it stays clean because there is none.
		unhurried: excludes,
		issue: func(tx js.Value) {
			pages := tx.Call("objectStore", pageStore)
			for _, p := range c.Pages {
				pages.Call("put", jsbridge.BytesToJS(p.Data), p.Name)
			}
			for _, name := range c.Remove {
				pages.Call("delete", name)
			}
			entries := tx.Call("objectStore", journalStore)
			if c.Upto > 0 {
				entries.Call("delete", keyRange.Call("bound", 1, float64(c.Upto)))
			}
			entries.Call("put", jsbridge.BytesToJS(encodeHead(next)), 0)
			if excludes {
				entries.Call("add", jsbridge.BytesToJS(nil), float64(next.Floor))
			}
			roots := tx.Call("objectStore", generationStore)
			roots.Call("add", jsbridge.BytesToJS(c.Root), float64(next.Generation))
		},
	}
}
