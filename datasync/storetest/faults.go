package storetest

// This file holds the cases of aborted transactions and lost handles.

import (
	"strconv"

	"tidetable/datasync/journal"
)

var faultCases = []testCase{
	{name: "an aborted append fails and changes nothing", run: abortedAppend, needs: aborting},
	{name: "the position of an aborted append goes to the next writer once", run: positionAfterAbort, needs: aborting},
	{name: "an aborted compaction fails and changes nothing", run: abortedCompaction, needs: aborting},
	{name: "what a lost handle wrote stays and the others go on", run: lostHandle, needs: crashing},
}

func abortedAppend(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("old", "old"))
	for i := range 10 {
		c.wantUnchanged(reader, []string{"old", "new"}, func() {
			c.db.(Aborter).AbortNext(c.T)
			if err := c.tryAppend(writer, 1, "aborted "+strconv.Itoa(i), page("new", "new")); err == nil {
				c.Errorf("the aborted append returned no error")
			}
		})
	}
	c.append(writer, 1, "two")
	c.wantEntries(reader, 0, 1, "one", "two")
}

func positionAfterAbort(c check) {
	writer, other := c.open(), c.open()
	c.append(writer, 0, "one")
	c.db.(Aborter).AbortNext(c.T)
	if err := c.tryAppend(writer, 1, "aborted"); err == nil {
		c.Errorf("the aborted append returned no error")
	}
	c.append(other, 1, "two")
	c.wantError(c.tryAppend(writer, 1, "also two"), journal.ErrTaken)
	c.append(writer, 2, "three")
	for _, s := range []journal.Store{writer, other, c.open()} {
		c.wantEntries(s, 0, 1, "one", "two", "three")
	}
}

func abortedCompaction(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("old", "old"))
	c.append(writer, 1, "two")
	comp := journal.Compaction{
		Upto: 2, Root: []byte("root"), Pages: []journal.Page{page("new", "new")}, Remove: []string{"old"},
	}
	c.wantUnchanged(reader, []string{"old", "new"}, func() {
		c.db.(Aborter).AbortNext(c.T)
		if err := writer.Compact(c.Context(), comp); err == nil {
			c.Errorf("the aborted compaction returned no error")
		}
	})
	c.compact(reader, comp)
	c.wantHead(writer, journal.Head{Floor: 2, Generation: 1})
	c.wantPage(writer, "new", []byte("new"))
}

func lostHandle(c check) {
	lost, other := c.open(), c.open()
	c.append(lost, 0, "one", page("p", "data"))
	c.append(lost, 1, "two")
	c.db.(Crasher).Crash(c.T, lost)
	c.wantEntries(other, 0, 1, "one", "two")
	c.append(other, 2, "three")
	c.compact(other, journal.Compaction{Upto: 1, Root: []byte("root")})
	again := c.open()
	c.append(again, 3, "four")
	c.wantEntries(again, 0, 2, "two", "three", "four")
	c.wantPage(again, "p", []byte("data"))
}
