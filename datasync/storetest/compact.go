package storetest

// This file holds the cases of Compact.

import (
	"errors"
	"strconv"
	"sync"

	"tidetable/datasync/journal"
)

var compactCases = []testCase{
	{name: "a compaction replaces the entries up to the floor by the root", run: compactionReplaces},
	{name: "a compaction removes the named pages and keeps the others", run: compactionRemoves},
	{name: "a compaction of an older generation fails and changes nothing", run: olderGeneration},
	{name: "of two compactions at once one wins whole", run: compactionRace},
	{name: "generations follow each other, each with its root", run: generationsFollow},
	{name: "a floor outside the journal is refused", run: floorOutside},
}

func compactionReplaces(c check) {
	writer, reader := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three", "four", "five")
	c.compact(writer, journal.Compaction{Upto: 3, Root: []byte("state at three")})
	for _, s := range []journal.Store{writer, reader, c.open()} {
		c.wantHead(s, journal.Head{Floor: 3, Generation: 1})
		c.wantEntries(s, 0, 4, "four", "five")
		if root := c.tail(s, 0).Root; string(root) != "state at three" {
			c.Errorf("root is %q", root)
		}
	}
	c.compact(reader, journal.Compaction{Upto: 5, Generation: 1, Root: []byte("state at five")})
	c.wantEntries(writer, 0, 0)
	c.append(writer, 5, "six")
	c.wantEntries(reader, 0, 6, "six")
}

func compactionRemoves(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("a", "page a"), page("b", "page b"))
	c.append(writer, 1, "two", page("c", "page c"), page("d", "page d"))
	c.compact(writer, journal.Compaction{
		Upto: 1, Root: []byte("root"), Pages: []journal.Page{page("e", "page e")}, Remove: []string{"b", "c", "never"},
	})
	for _, s := range []journal.Store{writer, reader} {
		for _, name := range []string{"a", "d", "e"} {
			c.wantPage(s, name, []byte("page "+name))
		}
		for _, name := range []string{"b", "c", "never"} {
			c.wantPage(s, name, nil)
		}
	}
}

func olderGeneration(c check) {
	fast, slow := c.open(), c.open()
	c.append(fast, 0, "one", page("a", "page a"))
	c.append(fast, 1, "two", page("b", "page b"))
	c.compact(fast, journal.Compaction{Upto: 1, Root: []byte("first")})
	c.wantUnchanged(fast, []string{"a", "b", "late"}, func() {
		for _, gen := range []uint64{0, 2} {
			err := slow.Compact(c.Context(), journal.Compaction{
				Upto: 2, Generation: gen, Root: []byte("late"), Pages: []journal.Page{page("late", "late")}, Remove: []string{"a", "b"},
			})
			c.wantError(err, journal.ErrTaken)
		}
	})
	c.compact(slow, journal.Compaction{Upto: 2, Generation: 1, Root: []byte("second")})
	c.wantHead(fast, journal.Head{Floor: 2, Generation: 2})
}

func compactionRace(c check) {
	a, b := c.open(), c.open()
	for gen := range uint64(20) {
		c.append(a, journal.Position(gen), "entry")
		var results [2]error
		var both sync.WaitGroup
		for i, s := range []journal.Store{a, b} {
			both.Go(func() { results[i] = s.Compact(c.Context(), raceCompaction(gen, i)) })
		}
		both.Wait()
		winner := 0
		if results[0] != nil {
			winner = 1
		}
		if results[winner] != nil || !errors.Is(results[1-winner], journal.ErrTaken) {
			c.Fatalf("generation %d: the two compactions ended with %v and %v", gen, results[0], results[1])
		}
		won, lost := raceCompaction(gen, winner), raceCompaction(gen, 1-winner)
		for _, s := range []journal.Store{a, b} {
			c.wantHead(s, journal.Head{Floor: won.Upto, Generation: gen + 1})
			if root := c.tail(s, 0).Root; string(root) != string(won.Root) {
				c.Errorf("generation %d: root is %q, want %q", gen, root, won.Root)
			}
			c.wantPage(s, won.Pages[0].Name, won.Pages[0].Data)
			c.wantPage(s, lost.Pages[0].Name, nil)
		}
	}
}

// raceCompaction is what one of two competing compactors writes.
func raceCompaction(gen uint64, compactor int) journal.Compaction {
	id := strconv.FormatUint(gen, 10) + " of " + strconv.Itoa(compactor)
	return journal.Compaction{
		Upto: journal.Position(gen) + 1, Generation: gen,
		Root: []byte("root " + id), Pages: []journal.Page{page("page "+id, id)},
	}
}

func generationsFollow(c check) {
	stores := []journal.Store{c.open(), c.open()}
	for gen := range uint64(10) {
		root := "root " + strconv.FormatUint(gen+1, 10)
		c.append(stores[gen%2], journal.Position(gen), "entry")
		c.compact(stores[1-gen%2], journal.Compaction{Upto: journal.Position(gen) + 1, Generation: gen, Root: []byte(root)})
		for _, s := range stores {
			tail := c.tail(s, journal.Position(gen))
			if tail.Head.Generation != gen+1 || string(tail.Root) != root {
				c.Errorf("generation %d has root %q, want %d with %q", tail.Head.Generation, tail.Root, gen+1, root)
			}
		}
	}
}

func floorOutside(c check) {
	writer, reader := c.open(), c.open()
	c.appendAll(writer, 0, "one", "two", "three")
	c.compact(writer, journal.Compaction{Upto: 2, Root: []byte("root")})
	c.wantUnchanged(reader, nil, func() {
		for _, upto := range []journal.Position{1, 4} {
			if err := writer.Compact(c.Context(), journal.Compaction{Upto: upto, Generation: 1}); err == nil {
				c.Errorf("compaction up to %d of a journal from 2 to 3 succeeded", upto)
			}
		}
	})
}
