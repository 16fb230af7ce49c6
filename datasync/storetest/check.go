package storetest

// This file holds the steps that the cases are written in.

import (
	"bytes"
	"errors"
	"testing"

	"tidetable/datasync/journal"
)

// check is one running case and its database.
type check struct {
	*testing.T
	db      Database
	factory func(t *testing.T) Database
}

// fresh is the same case with another, empty database.
func (c check) fresh() check {
	c.Helper()
	c.db = c.factory(c.T)
	return c
}

// open opens a handle that is closed when the case ends.
func (c check) open() journal.Store {
	c.Helper()
	s := c.db.Open(c.T)
	c.Cleanup(func() {
		if err := s.Close(); err != nil {
			c.Errorf("closing at the end: %v", err)
		}
	})
	return s
}

// append appends behind base and must succeed.
func (c check) append(s journal.Store, base journal.Position, entry string, pages ...journal.Page) {
	c.Helper()
	if err := s.Append(c.Context(), journal.Append{Base: base, Entry: []byte(entry), Pages: pages}); err != nil {
		c.Fatalf("append behind %d: %v", base, err)
	}
}

// appendAll appends the entries behind base, one by one.
func (c check) appendAll(s journal.Store, base journal.Position, entries ...string) {
	c.Helper()
	for i, e := range entries {
		c.append(s, base+journal.Position(i), e)
	}
}

// tryAppend appends behind base and returns the outcome.
func (c check) tryAppend(s journal.Store, base journal.Position, entry string, pages ...journal.Page) error {
	return s.Append(c.Context(), journal.Append{Base: base, Entry: []byte(entry), Pages: pages})
}

// compact compacts and must succeed.
func (c check) compact(s journal.Store, comp journal.Compaction) {
	c.Helper()
	if err := s.Compact(c.Context(), comp); err != nil {
		c.Fatalf("compaction up to %d of generation %d: %v", comp.Upto, comp.Generation, err)
	}
}

// tail reads the tail and must succeed.
func (c check) tail(s journal.Store, after journal.Position) journal.Tail {
	c.Helper()
	tail, err := s.Tail(c.Context(), after)
	if err != nil {
		c.Fatalf("tail after %d: %v", after, err)
	}
	return tail
}

// pages reads pages and must succeed.
func (c check) pages(s journal.Store, names ...string) [][]byte {
	c.Helper()
	data, err := s.Pages(c.Context(), names)
	if err != nil {
		c.Fatalf("pages %q: %v", names, err)
	}
	if len(data) != len(names) {
		c.Fatalf("pages %q: %d results", names, len(data))
	}
	return data
}

// wantError fails the case unless err is or wraps target.
func (c check) wantError(err, target error) {
	c.Helper()
	if !errors.Is(err, target) {
		c.Errorf("error is %v, want %v", err, target)
	}
}

// wantEntries reads the tail and compares the entries and the position of the first.
func (c check) wantEntries(s journal.Store, after, first journal.Position, want ...string) {
	c.Helper()
	tail := c.tail(s, after)
	if len(tail.Entries) != len(want) {
		c.Errorf("tail after %d has %d entries %q, want %q", after, len(tail.Entries), tail.Entries, want)
		return
	}
	for i, e := range tail.Entries {
		if string(e) != want[i] {
			c.Errorf("entry %d behind %d is %q, want %q", i, after, e, want[i])
		}
	}
	if len(want) > 0 && tail.First != first {
		c.Errorf("tail after %d starts at %d, want %d", after, tail.First, first)
	}
}

// wantHead reads the tail and compares its head.
func (c check) wantHead(s journal.Store, want journal.Head) {
	c.Helper()
	if head := c.tail(s, 0).Head; head != want {
		c.Errorf("head is %+v, want %+v", head, want)
	}
}

// wantPage reads one page and compares it; nil wants it missing.
func (c check) wantPage(s journal.Store, name string, want []byte) {
	c.Helper()
	got := c.pages(s, name)[0]
	switch {
	case want == nil && got != nil:
		c.Errorf("page %q is there with %d bytes, want none", name, len(got))
	case want != nil && got == nil:
		c.Errorf("page %q is missing", name)
	case !bytes.Equal(got, want):
		c.Errorf("page %q has %d bytes that differ from the %d stored", name, len(got), len(want))
	}
}

// page makes a page.
func page(name, data string) journal.Page {
	return journal.Page{Name: name, Data: []byte(data)}
}

// wantUnchanged runs what must change nothing and compares everything that can be read
// from another handle before and after, the named pages included.
func (c check) wantUnchanged(reader journal.Store, pageNames []string, change func()) {
	c.Helper()
	before, pagesBefore := c.tail(reader, 0), c.pages(reader, pageNames...)
	change()
	after, pagesAfter := c.tail(reader, 0), c.pages(reader, pageNames...)
	if before.Head != after.Head || before.First != after.First {
		c.Errorf("head or first position changed from %+v, %d to %+v, %d", before.Head, before.First, after.Head, after.First)
	}
	if !same(before.Root, after.Root) {
		c.Errorf("root changed from %q to %q", before.Root, after.Root)
	}
	if len(before.Entries) != len(after.Entries) {
		c.Errorf("entries changed from %d to %d", len(before.Entries), len(after.Entries))
		return
	}
	for i := range before.Entries {
		if !same(before.Entries[i], after.Entries[i]) {
			c.Errorf("entry %d changed", i)
		}
	}
	for i, name := range pageNames {
		if !same(pagesBefore[i], pagesAfter[i]) {
			c.Errorf("page %q changed", name)
		}
	}
}

// same compares bytes and tells a missing record from an empty one.
func same(a, b []byte) bool {
	return (a == nil) == (b == nil) && bytes.Equal(a, b)
}
