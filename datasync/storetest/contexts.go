package storetest

// This file holds the cases of several contexts at once. Their entries describe
// themselves, so that a torn, doubled or lost one is seen whoever reads it.

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tidetable/datasync/journal"
)

var contextCases = []testCase{
	{name: "appends of four handles are all there once and in order", run: fourWriters},
	{name: "calls through one handle at once are all there once", run: oneHandleAtOnce},
	{name: "four handles beside two compactors lose and double nothing", run: writersBesideCompactors},
	{name: "a reader beside writers and compactors never sees a torn tail", run: readerBesideCompactor},
	{name: "a random script of four handles agrees with a plain model", run: randomScript},
}

// sealed makes an entry that carries its name and can be checked: the name, then bytes
// that follow from the name.
func sealed(name string) []byte {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	r := rand.New(rand.NewPCG(h, 1))
	b := append([]byte(name), '\n')
	for range r.IntN(700) {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

// unseal returns the name of a sealed entry, or an error when the entry is torn.
func unseal(entry []byte) (string, error) {
	name, _, ok := strings.Cut(string(entry), "\n")
	if !ok || string(sealed(name)) != string(entry) {
		return "", errors.New("an entry of " + strconv.Itoa(len(entry)) + " bytes is torn")
	}
	return name, nil
}

func fourWriters(c check) {
	writeAtOnce(c, 4, 50, func() journal.Store { return c.open() })
}

func oneHandleAtOnce(c check) {
	s := c.open()
	writeAtOnce(c, 6, 15, func() journal.Store { return s })
}

// writeAtOnce lets writers append through the stores given and verifies the outcome.
func writeAtOnce(c check, writers, each int, store func() journal.Store) {
	var all sync.WaitGroup
	tabs := make([]*tab, writers)
	for i := range tabs {
		tabs[i] = newTab(c, store(), "w"+strconv.Itoa(i), 1)
		all.Go(func() { tabs[i].write(each) })
	}
	all.Wait()
	verify(c, tabs)
}

func writersBesideCompactors(c check) {
	for _, seed := range c.seeds() {
		startRound(c.fresh(), seed, 4, 40, 2, nil).finish()
	}
}

func readerBesideCompactor(c check) {
	for _, seed := range c.seeds() {
		c := c.fresh()
		reader := newTab(c, c.open(), "reader", seed)
		pace := make(chan struct{})
		r := startRound(c, seed, 2, 60, 1, pace)
		for reading := true; reading && !c.Failed(); {
			before := reader.log
			if reader.random.IntN(3) == 0 {
				reader.forget()
			}
			if err := reader.fold(); err != nil {
				c.Errorf("reader: %v", err)
			}
			wantPrefix(c, "what the reader knew", before, reader.log)
			// A few appends between two reads, however fast the store is.
			for range 1 + reader.random.IntN(4) {
				select {
				case pace <- struct{}{}:
				case <-r.written:
					reading = false
				}
			}
		}
		close(pace)
		r.finish()
	}
}

// round is a run of writers beside compactors.
type round struct {
	check
	tabs                []*tab
	writing, compacting sync.WaitGroup
	written             chan struct{} // closed when all writers are done
	stop                chan struct{} // closed to end the compactors
}

// startRound starts a round. With a pace, every append waits for a value from it.
func startRound(c check, seed uint64, writers, each, compactors int, pace chan struct{}) *round {
	r := &round{check: c, written: make(chan struct{}), stop: make(chan struct{})}
	progress := make(chan struct{}, 1)
	for i := range writers {
		w := newTab(c, c.open(), "w"+strconv.Itoa(i), seed+uint64(i))
		w.progress, w.pace = progress, pace
		r.tabs = append(r.tabs, w)
		r.writing.Go(func() { w.write(each) })
	}
	go func() {
		r.writing.Wait()
		close(r.written)
	}()
	for i := range compactors {
		k := newTab(c, c.open(), "k"+strconv.Itoa(i), seed)
		r.compacting.Go(func() { k.compactUntil(r.stop, progress) })
	}
	return r
}

// finish waits for the writers, ends the compactors and verifies what the round wrote.
func (r *round) finish() {
	r.writing.Wait()
	close(r.stop)
	r.compacting.Wait()
	verify(r.check, r.tabs)
}

// verify loads the database afresh and compares it with what the writers were told.
func verify(c check, writers []*tab) {
	final := newTab(c, c.open(), "final", 0)
	if err := final.fold(); err != nil {
		c.Errorf("loading at the end: %v", err)
		return
	}
	total, taken, behind := 0, 0, 0
	for _, w := range writers {
		total, taken, behind = total+len(w.acked), taken+w.taken, behind+w.behind
		for name, position := range w.acked {
			if position > final.base || final.log[position-1] != name {
				c.Errorf("%q was acknowledged at %d and is not there", name, position)
			}
		}
		wantPrefix(c, "the log of "+w.name, w.log, final.log)
	}
	c.Logf("%d entries, %d generations, %d appends taken, %d behind", total, c.tail(final.store, 0).Head.Generation, taken, behind)
	if len(final.log) != total {
		c.Errorf("%d entries are there, %d were acknowledged", len(final.log), total)
	}
}

func wantPrefix(c check, what string, prefix, log []string) {
	if len(prefix) > len(log) || !slices.Equal(prefix, log[:len(prefix)]) {
		c.Errorf("%s, %d entries, is no beginning of the %d entries there", what, len(prefix), len(log))
	}
}
