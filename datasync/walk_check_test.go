package datasync_test

// This file runs the pulls of the walk's property test and holds what may be said of each.

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing/synctest"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/query"
)

// pull runs one pull and tells what is wrong with it. In quiet nothing has changed since
// a pull that compared.
func (r *walkRun) pull(s walkStep, quiet bool) (datasync.PullResult, string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	keep, err := query.Compile(walkFilters[s.Filter])
	r.must(err)
	queryID := map[stepKind]string{pullMain: "main", pullCompare: "main", pullResync: "main", pullOther: "other"}[s.Kind]
	before, pulled := r.known[queryID]
	if !pulled || queryID == "" {
		before = reached{filter: s.Filter}
	}
	restarts := before.filter != s.Filter && before.token != ""
	compares := restarts || s.Kind >= pullCompare && s.Kind <= pullResync || r.script.Habits.NoTrigger != allTimed
	from := before.from
	if compares || before.filter != s.Filter {
		from = 0
	}

	pending := len(r.client.Operations()) > 0
	visible := len(r.local())
	matches := r.model.since(keep, from*ticksPerMilli)
	touched, began := r.model.touched, r.clock.Now()
	perPage := r.model.limit(s.size(r.script), s.size(r.script) > 0)
	w := &pullWatch{plan: s.Plan, cancel: cancel, came: map[string]bool{}}
	w.limit = func() int { return r.bound(s, matches, r.model.touched-touched+w.events(), perPage) }
	r.watch = w
	result, err := r.run(ctx, s, queryID)
	synctest.Wait() // for a request that was on its way when the pull ended
	r.watch = nil

	if r.failure != "" {
		return result, r.failure
	}
	if failure := w.checkEnd(result, err); failure != "" {
		return result, failure
	}
	if grown := len(r.local()) - visible; !pending && !w.here && grown != result.Inserted-result.Deleted {
		return result, fmt.Sprintf("there are %d rows more, but the pull tells of %+v", grown, result)
	}
	if !w.disturbed && w.fault == noFault && r.oneRequest(s, matches, perPage) && result.Requests != 1 {
		return result, fmt.Sprintf("%d rows on pages of %d took %d requests", matches, perPage, result.Requests)
	}
	r.remember(queryID, s, before, result, w, r.clock.Now().Sub(began))
	switch {
	case err != nil || w.disturbed:
		return result, ""
	case s.Kind == pullWindow:
		return result, w.window(max(matches-s.Size, 0))
	}
	return result, r.compare(keep, r.ghosts() && !compares && !quiet)
}

func (r *walkRun) run(ctx context.Context, s walkStep, queryID string) (datasync.PullResult, error) {
	todos, err := r.client.Table("todoitem")
	r.must(err)
	o := datasync.PullOptions{
		Query: query.Query{Filter: walkFilters[s.Filter]}, QueryID: queryID, PageSize: s.Size,
		Push: datasync.PushNone, Compare: s.Kind == pullCompare,
	}
	switch s.Kind {
	case pullResync:
		return todos.Resync(ctx, o)
	case pullOrdered:
		o.Query.OrderBy, o.Compare = []query.Order{{Member: "text"}}, true
	case pullWindow:
		o.Query.OrderBy, o.Query.Skip = []query.Order{{Member: "n"}}, s.Size
	}
	return todos.Pull(ctx, o)
}

// size is how many rows the pull asks for at a time, 0 when it does not say.
func (s walkStep) size(script walkScript) int {
	if s.Size > 0 {
		return s.Size
	}
	return script.Traits
}

// events counts what is planned, whether or not it has happened.
func (w *pullWatch) events() (count int) {
	for _, d := range w.plan {
		count += len(d.Events)
	}
	return count
}

// bound is the largest number of requests for a walk over n rows with c on a page, while m
// changes make as many rows appear anew: R = n+m rows appear at some time.
//
// A page by time that gets beyond where it began either is full, and then no row is on more
// than two such pages, as every other one begins behind the one before: 2R/c. Or it is not
// full, so the next has rows only after a change: 1+m. A page that does not get beyond the
// millisecond where it began is followed by that millisecond's rows by id, at most once each:
// if it is full, the millisecond has at least c rows, and k of them take k/c+2 pages more:
// R/c + 3R/c. If not, it is the last one or there was a change: 4(1+m). The last page is
// empty: 1.
//
// A server that cannot compare ids refuses once, and then every millisecond is read twice,
// and once more for each change. Rows without a time are all read by id, once the first page
// has shown them; pulls by offset just go on until nothing comes.
func (r *walkRun) bound(s walkStep, n, m, c int) int {
	h := r.script.Habits
	if s.Kind == pullWindow {
		return n/c + m + 2
	}
	rows := n + m
	limit := 6*rows/c + 5*(1+m) + 1
	if h.NoTrigger != allTimed {
		limit += 1 + rows/c + 2 + m
	}
	if h.NoCompare != 0 {
		limit = 2 + (2+m)*limit
	}
	return limit
}

// oneRequest tells whether a pull of that many rows has to end with its first page.
func (r *walkRun) oneRequest(s walkStep, matches, perPage int) bool {
	h := r.script.Habits
	switch {
	case s.Kind == pullWindow:
		return false
	case matches == 0:
		return true
	case matches > perPage:
		return false
	}
	return h.Counts || h.NoTrigger == allTimed && s.size(r.script) == 0 && (h.Links == linkExact || h.Links == linkFull && matches < perPage)
}

// checkEnd holds the result against what the model saw.
func (w *pullWatch) checkEnd(result datasync.PullResult, err error) string {
	want := map[fault]datasync.Code{
		linkDown: datasync.CodeNetwork, serverDown: datasync.CodeServer, signedOut: datasync.CodeAuth, cancelled: datasync.CodeCancelled,
	}[w.fault]
	switch {
	case datasync.CodeOf(err) != want:
		return fmt.Sprintf("the pull ended with %v, but the fault was %v", err, w.fault)
	case result.Requests != w.requests || result.Received != w.received:
		return fmt.Sprintf("%d requests with %d rows, but the pull tells of %+v", w.requests, w.received, result)
	}
	return ""
}

// window holds that every row of a window came.
func (w *pullWatch) window(rows int) string {
	if len(w.came) != rows {
		return fmt.Sprintf("%d of %d rows came", len(w.came), rows)
	}
	return ""
}

// remember notes how far a query id was pulled.
func (r *walkRun) remember(queryID string, s walkStep, before reached, result datasync.PullResult, w *pullWatch, took time.Duration) {
	if s.Kind == pullResync {
		clear(r.known)
		before = reached{filter: s.Filter}
	}
	switch {
	case queryID == "":
		return
	case w.purged:
		r.known[queryID] = reached{vague: true}
		return
	case w.fault != noFault:
		before.vague = true
		r.known[queryID] = before
		return
	}
	now := reached{filter: s.Filter, token: result.Token}
	if before.filter == s.Filter {
		now.from = before.from
	}
	at, err := time.Parse(time.RFC3339Nano, result.Token)
	if err == nil && !before.vague && result.Token != before.token {
		now.from = max(at.Add(-10*time.Second-took).UnixMilli()-1, now.from)
	}
	r.known[queryID] = now
}

// compare holds the rows here against the server's. With extra there may be more here.
func (r *walkRun) compare(keep *query.Predicate, extra bool) string {
	here, there := r.local(), r.model.live(keep)
	maps.DeleteFunc(here, func(_, row string) bool { return !keep.Match([]byte(row)) })
	for _, o := range r.client.Operations() {
		delete(here, o.ID)
		delete(there, o.ID)
	}
	var wrong []string
	for id, row := range there {
		switch has, found := here[id]; {
		case !found:
			wrong = append(wrong, "missing: "+row)
		case has != row:
			wrong = append(wrong, "differs: "+row+" is here "+has)
		}
		delete(here, id)
	}
	for _, row := range here {
		if !extra {
			wrong = append(wrong, "not on the server: "+row)
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	slices.Sort(wrong)
	return fmt.Sprintf("%d rows are wrong, %s", len(wrong), wrong[0])
}
