package datasync

import (
	"context"

	"tidetable/datasync/journal"
)

// claim is an operation that may be on the wire, as it was sent.
type claim struct {
	op *operation
	// row is what is sent, nil for a delete; version is the one to match.
	row     []byte
	version string
	// known tells that the server once had the row.
	known bool
	// retried tells that an earlier attempt with the same row may have been applied.
	retried bool
	// beside tells that it left while an earlier one was unanswered.
	beside bool
	// before is the outcome when no request is needed: the server's newer copy is here.
	before *outcome
	// previous is the operation as it was before the claim.
	previous operation
}

// claim notes durably that operations may be on the wire, before they are. Those that
// cannot be sent any more are left out.
func (r *pushRun) claim(ctx context.Context, seqs []uint64) ([]claim, error) {
	if err := r.loadTables(ctx, seqs); err != nil {
		return nil, err
	}
	var claims []claim
	_, err := r.client.commit(ctx, journal.Strict, madePush, func(d *draft) error {
		claims = claims[:0]
		for _, seq := range seqs {
			if o := d.operation(seq); o != nil && !o.waits() {
				claims = append(claims, r.client.claim(d, o))
			}
		}
		return nil
	})
	return claims, err
}

// claim puts one claim into the draft.
func (c *Client) claim(d *draft, o *operation) claim {
	record := d.record(o.table, o.id)
	// With a second operation behind it the local row is already that one's.
	first := len(d.operations(o.table, o.id)) > 1 && record.Sent.Set
	if o.state != Sent && !first {
		d.row(changeClaim, o.table, o.id, nil)
		record.Claim()
	}
	next := *o
	next.state, next.tries = Sent, o.tries+1
	d.put(next)
	made := claim{
		op: &next, previous: *o, row: record.Sent.Row, version: versionOf(record.Server.Row),
		known: record.Server.Row != nil, retried: o.state == Sent,
	}
	if c.options.Tables[o.table].Conflict == PolicyNone {
		made.version = ""
		return made
	}
	theirs := record.Theirs
	if theirs.Set && o.tries == 0 && (theirs.Row != nil || o.action != Insert) {
		before := compare(made, theirs.Row)
		made.before = &before
	}
	return made
}

// unclaimed are operations for the app to send: nothing is noted before it does.
func (r *pushRun) unclaimed(seqs []uint64) []claim {
	s := r.client.state
	s.mu.RLock()
	defer s.mu.RUnlock()
	var claims []claim
	for _, seq := range seqs {
		if o := s.queue.bySeq[seq]; o != nil {
			claims = append(claims, claim{op: o})
		}
	}
	return claims
}

// unclaim takes a claim back whose operation was not sent after all.
func (r *pushRun) unclaim(c claim) {
	_, err := r.client.commit(r.client.ctx, journal.Relaxed, madePush, func(d *draft) error {
		if o := d.operation(c.op.seq); o != nil && o.state == Sent && len(d.operations(o.table, o.id)) == 1 {
			d.put(c.previous)
		}
		return nil
	})
	if err != nil {
		r.stop(PushStore, err)
	}
}

// loadTables brings the tables of operations into memory.
func (r *pushRun) loadTables(ctx context.Context, seqs []uint64) error {
	for _, name := range r.tablesOf(seqs) {
		if err := r.client.use(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (r *pushRun) tablesOf(seqs []uint64) []string {
	s := r.client.state
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for _, seq := range seqs {
		if o := s.queue.bySeq[seq]; o != nil && (len(names) == 0 || names[len(names)-1] != o.table) {
			names = append(names, o.table)
		}
	}
	return names
}
