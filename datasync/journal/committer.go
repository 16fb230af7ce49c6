package journal

import (
	"context"
	"errors"
	"sync"
)

// Draft collects what one entry will say. The engine defines it.
type Draft interface {
	// Entry is what was decided so far; without changes nothing is written.
	Entry() Entry
	// Pages are stored with the entry.
	Pages() []Named
	// Full tells that no further decision may join the entry.
	Full() bool
}

// State is what the committer decides against. Its methods are called by one goroutine.
type State[D Draft] interface {
	// Begin starts a draft on everything folded so far.
	Begin() D
	// Restore makes the state anew from what a compaction left; at is the position of that
	// state. It may wait. ErrBehind tells that a further compaction came between.
	Restore(ctx context.Context, changes []Change, at Position) error
	// Prepare reads what folding the entries of other contexts will need. It may wait.
	// ErrBehind as for Restore.
	Prepare(ctx context.Context, entries []Entry) error
	// Fold applies an entry. pages are those stored with it, when this context wrote it.
	Fold(e Entry, pages []Named)
}

// Committer runs decisions one after another against the folded state and commits those
// that arrive together as one entry (group commit). When another context wrote first it
// folds that in and asks every decision again, so a decision must have no outside effect.
type Committer[D Draft] struct {
	log     *Log
	state   State[D]
	backoff Backoff

	mu     sync.Mutex
	wake   chan struct{}
	jobs   []*job[D]
	closed bool
	done   chan struct{}
	// backlog is the log's, for other goroutines to see.
	backlog Backlog
}

// Backoff waits before another try at a contended position; attempts count from 1.
type Backoff func(ctx context.Context, attempt int) error

// job is one decision waiting for its commit.
type job[D Draft] struct {
	ctx        context.Context
	decide     func(D) error
	compact    func() Snapshot
	reload     bool
	durability Durability
	err        error
	position   Position
	done       chan struct{}
}

// Snapshot is the folded state as a compaction stores it.
type Snapshot struct {
	// Changes make the state anew.
	Changes []Change
	// Pages are stored with them; Remove names pages that nothing refers to any more.
	Pages  []Named
	Remove []string
	// Stored is called when the compaction has happened.
	Stored func()
}

// NewCommitter starts the goroutine that owns log from now on; Close ends it.
func NewCommitter[D Draft](log *Log, state State[D], backoff Backoff) *Committer[D] {
	c := &Committer[D]{log: log, state: state, backoff: backoff, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go c.run()
	return c
}

// Commit asks decide what to write and returns when it is durable, with the position it
// stands at (zero when there was nothing to write). An error of decide is returned as it
// is, and nothing it put into the draft may remain: a decision that fails must not have
// changed the draft. Cancelling ctx has an effect until the commit is issued.
func (c *Committer[D]) Commit(ctx context.Context, d Durability, decide func(D) error) (Position, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	j := &job[D]{ctx: ctx, decide: decide, durability: d, done: make(chan struct{})}
	if !c.enqueue(j) {
		return 0, ErrClosed
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if c.withdraw(j) {
			return 0, ctx.Err()
		}
		<-j.done
	}
	return j.position, j.err
}

// CatchUp folds in what other contexts have written.
func (c *Committer[D]) CatchUp(ctx context.Context) error {
	_, err := c.Commit(ctx, Relaxed, nil)
	return err
}

// Compact replaces the journal so far by a snapshot, between two commits. Another context
// that was faster has done the work: that is no error.
func (c *Committer[D]) Compact(ctx context.Context, snapshot func() Snapshot) error {
	j := &job[D]{ctx: ctx, compact: snapshot, done: make(chan struct{})}
	if !c.enqueue(j) {
		return ErrClosed
	}
	<-j.done
	return j.err
}

// Reload makes the state anew from the store. It is for when something that the state
// names is gone: a compaction has replaced it.
func (c *Committer[D]) Reload(ctx context.Context) error {
	j := &job[D]{ctx: ctx, reload: true, done: make(chan struct{})}
	if !c.enqueue(j) {
		return ErrClosed
	}
	<-j.done
	return j.err
}

// Backlog is how much a compaction would fold. It is a hint for when to compact.
func (c *Committer[D]) Backlog() Backlog {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.backlog
}

// Close lets what is under way end, fails what waits with ErrClosed and closes the store.
func (c *Committer[D]) Close() error {
	c.mu.Lock()
	already := c.closed
	c.closed = true
	c.mu.Unlock()
	if !already {
		c.signal()
	}
	<-c.done
	if already {
		return nil
	}
	return c.log.Close()
}

func (c *Committer[D]) enqueue(j *job[D]) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.jobs = append(c.jobs, j)
	c.signal()
	return true
}

func (c *Committer[D]) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// withdraw takes a job back that no commit has picked up.
func (c *Committer[D]) withdraw(j *job[D]) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, other := range c.jobs {
		if other == j {
			c.jobs = append(c.jobs[:i], c.jobs[i+1:]...)
			return true
		}
	}
	return false
}

// take returns the jobs that wait, or nil and false when the committer is closed.
func (c *Committer[D]) take() (jobs []*job[D], open bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	jobs, c.jobs = c.jobs, nil
	return jobs, !c.closed
}

func (c *Committer[D]) run() {
	defer close(c.done)
	for range c.wake {
		jobs, open := c.take()
		if !open {
			finish(jobs, ErrClosed)
			return
		}
		for len(jobs) > 0 {
			jobs = c.commit(jobs)
		}
	}
}

// commit writes one entry for as many of the jobs as go into it and returns the rest.
func (c *Committer[D]) commit(jobs []*job[D]) (rest []*job[D]) {
	// An entry may not be withdrawn halfway, so it runs without the callers' contexts.
	ctx := context.Background()
	defer c.weigh()
	if j := jobs[0]; j.special() {
		if j.reload {
			finish(jobs[:1], c.follow(ctx, c.log.ReadAll))
		} else {
			finish(jobs[:1], c.compact(ctx, j.compact()))
		}
		return jobs[1:]
	}
	for attempt := 0; ; attempt++ {
		var behind bool
		if attempt > 0 || wantsCatchUp(jobs) {
			if err := c.catchUp(ctx); err != nil {
				finish(jobs, err)
				return nil
			}
		}
		draft, durability, n := c.decide(jobs)
		batch := jobs[:n]
		position, err := c.append(ctx, draft, durability)
		behind = errors.Is(err, ErrTaken) || errors.Is(err, ErrBehind)
		if !behind {
			for _, j := range batch {
				j.position = position
			}
			finish(batch, err)
			return jobs[n:]
		}
		if err := c.backoff(ctx, attempt+1); err != nil {
			finish(jobs, err)
			return nil
		}
	}
}

// decide runs the decisions on a new draft until it is full.
func (c *Committer[D]) decide(jobs []*job[D]) (draft D, durability Durability, n int) {
	draft = c.state.Begin()
	for n = 0; n < len(jobs) && !jobs[n].special() && (n == 0 || !draft.Full()); n++ {
		j := jobs[n]
		j.err = nil
		if j.decide == nil {
			continue
		}
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		j.err = j.decide(draft)
		durability = max(durability, j.durability)
	}
	return draft, durability, n
}

func (c *Committer[D]) append(ctx context.Context, draft D, durability Durability) (Position, error) {
	e := draft.Entry()
	if len(e.Changes) == 0 {
		return 0, nil
	}
	pages := draft.Pages()
	position, err := c.log.Append(ctx, e, pages, durability)
	if err != nil {
		return 0, err
	}
	e.Position, e.Author = position, c.log.Author()
	c.state.Fold(e, pages)
	return position, nil
}

// overtaken is how often catching up begins anew because a compaction came between.
const overtaken = 10

func (c *Committer[D]) catchUp(ctx context.Context) error { return c.follow(ctx, c.log.CatchUp) }

// follow folds in what read brings.
func (c *Committer[D]) follow(ctx context.Context, read func(context.Context) (Caught, error)) error {
	for tries := 1; ; tries++ {
		caught, err := read(ctx)
		if err == nil {
			err = c.fold(ctx, caught)
		}
		if !errors.Is(err, ErrBehind) || tries == overtaken {
			return err
		}
	}
}

func (c *Committer[D]) fold(ctx context.Context, caught Caught) error {
	if caught.Compacted {
		if err := c.state.Restore(ctx, caught.Root, caught.Floor); err != nil {
			return err
		}
		c.log.Restored(caught)
	}
	if err := c.state.Prepare(ctx, caught.Entries); err != nil {
		return err
	}
	for _, e := range caught.Entries {
		c.state.Fold(e, nil)
		c.log.Folded(e)
	}
	return nil
}

func (c *Committer[D]) compact(ctx context.Context, s Snapshot) error {
	err := c.log.Compact(ctx, s.Changes, s.Pages, s.Remove)
	if errors.Is(err, ErrTaken) || errors.Is(err, ErrBehind) {
		return nil
	}
	if err == nil {
		s.Stored()
	}
	return err
}

// weigh shows how much there is to compact.
func (c *Committer[D]) weigh() {
	backlog := c.log.Backlog()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.backlog = backlog
}

func wantsCatchUp[D Draft](jobs []*job[D]) bool {
	for _, j := range jobs {
		if j.decide == nil && !j.special() {
			return true
		}
	}
	return false
}

// special tells that a job is no decision.
func (j *job[D]) special() bool { return j.compact != nil || j.reload }

// finish ends jobs; err counts for those whose decision did not fail itself.
func finish[D Draft](jobs []*job[D], err error) {
	for _, j := range jobs {
		if j.err == nil {
			j.err = err
		}
		close(j.done)
	}
}
