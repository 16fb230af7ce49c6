package datasync

import (
	"bytes"
	"context"
)

// askLock keeps the handler from being asked two things at once: it may show a dialog.
const askLock = "ask"

// decide asks the handlers about what failed in this run, and about the conflicts that
// earlier ones left, with no lock held. It tells whether there is anything to send again.
func (r *pushRun) decide(ctx context.Context, leave bool) (again bool) {
	c := r.client
	if !c.handled() {
		return false
	}
	for _, o := range c.Operations() {
		switch {
		case o.State != Conflicted && !r.failedNow(o.Seq) || r.tables != nil && !r.tables[o.Table]:
		case c.handlerFor(o.State) == nil:
		case leave:
			c.askLater(o.Seq)
		default:
			r.fail(o.Seq)
		}
	}
	if leave {
		return false
	}
	for _, seq := range r.failed {
		before := c.revisionOf(seq)
		if revision, asked := r.asked[seq]; asked && before == revision || r.repeated(ctx, seq) {
			continue
		}
		answer, err := c.ask(ctx, seq)
		switch {
		case ctx.Err() != nil:
			r.stop(PushCancelled, ctx.Err())
			return false
		case err != nil:
			r.stop(PushStore, err)
			return false
		case answer == askedInVain:
			r.asked[seq] = before
			again = again || c.revisionOf(seq) != before // the handler edited the row itself
		case answer == askedCancel:
			r.stop(PushCancelled, context.Canceled)
			return false
		default:
			again = true
		}
	}
	return again
}

// repeatCap is how often a handler is asked in one push about an operation that fails each
// time while the server's row stays as it is. As long as that changes it is asked again.
const repeatCap = 5

// repeat counts the questions about an operation since the server's row last changed.
type repeat struct {
	count  int
	server []byte
}

// repeated tells whether the handler was asked about this often enough.
func (r *pushRun) repeated(ctx context.Context, seq uint64) bool {
	failed, found, err := r.client.conflict(ctx, seq)
	if err != nil || !found {
		return false
	}
	known := r.repeats[seq]
	if !bytes.Equal(known.server, failed.Server) {
		known = repeat{server: failed.Server}
	}
	known.count++
	r.repeats[seq] = known
	return known.count > repeatCap
}

// handled tells whether anybody wants to be asked.
func (c *Client) handled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.handlers.Conflict != nil || c.handlers.Error != nil
}

// handlerFor returns who decides about an operation in that state; nil: nobody.
func (c *Client) handlerFor(state OpState) FailureHandler {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == Conflicted {
		return c.handlers.Conflict
	}
	return c.handlers.Error
}

// askedAnswer is what came of asking.
type askedAnswer uint8

const (
	// askedInVain: nobody decided.
	askedInVain askedAnswer = iota
	// askedResolved: the conflict is decided, or the row was edited meanwhile.
	askedResolved
	// askedCancel: the push shall end.
	askedCancel
)

// ask puts one failed operation before its handler and carries out what it says. An error
// is the store's, or tells that ctx has ended.
func (c *Client) ask(ctx context.Context, seq uint64) (askedAnswer, error) {
	release, err := c.asking.Lock(ctx, askLock)
	if err != nil {
		return askedInVain, err
	}
	defer release()
	for {
		revision := c.revisionOf(seq)
		conflict, found, err := c.conflict(ctx, seq)
		handler := c.handlerFor(conflict.Operation.State)
		if err != nil || !found || handler == nil {
			return askedInVain, err
		}
		resolution, ok := answerOf(ctx, handler, conflict)
		if !ok || resolution.Kind == ResolveLater {
			return askedInVain, ctx.Err()
		}
		if resolution.Kind == CancelPush {
			return askedCancel, nil
		}
		outdated := false
		stands := func(o *operation, server []byte) bool {
			// A pull may have brought a newer row of the server: nobody has decided about that one.
			outdated = o.revision == revision && !bytes.Equal(server, conflict.Server)
			// An edit made meanwhile goes out instead of what was decided.
			return o.revision == revision && !outdated
		}
		_, err = c.resolve(ctx, seq, stands, resolution)
		if code := CodeOf(err); code == CodeInvalidRow || code == CodeInvalidID || code == CodeInvalidOptions {
			return askedInVain, nil // a decision that cannot be carried out is none
		} else if err != nil {
			return askedInVain, err
		}
		if !outdated {
			return askedResolved, nil
		}
	}
}

// answerOf waits for a handler's decision, but not for one that does not hear that ctx
// has ended. ok is false when there is none.
func answerOf(ctx context.Context, handler FailureHandler, failed Conflict) (resolution Resolution, ok bool) {
	decided := make(chan Resolution, 1)
	go func() {
		defer close(decided)
		if resolution, err := handler(ctx, failed); err == nil {
			decided <- resolution
		}
	}()
	select {
	case resolution, ok = <-decided:
		return resolution, ok
	case <-ctx.Done():
		return Resolution{}, false
	}
}

// askLater asks in the background and has the decision sent. A handler that put the
// decision off is asked again by the next push, but never twice at once.
func (c *Client) askLater(seq uint64) {
	c.mu.Lock()
	busy := c.asked[seq]
	c.asked[seq] = true
	c.mu.Unlock()
	if busy || !c.begin() {
		return
	}
	go func() {
		defer c.running.Done()
		answer, err := c.ask(c.ctx, seq)
		c.mu.Lock()
		delete(c.asked, seq)
		c.mu.Unlock()
		if err == nil && answer == askedResolved {
			c.auto.written()
		}
	}()
}

// revisionOf is the present revision of an operation, -1 when it has ended.
func (c *Client) revisionOf(seq uint64) int {
	c.state.mu.RLock()
	defer c.state.mu.RUnlock()
	if o := c.state.queue.bySeq[seq]; o != nil {
		return o.revision
	}
	return -1
}
