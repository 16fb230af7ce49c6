package datasync

import (
	"context"

	"tidetable/datasync/jsonrow"
)

// outcomeKind is what an answer means for an operation, all things considered.
type outcomeKind uint8

const (
	// applied: the server has what was sent; row is its copy now, nil when it has none.
	applied outcomeKind = iota
	// appliedElse: our insert did arrive, but the row has moved on; row is what it is now.
	appliedElse
	// disputed: the server's row is another one.
	disputed
	// refused: the server will not take the operation as it is.
	refused
	// notNow: the server did not take it now and will later; the run stops.
	notNow
	// unknown: it may or may not have arrived; the run stops.
	unknown
	// repeated: it was refused beside others and is tried once more, alone.
	repeated
)

// outcome is the result of sending one operation.
type outcome struct {
	kind    outcomeKind
	row     []byte
	failure OperationError
	answer  Answer
}

// send sends a claimed operation and finds out what the answer means; it asks the server
// further where the answer alone does not say. An error means that no answer came.
func (r *pushRun) send(ctx context.Context, c claim) (outcome, error) {
	if c.before != nil {
		return *c.before, nil
	}
	remote, o := r.client.options.Remote, c.op
	var answer Answer
	var err error
	switch o.action {
	case Insert:
		answer, err = remote.Insert(ctx, o.table, c.row)
	case Update:
		answer, err = remote.Update(ctx, o.table, o.id, c.row, c.version)
	case Delete:
		if !c.known {
			return r.sendBlindDelete(ctx, c)
		}
		answer, err = remote.Delete(ctx, o.table, o.id, c.version)
	}
	if err != nil {
		return outcome{}, err
	}
	r.client.answered(true)
	return r.judge(ctx, c, answer)
}

// judge turns an answer into an outcome.
func (r *pushRun) judge(ctx context.Context, c claim, a Answer) (outcome, error) {
	switch a.Verdict {
	case Done:
		if c.op.action == Delete {
			return outcome{kind: applied}, nil
		}
		return outcome{kind: applied, row: a.Row}, nil
	case Mismatch:
		return r.judgeConflict(ctx, c, a)
	case Gone:
		return r.judgeGone(ctx, c, a)
	case Unauthorized:
		return stopping(notNow, CodeAuth, a), nil
	case Unavailable:
		return r.judgeSetback(ctx, c, stopping(unknown, CodeServer, a))
	case NotATableServer:
		return r.judgeSetback(ctx, c, stopping(unknown, CodeNotATableServer, a))
	}
	if c.retried {
		return r.judgeRefusal(ctx, c, refusalOf(a))
	}
	return refusalOf(a), nil
}

// refusalOf is an answer that says no for good.
func refusalOf(a Answer) outcome {
	return outcome{kind: refused, answer: a, failure: OperationError{Code: CodeRefused, Status: a.Status, Message: a.Message}}
}

// setbackCap is how often a server may fail over one operation, while it serves others,
// before that counts as a refusal.
const setbackCap = 3

// setback tells whether the server failed over this operation in a way that may be its
// own fault: not by being busy or away.
func (out outcome) setback() bool {
	switch status := out.answer.Status; status {
	case 408, 425, 429, 503:
		return false
	default:
		return out.kind == unknown && status >= 400 && out.failure.Code != CodeAuth
	}
}

// judgeSetback looks closer when a server fails over one operation again and again.
func (r *pushRun) judgeSetback(ctx context.Context, c claim, out outcome) (outcome, error) {
	if !out.setback() || c.op.setbacks+1 < setbackCap {
		return out, nil
	}
	probe, err := r.client.options.Remote.Page(ctx, PageRequest{Table: c.op.table, Query: firstRow})
	if err != nil {
		return outcome{}, err
	}
	if probe.Verdict != Done {
		return out, nil
	}
	out.kind = refused
	return r.judgeRefusal(ctx, c, out)
}

// judgeRefusal finds out whether an earlier attempt was applied before this one was refused.
func (r *pushRun) judgeRefusal(ctx context.Context, c claim, refusal outcome) (outcome, error) {
	found, err := r.client.options.Remote.Lookup(ctx, c.op.table, c.op.id)
	if err != nil {
		return outcome{}, err
	}
	switch found.Verdict {
	case Done:
		gone := deletedOnServer(found.Row)
		if gone && c.revives(found.Row) || !gone && c.known && versionOf(found.Row) == c.version {
			return refusal, nil
		}
		return compare(c, found.Row), nil
	case Gone:
		if c.op.action == Insert {
			return refusal, nil
		}
		return compare(c, nil), nil
	case Unauthorized:
		return stopping(unknown, CodeAuth, found), nil
	case Unavailable:
		return stopping(unknown, CodeServer, found), nil
	case NotATableServer:
		return stopping(unknown, CodeNotATableServer, found), nil
	}
	return refusal, nil
}

// judgeConflict finds out which row the server has, and whether it is ours after all.
func (r *pushRun) judgeConflict(ctx context.Context, c claim, a Answer) (outcome, error) {
	row := a.Row
	if row == nil {
		found, err := r.client.options.Remote.Lookup(ctx, c.op.table, c.op.id)
		if err != nil {
			return outcome{}, err
		}
		switch found.Verdict {
		case Done:
			row = found.Row
		case Gone:
			if c.op.action == Insert { // something else than the id is in the way
				return refusalOf(a), nil
			}
		default:
			return r.judge(ctx, c, found)
		}
		if c.known && row != nil && c.version != "" && versionOf(row) == c.version && !deletedOnServer(row) {
			return refusalOf(a), nil // nobody changed the row
		}
	}
	if row != nil && deletedOnServer(row) && c.revives(row) {
		answer, err := r.client.options.Remote.Undelete(ctx, c.op.table, c.op.id, c.row, versionOf(row))
		if err != nil {
			return outcome{}, err
		}
		if answer.Verdict != Mismatch {
			return r.judge(ctx, c, answer)
		}
		row = answer.Row
	}
	out := compare(c, row)
	out.failure.Status, out.answer = a.Status, a
	return out, nil
}

// revives tells whether an insert may bring back a tombstone that has its id. It may
// not when an earlier attempt may be the very row that was then deleted by somebody.
func (c claim) revives(tombstone []byte) bool {
	return c.op.action == Insert && (c.op.revives || c.op.tries == 1 || !jsonrow.Covers(tombstone, c.row))
}

// judgeGone tells a row that is gone from a table that was never there.
func (r *pushRun) judgeGone(ctx context.Context, c claim, a Answer) (outcome, error) {
	if c.op.action == Insert || a.Status == 404 && !r.serves(c.op.table) {
		probe, err := r.client.options.Remote.Page(ctx, PageRequest{Table: c.op.table, Query: firstRow})
		if err != nil {
			return outcome{}, err
		}
		switch probe.Verdict {
		case Done:
			r.servesNow(c.op.table)
		case Gone:
			message := "the server has no table '" + c.op.table + "'; create it there and retry"
			return outcome{kind: refused, answer: a, failure: OperationError{Code: CodeTableNotFound, Status: a.Status, Message: message}}, nil
		default:
			return r.judge(ctx, c, probe.Answer)
		}
	}
	switch c.op.action {
	case Delete:
		return outcome{kind: applied}, nil
	case Insert:
		return refusalOf(a), nil
	}
	out := compare(c, nil)
	out.failure.Status, out.answer = a.Status, a
	return out, nil
}

// sendBlindDelete deletes a row whose version is not known: it is read first, so that
// only what was once sent from here is deleted.
func (r *pushRun) sendBlindDelete(ctx context.Context, c claim) (outcome, error) {
	found, err := r.client.options.Remote.Lookup(ctx, c.op.table, c.op.id)
	if err != nil {
		return outcome{}, err
	}
	if found.Verdict != Done {
		return r.judge(ctx, c, found)
	}
	if deletedOnServer(found.Row) {
		return outcome{kind: applied}, nil
	}
	if !c.op.ownID {
		return compare(c, found.Row), nil
	}
	answer, err := r.client.options.Remote.Delete(ctx, c.op.table, c.op.id, versionOf(found.Row))
	if err != nil {
		return outcome{}, err
	}
	return r.judge(ctx, c, answer)
}

// compare holds what was sent against the row that the server has (nil or a tombstone:
// none). Rows that say the same are no conflict.
func compare(c claim, server []byte) outcome {
	if server != nil && deletedOnServer(server) {
		server = nil
	}
	switch {
	case server == nil && c.op.action == Delete:
		return outcome{kind: applied}
	case server != nil && c.row != nil && jsonrow.Covers(server, c.row):
		return outcome{kind: applied, row: server}
	case server != nil && c.op.action == Insert && c.op.ownID:
		return outcome{kind: appliedElse, row: server}
	}
	message := "the row was changed on the server meanwhile"
	if server == nil {
		message = "the row was deleted on the server"
	} else if c.op.action == Insert {
		message = "the server already has another row with this id"
	}
	return outcome{kind: disputed, row: server, failure: OperationError{Code: CodeConflict, Message: message}}
}

func stopping(kind outcomeKind, code Code, a Answer) outcome {
	return outcome{kind: kind, answer: a, failure: OperationError{Code: code, Status: a.Status, Message: a.Message}}
}
