//go:build !js

package storetest_test

// This file is a store that keeps the contract in the plainest way, and that can be given
// one mistake: the suite has to tell it from a good one.

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tidetable/datasync/journal"
)

// disk is the database that faulty handles share.
type disk struct {
	fault string
	calls atomic.Int64 // so many were begun

	mu      sync.Mutex
	head    journal.Head
	root    []byte
	entries map[journal.Position][]byte
	pages   map[string][]byte
	asked   []journal.Durability
	aborts  int    // so many writing transactions abort
	appends int    // so many appends were acknowledged
	late    func() // what was acknowledged and is not yet done
	handles []*handle
}

func newDisk(fault string) *disk {
	return &disk{fault: fault, entries: make(map[journal.Position][]byte), pages: make(map[string][]byte)}
}

func (d *disk) Open(*testing.T) journal.Store {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := &handle{disk: d, headBefore: d.head, rootBefore: d.root, ended: make(chan struct{})}
	d.handles = append(d.handles, h)
	return h
}

func (d *disk) AbortNext(*testing.T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.aborts++
}

func (d *disk) Crash(_ *testing.T, s journal.Store) {
	h := s.(*handle)
	d.mu.Lock()
	defer d.mu.Unlock()
	h.closed = true
	if d.fault == "loses what a lost handle wrote last" {
		delete(d.entries, d.last())
	}
}

func (d *disk) Durabilities() []journal.Durability {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

func (d *disk) last() journal.Position {
	last := d.head.Floor
	for p := range d.entries {
		last = max(last, p)
	}
	return last
}

// aborting tells whether the transaction aborts after its last request.
func (d *disk) aborting() bool {
	if d.aborts == 0 {
		return false
	}
	d.aborts--
	return d.fault != "takes an aborted transaction for done"
}

// ask notes what is asked of the disk.
func (d *disk) ask(durability journal.Durability) {
	switch d.fault {
	case "is always relaxed":
		durability = journal.Relaxed
	case "is always strict":
		durability = journal.Strict
	}
	d.asked = append(d.asked, durability)
}

var errAborted = errors.New("aborted")

// handle is one store on a disk.
type handle struct {
	*disk
	closed     bool
	ended      chan struct{} // closed by Close
	headBefore journal.Head
	rootBefore []byte
}

// pause lets the others get some calls in, if there are any, in the middle of this one.
func (h *handle) pause() {
	const enough, patience = 3, 20_000
	begun := h.calls.Load()
	h.mu.Unlock()
	for range patience {
		if h.calls.Load() >= begun+enough {
			break
		}
		runtime.Gosched()
	}
	h.mu.Lock()
}

// begin locks the disk for a call, unless the call must not start.
func (h *handle) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil && h.fault != "ignores the context" {
		return err
	}
	h.mu.Lock()
	h.calls.Add(1)
	if h.closed && h.fault != "works after closing" {
		h.mu.Unlock()
		return journal.ErrClosed
	}
	if h.late != nil {
		h.late()
		h.late = nil
	}
	return nil
}

func (h *handle) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		if h.fault == "fails to close twice" {
			return journal.ErrClosed
		}
		return nil
	}
	h.closed = true
	close(h.ended)
	if h.fault == "closes all handles" {
		for _, other := range h.handles {
			other.closed = true
		}
	}
	return nil
}

func (h *handle) copy(b []byte, given bool) []byte {
	switch {
	case given && h.fault == "keeps the slices it is given":
		return b
	case !given && h.fault == "returns its own slices":
		return b
	case given && h.fault == "stores text":
		return []byte(strings.ToValidUTF8(string(b), "?"))
	case given && h.fault == "stores text up to a zero":
		text, _, _ := bytes.Cut(b, []byte{0})
		return append([]byte{}, text...)
	}
	return append([]byte{}, b...)
}

func (h *handle) tooLarge(records ...[]byte) bool {
	limit := journal.MaxRecord
	switch h.fault {
	case "accepts any size":
		return false
	case "refuses the largest size":
		limit--
	}
	return slices.ContainsFunc(records, func(b []byte) bool { return len(b) > limit })
}

func (h *handle) Pages(ctx context.Context, names []string) ([][]byte, error) {
	if len(names) > journal.MaxPagesPerRead && h.fault != "reads any number of pages" {
		return nil, journal.ErrTooLarge
	}
	if err := h.begin(ctx); err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	names = slices.Clone(names)
	if h.fault == "gives pages in the order of their names" {
		slices.Sort(names)
	}
	var data [][]byte
	for _, name := range names {
		if h.fault == "folds the case of names" {
			name = strings.ToLower(name)
		}
		p, ok := h.pages[name]
		switch {
		case ok:
			data = append(data, h.copy(p, false))
		case h.fault == "gives empty pages for missing ones":
			data = append(data, []byte{})
		case h.fault == "leaves missing pages out":
		default:
			data = append(data, nil)
		}
	}
	return data, nil
}

func (h *handle) Tail(ctx context.Context, after journal.Position) (journal.Tail, error) {
	if err := h.begin(ctx); err != nil {
		return journal.Tail{}, err
	}
	defer h.mu.Unlock()
	head, root := h.head, h.root
	if h.fault == "takes head and root from the tail before" {
		head, h.headBefore = h.headBefore, head
		root, h.rootBefore = h.rootBefore, root
	}
	t := journal.Tail{Head: head}
	from := after
	if head.Generation > 0 && (after == 0 || after < head.Floor) || h.fault == "always gives the root" {
		t.Root = h.copy(root, false)
		from = max(after, head.Floor)
	}
	switch h.fault {
	case "forgets the root":
		t.Root = nil
	case "remembers the head of its opening":
		t.Head = h.headBefore
	case "reads below the floor":
		from = after
	}
	for _, p := range slices.Sorted(maps.Keys(h.entries)) {
		if p > from {
			t.Entries = append(t.Entries, h.copy(h.entries[p], false))
		}
	}
	if len(t.Entries) > 0 || h.fault == "gives a first position without entries" {
		t.First = from + 1
	}
	switch {
	case h.fault == "counts from one":
		t.First = min(t.First, 1)
	case h.fault == "gives a thousand entries at most" && len(t.Entries) > 1000:
		t.Entries = t.Entries[:1000]
	}
	return t, nil
}
