package journal

import (
	"context"
	"strconv"
)

// Entry is one decoded entry of the journal.
type Entry struct {
	Position Position
	// Origin is the engine's mark of what made the entry.
	Origin uint8
	// Author is the random id of the context that wrote it.
	Author string
	// Changes in the order they were made.
	Changes []Change

	size   int
	chunks []string
}

// Named is a page to be stored with an entry, of any size.
type Named struct {
	Name string
	Kind Kind
	Data []byte
}

// Log is the journal as one context sees it: it seals records, cuts what is too large
// for one of them into chunks, and knows how far the context has folded. It is used by
// one goroutine at a time; only ReadPages may be called beside the others.
type Log struct {
	store  Store
	author string
	newID  func() string
	at     Position
	head   Head
	// backlog is what the entries since the last compaction weigh.
	backlog Backlog
	// chunks names the chunk pages that the entries since the last compaction, and what
	// that one left, lie in.
	chunks []string
}

// Backlog is how much a compaction would fold.
type Backlog struct{ Entries, Bytes int }

// Caught is what other contexts have written since.
type Caught struct {
	// Compacted tells that the journal was compacted beyond what this context had folded:
	// Root then holds the changes that make the state anew, as it was at Floor.
	Compacted bool
	Root      []Change
	Floor     Position
	// Entries follow, in order.
	Entries []Entry

	head   Head
	chunks []string
}

// NewLog makes the view of a context that has folded nothing yet. newID gives random
// ids that are never used twice, for the context and for the pages it writes.
func NewLog(store Store, newID func() string) *Log {
	return &Log{store: store, author: newID(), newID: newID}
}

// Position is the last position that was folded.
func (l *Log) Position() Position { return l.at }

// Author is this context's own mark in the entries it writes.
func (l *Log) Author() string { return l.author }

// NewName makes a name for a page that no other page ever had or will have.
func (l *Log) NewName() string { return l.newID() }

// Append writes one entry behind everything that was folded so far, with its pages, and
// counts it as folded. After ErrTaken or ErrBehind call CatchUp and decide again.
func (l *Log) Append(ctx context.Context, e Entry, pages []Named, d Durability) (Position, error) {
	a := Append{Base: l.at, Durability: d}
	for _, p := range pages {
		a.Pages = l.pack(a.Pages, p)
	}
	payload := AppendString([]byte{e.Origin}, l.author)
	for _, c := range e.Changes {
		payload = AppendChange(payload, c)
	}
	before := len(a.Pages)
	a.Entry, a.Pages = l.chunk(a.Pages, KindEntry, payload)
	chunks := namesOf(a.Pages[before:])
	if err := l.store.Append(ctx, a); err != nil {
		return 0, err
	}
	l.at++
	l.weigh(len(payload))
	l.chunks = append(l.chunks, chunks...)
	return l.at, nil
}

// CatchUp reads what other contexts have written since. It counts as folded once Restored
// and Folded were called.
func (l *Log) CatchUp(ctx context.Context) (Caught, error) { return l.read(ctx, l.at) }

// ReadAll reads what makes the state anew from the start, whatever was folded.
func (l *Log) ReadAll(ctx context.Context) (Caught, error) {
	caught, err := l.read(ctx, 0)
	caught.Compacted = true
	return caught, err
}

func (l *Log) read(ctx context.Context, after Position) (Caught, error) {
	tail, err := l.store.Tail(ctx, after)
	if err != nil {
		return Caught{}, err
	}
	if tail.Head.MinFormat > Format {
		return Caught{}, ErrUpdateRequired
	}
	caught := Caught{Floor: tail.Head.Floor, head: tail.Head}
	if tail.Root != nil {
		caught.Compacted = true
		if caught.Root, caught.chunks, err = l.readRoot(ctx, tail.Root); err != nil {
			return Caught{}, err
		}
	}
	for i, record := range tail.Entries {
		e, err := l.decode(ctx, record)
		if err != nil {
			return Caught{}, err
		}
		e.Position = tail.First + Position(i)
		caught.Entries = append(caught.Entries, e)
	}
	return caught, nil
}

// readRoot reads what a compaction left.
func (l *Log) readRoot(ctx context.Context, record []byte) (changes []Change, chunks []string, err error) {
	kind, payload, chunks, err := l.open(ctx, record)
	if err != nil {
		return nil, nil, err
	}
	if kind != KindRoot {
		return nil, nil, ErrUpdateRequired
	}
	changes, err = Changes(payload)
	return changes, chunks, err
}

// Restored notes that the state was made anew from a root.
func (l *Log) Restored(c Caught) {
	l.at, l.head, l.backlog = c.Floor, c.head, Backlog{}
	l.chunks = c.chunks
}

// Folded notes that an entry was folded.
func (l *Log) Folded(e Entry) {
	l.at = max(l.at, e.Position)
	l.weigh(e.size)
	l.chunks = append(l.chunks, e.chunks...)
}

// Backlog is how much a compaction would fold.
func (l *Log) Backlog() Backlog { return l.backlog }

func (l *Log) weigh(bytes int) {
	l.backlog.Entries++
	l.backlog.Bytes += bytes
}

// Compact replaces all that was folded by the changes that make the same state, with new
// pages; remove names pages that nothing refers to any more. ErrTaken or ErrBehind tell
// that another context was faster; nothing was changed then.
func (l *Log) Compact(ctx context.Context, root []Change, pages []Named, remove []string) error {
	var payload []byte
	for _, c := range root {
		payload = AppendChange(payload, c)
	}
	c := Compaction{Upto: l.at, Generation: l.head.Generation, Remove: append(l.chunks[:len(l.chunks):len(l.chunks)], remove...)}
	for _, p := range pages {
		c.Pages = l.pack(c.Pages, p)
	}
	before := len(c.Pages)
	c.Root, c.Pages = l.chunk(c.Pages, KindRoot, payload)
	if err := l.store.Compact(ctx, c); err != nil {
		return err
	}
	l.head.Floor, l.head.Generation = c.Upto, c.Generation+1
	l.chunks, l.backlog = namesOf(c.Pages[before:]), Backlog{}
	return nil
}

func namesOf(pages []Page) []string {
	var names []string
	for _, p := range pages {
		names = append(names, p.Name)
	}
	return names
}

// ReadPages reads pages of rows by name, a few at a time. A page that is gone is nil.
func (l *Log) ReadPages(ctx context.Context, names []string) ([][]byte, error) {
	payloads := make([][]byte, 0, len(names))
	for len(names) > 0 {
		n := min(len(names), MaxPagesPerRead)
		records, err := l.store.Pages(ctx, names[:n])
		if err != nil {
			return nil, err
		}
		for _, record := range records {
			if record == nil {
				payloads = append(payloads, nil)
				continue
			}
			kind, payload, _, err := l.open(ctx, record)
			if err != nil {
				return nil, err
			}
			if kind != KindRows {
				return nil, ErrDamaged
			}
			payloads = append(payloads, payload)
		}
		names = names[n:]
	}
	return payloads, nil
}

// Close closes the store.
func (l *Log) Close() error { return l.store.Close() }

func (l *Log) decode(ctx context.Context, record []byte) (Entry, error) {
	kind, payload, chunks, err := l.open(ctx, record)
	if err != nil {
		return Entry{}, err
	}
	if kind >= FirstOptional {
		return Entry{chunks: chunks}, nil
	}
	if kind != KindEntry {
		return Entry{}, ErrUpdateRequired
	}
	d := NewDecoder(payload)
	e := Entry{Origin: d.Byte(), Author: d.String(), size: len(payload), chunks: chunks}
	if d.Err() != nil {
		return Entry{}, d.Err()
	}
	e.Changes, err = Changes(d.rest)
	return e, err
}

// open unseals a record and gathers its chunks.
func (l *Log) open(ctx context.Context, record []byte) (kind Kind, payload []byte, chunks []string, err error) {
	kind, flags, payload, err := unseal(record)
	if err != nil || flags&flagChunked == 0 {
		return kind, payload, nil, err
	}
	for d := NewDecoder(payload); d.More(); {
		chunks = append(chunks, d.String())
	}
	var whole []byte
	for names := chunks; len(names) > 0; {
		n := min(len(names), MaxPagesPerRead)
		records, err := l.store.Pages(ctx, names[:n])
		if err != nil {
			return 0, nil, nil, err
		}
		for _, record := range records {
			if record == nil {
				return 0, nil, nil, ErrBehind
			}
			_, _, part, err := unseal(record)
			if err != nil {
				return 0, nil, nil, err
			}
			whole = append(whole, part...)
		}
		names = names[n:]
	}
	return kind, whole, chunks, nil
}

// pack seals a named page of any size behind the others.
func (l *Log) pack(pages []Page, p Named) []Page {
	record, pages := l.chunk(pages, p.Kind, p.Data)
	return append(pages, Page{Name: p.Name, Data: record})
}

// chunk seals a payload; one that does not fit in a record goes into chunk pages.
func (l *Log) chunk(pages []Page, kind Kind, payload []byte) ([]byte, []Page) {
	const room = MaxRecord - recordHeader
	if len(payload) <= room {
		return seal(kind, 0, payload), pages
	}
	var list []byte
	id := l.newID()
	for n := 0; len(payload) > 0; n++ {
		size := min(len(payload), room)
		name := id + "." + strconv.Itoa(n)
		pages = append(pages, Page{Name: name, Data: seal(KindChunk, 0, payload[:size])})
		list = AppendString(list, name)
		payload = payload[size:]
	}
	return seal(kind, flagChunked, list), pages
}
