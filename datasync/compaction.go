package datasync

import (
	"context"
	"slices"
	"strconv"

	"tidetable/datasync/journal"
	"tidetable/datasync/rows"
)

// A compaction begins when the entries since the last one are that many or that large.
const (
	compactEntries = 2000
	compactBytes   = 1 << 20
)

// compactSoon compacts in the background when there is enough to fold. It is called
// after each commit, by the committer's goroutine.
func (c *Client) compactSoon() {
	backlog := c.committer.Backlog()
	if backlog.Entries < compactEntries && backlog.Bytes < compactBytes || !c.compacting.CompareAndSwap(false, true) {
		return
	}
	if !c.begin() {
		c.compacting.Store(false)
		return
	}
	go func() {
		defer c.running.Done()
		defer c.compacting.Store(false)
		// A compaction that fails has changed nothing; the next commit tries again.
		_ = c.Compact(c.ctx)
	}()
}

// Compact folds the journal so far into pages and one snapshot. It happens by itself; an
// app need not call it.
func (c *Client) Compact(ctx context.Context) error {
	return wrap(c.committer.Compact(ctx, c.state.snapshot), "compact", "", "")
}

// snapshot is the folded state as changes that make it anew. Only the committer's
// goroutine calls it, so nothing is folded meanwhile.
func (s *state) snapshot() journal.Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	shot := journal.Snapshot{}
	add := func(c journal.Change) { shot.Changes = append(shot.Changes, c) }
	var stored []func()
	for _, name := range s.tableNames() {
		t := s.tables[name]
		if t.data == nil {
			shot.Changes = append(shot.Changes, t.history...)
			continue
		}
		stored = append(stored, s.snapshotTable(&shot, name, t))
	}
	for _, o := range s.queue.all() {
		add(journal.Change{Kind: changeOp, Table: o.table, Key: strconv.FormatUint(o.seq, 10), Data: o.encode()})
	}
	add(journal.Change{Kind: changeNextOp, Key: strconv.FormatUint(s.queue.next, 10)})
	for key, data := range s.tokens {
		add(journal.Change{Kind: changeToken, Table: key.table, Key: key.queryID, Data: data})
	}
	for name, at := range s.pulled {
		add(journal.Change{Kind: changePulled, Table: name, Data: journal.AppendUint(nil, uint64(at))})
	}
	for key, data := range s.config {
		add(journal.Change{Kind: changeConfig, Key: key, Data: data})
	}
	shot.Stored = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, fn := range stored {
			fn()
		}
	}
	return shot
}

// snapshotTable adds a loaded table: its pages, then what lies outside them. Settled rows
// are packed into new pages; stored makes the table in memory use those.
func (s *state) snapshotTable(shot *journal.Snapshot, name string, t *table) (stored func()) {
	left := t.data.Leftover()
	for number, page := range t.pages {
		if page != "" && !slices.Contains(left.Empty, number) {
			shot.Changes = append(shot.Changes, journal.Change{Kind: changePage, Table: name, Key: page})
		}
	}
	for _, number := range left.Empty {
		if t.pages[number] != "" {
			shot.Remove = append(shot.Remove, t.pages[number])
		}
	}
	if len(left.Removed) > 0 {
		var removed []byte
		for _, id := range left.Removed {
			removed = journal.AppendString(removed, id)
		}
		shot.Changes = append(shot.Changes, journal.Change{Kind: changeRemoved, Table: name, Data: removed})
	}
	packed := s.packSettled(left.Settled)
	for _, p := range packed {
		shot.Changes = append(shot.Changes, journal.Change{Kind: changePage, Table: name, Key: p.Name})
	}
	shot.Pages = append(shot.Pages, packed...)
	for id, r := range left.Records {
		shot.Changes = append(shot.Changes, recordChanges(name, id, r)...)
	}
	return func() {
		for _, number := range left.Empty {
			t.pages[number] = ""
			t.data.Drop(number)
		}
		for _, p := range packed {
			page, err := rows.OpenPage(p.Data)
			if err != nil {
				panic("datasync: a page that was just packed cannot be read")
			}
			t.pages = append(t.pages, p.Name)
			t.data.AddPage(page)
		}
	}
}

// packSettled packs rows, by id so that the same rows make the same pages.
func (s *state) packSettled(settled map[string][]byte) []journal.Named {
	ids := make([]string, 0, len(settled))
	for id := range settled {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var packer rows.Packer
	for _, id := range ids {
		packer.Add(id, settled[id], timeOf(settled[id]))
	}
	var pages []journal.Named
	for _, data := range packer.Pages() {
		pages = append(pages, journal.Named{Name: s.log.NewName(), Kind: journal.KindRows, Data: data})
	}
	return pages
}

// recordChanges are the changes that make a record anew on top of the pages.
func recordChanges(table, id string, r rows.Record) []journal.Change {
	var changes []journal.Change
	add := func(kind uint8, data []byte) {
		changes = append(changes, journal.Change{Kind: kind, Table: table, Key: id, Data: data})
	}
	if r.Server.Set {
		add(changeSettle, r.Server.Row)
	}
	if r.Sent.Set {
		add(changeEdit, r.Sent.Row)
		add(changeClaim, nil)
	}
	if r.Local.Set {
		add(changeEdit, r.Local.Row)
	}
	if r.Theirs.Set {
		add(changeBring, r.Theirs.Row)
	}
	return changes
}

// tableNames lists the tables in order.
func (s *state) tableNames() []string {
	names := make([]string, 0, len(s.tables))
	for name := range s.tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Restore makes the state anew from what another context's compaction left. Tables that
// are in memory are read anew, so that what is loaded stays so.
func (s *state) Restore(ctx context.Context, changes []journal.Change, at journal.Position) error {
	pages, err := s.readPages(ctx, changes)
	if err != nil {
		return err
	}
	fresh := newState(s.log, s.changed)
	fresh.prepared = pages
	s.mu.Lock()
	for name, t := range s.tables {
		if t.data != nil {
			fresh.tables[name] = &table{data: rows.NewTable()}
		}
	}
	for _, c := range changes {
		if err := fresh.apply(c); err != nil {
			s.mu.Unlock()
			return err
		}
	}
	var touched []string
	for name := range fresh.tables {
		touched = append(touched, name)
	}
	s.tables, s.queue, s.tokens, s.pulled, s.config = fresh.tables, fresh.queue, fresh.tokens, fresh.pulled, fresh.config
	s.position, s.restored = at, at
	s.mu.Unlock()
	s.changed(OriginOther, touched)
	return nil
}
