package storetest

// This file holds the cases of Append: which position, and what when it is taken or
// below the floor.

import (
	"context"
	"runtime"
	"strconv"

	"tidetable/datasync/journal"
)

var appendCases = []testCase{
	{name: "positions follow each other without gaps", run: positionsWithoutGaps},
	{name: "an acknowledged entry is readable by another handle", run: acknowledgedIsReadable},
	{name: "a taken position fails and the first entry stays", run: takenPosition},
	{name: "a taken position undoes the pages too", run: takenUndoesPages},
	{name: "pages are there when their entry is", run: pagesWithEntry},
	{name: "an append behind the floor fails and nobody reads it", run: behindIsVoid},
	{name: "an append behind the floor stays void for good", run: behindStaysVoid},
	{name: "every append below the floor is told behind", run: everyBehind},
	{name: "an append at the floor is not behind", run: atTheFloor},
	{name: "a cancelled context changes nothing", run: cancelledBefore},
	{name: "an append cancelled on its way tells what happened", run: cancelledOnTheWay},
}

func positionsWithoutGaps(c check) {
	stores := []journal.Store{c.open(), c.open()}
	var want []string
	for i := range 20 {
		entry := "entry " + strconv.Itoa(i)
		c.append(stores[i%2], journal.Position(i), entry)
		want = append(want, entry)
		c.wantEntries(stores[1-i%2], 0, 1, want...)
	}
}

func acknowledgedIsReadable(c check) {
	writer, reader := c.open(), c.open()
	for i := range 50 {
		entry := "entry " + strconv.Itoa(i)
		c.append(writer, journal.Position(i), entry)
		c.wantEntries(reader, journal.Position(i), journal.Position(i)+1, entry)
	}
}

func takenPosition(c check) {
	fast, slow := c.open(), c.open()
	c.append(fast, 0, "fast")
	c.wantError(c.tryAppend(slow, 0, "slow"), journal.ErrTaken)
	c.wantEntries(fast, 0, 1, "fast")
	c.append(slow, 1, "slow again")
	c.wantError(c.tryAppend(fast, 0, "late"), journal.ErrTaken)
	c.wantEntries(slow, 0, 1, "fast", "slow again")
}

func takenUndoesPages(c check) {
	fast, slow := c.open(), c.open()
	c.append(fast, 0, "fast", page("kept", "kept"))
	var pages []journal.Page
	for i := range 20 {
		pages = append(pages, page("lost"+strconv.Itoa(i), "never stored"))
	}
	c.wantError(c.tryAppend(slow, 0, "slow", pages...), journal.ErrTaken)
	for _, s := range []journal.Store{fast, slow} {
		for _, p := range pages {
			c.wantPage(s, p.Name, nil)
		}
		c.wantPage(s, "kept", []byte("kept"))
	}
}

func pagesWithEntry(c check) {
	const n = 40
	writer, reader := c.open(), c.open()
	done := make(chan error, 1)
	go func() {
		for i := range n {
			name := "page " + strconv.Itoa(i)
			if err := c.tryAppend(writer, journal.Position(i), name, page(name, name)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	seen := journal.Position(0)
	for finished := false; !finished; {
		select {
		case err := <-done:
			if err != nil {
				c.Fatalf("append: %v", err)
			}
			finished = true
		default:
		}
		for _, e := range c.tail(reader, seen).Entries {
			c.wantPage(reader, string(e), e)
			seen++
		}
	}
	if seen != n {
		c.Errorf("the reader saw %d entries, want %d", seen, n)
	}
}

func behindIsVoid(c check) {
	writer, slow := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three")
	c.compact(writer, journal.Compaction{Upto: 2, Root: []byte("root")})
	c.wantError(c.tryAppend(slow, 1, "void", page("void", "void")), journal.ErrBehind)
	for _, s := range []journal.Store{writer, slow, c.open()} {
		for after := range journal.Position(3) {
			c.wantEntries(s, after, 3, "three")
		}
		c.wantEntries(s, 3, 0)
		c.wantHead(s, journal.Head{Floor: 2, Generation: 1})
	}
}

func behindStaysVoid(c check) {
	writer, slow := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three")
	c.compact(writer, journal.Compaction{Upto: 3, Root: []byte("first")})
	c.wantError(c.tryAppend(slow, 0, "void one"), journal.ErrBehind)
	c.wantError(c.tryAppend(slow, 2, "void three"), journal.ErrBehind)
	c.wantEntries(slow, 0, 0)
	c.appendAll(slow, 3, "four", "five")
	c.wantEntries(writer, 0, 4, "four", "five")
	c.compact(writer, journal.Compaction{Upto: 4, Generation: 1, Root: []byte("second")})
	c.wantError(c.tryAppend(slow, 3, "void four"), journal.ErrBehind)
	for _, s := range []journal.Store{writer, slow, c.open()} {
		for after := range journal.Position(5) {
			c.wantEntries(s, after, 5, "five")
		}
	}
	c.compact(slow, journal.Compaction{Upto: 5, Generation: 2, Root: []byte("third")})
	c.wantEntries(c.open(), 0, 0)
	c.append(writer, 5, "six")
	c.wantEntries(slow, 0, 6, "six")
}

func everyBehind(c check) {
	writer, slow, slower := c.open(), c.open(), c.open()
	c.appendAll(writer, 0, "one", "two")
	c.compact(writer, journal.Compaction{Upto: 2, Root: []byte("root")})
	for range 2 {
		for base := range journal.Position(2) {
			c.wantError(c.tryAppend(slow, base, "void"), journal.ErrBehind)
			c.wantError(c.tryAppend(slower, base, "void too"), journal.ErrBehind)
		}
	}
	c.wantEntries(writer, 0, 0)
}

func atTheFloor(c check) {
	writer, other := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two")
	c.compact(writer, journal.Compaction{Upto: 2, Root: []byte("root")})
	c.append(other, 2, "three")
	c.wantError(c.tryAppend(writer, 2, "also three"), journal.ErrTaken)
	c.wantEntries(writer, 0, 3, "three")
}

func cancelledBefore(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("old", "old"))
	ctx, cancel := context.WithCancel(c.Context())
	cancel()
	c.wantUnchanged(reader, []string{"old", "new"}, func() {
		err := writer.Append(ctx, journal.Append{Base: 1, Entry: []byte("two"), Pages: []journal.Page{page("new", "new")}})
		c.wantError(err, context.Canceled)
		err = writer.Compact(ctx, journal.Compaction{Upto: 1, Pages: []journal.Page{page("new", "new")}, Remove: []string{"old"}})
		c.wantError(err, context.Canceled)
	})
	_, err := writer.Tail(ctx, 0)
	c.wantError(err, context.Canceled)
	_, err = writer.Pages(ctx, []string{"old"})
	c.wantError(err, context.Canceled)
	c.append(writer, 1, "two")
}

func cancelledOnTheWay(c check) {
	writer, reader := c.open(), c.open()
	base := journal.Position(0)
	for i := range 40 {
		entry := "entry " + strconv.Itoa(i)
		ctx, cancel := context.WithCancel(c.Context())
		started, outcome := make(chan struct{}), make(chan error, 1)
		go func() {
			close(started)
			outcome <- writer.Append(ctx, journal.Append{Base: base, Entry: []byte(entry)})
		}()
		<-started
		for range i % 8 {
			runtime.Gosched()
		}
		cancel()
		err := <-outcome
		if err == nil {
			c.wantEntries(reader, base, base+1, entry)
			base++
			continue
		}
		c.wantError(err, context.Canceled)
		c.wantEntries(reader, base, 0)
	}
}
