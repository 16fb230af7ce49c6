//go:build js && wasm

package syncjs

// This file asks the page's push handler.

import (
	"context"
	"sync"

	"tidetable/datasync"
)

// codeHandlerFailed is the code of an operation whose handler threw.
const codeHandlerFailed datasync.Code = "handler-failed"

// patience is how often the page is asked about one refused operation without having
// pushed itself: a handler that has it sent again each time must not keep on for ever.
const patience = 5

// handle says which steps of a push the page takes part in.
func handle(_ context.Context, s *session, args arguments) ([]byte, error) {
	var handlers datasync.PushHandlers
	if args.flag("operation") {
		handlers.Operation = s.handOver
	}
	if args.flag("conflict") {
		handlers.Conflict = func(ctx context.Context, failed datasync.Conflict) (datasync.Resolution, error) {
			return s.askAbout(ctx, "conflict", failed)
		}
	}
	if args.flag("error") {
		handlers.Error = func(ctx context.Context, failed datasync.Conflict) (datasync.Resolution, error) {
			if s.askedTooOften(failed.Operation.Seq) {
				return datasync.Resolution{}, nil
			}
			return s.askAbout(ctx, "error", failed)
		}
	}
	if args.flag("complete") {
		handlers.Complete = s.pushed
	}
	s.client.SetPushHandlers(handlers)
	return nil, nil
}

func (s *session) askAbout(ctx context.Context, kind string, failed datasync.Conflict) (datasync.Resolution, error) {
	answer, err := s.engine.ask(ctx, s.number, kind, encodeConflict(failed), nil)
	if err != nil {
		return datasync.Resolution{}, err
	}
	resolution := resolutionOf(arguments(answer.raw("value")))
	if resolution.Row != nil {
		resolution.Row = exact(resolution.Row, failed.Server, failed.Client)
	}
	return resolution, nil
}

func (s *session) askedTooOften(seq uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals[seq]++
	return s.refusals[seq] > patience
}

// beginPush is called when the page pushes: whoever asks for it has new patience.
func (s *session) beginPush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.refusals)
}

// pushed tells the page how a push ended, and waits until it has dealt with that.
func (s *session) pushed(ctx context.Context, result datasync.PushResult) {
	if ctx.Err() != nil {
		s.engine.tell(s.number, "pushed", encodePush(result))
		return
	}
	// What the handler throws the page has reported, and the push has ended anyway.
	_, _ = s.engine.ask(ctx, s.number, "complete", encodePush(result), nil)
}

// handOver lets the page send an operation.
func (s *session) handOver(ctx context.Context, call *datasync.OperationCall) error {
	o := &sending{ctx: ctx, session: s, call: call}
	question := begin().raw("operation", encodeOperation(call.Operation)).raw("row", call.Row).end()
	_, err := s.engine.ask(ctx, s.number, "operation", question, o)
	o.end()
	if ctx.Err() != nil {
		call.CancelPush() // before the next operation is handed over
	}
	return err
}

// sending is an operation in the hands of the page, as long as its handler runs.
type sending struct {
	ctx     context.Context // the push's
	session *session
	call    *datasync.OperationCall

	// mu is held while the operation is being sent: there is one request at a time, and
	// the push does not go on while there is one.
	mu    sync.Mutex
	tried bool
	ended bool
}

func (o *sending) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
}

// send sends the operation that the page is asked about.
func send(_ context.Context, s *session, args arguments) ([]byte, error) {
	o := s.engine.sendingOf(args.int("ask"))
	if o == nil {
		return nil, errReturned
	}
	return o.send(args.raw("row"))
}

// cancelPush ends the push of the operation that the page is asked about.
func cancelPush(_ context.Context, s *session, args arguments) ([]byte, error) {
	if o := s.engine.sendingOf(args.int("ask")); o != nil {
		o.call.CancelPush()
	}
	return nil, nil
}

var errReturned = &datasync.Error{Code: datasync.CodeInvalidOptions, Op: "send",
	Msg: "the operation is out of the handler's hands: onOperation has returned, or the push has ended"}

// send sends the operation, with row as the local one unless row is nil. What became of
// it is part of the answer: an error comes with what the page needs to decide.
func (o *sending) send(row []byte) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return nil, errReturned
	}
	if row != nil {
		row = exact(row, o.call.Row)
	}
	seq := o.call.Operation.Seq
	if o.tried {
		reopened, err := o.reopen(seq, row)
		if err != nil {
			return nil, err
		}
		if reopened {
			row = nil
		}
	}
	o.tried = true
	answer, err := o.call.Send(o.ctx, row)
	// A named policy may have decided the conflict already.
	for range patience {
		if datasync.CodeOf(err) != datasync.CodeConflict {
			break
		}
		op, queued := o.session.operation(seq)
		if !queued {
			answer, err = o.session.local(o.ctx, o.call.Operation), nil
		} else if op.State != datasync.Conflicted {
			answer, err = o.call.Send(o.ctx, nil)
		} else {
			break
		}
	}
	switch datasync.CodeOf(err) {
	case "":
		return begin().raw("row", answer).end(), nil
	case datasync.CodeInvalidRow, datasync.CodeInvalidID:
		return nil, err // the row that was given did not become the local one
	}
	return o.failed(seq, err), nil
}

// reopen makes an operation that has failed ready to be sent once more. A row that the
// page has changed since is its decision, also about a conflict, and is queued with it;
// without one a conflict stays.
func (o *sending) reopen(seq uint64, row []byte) (changed bool, err error) {
	op, queued := o.session.operation(seq)
	switch {
	case !queued || op.State != datasync.Conflicted && op.State != datasync.Parked:
		return false, nil
	case row == nil:
		return false, o.session.client.Retry(o.ctx, seq)
	}
	return true, o.session.client.Resolve(o.ctx, seq, datasync.Resolution{
		Kind: datasync.MergeRow, Row: exact(row, o.session.server(o.ctx, seq)),
	})
}

// failed describes why an operation was not sent, with the server's row in a conflict.
func (o *sending) failed(seq uint64, err error) []byte {
	answer := begin().raw("error", encodeError(err))
	if op, queued := o.session.operation(seq); queued && op.Error != nil {
		answer.int("status", op.Error.Status)
		if op.State == datasync.Conflicted {
			answer.raw("server", o.session.server(o.ctx, seq))
		}
	}
	return answer.end()
}
