package datasync

import (
	"bytes"
	"context"
	"errors"

	"tidetable/datasync/journal"
	"tidetable/datasync/query"
)

// pullRun is one pull under way.
type pullRun struct {
	table   *Table
	options PullOptions
	walk    *walk
	token   token
	// kept is the token as it is stored, as far as this pull knows.
	kept  []byte
	start instant
	// began is the journal position at which the pull began, seen holds the ids it met, to
	// compare with what is here.
	began journal.Position
	seen  map[string]bool
	// whole keeps the token that is stored until all is compared: it still holds, or it is
	// that of another filter and the next pull has to compare from the start again.
	whole  bool
	result PullResult
}

func newPullRun(t *Table, o PullOptions) *pullRun {
	c := t.client
	p := &pullRun{table: t, options: o, start: c.now(), began: c.state.at()}
	if p.options.PageSize == 0 {
		p.options.PageSize = c.traits().PageSize
	}
	p.token = p.readToken()
	from := p.token.from
	if o.Compare || p.result.Restarted {
		from, p.seen, p.whole = 0, map[string]bool{}, p.kept != nil
	}
	p.walk = newWalk(p.options, from, t.options.selection(), c.lacksKeyset(t.name))
	return p
}

// fetched is a page on its way in.
type fetched struct {
	page PageAnswer
	err  error
	// left is the journal position at which the request left, came when the answer arrived.
	left journal.Position
	came instant
}

// run fetches page by page; the next one is on its way while the last is stored.
func (p *pullRun) run(ctx context.Context) error {
	next := p.fetch(ctx, p.walk.request())
	for {
		f := <-next
		if f.err != nil {
			return p.failed(ctx, f.err)
		}
		p.table.client.answered(true)
		if p.walk.cannotCompare(f.page.Answer) {
			p.table.client.noteNoKeyset(p.table.name)
			next = p.fetch(ctx, p.walk.request())
			continue
		}
		if err := p.refused(f.page.Answer); err != nil {
			return err
		}
		p.progress(f.page)
		p.result.Pages++
		p.result.Received += len(f.page.Rows)
		more, err := p.walk.received(f.page)
		if err != nil {
			return err
		}
		p.met(f.page.Rows)
		if more {
			next = p.fetch(ctx, p.walk.request())
		}
		if err := p.store(ctx, f, !more); err != nil || !more {
			return err
		}
	}
}

// progress shows how many rows came, and how many there are when the server tells.
func (p *pullRun) progress(page PageAnswer) {
	p.table.client.status.update(func(s *Status) {
		if p.result.Pages == 0 {
			s.Done, s.Total = 0, max(page.Count, 0)
		}
		s.Done += len(page.Rows)
		s.Total = max(s.Total, s.Done)
	})
}

// fetch asks for a page in the background.
func (p *pullRun) fetch(ctx context.Context, q query.Query) <-chan fetched {
	p.result.Requests++
	c := p.table.client
	out := make(chan fetched, 1)
	left := c.state.at()
	go func() {
		page, err := c.options.Remote.Page(ctx, PageRequest{Table: p.table.name, Query: q})
		out <- fetched{page: page, err: err, left: left, came: c.now()}
	}()
	return out
}

func (p *pullRun) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, unsayable := errors.AsType[*query.Error](err); unsayable {
		return err // this kind of server cannot be asked that
	}
	p.table.client.answered(false)
	return &Error{Code: CodeNetwork, Msg: "the server cannot be reached", Err: err}
}

// refused turns an answer that is not a page into an error.
func (p *pullRun) refused(a Answer) error {
	switch a.Verdict {
	case Done:
		return nil
	case Unauthorized:
		return &Error{Code: CodeAuth, Msg: "the server asks for a sign-in: " + a.Message}
	case Unavailable:
		return &Error{Code: CodeServer, Msg: "the server cannot serve now: " + a.Message, RetryAfter: a.RetryAfter}
	case NotATableServer:
		return &Error{Code: CodeNotATableServer, Msg: a.Message}
	case Gone:
		return &Error{Code: CodeTableNotFound, Msg: "the server has no such table"}
	}
	return &Error{Code: CodeRefused, Msg: "the server refused the query: " + a.Message}
}

// errStalePage ends a pull when the state was made anew while a page was on its way: which
// rows got an answer since it was asked for is not known any more.
var errStalePage = &Error{Code: CodeStore, Msg: "another tab compacted the journal meanwhile; pull again"}

// store makes a page and how far the pull has come durable in one entry.
func (p *pullRun) store(ctx context.Context, f fetched, last bool) error {
	c := p.table.client
	token := p.after(f, last)
	var counts PullResult
	var kept []byte
	var ours bool
	_, err := c.commit(ctx, c.options.Pulls, madePull, func(d *draft) error {
		if f.left < d.state.restored {
			return errStalePage
		}
		counts = d.page(p.table.name, f)
		if last && p.seen != nil {
			counts.Deleted += d.removeUnseen(p)
		}
		if last {
			d.pulled(p.table.name, p.start)
		}
		// A purge meanwhile has dropped the token, so that the rows come again: it stays away.
		kept, ours = p.kept, p.options.QueryID != "" && bytes.Equal(d.token(p.table.name, p.options.QueryID), p.kept)
		if ours && token != p.token {
			kept = token.encode()
			d.add(journal.Change{Kind: changeToken, Table: p.table.name, Key: p.options.QueryID, Data: kept})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if last {
		c.notePulled(p.table.name, p.start)
	}
	p.token, p.kept = token, kept
	p.result.Inserted += counts.Inserted
	p.result.Updated += counts.Updated
	p.result.Deleted += counts.Deleted
	p.result.Skipped += counts.Skipped
	p.result.Token = ""
	if ours && token.time > 0 {
		p.result.Token = token.time.text()
	}
	return nil
}

// after is the token once a page is stored.
func (p *pullRun) after(f fetched, last bool) token {
	if p.walk.untimed { // what changed cannot be asked for: the next pull reads all again
		return token{query: p.token.query}
	}
	switch {
	case last:
		return p.token.reached(p.walk.newest, p.start, f.came).ended(p.start)
	case p.whole:
		return p.token
	}
	return p.token.reached(p.walk.newest, p.start, f.came)
}

// now is the time on this device's clock.
func (c *Client) now() instant { return instant(c.options.Clock.Now().UnixMilli()) }

// readToken finds how far the query id was pulled; another filter starts again.
func (p *pullRun) readToken() token {
	identity := query.Query{Filter: p.options.Query.Filter}.String()
	if p.options.QueryID == "" {
		return token{query: identity}
	}
	s := p.table.client.state
	s.mu.RLock()
	defer s.mu.RUnlock()
	p.kept = s.tokens[tokenKey{p.table.name, p.options.QueryID}]
	t := decodeToken(p.kept)
	if t.query != identity {
		p.result.Restarted = t.time > 0
		return token{query: identity}
	}
	return t
}

// met notes the ids of a page. Rows without a time cannot be asked for by what changed,
// so their table is compared as a whole each time.
func (p *pullRun) met(rows [][]byte) {
	if p.walk.untimed && p.seen == nil && p.walk.mode != byOffset {
		p.seen = map[string]bool{}
		p.table.client.warn(CodeNoTime, p.table.name, "rows without updatedAt: every pull reads the whole table")
	}
	if p.seen == nil {
		return
	}
	for _, row := range rows {
		p.seen[idOf(row)] = true
	}
}

// lacksKeyset tells whether a table's server is known not to compare ids.
func (c *Client) lacksKeyset(table string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.noKeyset[table]
}

// notePulled notes the end of a pull, which is in the journal only when it wrote something.
func (c *Client) notePulled(table string, at instant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulled[table] = at
}

func (c *Client) noteNoKeyset(table string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noKeyset[table] = true
}
