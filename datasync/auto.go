package datasync

import (
	"errors"
	"sync"
	"time"
)

// Trigger is an event of the outside world that may start a sync.
type Trigger uint8

// The triggers.
const (
	// TriggerOnline: the browser reports a network.
	TriggerOnline Trigger = iota + 1
	// TriggerOffline: the browser reports that there is none.
	TriggerOffline
	// TriggerVisible: the page is shown again.
	TriggerVisible
)

// firstRetry is the wait after the first failure, unless the interval is shorter.
const firstRetry = 5 * time.Second

// auto decides when to sync without being asked, and nothing else.
//
//	waiting --(trigger or timer)--> running --(ended)--> waiting, with the next time set
//
// A trigger during a run makes one more run follow. Failures set the timer to firstRetry
// and stretch it up to twice its interval; a success sets it back.
type auto struct {
	client *Client

	mu       sync.Mutex
	options  AutoSync
	failures int
	running  bool
	// again and wrote tell what came during a run: a trigger, local writes.
	again, wrote bool
	stopped      bool
	// cancel stops the timer that is set.
	cancel func()
}

func newAuto(c *Client, options AutoSync) *auto { return &auto{client: c, options: options} }

// SetAuto changes when to sync without being asked.
func (c *Client) SetAuto(options AutoSync) {
	a := c.auto
	a.mu.Lock()
	a.options = options
	a.failures = 0
	a.unset()
	a.mu.Unlock()
	a.start()
}

// Trigger tells of an event that may start a sync.
func (c *Client) Trigger(t Trigger) {
	a := c.auto
	a.mu.Lock()
	options := a.options
	a.mu.Unlock()
	switch {
	case t == TriggerOffline:
		c.status.update(func(s *Status) { s.Online = false })
	case t == TriggerOnline && options.Online, t == TriggerVisible && options.Visible:
		a.run()
	}
}

// start begins when the client opens.
func (a *auto) start() {
	a.mu.Lock()
	options := a.options
	a.mu.Unlock()
	if options.Enabled && options.Start {
		a.run()
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.plan(a.options.Timer)
}

// written tells of a local write: sync soon, unless a failure says to wait.
func (a *auto) written() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running {
		a.wrote = true
		return
	}
	if a.failures == 0 && a.options.Writes > 0 {
		a.plan(a.options.Writes)
	}
}

// run syncs now, or once more when a run is under way.
func (a *auto) run() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stopped || !a.options.Enabled {
		return
	}
	if a.running {
		a.again = true
		return
	}
	if !a.client.begin() {
		return
	}
	a.running = true
	a.unset()
	go a.sync()
}

func (a *auto) sync() {
	defer a.client.running.Done()
	_, err := a.client.sync(a.client.ctx, PushOptions{LeaveConflicts: true})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = false
	again, wrote := a.again, a.wrote
	a.again, a.wrote = false, false
	wait := a.options.Timer
	switch {
	case unreachable(err):
		a.failures++
		wait = a.backoff(err)
	case again:
		a.failures, wait = 0, a.options.Writes
		if wait <= 0 {
			wait = time.Millisecond
		}
	default:
		a.failures = 0
		if wrote && a.options.Writes > 0 {
			wait = a.options.Writes
		}
	}
	a.plan(wait)
}

// backoff is the wait after a failure: it doubles up to twice the interval, with an
// eighth of jitter either way.
func (a *auto) backoff(err error) time.Duration {
	timer := a.options.Timer
	wait := min(min(firstRetry, timer)<<min(a.failures-1, 16), 2*timer)
	wait += time.Duration((a.client.options.Random() - 0.5) * float64(wait) / 4)
	if e, ok := errors.AsType[*Error](err); ok && wait > 0 {
		wait = max(wait, e.RetryAfter)
		if e.Push != nil {
			wait = max(wait, e.Push.RetryAfter)
		}
	}
	return wait
}

// unreachable tells whether an error means that syncing again soon is of no use.
func unreachable(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err != nil
	}
	return e.Push == nil || e.Push.Reason != PushComplete
}

// plan sets the timer; zero or less sets none. The caller holds mu.
func (a *auto) plan(wait time.Duration) {
	a.unset()
	if a.stopped || !a.options.Enabled || wait <= 0 {
		return
	}
	due := a.client.options.Clock.Now().Add(wait)
	a.cancel = a.client.options.Clock.AfterFunc(wait, a.run)
	a.tell(due)
}

func (a *auto) unset() {
	if a.cancel != nil {
		a.cancel()
		a.cancel = nil
		a.tell(time.Time{})
	}
}

// tell shows in the status when the next try is, while there are failures.
func (a *auto) tell(due time.Time) {
	if a.failures == 0 {
		due = time.Time{}
	}
	a.client.status.update(func(s *Status) { s.NextRetry = due })
}

func (a *auto) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopped = true
	a.unset()
}
