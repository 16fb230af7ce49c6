package datasync

// collect lists the operations that failed in this run and are still queued.
func (r *pushRun) collect() {
	s := r.client.state
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, seq := range r.failed {
		o := s.queue.bySeq[seq]
		if o == nil || o.failure == nil && r.held[seq] == nil {
			continue
		}
		failed := PushError{Operation: o.public()}
		if o.failure == nil {
			failed.Operation.Error = r.held[seq]
		}
		if t := s.tables[o.table]; t != nil && t.data != nil {
			record := t.data.Record(o.id)
			failed.Client, failed.Server = record.Visible(), record.Theirs.Row
		}
		r.result.Errors = append(r.result.Errors, failed)
	}
}

// err is what Push fails with, nil when everything was sent.
func (r *pushRun) err() error {
	if r.cause == nil && len(r.result.Errors) == 0 {
		return nil
	}
	result := r.result
	e := &Error{Code: CodePushFailed, Op: "push", Push: &result, Err: r.cause}
	switch result.Reason {
	case PushComplete:
		e.Msg = "the server did not take every operation; they stay queued, see result.errors"
	case PushNetwork:
		e.Msg = "the server cannot be reached; the operations stay queued"
	case PushAuth:
		e.Msg = "the server asks for a sign-in; the operations stay queued"
	case PushServer:
		e.Msg = "the server cannot serve now; the operations stay queued"
		if CodeOf(r.cause) == CodeNotATableServer {
			e.Msg = "something else than the table server answered; the operations stay queued"
		}
	case PushStore:
		e.Msg = "the local store failed"
	case PushCancelled:
		e.Msg = "cancelled; the operations stay queued"
		if r.client.ctx.Err() != nil {
			e.Code, e.Msg = CodeClosed, errClosed.Msg
		}
	}
	return e
}

// blame ends the run when 401 was the last word: the token is to blame, not the rows.
func (r *pushRun) blame() {
	r.mu.Lock()
	suspects := len(r.suspects)
	r.mu.Unlock()
	if suspects > 0 {
		r.stop(PushAuth, &Error{Code: CodeAuth, Msg: "the server asks for a sign-in"})
	}
}

// suspect notes an operation that was answered with 401. When a second one is, before
// any other succeeds, it is the token. Those that were suspects in earlier pushes do not
// count: two of them at the head of the queue must not block it for ever.
func (r *pushRun) suspect(seq uint64) {
	known := r.client.suspect(seq)
	r.mu.Lock()
	r.suspects = append(r.suspects, seq)
	r.aside[seq] = true
	if !known {
		r.surprises++
	}
	many := r.surprises > 1
	r.mu.Unlock()
	r.fail(seq)
	if many {
		r.blame()
	}
}

// maxSuspects bounds how many requests a refused token costs in one push.
const maxSuspects = 8

// suspect remembers an operation answered with 401 and tells whether it was one before.
func (c *Client) suspect(seq uint64) (known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known = c.suspects[seq]
	if !known && len(c.suspects) < maxSuspects {
		c.suspects[seq] = true
	}
	return known
}

// trust forgets the suspects: an operation was taken.
func (c *Client) trust() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.suspects)
}

// clear parks the first suspects: an operation that left after their 401 succeeded with
// the same token, so it is their rows that the server refuses.
func (r *pushRun) clear(suspects int) {
	r.client.trust()
	r.mu.Lock()
	r.surprises = 0
	if suspects > len(r.suspects) {
		suspects = len(r.suspects)
	}
	guilty := r.suspects[:suspects]
	r.suspects = r.suspects[suspects:]
	r.mu.Unlock()
	for _, seq := range guilty {
		_, err := r.client.commit(r.client.ctx, r.client.options.Pulls, madePush, func(d *draft) error {
			if o := d.operation(seq); o != nil && o.state == Attempted {
				failure := *o.failure
				failure.Code = CodeRefused
				d.failed(o, Parked, outcome{failure: failure})
			}
			return nil
		})
		if err != nil {
			r.stop(PushStore, err)
		}
	}
}
