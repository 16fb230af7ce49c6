package datasync

import "sync"

// statusBoard keeps the client's status and tells listeners when it changes.
type statusBoard struct {
	// telling is held while listeners are called, so that they hear changes in order.
	telling   sync.Mutex
	mu        sync.Mutex
	now       Status
	listeners map[int]func(Status)
	next      int
}

func newStatusBoard() *statusBoard {
	return &statusBoard{now: Status{Phase: PhaseIdle, Online: true}, listeners: map[int]func(Status){}}
}

// update changes the status; listeners hear of it when it differs.
func (b *statusBoard) update(change func(*Status)) {
	b.telling.Lock()
	defer b.telling.Unlock()
	b.mu.Lock()
	before := b.now
	change(&b.now)
	after := b.now
	var listeners []func(Status)
	if after != before {
		for _, fn := range b.listeners {
			listeners = append(listeners, fn)
		}
	}
	b.mu.Unlock()
	for _, fn := range listeners {
		fn(after)
	}
}

// phase sets what the client is doing and returns the way back.
func (b *statusBoard) phase(p Phase, table string) (back func()) {
	var before Status
	b.update(func(s *Status) {
		before = *s
		s.Phase, s.Table = p, table
	})
	return func() {
		b.update(func(s *Status) { s.Phase, s.Table = before.Phase, before.Table })
	}
}

// finished notes how a push, pull or sync ended.
func (c *Client) finished(err error) {
	if CodeOf(err) == CodeCancelled || CodeOf(err) == CodeClosed {
		return
	}
	c.status.update(func(s *Status) {
		s.LastError = err
		if err == nil {
			s.LastSuccess = c.options.Clock.Now()
		}
	})
}

// answered notes whether a request got an answer.
func (c *Client) answered(ok bool) {
	if !ok {
		c.reached.Store(false)
	}
	c.status.update(func(s *Status) { s.Online = ok })
}

// Status is what the client is doing now.
func (c *Client) Status() Status {
	c.status.mu.Lock()
	defer c.status.mu.Unlock()
	return c.status.now
}

// OnStatus calls fn after each change of the status until stop is called. fn must not wait.
func (c *Client) OnStatus(fn func(Status)) (stop func()) {
	b := c.status
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.next
	b.next++
	b.listeners[id] = fn
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.listeners, id)
	}
}
