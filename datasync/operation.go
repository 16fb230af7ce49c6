package datasync

import (
	"strconv"

	"tidetable/datasync/journal"
)

// operation is one change waiting to be pushed. Operations are never changed in place: a
// new state is a new value put under the same sequence number.
type operation struct {
	seq       uint64
	table, id string
	action    Action
	state     OpState
	// tries counts requests that may have left.
	tries int
	// revision counts the local edits merged into the operation; an answer ends the
	// operation only if the revision it was sent with is still the present one.
	revision int
	// ownID tells that the id was made here, so no other row can have it.
	ownID bool
	// revives tells that the row's tombstone on the server is known and to be brought back.
	revives bool
	// setbacks counts how often the server failed over it while nothing else was wrong.
	setbacks int
	failure  *OperationError
}

// The flags of an encoded operation.
const (
	opOwnID = 1 << iota
	opRevives
	opFailed
)

// encode gives the operation's durable form; seq, table and id are the change's own.
func (o operation) encode() []byte {
	var flags byte
	if o.ownID {
		flags |= opOwnID
	}
	if o.revives {
		flags |= opRevives
	}
	if o.failure != nil {
		flags |= opFailed
	}
	b := []byte{byte(o.action), byte(o.state), flags}
	b = journal.AppendString(b, o.id)
	b = journal.AppendUint(b, uint64(o.tries))
	b = journal.AppendUint(b, uint64(o.revision))
	b = journal.AppendUint(b, uint64(o.setbacks))
	if o.failure != nil {
		b = journal.AppendString(b, string(o.failure.Code))
		b = journal.AppendUint(b, uint64(o.failure.Status))
		b = journal.AppendString(b, o.failure.Message)
	}
	return b
}

// decodeOperation reads back a change made by opChange.
func decodeOperation(c journal.Change) (*operation, error) {
	seq, err := strconv.ParseUint(c.Key, 10, 64)
	if err != nil {
		return nil, journal.ErrDamaged
	}
	d := journal.NewDecoder(c.Data)
	o := &operation{seq: seq, table: c.Table}
	o.action, o.state = Action(d.Byte()), OpState(d.Byte())
	flags := d.Byte()
	o.id = d.String()
	o.tries, o.revision, o.setbacks = int(d.Uint()), int(d.Uint()), int(d.Uint())
	o.ownID, o.revives = flags&opOwnID != 0, flags&opRevives != 0
	if flags&opFailed != 0 {
		o.failure = &OperationError{Code: Code(d.String()), Status: int(d.Uint()), Message: d.String()}
	}
	return o, d.Err()
}

// public is the operation as the app sees it.
func (o *operation) public() Operation {
	p := Operation{Seq: o.seq, Table: o.table, ID: o.id, Action: o.action, State: o.state, Tries: o.tries}
	if o.failure != nil {
		failure := *o.failure
		p.Error = &failure
	}
	return p
}

// waits tells that the operation needs an edit or a decision before it is sent again.
func (o *operation) waits() bool { return o.state == Parked || o.state == Conflicted }
