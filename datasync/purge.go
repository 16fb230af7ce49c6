package datasync

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tidetable/datasync/journal"
	"tidetable/datasync/query"
)

// PurgeOptions says what a purge may drop.
type PurgeOptions struct {
	// Force also purges rows with pending operations, and drops those operations.
	Force bool
	// KeepTokens leaves what is remembered about pulls, so that the purged rows come back
	// only when they change. Otherwise the next pull brings them again.
	KeepTokens bool
	// Push pushes first; what fails then stops the purge.
	Push bool
}

// Purge removes the rows that match q from this device only: the server keeps them. It
// is one entry: all or nothing. It returns the number of rows. Codes: pending-operations
// while rows that match have operations pending and Force is not set, invalid-query,
// push-failed.
func (t *Table) Purge(ctx context.Context, q query.Query, o PurgeOptions) (int, error) {
	count, err := t.purge(ctx, q, o)
	return count, wrap(err, "purge", t.name, "")
}

func (t *Table) purge(ctx context.Context, q query.Query, o PurgeOptions) (int, error) {
	if len(q.OrderBy) > 0 || q.Skip != 0 || q.HasTake || len(q.Select) > 0 {
		return 0, &Error{Code: CodeInvalidQuery, Msg: "a purge takes a condition only"}
	}
	keep, err := query.Compile(q.Filter)
	if err != nil {
		return 0, err
	}
	if o.Push {
		if _, err := t.client.Push(ctx, PushOptions{}); err != nil {
			return 0, err
		}
	}
	count := 0
	err = t.writeQuietly(ctx, func(d *draft) error {
		matches := d.purgeable(t.name, keep)
		pending := 0
		for _, id := range matches {
			if len(d.operations(t.name, id)) > 0 {
				pending++
			}
		}
		if pending > 0 && !o.Force {
			return &Error{Code: CodePending, Msg: "rows with pending operations: " + strconv.Itoa(pending) + "; push them, or purge with force to drop them"}
		}
		count = len(matches)
		d.purge(t.name, matches, o.KeepTokens)
		return nil
	})
	return count, err
}

// purgeable lists the rows that match, also those deleted here whose deletion is pending.
func (d *draft) purgeable(table string, filter *query.Predicate) (ids []string) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	data := d.state.tables[table].data
	data.Each(func(id, row []byte) bool {
		if filter.Match(row) {
			ids = append(ids, string(id))
		}
		return true
	})
	for _, o := range d.state.queue.bySeq {
		if o.table != table || data.Visible(o.id) != nil {
			continue
		}
		if base := data.Record(o.id).Server.Row; base == nil || filter.Match(base) {
			ids = append(ids, o.id)
		}
	}
	slices.Sort(ids) // a row may have two operations
	return slices.Compact(ids)
}

// purge drops rows with their operations and, unless told otherwise, the table's tokens.
func (d *draft) purge(table string, ids []string, keepTokens bool) {
	var removed []byte
	for _, id := range ids {
		for _, o := range d.operations(table, id) {
			d.end(o)
		}
		removed = journal.AppendString(removed, id)
	}
	if len(ids) > 0 {
		d.add(journal.Change{Kind: changeRemoved, Table: table, Data: removed})
	}
	if !keepTokens {
		d.dropTokens(table)
	}
	d.sealed = true
}

// dropTokens forgets how far the table was pulled.
func (d *draft) dropTokens(table string) {
	d.state.mu.RLock()
	defer d.state.mu.RUnlock()
	for key := range d.state.tokens {
		if key.table == table {
			d.add(journal.Change{Kind: changeToken, Table: table, Key: key.queryID})
		}
	}
}

// Resync reads a table anew: it forgets how far it was pulled under every query id, pulls,
// and removes what the server has no more. Pending operations stay. Codes as Pull.
func (t *Table) Resync(ctx context.Context, o PullOptions) (PullResult, error) {
	o.Compare = true
	err := o.check()
	if err == nil {
		err = t.writeQuietly(ctx, func(d *draft) error { d.dropTokens(t.name); return nil })
	}
	if err != nil {
		return PullResult{}, wrap(err, "resync", t.name, "")
	}
	return t.Pull(ctx, o)
}

// LastPulled is when a pull of the table last ended well, the zero time when none did:
// "never pulled" is not the same as "no rows". Pulls that brought nothing are remembered by
// the context that made them, until it closes.
func (c *Client) LastPulled(table string) time.Time {
	c.state.mu.RLock()
	at := c.state.pulled[table]
	c.state.mu.RUnlock()
	c.mu.Lock()
	at = max(at, c.pulled[table])
	c.mu.Unlock()
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(at))
}
