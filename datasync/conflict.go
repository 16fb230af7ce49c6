package datasync

import (
	"context"

	"tidetable/datasync/journal"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/rows"
)

// Conflict is an operation that failed, with all records: its State tells whether the
// server has another copy of the row (Conflicted) or refused the operation (Parked).
type Conflict struct {
	Operation Operation
	// Base is the server's copy the local edit started from, nil when there was none.
	Base []byte
	// Client is the local row, nil when it is deleted here.
	Client []byte
	// Server is the server's row, nil when it is deleted there.
	Server []byte
}

// ResolutionKind says what is to become of an operation that failed.
type ResolutionKind uint8

// The kinds of resolutions.
const (
	// ResolveLater leaves the operation queued with its error.
	ResolveLater ResolutionKind = iota
	// KeepClient sends the local row again, on top of the server's copy.
	KeepClient
	// KeepServer drops the operation and shows the newest server copy that is known.
	KeepServer
	// MergeRow sends Resolution.Row instead, on top of the server's copy.
	MergeRow
	// CancelPush leaves the operation as it is and ends the push.
	CancelPush
	// CancelOperation drops the operation and leaves the local row as it is. A row that
	// was deleted here is shown again.
	CancelOperation
	// CancelAndUpdate drops the operation and makes Resolution.Row the local row.
	CancelAndUpdate
	// ChangeAction sends another kind of operation, Resolution.Action, with Resolution.Row
	// if there is one.
	ChangeAction
)

// Resolution is a decision about an operation that failed.
type Resolution struct {
	Kind ResolutionKind
	// Row is the record to send or to show.
	Row []byte
	// Action is the new one, for ChangeAction.
	Action Action
	// Seen is the version of the server's row that the decision is about. When the server
	// has shown another one since, nothing is done and the error has code conflict. Empty:
	// the decision holds for whichever row is there.
	Seen string
}

// Conflicts lists the operations in conflict with all their records.
func (c *Client) Conflicts(ctx context.Context) ([]Conflict, error) {
	var list []Conflict
	for _, o := range c.Operations() {
		if o.State != Conflicted {
			continue
		}
		conflict, found, err := c.conflict(ctx, o.Seq)
		if err != nil {
			return nil, wrap(err, "conflicts", o.Table, o.ID)
		}
		if found {
			list = append(list, conflict)
		}
	}
	return list, nil
}

// conflict reads one operation that failed; found is false when that was solved meanwhile.
func (c *Client) conflict(ctx context.Context, seq uint64) (conflict Conflict, found bool, err error) {
	c.state.mu.RLock()
	o := c.state.queue.bySeq[seq]
	c.state.mu.RUnlock()
	if o == nil {
		return Conflict{}, false, nil
	}
	if err := c.use(ctx, o.table); err != nil {
		return Conflict{}, false, err
	}
	c.state.mu.RLock()
	defer c.state.mu.RUnlock()
	o = c.state.queue.bySeq[seq]
	if o == nil || !o.waits() {
		return Conflict{}, false, nil
	}
	r := c.state.tables[o.table].data.Record(o.id)
	conflict = Conflict{Operation: o.public(), Base: r.Server.Row, Client: r.Visible(), Server: r.Theirs.Row}
	return conflict, true, nil
}

// Resolve decides what is to become of a parked or conflicted operation, at any time.
// Nothing happens when that is solved already. Codes: invalid-row, invalid-options.
func (c *Client) Resolve(ctx context.Context, seq uint64, resolution Resolution) error {
	outdated := false
	stands := func(_ *operation, server []byte) bool {
		outdated = resolution.Seen != "" && versionOf(server) != resolution.Seen
		return !outdated
	}
	changed, err := c.resolve(ctx, seq, stands, resolution)
	if changed {
		c.auto.written()
	}
	if err == nil && outdated {
		err = &Error{Code: CodeConflict, Msg: "the server has another row than the one decided about; look at the conflict again"}
	}
	return wrap(err, "resolve", "", "")
}

// resolve carries out a decision and tells whether it did. stands tells whether it still holds, given the operation
// and the server's row as they are now; nil: it holds in any case.
func (c *Client) resolve(ctx context.Context, seq uint64, stands func(o *operation, server []byte) bool, resolution Resolution) (changed bool, err error) {
	conflict, found, err := c.conflict(ctx, seq)
	if err != nil || !found || resolution.Kind == ResolveLater || resolution.Kind == CancelPush {
		return false, err
	}
	if resolution, err = resolution.checked(conflict.Operation.ID); err != nil {
		return false, err
	}
	if resolution.Kind == ChangeAction && resolution.Action != Delete && resolution.Row == nil && conflict.Client == nil && conflict.Base == nil {
		return false, &Error{Code: CodeInvalidRow, ID: conflict.Operation.ID, Msg: "there is no row here to " + resolution.Action.String() + ": give one"}
	}
	_, err = c.commit(ctx, journal.Strict, madeLocal, func(d *draft) error {
		changed = false
		o := d.operation(seq)
		if o != nil && o.waits() && (stands == nil || stands(o, d.record(o.table, o.id).Theirs.Row)) {
			d.resolve(o, resolution)
			changed = true
		}
		return nil
	})
	return changed, err
}

// checked refuses a resolution that cannot be carried out.
func (r Resolution) checked(id string) (Resolution, error) {
	if r.Kind > ChangeAction || r.Kind == ChangeAction && (r.Action < Insert || r.Action > Delete) {
		return r, &Error{Code: CodeInvalidOptions, ID: id, Msg: "there is no such resolution"}
	}
	if needed := r.Kind == MergeRow || r.Kind == CancelAndUpdate; !needed && r.Row == nil {
		return r, nil
	}
	given, ok, err := rowID(r.Row)
	if err != nil {
		return r, err
	}
	if ok && given != id {
		return r, &Error{Code: CodeInvalidRow, ID: id, Msg: "the row has another id: '" + given + "'"}
	}
	r.Row = withID(jsonrow.Remove(r.Row, systemColumns...), id)
	return r, nil
}

// resolve puts a decision into the draft.
func (d *draft) resolve(o *operation, resolution Resolution) {
	r := d.record(o.table, o.id)
	local := r.Local.Row
	if resolution.Row != nil {
		local = resolution.Row
	}
	switch resolution.Kind {
	case KeepClient, MergeRow:
		d.resend(o, 0, local)
	case ChangeAction:
		if resolution.Action == Delete {
			local = nil
		} else if local == nil {
			local = r.Server.Row
		}
		d.resend(o, resolution.Action, local)
	case CancelOperation, CancelAndUpdate:
		if local == nil {
			d.row(changeRevert, o.table, o.id, nil)
		} else {
			d.row(changeSettle, o.table, o.id, withSystem(local, d.newest(r)))
		}
		d.end(o)
	default:
		d.row(changeRevert, o.table, o.id, nil)
		d.end(o)
	}
}

// newest is the newest server copy that is known.
func (d *draft) newest(r rows.Record) []byte {
	if r.Theirs.Set {
		return r.Theirs.Row
	}
	return r.Server.Row
}

// resend queues an operation again, on top of the newest server copy. The action follows
// from what both sides have, unless one is given.
func (d *draft) resend(o *operation, action Action, local []byte) {
	r := d.record(o.table, o.id)
	base := r.Server.Row
	if r.Theirs.Set {
		base = r.Theirs.Row
		d.row(changeRebase, o.table, o.id, base)
	}
	next := o.edited()
	switch {
	case local == nil && base == nil && action == 0 && o.action != Insert: // deleted on both sides
		d.row(changeSettle, o.table, o.id, nil)
		d.end(o)
		return
	case action != 0:
		next.action = action
	case local == nil:
		next.action = Delete
	case base == nil:
		next.action = Insert
	case o.action != Update:
		next.action = Update
	}
	next.revives = next.action == Insert
	switch {
	case local == nil:
		d.row(changeEdit, o.table, o.id, nil)
	case base == nil:
		d.row(changeEdit, o.table, o.id, jsonrow.Remove(local, systemColumns...))
	default:
		d.row(changeEdit, o.table, o.id, withSystem(local, base))
	}
	d.put(next)
}

// Retry makes parked and conflicted operations be sent again; without seqs, all of them.
func (c *Client) Retry(ctx context.Context, seqs ...uint64) error {
	if len(seqs) == 0 {
		for _, o := range c.Operations() {
			seqs = append(seqs, o.Seq)
		}
	}
	_, err := c.commit(ctx, c.options.Writes, madeLocal, func(d *draft) error {
		for _, seq := range seqs {
			if o := d.operation(seq); o != nil && o.waits() {
				d.put(o.edited())
			}
		}
		return nil
	})
	if err == nil {
		c.auto.written()
	}
	return wrap(err, "retry", "", "")
}

// Discard drops an operation and what was queued behind it for the same row, and shows
// the newest server copy that is known. Codes: not-found.
func (c *Client) Discard(ctx context.Context, seq uint64) error {
	c.state.mu.RLock()
	o := c.state.queue.bySeq[seq]
	c.state.mu.RUnlock()
	if o == nil {
		return &Error{Code: CodeNotFound, Op: "discard", Msg: "there is no such operation"}
	}
	err := c.use(ctx, o.table)
	if err == nil {
		_, err = c.commit(ctx, c.options.Writes, madeLocal, func(d *draft) error {
			if d.operation(seq) == nil {
				return nil
			}
			earlier := false
			for _, other := range d.operations(o.table, o.id) {
				if other.seq >= seq {
					d.end(other)
				} else {
					earlier = true
				}
			}
			if earlier { // the row goes back to what the operation before carries
				d.row(changeEdit, o.table, o.id, d.record(o.table, o.id).Sent.Row)
			} else {
				d.row(changeRevert, o.table, o.id, nil)
			}
			return nil
		})
	}
	return wrap(err, "discard", o.table, o.id)
}
