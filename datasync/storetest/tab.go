package storetest

// This file plays one context: it folds the journal, appends, and compacts, as an engine
// does, and remembers what it was told.

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"

	"tidetable/datasync/journal"
)

// withPage ends the name of an entry that has a page.
const withPage = "+page"

// mostAttempts ends a writer that gets nowhere.
const mostAttempts = 10_000

// tab is one context. Its state is the list of all entries' names, which is also what a
// compaction stores.
type tab struct {
	check
	store    journal.Store
	name     string
	random   *rand.Rand
	progress chan struct{} // told of every acknowledged entry, when set
	pace     chan struct{} // gives leave for every append, when set

	base  journal.Position
	log   []string // log[i] is the name of the entry at position i+1
	acked map[string]journal.Position

	taken, behind int // how often somebody else was faster
}

func newTab(c check, s journal.Store, name string, seed uint64) *tab {
	return &tab{
		check: c, store: s, name: name,
		random: rand.New(rand.NewPCG(seed, uint64(len(name)))),
		acked:  make(map[string]journal.Position),
	}
}

// forget drops the state in memory.
func (w *tab) forget() { w.base, w.log = 0, nil }

// fold reads what the context lacks.
func (w *tab) fold() error {
	tail, err := w.store.Tail(w.Context(), w.base)
	if err != nil {
		return err
	}
	if tail.Root != nil {
		if tail, err = w.load(tail); err != nil {
			return err
		}
	}
	if len(tail.Entries) > 0 && tail.First != w.base+1 {
		return errors.New("the tail of a reader at " + position(w.base) + " starts at " + position(tail.First))
	}
	// A new array: others may hold the old one.
	w.log = w.log[:len(w.log):len(w.log)]
	for _, e := range tail.Entries {
		name, err := unseal(e)
		if err != nil {
			return err
		}
		w.base++
		w.log = append(w.log, name)
		if err := w.checkPage(name, w.base); err != nil {
			return err
		}
	}
	return nil
}

// load replaces the state by the snapshot that the root of the tail names, and returns
// that tail, or a newer one when a compaction has replaced the snapshot meanwhile.
func (w *tab) load(tail journal.Tail) (journal.Tail, error) {
	for {
		pages, err := w.store.Pages(w.Context(), []string{string(tail.Root)})
		if err != nil {
			return tail, err
		}
		if pages[0] != nil {
			w.base, w.log = tail.Head.Floor, strings.Fields(string(pages[0]))
			if journal.Position(len(w.log)) != w.base {
				return tail, errors.New("the snapshot at " + position(w.base) + " has " + strconv.Itoa(len(w.log)) + " entries")
			}
			return tail, nil
		}
		newer, err := w.store.Tail(w.Context(), 0)
		if err != nil {
			return tail, err
		}
		if newer.Head.Generation == tail.Head.Generation {
			return tail, errors.New("the root names page " + string(tail.Root) + ", which is missing")
		}
		tail = newer
	}
}

// checkPage reads the page of an entry. It may be missing only when a compaction has
// passed the entry.
func (w *tab) checkPage(name string, at journal.Position) error {
	if !strings.HasSuffix(name, withPage) {
		return nil
	}
	pages, err := w.store.Pages(w.Context(), []string{name})
	if err != nil {
		return err
	}
	if pages[0] != nil {
		if got, err := unseal(pages[0]); err != nil || got != name {
			return errors.New("page " + name + " is torn")
		}
		return nil
	}
	tail, err := w.store.Tail(w.Context(), 0)
	if err == nil && tail.Head.Floor < at {
		return errors.New("page " + name + " is missing")
	}
	return err
}

// write appends n entries, deciding again whenever somebody was faster.
func (w *tab) write(n int) {
	for attempt := 0; len(w.acked) < n; attempt++ {
		if w.pace != nil {
			<-w.pace
		}
		// Where calls do not wait for a browser the others would hardly get a turn.
		runtime.Gosched()
		if w.random.IntN(8) == 0 {
			w.dawdle()
		}
		name := w.name + "." + strconv.Itoa(len(w.acked)) + "#" + strconv.Itoa(attempt)
		a := journal.Append{Base: w.base}
		if w.random.IntN(3) == 0 {
			name += withPage
			a.Pages = []journal.Page{{Name: name, Data: sealed(name)}}
		}
		a.Entry = sealed(name)
		err := w.store.Append(w.Context(), a)
		switch {
		case err == nil:
			w.base++
			w.log = append(w.log, name)
			w.acked[name] = w.base
			w.tellProgress()
			continue
		case errors.Is(err, journal.ErrBehind):
			w.behind++
			w.forget()
		case errors.Is(err, journal.ErrTaken):
			w.taken++
		default:
			w.Errorf("%s: append behind %d: %v", w.name, w.base, err)
			return
		}
		if err := w.fold(); err != nil {
			w.Errorf("%s: %v", w.name, err)
			return
		}
		if attempt > mostAttempts {
			w.Errorf("%s: %d of %d entries after %d attempts", w.name, len(w.acked), n, attempt)
			return
		}
	}
}

// dawdle lets the others go on without folding what they do, at best until one has
// compacted: the next append is then late.
func (w *tab) dawdle() {
	const patience = 20
	generation := uint64(0)
	for i := range patience {
		tail, err := w.store.Tail(w.Context(), w.base)
		if err != nil || (i > 0 && tail.Head.Generation > generation) {
			return
		}
		generation = tail.Head.Generation
		runtime.Gosched()
	}
}

func (w *tab) tellProgress() {
	select {
	case w.progress <- struct{}{}:
	default:
	}
}

// compactUntil compacts whenever there is progress, until told to stop.
func (w *tab) compactUntil(stop, progress <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-progress:
		}
		if err := w.compactOnce(w.name + "/" + strconv.Itoa(n)); err != nil && !errors.Is(err, journal.ErrTaken) {
			w.Errorf("%s: %v", w.name, err)
			return
		}
	}
}

// compactOnce stores the whole state as a page of that name and removes the pages of the
// entries and of the snapshot that it replaces.
func (w *tab) compactOnce(snapshot string) error {
	tail, err := w.store.Tail(w.Context(), 0)
	if err != nil {
		return err
	}
	w.forget()
	if err := w.fold(); err != nil {
		return err
	}
	if w.base == tail.Head.Floor {
		return nil
	}
	// When another compaction came between, its generation makes this one fail.
	comp := journal.Compaction{
		Upto: w.base, Generation: tail.Head.Generation, Root: []byte(snapshot),
		Pages: []journal.Page{{Name: snapshot, Data: []byte(strings.Join(w.log, " "))}},
	}
	if tail.Root != nil {
		comp.Remove = append(comp.Remove, string(tail.Root))
	}
	for _, name := range w.log[tail.Head.Floor:] {
		if strings.HasSuffix(name, withPage) {
			comp.Remove = append(comp.Remove, name)
		}
	}
	return w.store.Compact(w.Context(), comp)
}

func position(p journal.Position) string { return strconv.FormatUint(uint64(p), 10) }
