package datasync

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// PushOptions narrows a push.
type PushOptions struct {
	// Tables whose operations are sent; nil: all.
	Tables []string
	// LeaveConflicts ends the push without waiting for the handlers of conflicts and
	// errors; they are asked all the same and what they decide is sent by the next push.
	LeaveConflicts bool
}

// pushLock is the name under which contexts exclude each other while sending.
const pushLock = "push"

// policyCap is how often a named policy is applied to one operation in one push.
const policyCap = 5

// pushRun is one push under way.
type pushRun struct {
	client *Client
	tables map[string]bool

	// mu guards what lanes share.
	mu     sync.Mutex
	result PushResult
	// cause is why the run stopped early.
	cause error
	// failed holds the operations that failed in this run, in order.
	failed []uint64
	// policies counts how often a policy was applied to an operation.
	policies map[uint64]int
	// asked holds the failures that were left for later, by the revision they had.
	asked map[uint64]int
	// repeats counts the questions about an operation while nothing changed on the server.
	repeats map[uint64]repeat
	// served remembers tables the server is known to have.
	served map[string]bool
	// again holds refused operations to be tried once more, alone.
	again map[uint64]bool
	// aside holds operations that this run leaves.
	aside map[uint64]bool
	// suspects were answered with 401; whether they or the token are to blame, the next
	// operation shows.
	suspects []uint64
	// surprises counts those that were not suspects before.
	surprises int
	// children holds, for rows, the queued operations of rows that refer to them. Only the
	// dispatcher uses it.
	children map[rowKey][]*operation
	// held tells what waits for an operation that failed.
	held map[uint64]*OperationError
}

func newPushRun(c *Client, o PushOptions) *pushRun {
	r := &pushRun{
		client: c, policies: map[uint64]int{}, asked: map[uint64]int{}, repeats: map[uint64]repeat{}, served: map[string]bool{},
		again: map[uint64]bool{}, aside: map[uint64]bool{}, held: map[uint64]*OperationError{},
	}
	r.result.Reason = PushComplete
	if o.Tables != nil {
		r.tables = map[string]bool{}
		for _, t := range o.Tables {
			r.tables[t] = true
		}
	}
	return r
}

// Push sends the queue in order. It returns when every operation has an outcome, or
// stops at the first sign that the server cannot be reached. Unless everything was sent
// the error has code push-failed (or closed) and carries the result.
func (c *Client) Push(ctx context.Context, o PushOptions) (PushResult, error) {
	result, err := c.push(ctx, o)
	c.finished(err)
	return result, err
}

func (c *Client) push(ctx context.Context, o PushOptions) (PushResult, error) {
	if !c.begin() {
		return PushResult{}, wrap(errClosed, "push", "", "")
	}
	defer c.running.Done()
	ctx, cancel := c.within(ctx)
	defer cancel()
	r := newPushRun(c, o)
	for {
		r.drain(ctx)
		if r.stopping() || !r.decide(ctx, o.LeaveConflicts) {
			break
		}
	}
	r.collect()
	err := r.err()
	if complete := c.pushHandlers().Complete; complete != nil {
		complete(ctx, r.result)
	}
	return r.result, err
}

// drain sends until nothing is left to send or the run has to stop.
func (r *pushRun) drain(ctx context.Context) {
	c := r.client
	release, err := c.locker.Lock(ctx, pushLock)
	if err != nil {
		r.stop(PushCancelled, err)
		return
	}
	defer release()
	// Another context may have pushed while this one waited for the lock.
	if err := c.committer.CatchUp(ctx); err != nil {
		r.stop(PushStore, err)
		return
	}
	if err := r.loadReferring(ctx); err != nil {
		r.stop(PushStore, err)
		return
	}
	defer c.status.phase(PhasePushing, "")()
	r.mu.Lock()
	r.aside = map[uint64]bool{}
	r.mu.Unlock()
	r.progress(0)
	r.sendAll(ctx)
	r.blame()
	if !r.stopping() {
		r.noteHeld()
	}
}

// loadReferring brings the queued tables that refer to others into memory, so that who
// has to wait for whom can be seen.
func (r *pushRun) loadReferring(ctx context.Context) error {
	for name, t := range r.client.options.Tables {
		if len(t.References) == 0 || r.client.pendingOf(name) == 0 {
			continue
		}
		if err := r.client.use(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// push sends one claimed operation and records the outcome.
func (r *pushRun) push(ctx context.Context, c claim) outcome {
	r.mu.Lock()
	suspects := len(r.suspects)
	r.mu.Unlock()
	out, err := r.send(ctx, c)
	if err != nil {
		r.stopped(ctx, err)
		return outcome{kind: unknown, failure: OperationError{Code: CodeNetwork, Message: err.Error()}}
	}
	if out.kind == refused && c.beside && r.tryAgain(c.op.seq) {
		out.kind = repeated
	}
	r.record(c, out)
	if out.kind == applied && c.before == nil {
		r.clear(suspects)
	}
	return out
}

// stopping tells whether the run has to end.
func (r *pushRun) stopping() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cause != nil
}

// stop ends the run.
func (r *pushRun) stop(reason PushReason, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause != nil {
		return
	}
	if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		reason = PushCancelled
	}
	r.result.Reason, r.cause = reason, cause
}

// stopped ends the run because no answer came.
func (r *pushRun) stopped(ctx context.Context, err error) {
	if ctx.Err() != nil {
		err = ctx.Err()
	} else {
		r.client.answered(false)
	}
	r.stop(PushNetwork, err)
}

// fail notes an operation that failed in this run, once.
func (r *pushRun) fail(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.failed, seq) {
		r.failed = append(r.failed, seq)
	}
}

// failedNow tells whether an operation failed in this run.
func (r *pushRun) failedNow(seq uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.failed, seq)
}

// leave sets an operation aside for the rest of the run.
func (r *pushRun) leave(seq uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.aside[seq] = true
}

func (r *pushRun) setAside(o *operation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.aside[o.seq]
}

// tryAgain tells whether a refused operation gets another try, alone: rows of one table
// may depend on each other, and this one left beside others.
func (r *pushRun) tryAgain(seq uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.again[seq] {
		return false
	}
	r.again[seq] = true
	return true
}

// serves tells whether the server is known to have a table.
func (r *pushRun) serves(table string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.served[table]
}

func (r *pushRun) servesNow(table string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.served[table] = true
}

// progress counts an operation as done and shows how many there are.
func (r *pushRun) progress(done int) {
	r.client.status.update(func(s *Status) {
		if done == 0 {
			s.Done = 0
		}
		s.Done += done
		s.Total = s.Done + s.Pending
	})
}

// retryAfter keeps the longest time a server asked to wait.
func (r *pushRun) retryAfter(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.RetryAfter = max(r.result.RetryAfter, d)
}

// within makes a context that also ends when the client is closed.
func (c *Client) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}
