package storetest

// This file holds the cases of MinFormat: old code must not write beside new code.

import (
	"errors"

	"tidetable/datasync/journal"
)

var formatCases = []testCase{
	{name: "a database of a later format refuses appends and compactions", run: laterFormatRefuses},
	{name: "a database of a later format can still be read", run: laterFormatReads},
	{name: "a handle that did not hear of the later format writes nothing that is read", run: laterFormatUnheard},
	{name: "a later format loses no entry behind the compaction", run: laterFormatKeepsEntries},
	{name: "the lowest format never falls and the present one shuts nobody out", run: formatNeverFalls},
}

const later = journal.Format + 1

func laterFormatRefuses(c check) {
	writer, other := c.open(), c.open()
	c.append(writer, 0, "one", page("old", "old"))
	c.compact(writer, journal.Compaction{Upto: 1, Root: []byte("root"), MinFormat: later})
	fresh := c.open()
	for _, s := range []journal.Store{writer, other, fresh} {
		head := c.tail(s, 0).Head
		if head.MinFormat != later {
			c.Errorf("head has format %d, want %d", head.MinFormat, later)
		}
		c.wantUnchanged(fresh, []string{"old", "new"}, func() {
			c.wantError(c.tryAppend(s, head.Floor, "more", page("new", "new")), journal.ErrUpdateRequired)
			err := s.Compact(c.Context(), journal.Compaction{
				Upto: head.Floor, Generation: head.Generation, Pages: []journal.Page{page("new", "new")}, Remove: []string{"old"},
			})
			c.wantError(err, journal.ErrUpdateRequired)
		})
	}
	blind := c.open()
	err := blind.Compact(c.Context(), journal.Compaction{Upto: 1, Generation: 1})
	c.wantError(err, journal.ErrUpdateRequired)
}

func laterFormatReads(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("kept", "kept"))
	c.compact(writer, journal.Compaction{Upto: 1, Root: []byte("root"), MinFormat: later})
	for _, s := range []journal.Store{writer, reader, c.open()} {
		if root := c.tail(s, 0).Root; string(root) != "root" {
			c.Errorf("root is %q", root)
		}
		c.wantEntries(s, 0, 0)
		c.wantPage(s, "kept", []byte("kept"))
	}
}

func laterFormatUnheard(c check) {
	writer := c.open()
	c.appendAll(writer, 0, "one", "two")
	unheard := []journal.Store{c.open(), c.open(), c.open()}
	for _, s := range unheard {
		c.wantEntries(s, 0, 1, "one", "two")
	}
	c.compact(writer, journal.Compaction{Upto: 2, Root: []byte("root"), MinFormat: later})
	for base, s := range unheard {
		// Bases 0, 1 and 2: behind the floor, and at the end as that handle knows it.
		c.wantError(c.tryAppend(s, journal.Position(base), "late"), journal.ErrUpdateRequired)
		c.wantEntries(c.open(), 0, 0)
		c.wantEntries(s, 0, 0)
		c.wantError(c.tryAppend(s, c.tail(s, 0).Head.Floor, "later still"), journal.ErrUpdateRequired)
	}
}

func laterFormatKeepsEntries(c check) {
	writer, unheard := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three")
	c.wantEntries(unheard, 0, 1, "one", "two", "three")
	// A store may refuse this: an entry lies behind, and its writer may be about to
	// append the next. If it does, nothing has changed.
	err := writer.Compact(c.Context(), journal.Compaction{Upto: 2, Root: []byte("root"), MinFormat: later})
	if err != nil {
		c.wantError(err, journal.ErrTaken)
		c.wantHead(unheard, journal.Head{})
		c.wantEntries(unheard, 0, 1, "one", "two", "three")
		c.append(unheard, 3, "four")
		return
	}
	c.wantEntries(unheard, 0, 3, "three")
	if err := c.tryAppend(unheard, 3, "four"); !errors.Is(err, journal.ErrUpdateRequired) {
		c.Errorf("append ended with %v, want %v", err, journal.ErrUpdateRequired)
	}
	c.wantEntries(c.open(), 0, 3, "three")
}

func formatNeverFalls(c check) {
	writer, other := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two")
	c.compact(writer, journal.Compaction{Upto: 1, Root: []byte("root"), MinFormat: journal.Format})
	c.wantHead(other, journal.Head{Floor: 1, Generation: 1, MinFormat: journal.Format})
	c.compact(other, journal.Compaction{Upto: 2, Generation: 1, Root: []byte("root")})
	c.wantHead(writer, journal.Head{Floor: 2, Generation: 2, MinFormat: journal.Format})
	c.append(other, 2, "three")
	c.wantEntries(writer, 0, 3, "three")
}
