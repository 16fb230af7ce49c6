package datasync

import (
	"tidetable/datasync/jsonrow"
)

// record makes an outcome durable.
func (r *pushRun) record(c claim, out outcome) {
	client, seq := r.client, c.op.seq
	// What the server has done cannot be cancelled here any more.
	_, err := client.commit(client.ctx, client.options.Pulls, madePush, func(d *draft) error {
		o := d.operation(seq)
		if o == nil {
			d.orphaned(c, out)
			return nil
		}
		switch out.kind {
		case applied:
			d.applied(o, out.row)
		case appliedElse:
			d.appliedElse(o, out.row)
		case disputed:
			d.failed(o, Conflicted, out)
		case refused:
			d.failed(o, Parked, out)
		default:
			d.put(o.kept(out, c.previous.state))
		}
		return nil
	})
	if err != nil {
		r.stop(PushStore, err)
		return
	}
	r.after(c.op, out)
}

// orphaned takes in the answer to an operation that ended while it was on its way: it was
// discarded, or another context has sent it, too.
func (d *draft) orphaned(c claim, out outcome) {
	table, id := c.op.table, c.op.id
	here := d.record(table, id).Server.Row
	if out.kind != applied || versionOf(here) != c.version && !newerThan(out.row, here) {
		return // what is here is newer than the answer
	}
	left := d.operations(table, id)
	if len(left) == 0 {
		d.row(changeSettle, table, id, out.row)
		return
	}
	d.row(changeRebase, table, id, out.row)
	first := *left[0]
	switch {
	case first.action == Insert && out.row != nil:
		first.action = Update
	case first.action == Update && out.row == nil:
		first.action, first.revives = Insert, true
	default:
		return
	}
	d.put(first)
}

// kept is the operation as an outcome leaves it that ended nothing.
func (o *operation) kept(out outcome, before OpState) operation {
	next := *o
	switch out.kind {
	case repeated:
		next.state = before
		return next
	case notNow:
		if before != Sent { // else an earlier attempt may still have been applied
			next.state = Attempted
		}
	}
	if out.setback() {
		next.setbacks++
	}
	next.failure = &out.failure
	return next
}

// after draws the run's consequences from an outcome.
func (r *pushRun) after(o *operation, out outcome) {
	r.retryAfter(out.answer.RetryAfter)
	r.client.reached.Store(out.kind != unknown && out.kind != notNow)
	switch out.kind {
	case applied, appliedElse:
		r.mu.Lock()
		r.result.Sent++
		r.mu.Unlock()
		r.progress(1)
		r.client.checkVersion(o.table, out.row)
	case repeated:
	case refused:
		r.fail(o.seq)
	case disputed:
		r.fail(o.seq)
		r.applyPolicy(o)
	case notNow:
		r.suspect(o.seq)
	default:
		reason := PushServer
		if out.failure.Code == CodeAuth {
			reason = PushAuth
		}
		r.fail(o.seq)
		r.stop(reason, &Error{Code: out.failure.Code, Table: o.table, ID: o.id, Msg: out.failure.Message})
	}
}

// applyPolicy resolves a conflict by the table's named policy.
func (r *pushRun) applyPolicy(o *operation) {
	r.mu.Lock()
	r.policies[o.seq]++
	often := r.policies[o.seq] > policyCap
	r.mu.Unlock()
	resolution := r.client.policyFor(o)
	if often || resolution.Kind == ResolveLater {
		return
	}
	if _, err := r.client.resolve(r.client.ctx, o.seq, nil, resolution); err != nil {
		r.stop(PushStore, err)
	}
}

// checkVersion warns about a table whose rows carry no version.
func (c *Client) checkVersion(table string, row []byte) {
	if row != nil && versionOf(row) == "" {
		c.warn(CodeNoVersion, table, "the server's rows carry no version: conflicts cannot be found, the last write wins")
	}
}

// warn tells of something once per table.
func (c *Client) warn(code Code, table, msg string) {
	if c.options.Warn == nil {
		return
	}
	key := string(code) + " " + table
	c.mu.Lock()
	warned := c.warned[key]
	c.warned[key] = true
	c.mu.Unlock()
	if !warned {
		c.options.Warn(code, table, msg)
	}
}

// applied ends an operation: the server has what was sent and says what its row is now.
func (d *draft) applied(o *operation, row []byte) {
	r := d.record(o.table, o.id)
	ops := d.operations(o.table, o.id)
	d.end(o)
	theirs, newer := r.Theirs.Row, r.Theirs.Set && newerThan(r.Theirs.Row, row)
	if len(ops) == 1 {
		if newer {
			row = theirs
		}
		d.row(changeSettle, o.table, o.id, row)
		return
	}
	second := ops[1]
	d.row(changeRebase, o.table, o.id, row)
	if second.action == Update && row != nil {
		local := merge3(r.Sent.Row, r.Local.Row, row)
		if string(local) == string(row) && !newer {
			d.end(second)
			d.row(changeSettle, o.table, o.id, row)
			return
		}
		d.row(changeEdit, o.table, o.id, local)
	}
	if newer {
		d.row(changeBring, o.table, o.id, theirs)
	}
}

// appliedElse ends our insert whose row was changed on the server since it arrived: what
// was edited here after it left goes out as an update of the present row.
func (d *draft) appliedElse(o *operation, row []byte) {
	r := d.record(o.table, o.id)
	if len(d.operations(o.table, o.id)) > 1 {
		d.applied(o, row)
		return
	}
	local := merge3(r.Sent.Row, r.Local.Row, row)
	if string(local) == string(row) {
		d.applied(o, row)
		return
	}
	next := o.edited()
	next.action = Update
	d.row(changeRebase, o.table, o.id, row)
	d.row(changeEdit, o.table, o.id, local)
	d.put(next)
}

// failed keeps an operation with the reason why it was not taken.
func (d *draft) failed(o *operation, state OpState, out outcome) {
	before := o.revision
	next, ended := d.joined(*o)
	if ended {
		return
	}
	next.state, next.failure = state, &out.failure
	if state == Conflicted {
		d.row(changeBring, o.table, o.id, out.row)
	} else if next.revision != before { // edited since: that may be what the server wants
		next.state, next.failure = Pending, nil
	}
	d.put(next)
}

// newerThan tells whether a copy that a pull brought while our write was under way came
// after the answer to it. Our write matched the version before it, so a tombstone or
// another version is later unless its time says otherwise.
func newerThan(theirs, answer []byte) bool {
	if theirs == nil || answer == nil {
		return theirs == nil && answer != nil
	}
	t, _ := jsonrow.Scan(theirs)
	a, _ := jsonrow.Scan(answer)
	return t.Version != a.Version && laterTime(t.UpdatedAt, a.UpdatedAt)
}
