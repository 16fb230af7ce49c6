package storetest

// This file holds the cases of Tail.

import (
	"strconv"

	"tidetable/datasync/journal"
)

var tailCases = []testCase{
	{name: "an empty database gives a zero tail", run: emptyDatabase},
	{name: "a tail starts behind the position given", run: tailStartsBehind},
	{name: "a tail at the end has no entries", run: tailAtEnd},
	{name: "a reader below the floor gets the root and the entries behind the floor", run: tailBelowFloor},
	{name: "a reader from zero gets the root of a compaction that moved no floor", run: rootWithoutFloor},
	{name: "a reader at or above the floor gets no root", run: noRootAboveFloor},
	{name: "every tail carries floor and generation", run: headInEveryTail},
	{name: "five thousand entries come in one tail in order", run: manyEntries},
	{name: "a reopened database has everything", run: reopened},
}

func emptyDatabase(c check) {
	for _, s := range []journal.Store{c.open(), c.open()} {
		for _, after := range []journal.Position{0, 7} {
			tail := c.tail(s, after)
			if tail.Head != (journal.Head{}) || tail.Root != nil || tail.First != 0 || len(tail.Entries) != 0 {
				c.Errorf("tail after %d is %+v, want zero", after, tail)
			}
		}
	}
}

func tailStartsBehind(c check) {
	writer, reader := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three")
	for _, s := range []journal.Store{writer, reader} {
		c.wantEntries(s, 0, 1, "one", "two", "three")
		c.wantEntries(s, 1, 2, "two", "three")
		c.wantEntries(s, 2, 3, "three")
	}
}

func tailAtEnd(c check) {
	writer, reader := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two")
	for _, s := range []journal.Store{writer, reader} {
		c.wantEntries(s, 2, 0)
	}
}

func tailBelowFloor(c check) {
	writer, reader := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three", "four")
	c.compact(writer, journal.Compaction{Upto: 2, Root: []byte("state at two")})
	for _, s := range []journal.Store{writer, reader} {
		for after := range journal.Position(2) {
			if root := c.tail(s, after).Root; string(root) != "state at two" {
				c.Errorf("root for a reader after %d is %q", after, root)
			}
			c.wantEntries(s, after, 3, "three", "four")
		}
	}
}

func rootWithoutFloor(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one")
	c.compact(writer, journal.Compaction{Upto: 0, Root: []byte("nothing")})
	for _, s := range []journal.Store{writer, reader} {
		tail := c.tail(s, 0)
		if string(tail.Root) != "nothing" || tail.Head.Generation != 1 {
			c.Errorf("tail from zero has root %q of generation %d", tail.Root, tail.Head.Generation)
		}
		c.wantEntries(s, 0, 1, "one")
	}
}

func noRootAboveFloor(c check) {
	writer, reader := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three")
	c.compact(writer, journal.Compaction{Upto: 2, Root: []byte("root")})
	for _, s := range []journal.Store{writer, reader} {
		for after := journal.Position(2); after <= 3; after++ {
			if root := c.tail(s, after).Root; root != nil {
				c.Errorf("reader after %d got root %q", after, root)
			}
		}
		c.wantEntries(s, 2, 3, "three")
		c.wantEntries(s, 3, 0)
	}
}

func headInEveryTail(c check) {
	writer, reader := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three")
	for i, upto := range []journal.Position{1, 1, 3} {
		c.compact(writer, journal.Compaction{Upto: upto, Generation: uint64(i), Root: []byte("root")})
		for _, s := range []journal.Store{writer, reader} {
			for after := range journal.Position(4) {
				want := journal.Head{Floor: upto, Generation: uint64(i) + 1}
				if head := c.tail(s, after).Head; head != want {
					c.Errorf("head for a reader after %d is %+v, want %+v", after, head, want)
				}
			}
		}
	}
}

func manyEntries(c check) {
	const n = 5000
	writer, reader := c.open(), c.open()
	for i := range n {
		c.append(writer, journal.Position(i), "entry "+strconv.Itoa(i))
	}
	tail := c.tail(reader, 0)
	if len(tail.Entries) != n || tail.First != 1 {
		c.Fatalf("%d entries from %d, want %d from 1", len(tail.Entries), tail.First, n)
	}
	for i, e := range tail.Entries {
		if string(e) != "entry "+strconv.Itoa(i) {
			c.Fatalf("entry at %d is %q", i+1, e)
		}
	}
	c.wantEntries(reader, n-1, n, "entry "+strconv.Itoa(n-1))
}

func reopened(c check) {
	first := c.open()
	c.append(first, 0, "one", page("a", "page a"))
	c.append(first, 1, "two", page("b", "page b"))
	c.compact(first, journal.Compaction{Upto: 1, Root: []byte("root")})
	if err := first.Close(); err != nil {
		c.Fatalf("close: %v", err)
	}
	again := c.open()
	c.wantEntries(again, 0, 2, "two")
	if root := c.tail(again, 0).Root; string(root) != "root" {
		c.Errorf("root after reopening is %q", root)
	}
	c.wantPage(again, "a", []byte("page a"))
	c.wantPage(again, "b", []byte("page b"))
	c.append(again, 2, "three")
	c.wantEntries(c.open(), 1, 2, "two", "three")
}
