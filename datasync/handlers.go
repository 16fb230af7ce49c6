package datasync

import (
	"context"
	"errors"
)

// FailureHandler decides what is to become of an operation that failed. It may take
// minutes: no lock is held and other operations go on. An error leaves it for later.
type FailureHandler func(ctx context.Context, failed Conflict) (Resolution, error)

// PushHandlers are the app's own steps in a push; each may be nil.
type PushHandlers struct {
	// Operation is called for each operation instead of sending it; it sends with
	// call.Send, as often as it likes. An operation it does not send stays queued.
	Operation func(ctx context.Context, call *OperationCall) error
	// Conflict decides a conflict that the table's policy leaves open. It is asked as long
	// as the server answers with a conflict.
	Conflict FailureHandler
	// Error decides about an operation that the server refused.
	Error FailureHandler
	// Complete is told the result of every push.
	Complete func(ctx context.Context, result PushResult)
}

// SetPushHandlers sets the app's own steps in a push.
func (c *Client) SetPushHandlers(handlers PushHandlers) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handlers = handlers
}

func (c *Client) pushHandlers() PushHandlers {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.handlers
}

// OperationCall is an operation in the hands of the app.
type OperationCall struct {
	// Operation is what is about to be sent, Row the local row; nil when it is deleted.
	Operation Operation
	Row       []byte
	run       *pushRun
}

// Send sends the operation, with row instead of the local one unless row is nil, and
// returns the server's row. It fails as the push would note it.
func (o *OperationCall) Send(ctx context.Context, row []byte) ([]byte, error) {
	r, seq := o.run, o.Operation.Seq
	if row != nil {
		if err := r.client.rewrite(ctx, o.Operation, row); err != nil {
			return nil, err
		}
	}
	claims, err := r.claim(ctx, []uint64{seq})
	if err != nil {
		return nil, err
	}
	if len(claims) == 0 {
		return nil, &Error{Code: CodeNotFound, Op: "push", Table: o.Operation.Table, ID: o.Operation.ID, Msg: "the operation is not there any more"}
	}
	out := r.push(ctx, claims[0])
	if out.kind == applied || out.kind == appliedElse {
		return out.row, nil
	}
	return nil, &Error{Code: out.failure.Code, Op: "push", Table: o.Operation.Table, ID: o.Operation.ID, Msg: out.failure.Message}
}

// CancelPush ends the push once this operation is dealt with.
func (o *OperationCall) CancelPush() { o.run.stop(PushCancelled, context.Canceled) }

// rewrite changes the row of an operation before it is sent. One that may have been sent
// already keeps what it carries.
func (c *Client) rewrite(ctx context.Context, op Operation, row []byte) error {
	checked, err := Resolution{Kind: MergeRow, Row: row}.checked(op.ID)
	if err != nil {
		return err
	}
	_, err = c.commit(ctx, c.options.Writes, madeLocal, func(d *draft) error {
		o := d.operation(op.Seq)
		if o == nil || o.state == Sent || o.action == Delete {
			return nil
		}
		d.row(changeEdit, op.Table, op.ID, withSystem(checked.Row, d.record(op.Table, op.ID).Server.Row))
		return nil
	})
	return err
}

// handOver lets the app send an operation.
func (r *pushRun) handOver(ctx context.Context, seq uint64, handler func(context.Context, *OperationCall) error) {
	s := r.client.state
	if err := r.loadTables(ctx, []uint64{seq}); err != nil {
		r.stop(PushStore, err)
		return
	}
	s.mu.RLock()
	o := s.queue.bySeq[seq]
	var call *OperationCall
	if o != nil {
		call = &OperationCall{Operation: o.public(), Row: s.tables[o.table].data.Visible(o.id), run: r}
	}
	s.mu.RUnlock()
	if call == nil {
		return
	}
	err := handler(ctx, call)
	// Whatever became of it, this run does not hand it over again.
	r.leave(seq)
	if ctx.Err() != nil {
		r.stop(PushCancelled, ctx.Err())
		return
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		r.mu.Lock()
		if r.held[seq] == nil {
			r.held[seq] = &OperationError{Code: CodeOf(err), Message: err.Error()}
		}
		r.mu.Unlock()
		r.fail(seq)
	}
}
