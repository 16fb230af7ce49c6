package storetest

// This file plays a random script, one call after the other, and compares every answer
// with a plain model of the contract.

import (
	"errors"
	"math/rand/v2"
	"strconv"

	"tidetable/datasync/journal"
)

// model is what the contract says a database is.
type model struct {
	head    journal.Head
	root    []byte
	entries map[journal.Position][]byte
	last    journal.Position
	stored  map[string][]byte
	unknown map[string]bool // pages of appends behind the floor: the contract leaves them open
}

type script struct {
	check
	model
	random *rand.Rand
	stores []journal.Store
	names  int // how many page names were given out
}

func randomScript(c check) {
	const steps = 400
	for _, seed := range c.seeds() {
		s := &script{
			check:  c.fresh(),
			model:  model{entries: make(map[journal.Position][]byte), stored: make(map[string][]byte), unknown: make(map[string]bool)},
			random: rand.New(rand.NewPCG(seed, 4)),
		}
		for range 4 {
			s.stores = append(s.stores, s.open())
		}
		for step := range steps {
			s.step()
			if s.Failed() {
				c.Fatalf("seed %d failed in step %d", seed, step)
			}
		}
	}
}

func (s *script) step() {
	handle := s.random.IntN(len(s.stores))
	store := s.stores[handle]
	switch n := s.random.IntN(100); {
	case n < 50:
		s.stepAppend(store)
	case n < 58:
		s.stepCompact(store)
	case n < 78:
		s.stepTail(store)
	case n < 96:
		s.stepPages(store)
	default:
		if err := store.Close(); err != nil {
			s.Errorf("close: %v", err)
		}
		s.stores[handle] = s.open()
	}
}

// randomPages makes up to two pages of new names.
func (s *script) randomPages() []journal.Page {
	var pages []journal.Page
	for range s.random.IntN(3) {
		pages = append(pages, journal.Page{Name: "page" + strconv.Itoa(s.names), Data: s.randomBytes()})
		s.names++
	}
	return pages
}

func (s *script) randomBytes() []byte {
	b := make([]byte, s.random.IntN(300))
	for i := range b {
		b[i] = byte(s.random.Uint32())
	}
	return b
}

// back is the newest position, or now and then an older one.
func (s *script) back() journal.Position {
	if s.last == 0 || s.random.IntN(3) > 0 {
		return s.last
	}
	return journal.Position(s.random.Uint64N(uint64(s.last) + 1))
}

func (s *script) stepAppend(store journal.Store) {
	a := journal.Append{Base: s.back(), Entry: s.randomBytes(), Pages: s.randomPages()}
	err := store.Append(s.Context(), a)
	switch {
	case s.head.Floor > a.Base:
		s.wantError(err, journal.ErrBehind)
		for _, p := range a.Pages {
			s.unknown[p.Name] = true
		}
	case a.Base < s.last:
		s.wantError(err, journal.ErrTaken)
	case err != nil:
		s.Errorf("append behind %d: %v", a.Base, err)
	default:
		s.last++
		s.entries[s.last] = a.Entry
		for _, p := range a.Pages {
			s.stored[p.Name] = p.Data
		}
	}
}

func (s *script) stepCompact(store journal.Store) {
	span := uint64(s.last - s.head.Floor)
	c := journal.Compaction{
		Upto: s.head.Floor + journal.Position(s.random.Uint64N(span+1)), Generation: s.head.Generation, Root: s.randomBytes(),
	}
	for range s.random.IntN(4) {
		c.Remove = append(c.Remove, s.anyName())
	}
	// After the names to remove: no name is new and removed at once.
	s.names++
	c.Pages = s.randomPages()
	if c.Generation > 0 && s.random.IntN(4) == 0 {
		c.Generation--
	}
	err := store.Compact(s.Context(), c)
	if c.Generation != s.head.Generation {
		s.wantError(err, journal.ErrTaken)
		return
	}
	if err != nil {
		s.Errorf("compaction up to %d: %v", c.Upto, err)
		return
	}
	for p := s.head.Floor; p < c.Upto; p++ {
		delete(s.entries, p+1)
	}
	s.head.Floor, s.root = c.Upto, c.Root
	s.head.Generation++
	for _, p := range c.Pages {
		s.stored[p.Name] = p.Data
	}
	for _, name := range c.Remove {
		delete(s.stored, name)
		delete(s.unknown, name)
	}
}

func (s *script) stepTail(store journal.Store) {
	after := s.back()
	got, err := store.Tail(s.Context(), after)
	if err != nil {
		s.Errorf("tail after %d: %v", after, err)
		return
	}
	var root []byte
	first := after + 1
	if s.head.Generation > 0 && (after == 0 || after < s.head.Floor) {
		root, first = s.root, s.head.Floor+1
	}
	if got.Head != s.head || !same(got.Root, root) {
		s.Errorf("tail after %d has head %+v and a root of %d bytes, want %+v and %d", after, got.Head, len(got.Root), s.head, len(root))
	}
	if want := int(s.last + 1 - first); len(got.Entries) != want {
		s.Errorf("tail after %d has %d entries, want %d", after, len(got.Entries), want)
		return
	}
	for i, e := range got.Entries {
		if got.First != first || !same(e, s.entries[first+journal.Position(i)]) {
			s.Errorf("entry %d of the tail after %d, from %d, is wrong", i, after, got.First)
		}
	}
}

func (s *script) stepPages(store journal.Store) {
	names := make([]string, 1+s.random.IntN(journal.MaxPagesPerRead))
	for i := range names {
		names[i] = s.anyName()
	}
	got, err := store.Pages(s.Context(), names)
	if err != nil || len(got) != len(names) {
		s.Errorf("pages %q: %d, %v", names, len(got), err)
		return
	}
	for i, name := range names {
		if !s.unknown[name] && !same(got[i], s.stored[name]) {
			s.Errorf("page %q has %d bytes, want %d", name, len(got[i]), len(s.stored[name]))
		}
	}
}

// anyName is the name of some page that was given out, stored or not.
func (s *script) anyName() string {
	return "page" + strconv.Itoa(s.random.IntN(s.names+1))
}

// wantError stands for check.wantError with the script's own wording.
func (s *script) wantError(err, target error) {
	if !errors.Is(err, target) {
		s.Errorf("error is %v, want %v (head %+v, last %d)", err, target, s.head, s.last)
	}
}
