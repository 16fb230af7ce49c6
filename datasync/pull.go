package datasync

import (
	"context"
	"errors"

	"tidetable/datasync/query"
)

// PushScope says what a pull pushes first when its table has pending operations.
type PushScope string

// The scopes. The zero value is PushAll.
const (
	PushAll   PushScope = "all"
	PushTable PushScope = "table"
	PushNone  PushScope = "none"
)

// PullOptions says what to pull.
type PullOptions struct {
	// Query's filter keeps the rows to pull. With a QueryID nothing but a filter is allowed.
	Query query.Query
	// QueryID names what is remembered about this query, so that the next pull brings only
	// what changed since. Empty: nothing is remembered and every match is fetched.
	QueryID string
	// PageSize is how many rows to ask for at a time; 0 leaves it to the server.
	PageSize int
	// Push says what to push first.
	Push PushScope
	// Compare reads every row that matches and removes those here that the server has no
	// more: rows deleted for good, and rows that left the filter or the user's sight.
	Compare bool
}

// pullLock is the name under which contexts exclude each other while pulling.
const pullLock = "pull"

// Pull brings what changed on the server. Rows with pending operations are left alone;
// the server's copy is noted beside them. A push that comes first and cannot reach the
// server ends the pull with push-failed and nothing pulled; if only single operations
// failed the pull runs and then fails with push-failed, both results in the error.
func (t *Table) Pull(ctx context.Context, o PullOptions) (PullResult, error) {
	result, err := t.pull(ctx, o)
	if err != nil && t.client.ctx.Err() != nil {
		err = errClosed
	}
	err = wrap(err, "pull", t.name, "")
	t.client.finished(err)
	return result, err
}

func (t *Table) pull(ctx context.Context, o PullOptions) (PullResult, error) {
	c := t.client
	if err := o.check(); err != nil {
		return PullResult{}, err
	}
	if err := t.fits(); err != nil {
		return PullResult{}, err
	}
	if !c.begin() {
		return PullResult{}, errClosed
	}
	defer c.running.Done()
	ctx, cancel := c.within(ctx)
	defer cancel()
	pushed, failed := t.pushFirst(ctx, o.Push)
	if failed != nil && pushed.Reason != PushComplete {
		return PullResult{}, failed.of("pull", nil)
	}
	result, err := t.walk(ctx, o)
	if err == nil && failed != nil {
		err = failed.of("pull", &result)
	}
	return result, err
}

// check refuses what a pull cannot do.
func (o PullOptions) check() error {
	q := o.Query
	if len(q.Select) > 0 || q.Count {
		return &Error{Code: CodeInvalidQuery, Msg: "a pull brings whole rows and counts nothing: leave out select and includeTotalCount"}
	}
	if o.QueryID != "" && (len(q.OrderBy) > 0 || q.Skip != 0 || q.HasTake) {
		return &Error{Code: CodeInvalidQuery, Msg: "a pull with a query id remembers how far it got: leave out orderBy, skip and take, or give no query id"}
	}
	if o.Compare && (q.Skip != 0 || q.HasTake) {
		return &Error{Code: CodeInvalidQuery, Msg: "a comparing pull reads every match: leave out skip and take"}
	}
	if o.PageSize < 0 {
		return &Error{Code: CodeInvalidOptions, Msg: "pageSize must be a positive number"}
	}
	switch o.Push {
	case "", PushAll, PushTable, PushNone:
		return nil
	}
	return &Error{Code: CodeInvalidOptions, Msg: "push must be 'all', 'table' or 'none', not '" + string(o.Push) + "'"}
}

// pushFirst pushes when the table has operations pending.
func (t *Table) pushFirst(ctx context.Context, scope PushScope) (PushResult, *Error) {
	if t.client.pendingOf(t.name) == 0 || scope == PushNone {
		return PushResult{Reason: PushComplete}, nil
	}
	var o PushOptions
	if scope == PushTable {
		o.Tables = []string{t.name}
	}
	result, err := t.client.push(ctx, o)
	e, ok := errors.AsType[*Error](err)
	if err != nil && !ok {
		e = &Error{Code: CodeInternal, Err: err}
	}
	return result, e
}

// walk goes over the pages under the lock.
func (t *Table) walk(ctx context.Context, o PullOptions) (PullResult, error) {
	c := t.client
	release, err := c.locker.Lock(ctx, pullLock)
	if err != nil {
		return PullResult{}, err
	}
	defer release()
	if err := c.committer.CatchUp(ctx); err != nil {
		return PullResult{}, err
	}
	if err := c.use(ctx, t.name); err != nil {
		return PullResult{}, err
	}
	defer c.status.phase(PhasePulling, t.name)()
	defer c.state.watchAnswers()()
	for {
		p := newPullRun(t, o)
		if err := p.run(ctx); err != errStalePage {
			return p.result, err
		}
	}
}
