package datasync

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"tidetable/datasync/journal"
)

// Client is one context's view of a database: its tables, its operations queue and its
// server. All methods may be called concurrently.
type Client struct {
	options   Options
	state     *state
	committer *journal.Committer[*draft]
	feed      *feed
	status    *statusBoard
	auto      *auto
	locker    Locker
	asking    *localLocker

	// ctx ends when the client is closed; work in the background hangs on it.
	ctx    context.Context
	cancel context.CancelFunc

	// compacting is set while a compaction is under way or planned.
	compacting atomic.Bool
	// reached tells that an operation got an outcome and nothing has gone wrong since.
	reached atomic.Bool

	mu       sync.Mutex
	tables   map[string]*Table
	loads    map[string]*loading
	handlers PushHandlers
	// asked holds the failures that a handler is being asked about in the background.
	asked map[uint64]bool
	// warned holds the warnings that were given, by code and table.
	warned map[string]bool
	// suspects holds operations that were answered with 401.
	suspects map[uint64]bool
	// noKeyset holds the tables whose server cannot compare ids.
	noKeyset map[string]bool
	// pulled is when this context's pulls ended that had nothing to write.
	pulled  map[string]instant
	running sync.WaitGroup
}

// loading is a table on its way into memory; calls that want it share it.
type loading struct {
	done chan struct{}
	err  error
}

// Open opens the database in options.Store. It reads the journal and never contacts the
// server. Codes: invalid-options, store, update-required.
func Open(ctx context.Context, options Options) (*Client, error) {
	if err := options.check(); err != nil {
		if options.Store != nil {
			_ = options.Store.Close()
		}
		return nil, err
	}
	if options.Parallel == 0 {
		options.Parallel = 6
	}
	c := &Client{options: options, locker: options.Locker, tables: map[string]*Table{}, loads: map[string]*loading{}, asking: newLocalLocker(), asked: map[uint64]bool{}, warned: map[string]bool{}, suspects: map[uint64]bool{}, noKeyset: map[string]bool{}, pulled: map[string]instant{}}
	if c.locker == nil {
		c.locker = newLocalLocker()
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	log := journal.NewLog(options.Store, options.NewID)
	c.state = newState(log, c.folded)
	c.feed = newFeed(c)
	c.status = newStatusBoard()
	c.auto = newAuto(c, options.Auto)
	c.committer = journal.NewCommitter[*draft](log, c.state, c.backoff)
	err := c.committer.CatchUp(ctx)
	if err == nil {
		err = c.state.damaged()
	}
	if err != nil {
		_ = c.Close()
		return nil, wrap(err, "open", "", "")
	}
	c.learn()
	c.status.update(func(s *Status) { s.Pending = c.Pending() })
	c.auto.start()
	return c, nil
}

// serverSetting is the name under which what was learned of the server is kept.
const serverSetting = "server"

// learn gives the Remote what an earlier one learned, and keeps what it learns.
func (c *Client) learn() {
	learner, ok := c.options.Remote.(Learner)
	if !ok {
		return
	}
	c.state.mu.RLock()
	known := string(c.state.config[serverSetting])
	c.state.mu.RUnlock()
	if known != "" {
		learner.Recall(known)
	}
	learner.Learned(func(known string) {
		// Losing it costs one more question at the next start.
		_, _ = c.commit(c.ctx, journal.Relaxed, madePull, func(d *draft) error {
			d.add(journal.Change{Kind: changeConfig, Key: serverSetting, Data: []byte(known)})
			return nil
		})
	})
}

// traits is what is known of the server; the zero Traits as long as nothing is.
func (c *Client) traits() Traits {
	describer, ok := c.options.Remote.(Describer)
	if !ok {
		return Traits{}
	}
	traits, _ := describer.Traits()
	return traits
}

// check looks for what cannot work.
func (o Options) check() error {
	invalid := func(msg string) error { return &Error{Code: CodeInvalidOptions, Op: "open", Msg: msg} }
	switch {
	case o.Store == nil, o.Remote == nil, o.Clock == nil, o.NewID == nil, o.Random == nil:
		return invalid("Store, Remote, Clock, NewID and Random are required")
	}
	if o.Parallel < 0 || o.Parallel > 16 {
		return invalid("'parallel' must be from 1 to 16")
	}
	for name, t := range o.Tables {
		if !validTableName(name) {
			return invalid("table '" + name + "': a table's name is a letter followed by letters, digits and _")
		}
		switch t.Conflict {
		case "", PolicyFail, PolicyClient, PolicyServer, PolicyMerge, PolicyNone:
		default:
			return invalid("table '" + name + "': unknown conflict policy '" + string(t.Conflict) + "'; use fail, client, server, merge or none")
		}
		for member, parent := range t.References {
			if _, declared := o.Tables[parent]; !declared {
				return invalid("table '" + name + "': '" + member + "' refers to table '" + parent + "', which 'tables' does not declare")
			}
		}
	}
	for _, p := range o.SyncPulls {
		if _, known := o.Tables[p.Table]; o.Tables != nil && !known {
			return invalid("sync.pull names table '" + p.Table + "', which 'tables' does not declare")
		}
	}
	return nil
}

// validTableName allows what every dialect takes in a URL.
func validTableName(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 64
}

// Table returns a sync table. Codes: unknown-table.
func (c *Client) Table(name string) (*Table, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.tables[name]; t != nil {
		return t, nil
	}
	options, declared := c.options.Tables[name]
	if !declared && c.options.Tables != nil {
		return nil, &Error{Code: CodeUnknownTable, Table: name, Msg: "not declared; name it in 'tables' when the client is opened"}
	}
	if !validTableName(name) {
		return nil, &Error{Code: CodeUnknownTable, Table: name, Msg: "a table's name is a letter followed by letters, digits and _"}
	}
	t := &Table{client: c, name: name, options: options}
	c.tables[name] = t
	return t, nil
}

// use makes sure that the client is open and the table is in memory.
func (c *Client) use(ctx context.Context, table string) error {
	if c.ctx.Err() != nil {
		return errClosed
	}
	c.state.mu.RLock()
	t := c.state.tables[table]
	ready := t != nil && t.data != nil
	c.state.mu.RUnlock()
	if ready {
		return nil
	}
	c.mu.Lock()
	l := c.loads[table]
	if l == nil {
		l = &loading{done: make(chan struct{})}
		c.loads[table] = l
		go func() {
			l.err = c.load(table)
			c.mu.Lock()
			delete(c.loads, table)
			c.mu.Unlock()
			close(l.done)
		}()
	}
	c.mu.Unlock()
	select {
	case <-l.done:
		if c.ctx.Err() != nil {
			return errClosed
		}
		return l.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// load brings a table into memory; when a compaction has replaced its pages meanwhile,
// the newer ones.
func (c *Client) load(table string) error {
	for tries := 1; ; tries++ {
		err := c.state.load(c.ctx, table)
		if !errors.Is(err, journal.ErrBehind) {
			return err
		}
		if tries == 10 {
			return journal.ErrDamaged
		}
		if err := c.committer.Reload(c.ctx); err != nil {
			return err
		}
	}
}

var errClosed = &Error{Code: CodeClosed, Msg: "the client is closed; open it again"}

// CatchUp folds in what other contexts have written. Call it when one of them hints.
func (c *Client) CatchUp() {
	if c.ctx.Err() == nil {
		_ = c.committer.CatchUp(c.ctx)
	}
}

// Close stops what runs in the background, waits for the commit under way and closes the
// store. Calls that were waiting fail with closed. Closing twice is allowed.
func (c *Client) Close() error {
	c.mu.Lock()
	c.cancel()
	c.mu.Unlock()
	c.auto.stop()
	c.feed.stop()
	err := c.committer.Close()
	c.running.Wait()
	return wrap(err, "close", "", "")
}

// begin notes that something runs which Close has to wait for; ok is false when the
// client is closed. It ends with running.Done.
func (c *Client) begin() (ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return false
	}
	c.running.Add(1)
	return true
}

// folded is told after each commit, by the committer's goroutine: it must not wait.
func (c *Client) folded(origin Origin, tables []string) {
	c.feed.changed(origin, tables)
	c.status.update(func(s *Status) { s.Pending = c.Pending() })
	if origin != OriginOther && c.options.Hint != nil {
		c.options.Hint()
	}
	c.compactSoon()
}

// backoff waits before another try at a position that another context took: not at all
// the first time, then with jitter so that contexts do not run in step.
func (c *Client) backoff(ctx context.Context, attempt int) error {
	if attempt < 2 {
		return ctx.Err()
	}
	limit := time.Millisecond << min(attempt, 6)
	return c.wait(ctx, time.Duration(c.options.Random()*float64(limit)))
}

// wait sleeps on the injected clock.
func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	done := make(chan struct{})
	stop := c.options.Clock.AfterFunc(d, func() { close(done) })
	defer stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// damaged is the reason why nothing may be written, nil when there is none.
func (s *state) damaged() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.damage
}
