package datasync

import (
	"context"

	"tidetable/datasync/journal"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// Table is a sync table: reads and writes go to the local store, changes wait in the
// operations queue for a push.
type Table struct {
	client  *Client
	name    string
	options TableOptions
}

// Name is the table's name.
func (t *Table) Name() string { return t.name }

// Insert stores a new row and queues it; a missing id is made. It returns the row as it
// is now stored. Codes: invalid-row, invalid-id, exists, row-too-large.
func (t *Table) Insert(ctx context.Context, row []byte) ([]byte, error) {
	id, given, err := rowID(row)
	if err == nil && !given {
		id = t.client.options.NewID()
		row = withID(row, id)
	}
	if err == nil {
		row = jsonrow.Remove(row, systemColumns...)
		err = t.write(ctx, func(d *draft) error { return d.queueInsert(t.name, id, row, !given) })
	}
	if err != nil {
		return nil, wrap(err, "insert", t.name, id)
	}
	return row, nil
}

// Update sets the given members of a row and queues the change; the others stay. A
// member given with the value that its stored text parses to is not touched. It returns
// the whole row. Codes: invalid-row, invalid-id, not-found, deleted, row-too-large.
func (t *Table) Update(ctx context.Context, patch []byte) ([]byte, error) {
	return t.change(ctx, "update", patch, func(old, patch []byte) []byte {
		return overlay(old, patch)
	})
}

// Replace sets the whole row: members not given are gone. Codes as Update.
func (t *Table) Replace(ctx context.Context, row []byte) ([]byte, error) {
	return t.change(ctx, "replace", row, func(old, row []byte) []byte {
		return withSystem(overlay(keepOnly(old, row), row), old)
	})
}

func (t *Table) change(ctx context.Context, op string, given []byte, apply func(old, given []byte) []byte) ([]byte, error) {
	id, ok, err := rowID(given)
	if err == nil && !ok {
		err = &Error{Code: CodeInvalidID, Msg: "the row needs an 'id' that says which one to change"}
	}
	var row []byte
	if err == nil {
		given = jsonrow.Remove(given, systemColumns...)
		err = t.write(ctx, func(d *draft) error {
			old := d.record(t.name, id).Visible()
			if old == nil {
				return d.missing(t.name, id)
			}
			if row = apply(old, given); len(row) > maxRow {
				return errRowTooLarge
			}
			if string(row) != string(old) {
				d.queueUpdate(t.name, id, row)
			}
			return nil
		})
	}
	if err != nil {
		return nil, wrap(err, op, t.name, id)
	}
	return row, nil
}

// Delete hides a row and queues its deletion. Deleting a row whose deletion is already
// queued changes nothing. Codes: invalid-id, not-found.
func (t *Table) Delete(ctx context.Context, id string) error {
	err := checkID(id)
	if err == nil {
		err = t.write(ctx, func(d *draft) error { return d.queueDelete(t.name, id) })
	}
	return wrap(err, "delete", t.name, id)
}

// Lookup returns one row. Codes: invalid-id, not-found.
func (t *Table) Lookup(ctx context.Context, id string) ([]byte, error) {
	err := checkID(id)
	var row []byte
	if err == nil {
		err = t.read(ctx, func(s *state) error {
			if row = s.tables[t.name].data.Visible(id); row == nil {
				return &Error{Code: CodeNotFound, Msg: "there is no row with this id"}
			}
			return nil
		})
	}
	return row, wrap(err, "lookup", t.name, id)
}

// Read returns the rows that match q. Codes: invalid-query.
func (t *Table) Read(ctx context.Context, q query.Query) (Result, error) {
	result := Result{Count: -1}
	err := t.read(ctx, func(s *state) error {
		answer, err := s.tables[t.name].data.Run(q)
		result.Rows = answer.Rows
		if q.Count {
			result.Count = answer.Count
		}
		return err
	})
	return result, wrap(err, "read", t.name, "")
}

// selection names the members that pulls ask for; nil: all.
func (o TableOptions) selection() []string {
	if len(o.Partial) == 0 {
		return nil
	}
	return append([]string{"id", "version", "updatedAt", "deleted"}, o.Partial...)
}

// fits refuses a table that is kept in part where an update replaces the whole row: what
// is not kept here would be erased there.
func (t *Table) fits() error {
	if len(t.options.Partial) > 0 && t.client.traits().ReplacesRows {
		return &Error{Code: CodeInvalidOptions, Table: t.name, Msg: "'partial' cannot be used with this server: its updates replace whole rows, so the other columns would be erased"}
	}
	return nil
}

// write commits what an app writes; auto-sync hears of it.
func (t *Table) write(ctx context.Context, decide func(*draft) error) error {
	err := t.writeQuietly(ctx, decide)
	if err == nil {
		t.client.auto.written()
	}
	return err
}

// writeQuietly loads the table and commits what decide puts into the draft.
func (t *Table) writeQuietly(ctx context.Context, decide func(*draft) error) error {
	if err := t.fits(); err != nil {
		return err
	}
	if err := t.client.use(ctx, t.name); err != nil {
		return err
	}
	_, err := t.client.commit(ctx, t.client.options.Writes, madeLocal, decide)
	return err
}

// read loads the table and runs fn on the state, which must not change it.
func (t *Table) read(ctx context.Context, fn func(*state) error) error {
	if err := t.client.use(ctx, t.name); err != nil {
		return err
	}
	s := t.client.state
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fn(s)
}

// missing says why a row cannot be changed.
func (d *draft) missing(table, id string) error {
	if l := last(d.operations(table, id)); l != nil && l.action == Delete {
		return &Error{Code: CodeDeleted, Msg: "the row was deleted here; insert it again to bring it back"}
	}
	return &Error{Code: CodeNotFound, Msg: "there is no row with this id; insert it first"}
}

// commit runs a decision of a certain origin.
func (c *Client) commit(ctx context.Context, durability journal.Durability, origin uint8, decide func(*draft) error) (journal.Position, error) {
	return c.committer.Commit(ctx, durability, func(d *draft) error {
		if err := c.state.damaged(); err != nil {
			return err
		}
		before := len(d.changes)
		err := decide(d)
		if err != nil && len(d.changes) != before {
			panic("datasync: a decision failed after it had changed the draft")
		}
		if len(d.changes) != before {
			d.origin = origin
		}
		return err
	})
}
