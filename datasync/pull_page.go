package datasync

import (
	"bytes"

	"tidetable/datasync/journal"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
	"tidetable/datasync/rows"
)

// page puts the rows of a page into the draft and seals it: what else is decided in the
// same commit could not see them.
func (d *draft) page(table string, f fetched) PullResult {
	var counts PullResult
	var packer rows.Packer
	var removed []byte
	for _, row := range f.page.Rows {
		system, _ := jsonrow.Scan(row)
		id := system.ID
		if d.state.answeredSince(table, id, f.left) {
			counts.Skipped++
			continue
		}
		record := d.record(table, id)
		switch pending := len(d.operations(table, id)) > 0; {
		case pending:
			counts.Skipped++
			d.bring(table, id, row, system.Deleted)
		case system.Deleted:
			if record.Server.Row != nil {
				counts.Deleted++
				removed = journal.AppendString(removed, id)
			}
		case sameRow(record.Server.Row, row, system.Version):
		default:
			if record.Server.Row == nil {
				counts.Inserted++
			} else {
				counts.Updated++
			}
			packer.Add(id, row, timeOf(row))
		}
	}
	if removed != nil {
		d.add(journal.Change{Kind: changeRemoved, Table: table, Data: removed})
	}
	for _, data := range packer.Pages() {
		name := d.state.log.NewName()
		d.pages = append(d.pages, journal.Named{Name: name, Kind: journal.KindRows, Data: data})
		d.add(journal.Change{Kind: changePage, Table: table, Key: name})
	}
	d.sealed = true
	return counts
}

// bring notes the server's copy of a row that has operations pending.
func (d *draft) bring(table, id string, row []byte, deleted bool) {
	record := d.record(table, id)
	if deleted {
		row = nil
	}
	known := record.Server
	if record.Theirs.Set {
		known = record.Theirs
	}
	if string(known.Row) != string(row) {
		// A copy: the row is a part of the whole answer, which it would keep in memory.
		d.row(changeBring, table, id, bytes.Clone(row))
	}
}

// sameRow tells whether a row that arrives is the one that is here.
func sameRow(here, row []byte, version string) bool {
	if here == nil {
		return false
	}
	return string(here) == string(row) || version != "" && versionOf(here) == version && jsonrow.Equal(here, row)
}

// removeUnseen removes the rows that match a comparing pull's filter and that the server
// did not show. Rows with operations, and rows that got an answer since, stay.
func (d *draft) removeUnseen(p *pullRun) int {
	table := p.table.name
	keep, err := query.Compile(p.options.Query.Filter)
	if err != nil {
		return 0 // the server took the filter that we cannot run: nothing is certain
	}
	var unseen []string
	d.state.mu.RLock()
	d.state.tables[table].data.Each(func(id, row []byte) bool {
		if !p.seen[string(id)] && d.state.answered[rowKey{table, string(id)}] <= p.began && keep.Match(row) {
			unseen = append(unseen, string(id))
		}
		return true
	})
	d.state.mu.RUnlock()
	var removed []byte
	count := 0
	for _, id := range unseen {
		if len(d.operations(table, id)) == 0 {
			removed = journal.AppendString(removed, id)
			count++
		}
	}
	if count > 0 {
		d.add(journal.Change{Kind: changeRemoved, Table: table, Data: removed})
	}
	return count
}

// token is what is stored about a query id, nil for nothing.
func (d *draft) token(table, queryID string) []byte {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	return d.state.tokens[tokenKey{table, queryID}]
}

// pulled notes when a table was pulled, in the same entry as what came with it. Nothing
// is written for the note alone, unless it is the first one.
func (d *draft) pulled(table string, now instant) {
	d.state.mu.RLock()
	_, before := d.state.pulled[table]
	d.state.mu.RUnlock()
	if before && len(d.changes) == 0 {
		return
	}
	d.add(journal.Change{Kind: changePulled, Table: table, Data: journal.AppendUint(nil, uint64(now))})
}
