package storetest

// This file holds the cases of Close.

import (
	"errors"
	"strconv"
	"sync"

	"tidetable/datasync/journal"
)

var closeCases = []testCase{
	{name: "closing twice is allowed", run: closeTwice},
	{name: "calls after closing fail with closed", run: callsAfterClose},
	{name: "closing one handle leaves the others working", run: closeOne},
	{name: "closing waits for the transactions under way", run: closeWaits},
	{name: "a handle closed by two callers is closed for both", run: closeAtOnce},
}

func closeTwice(c check) {
	for _, s := range []journal.Store{c.open(), c.open()} {
		for range 2 {
			if err := s.Close(); err != nil {
				c.Errorf("close: %v", err)
			}
		}
	}
}

func callsAfterClose(c check) {
	s, reader := c.open(), c.open()
	c.append(s, 0, "one", page("old", "old"))
	if err := s.Close(); err != nil {
		c.Fatalf("close: %v", err)
	}
	c.wantUnchanged(reader, []string{"old", "new"}, func() {
		c.wantError(c.tryAppend(s, 1, "two", page("new", "new")), journal.ErrClosed)
		err := s.Compact(c.Context(), journal.Compaction{Upto: 1, Remove: []string{"old"}})
		c.wantError(err, journal.ErrClosed)
		_, err = s.Tail(c.Context(), 0)
		c.wantError(err, journal.ErrClosed)
		_, err = s.Pages(c.Context(), []string{"old"})
		c.wantError(err, journal.ErrClosed)
	})
}

func closeOne(c check) {
	first, second := c.open(), c.open()
	c.append(first, 0, "one")
	if err := first.Close(); err != nil {
		c.Fatalf("close: %v", err)
	}
	c.append(second, 1, "two", page("p", "data"))
	c.compact(second, journal.Compaction{Upto: 1, Root: []byte("root")})
	c.wantEntries(second, 0, 2, "two")
	c.wantPage(c.open(), "p", []byte("data"))
}

// closeWaits closes a handle while appends run through it. Whatever they are told, no
// transaction may take effect once Close has returned.
func closeWaits(c check) {
	const writers = 8
	s, reader := c.open(), c.open()
	started, outcomes := make(chan struct{}, writers), make(chan []string, writers)
	for w := range writers {
		go func() {
			var acked []string
			base := journal.Position(0)
			started <- struct{}{}
			for i := 0; ; {
				entry := strconv.Itoa(w) + "." + strconv.Itoa(i)
				err := c.tryAppend(s, base, entry)
				if err == nil {
					acked = append(acked, entry)
					i++
				} else if !errors.Is(err, journal.ErrTaken) {
					if !errors.Is(err, journal.ErrClosed) {
						c.Errorf("append: %v", err)
					}
					outcomes <- acked
					return
				}
				base++
			}
		}()
	}
	for range writers {
		<-started
	}
	// Reading lets the writers go on; the handle is closed in the middle of their work.
	for range 2000 {
		if len(c.tail(reader, 0).Entries) >= 3 {
			break
		}
	}
	if err := s.Close(); err != nil {
		c.Errorf("close: %v", err)
	}
	atClose := c.tail(reader, 0).Entries
	there := make(map[string]bool)
	for _, e := range atClose {
		there[string(e)] = true
	}
	for range writers {
		for _, e := range <-outcomes {
			if !there[e] {
				c.Errorf("entry %q was acknowledged and not there when Close returned", e)
			}
		}
	}
	if n := len(c.tail(reader, 0).Entries); n != len(atClose) {
		c.Errorf("%d entries when Close returned, %d later", len(atClose), n)
	}
}

func closeAtOnce(c check) {
	s, reader := c.open(), c.open()
	c.append(s, 0, "one")
	var errs [4]error
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = s.Close() })
	}
	all.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		c.Errorf("close: %v", err)
	}
	c.wantError(c.tryAppend(s, 1, "two"), journal.ErrClosed)
	c.wantEntries(reader, 0, 1, "one")
}
