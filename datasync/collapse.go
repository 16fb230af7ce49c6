package datasync

// What a local call makes of the operations its row already has. The names of the states
// are those of OpState: an operation that is Sent may have been applied, so it is left
// alone and a second one follows it; any other is changed in place.

// last returns the newest of a row's operations, nil when there is none.
func last(ops []*operation) *operation {
	if len(ops) == 0 {
		return nil
	}
	return ops[len(ops)-1]
}

// queueInsert makes row visible and queues its insert.
func (d *draft) queueInsert(table, id string, row []byte, ownID bool) error {
	if d.record(table, id).Visible() != nil {
		return &Error{Code: CodeExists, Msg: "a row with this id is already here; use update or replace"}
	}
	op := operation{table: table, id: id, action: Insert, state: Pending, ownID: ownID}
	ops := d.operations(table, id)
	switch l := last(ops); {
	case l == nil:
	case l.state == Sent:
		op.revives = true
	default: // a delete that did not reach the server: the row goes on under its version
		op = l.edited()
		if len(ops) > 1 || d.record(table, id).Server.Row != nil {
			op.action = Update
		} else {
			op.action = Insert
		}
	}
	d.row(changeEdit, table, id, row)
	d.put(op)
	return nil
}

// queueUpdate shows row instead of the present one and queues its update.
func (d *draft) queueUpdate(table, id string, row []byte) {
	op := operation{table: table, id: id, action: Update, state: Pending}
	if l := last(d.operations(table, id)); l != nil && l.state != Sent {
		op = l.edited()
	}
	d.row(changeEdit, table, id, row)
	d.put(op)
}

// queueDelete hides the row and queues its delete. Deletes go to the tail of the queue,
// so that a parent is not deleted before children whose deletes were queued earlier.
func (d *draft) queueDelete(table, id string) error {
	ops := d.operations(table, id)
	l := last(ops)
	if d.record(table, id).Visible() == nil {
		if l != nil && l.action == Delete {
			return nil
		}
		return &Error{Code: CodeNotFound, Msg: "there is no row with this id"}
	}
	switch {
	case l == nil || l.state == Sent:
	case l.action == Insert && l.tries == 0: // the server never heard of it
		d.end(l)
		if len(ops) == 1 {
			d.row(changeRevert, table, id, nil)
		} else {
			d.row(changeEdit, table, id, nil)
		}
		return nil
	default:
		d.end(l)
	}
	d.row(changeEdit, table, id, nil)
	d.put(operation{table: table, id: id, action: Delete, state: Pending})
	return nil
}

// edited is the operation after one more local edit: it will be sent (again).
func (o *operation) edited() operation {
	e := *o
	e.state, e.failure, e.setbacks = Pending, nil, 0
	e.revision++
	return e
}

// joined folds an edit that was queued behind o into it, now that o is known to have failed.
func (d *draft) joined(o operation) (op operation, ended bool) {
	ops := d.operations(o.table, o.id)
	if len(ops) < 2 {
		return o, false
	}
	second := ops[1]
	if second.action == Delete {
		// What failed will not be sent again; the delete says all there is to say.
		d.end(&o)
		return o, true
	}
	d.end(second)
	o.revision++
	if o.action == Delete { // and the row was made anew since
		o.action = Update
	}
	return o, false
}
