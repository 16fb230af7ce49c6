package datasync

import (
	"context"
	"strconv"
	"sync"

	"tidetable/datasync/journal"
	"tidetable/datasync/rows"
)

// The kinds of changes in an entry. Numbers are durable: never reuse one.
const (
	changeSettle  = 1  // the row is as the server has it (Data; none: it has none), nothing is pending
	changeEdit    = 2  // the app sees Data (none: deleted) while an operation is pending
	changeClaim   = 3  // the row as it is here may be on its way to the server
	changeRebase  = 4  // the pending edit now starts from the server's copy Data
	changeBring   = 5  // a newer server copy Data came beside a pending edit
	changeRevert  = 6  // the pending edit is dropped
	changePage    = 9  // Key names a page of pulled rows
	changeRemoved = 10 // Data lists ids whose rows the server has deleted
	changeOp      = 16 // operation Key is now Data
	changeOpEnd   = 17 // operation Key has ended
	changeNextOp  = 18 // the next operation gets number Key
	changeToken   = 24 // query id Key has been pulled up to Data; none: forget it
	changePulled  = 25 // the table was last pulled at Data
	changeConfig  = 32 // setting Key is now Data
)

// What made an entry, stored in it.
const (
	madeLocal = 1
	madePush  = 2
	madePull  = 3
)

// tokenKey names what was pulled: a table under a query id.
type tokenKey struct{ table, queryID string }

// table is one table of the state. Until it is loaded, what happens to it is remembered.
type table struct {
	// data is nil until the table was first used.
	data *rows.Table
	// history holds the changes since the start, in order, while data is nil.
	history []journal.Change
	// pages names the pages of data, in the order they were added; "" for one that was
	// let go of.
	pages []string
}

// state is the fold over the journal: tables, queue, tokens and settings. The committer's
// goroutine writes it under mu; everybody else reads under mu.
type state struct {
	mu     sync.RWMutex
	log    *journal.Log
	tables map[string]*table
	queue  queue
	tokens map[tokenKey][]byte
	// pulled is when each table was last pulled.
	pulled map[string]instant
	config map[string][]byte
	// position is the last one folded.
	position journal.Position
	// answered holds, while pulls run, where rows last got an answer. A revert is none: it
	// shows what was known before, and a page on its way may have something newer.
	answered map[rowKey]journal.Position
	pulls    int
	// restored is the position of the last state that was made anew: what got an answer up
	// to there is not known.
	restored journal.Position
	// prepared holds pages read ahead for entries of other contexts.
	prepared map[string][]byte
	// damage is set when an entry could not be understood; nothing may be written then.
	damage error
	// changed is told after each fold, outside mu, which tables changed and why.
	changed func(origin Origin, tables []string)
}

func newState(log *journal.Log, changed func(Origin, []string)) *state {
	return &state{
		log: log, tables: map[string]*table{}, queue: newQueue(), tokens: map[tokenKey][]byte{}, pulled: map[string]instant{},
		config: map[string][]byte{}, changed: changed,
	}
}

// Begin starts a draft; it sees everything folded so far.
func (s *state) Begin() *draft { return newDraft(s) }

// Prepare reads the pages that entries of other contexts add to loaded tables.
func (s *state) Prepare(ctx context.Context, entries []journal.Entry) error {
	var changes []journal.Change
	for _, e := range entries {
		changes = append(changes, e.Changes...)
	}
	pages, err := s.readPages(ctx, changes)
	s.prepared = pages
	return err
}

// readPages reads the pages that changes add to loaded tables.
func (s *state) readPages(ctx context.Context, changes []journal.Change) (map[string][]byte, error) {
	s.mu.RLock()
	var names []string
	for _, c := range changes {
		if c.Kind == changePage && s.tables[c.Table] != nil && s.tables[c.Table].data != nil {
			names = append(names, c.Key)
		}
	}
	s.mu.RUnlock()
	payloads, err := s.log.ReadPages(ctx, names)
	if err != nil {
		return nil, err
	}
	pages := make(map[string][]byte, len(names))
	for i, name := range names {
		if payloads[i] == nil {
			return nil, journal.ErrBehind
		}
		pages[name] = payloads[i]
	}
	return pages, nil
}

// Fold applies an entry.
func (s *state) Fold(e journal.Entry, pages []journal.Named) {
	if len(pages) > 0 {
		s.prepared = make(map[string][]byte, len(pages))
		for _, p := range pages {
			s.prepared[p.Name] = p.Data
		}
	}
	s.mu.Lock()
	s.position = e.Position
	var touched []string
	for _, c := range e.Changes {
		if s.pulls > 0 && (c.Kind == changeSettle || c.Kind == changeRebase) {
			s.answered[rowKey{c.Table, c.Key}] = e.Position
		}
		if err := s.apply(c); err != nil && s.damage == nil {
			s.damage = err
		}
		if c.Kind < changeOp && (len(touched) == 0 || touched[len(touched)-1] != c.Table) {
			touched = append(touched, c.Table)
		}
	}
	s.mu.Unlock()
	s.changed(s.origin(e), touched)
}

// watchAnswers remembers from now on which rows get an answer, until done is called.
func (s *state) watchAnswers() (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pulls++; s.pulls == 1 {
		s.answered = map[rowKey]journal.Position{}
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.pulls--; s.pulls == 0 {
			s.answered = nil
		}
	}
}

// answeredSince tells whether a row got an answer behind a position: a page that was
// asked for there may show it as it was before.
func (s *state) answeredSince(table, id string, position journal.Position) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.answered[rowKey{table, id}] > position
}

// at is the last position folded.
func (s *state) at() journal.Position {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.position
}

func (s *state) origin(e journal.Entry) Origin {
	switch {
	case e.Author != s.log.Author():
		return OriginOther
	case e.Origin == madePull:
		return OriginPull
	case e.Origin == madePush:
		return OriginPush
	}
	return OriginLocal
}

// apply folds one change. The caller holds mu.
func (s *state) apply(c journal.Change) error {
	switch {
	case c.Kind < changeOp:
		return s.applyRow(c)
	case c.Kind == changeOp:
		o, err := decodeOperation(c)
		if err != nil {
			return err
		}
		s.queue.put(o)
	case c.Kind == changeOpEnd:
		seq, err := strconv.ParseUint(c.Key, 10, 64)
		if err != nil {
			return journal.ErrDamaged
		}
		s.queue.remove(seq)
	case c.Kind == changeNextOp:
		next, err := strconv.ParseUint(c.Key, 10, 64)
		if err != nil {
			return journal.ErrDamaged
		}
		s.queue.next = max(s.queue.next, next)
	case c.Kind == changeToken:
		key := tokenKey{c.Table, c.Key}
		if len(c.Data) == 0 {
			delete(s.tokens, key)
		} else {
			s.tokens[key] = c.Data
		}
	case c.Kind == changePulled:
		s.pulled[c.Table] = instant(journal.NewDecoder(c.Data).Uint())
	case c.Kind == changeConfig:
		s.config[c.Key] = c.Data
	case c.Kind < uint8(journal.FirstOptional):
		return journal.ErrUpdateRequired
	}
	return nil
}

func (s *state) applyRow(c journal.Change) error {
	t := s.table(c.Table)
	if t.data == nil {
		t.history = append(t.history, c)
		return nil
	}
	return t.apply(c, s.prepared)
}

// apply folds a change into a loaded table.
func (t *table) apply(c journal.Change, pages map[string][]byte) error {
	if c.Kind == changePage {
		t.pages = append(t.pages, c.Key)
	}
	return applyTo(t.data, c, pages)
}

// applyTo folds a change into a loaded table.
func applyTo(t *rows.Table, c journal.Change, pages map[string][]byte) error {
	switch c.Kind {
	case changePage:
		p, err := rows.OpenPage(pages[c.Key])
		if err != nil {
			return err
		}
		t.AddPage(p)
	case changeRemoved:
		for d := journal.NewDecoder(c.Data); d.More(); {
			var r rows.Record
			r.Settle(nil)
			t.Put(d.String(), r)
		}
	default:
		r := t.Record(c.Key)
		if err := applyRecord(&r, c); err != nil {
			return err
		}
		t.Put(c.Key, r)
	}
	return nil
}

// applyRecord folds a change of one row.
func applyRecord(r *rows.Record, c journal.Change) error {
	switch c.Kind {
	case changeSettle:
		r.Settle(c.Data)
	case changeEdit:
		r.Edit(c.Data)
	case changeClaim:
		r.Claim()
	case changeRebase:
		r.Rebase(c.Data)
	case changeBring:
		r.Bring(c.Data)
	case changeRevert:
		r.Revert()
	default:
		return journal.ErrUpdateRequired
	}
	return nil
}

// table returns the named table, made empty when it is new. The caller holds mu.
func (s *state) table(name string) *table {
	t := s.tables[name]
	if t == nil {
		t = &table{}
		s.tables[name] = t
	}
	return t
}
