//go:build js && wasm

package syncjs

// This file pulls and purges, and tells the page when its tables were last pulled.

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"tidetable/datasync"
)

var (
	pull   = onTable("pull", (*datasync.Table).Pull)
	resync = onTable("resync", (*datasync.Table).Resync)
)

type pullCall func(*datasync.Table, context.Context, datasync.PullOptions) (datasync.PullResult, error)

func onTable(name string, do pullCall) func(context.Context, *session, arguments) ([]byte, error) {
	return func(ctx context.Context, s *session, args arguments) ([]byte, error) {
		t, q, err := s.conditionOf(args, name)
		if err != nil {
			return nil, err
		}
		s.beginPush() // a pull pushes first
		result, err := do(t, ctx, datasync.PullOptions{
			Query: q, QueryID: args.text("queryId"), PageSize: args.int("pageSize"),
			Push: datasync.PushScope(args.text("push")), Compare: args.flag("compare"),
		})
		if err != nil {
			return nil, err
		}
		return encodePull(result), nil
	}
}

// pullAll pulls several tables. All of them are known before the first one is pulled.
func pullAll(ctx context.Context, s *session, args arguments) ([]byte, error) {
	pulls, err := pullsOf(args.list("pulls"), "pull")
	if err != nil {
		return nil, err
	}
	for _, p := range args.list("pulls") {
		if _, err := s.table(p, "pull"); err != nil {
			return nil, err
		}
	}
	s.beginPush()
	results, err := s.client.PullAll(ctx, pulls, datasync.PushScope(args.text("push")))
	if err != nil {
		return nil, &pullsError{error: err, results: results}
	}
	return array(results, encodePull), nil
}

// pullsError is why not all of several pulls ended well, with the results of those that
// did.
type pullsError struct {
	error
	results []datasync.PullResult
}

func (e *pullsError) Unwrap() error { return e.error }

func purge(ctx context.Context, s *session, args arguments) ([]byte, error) {
	t, q, err := s.conditionOf(args, "purge")
	if err != nil {
		return nil, err
	}
	options := arguments(args.raw("options"))
	o := datasync.PurgeOptions{Force: options.flag("force"), KeepTokens: options.flag("keepTokens"), Push: options.flag("push")}
	if o.Push {
		s.beginPush()
	}
	count, err := t.Purge(ctx, q, o)
	if err != nil {
		return nil, err
	}
	return strconv.AppendInt(nil, int64(count), 10), nil
}

// lastPulls is what the page is told about its tables.
type lastPulls struct {
	// mu is held while the page is told, so that it hears the news in order.
	mu sync.Mutex
	// names are those of the tables that are declared or were used, sorted.
	names []string
	told  string
}

// uses notes that a table is used. The page hears of it when it is the first time.
func (s *session) uses(t *datasync.Table) {
	if s.pulls.add(t.Name()) {
		s.tellPulls()
	}
}

func (l *lastPulls) add(name string) (added bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, known := slices.BinarySearch(l.names, name)
	if !known {
		l.names = slices.Insert(l.names, at, name)
	}
	return !known
}

// tellPulls tells the page when its tables were last pulled, unless it knows.
func (s *session) tellPulls() {
	s.pulls.mu.Lock()
	defer s.pulls.mu.Unlock()
	o := begin()
	for _, name := range s.pulls.names {
		o.time(name, s.client.LastPulled(name))
	}
	news := o.end()
	if string(news) == s.pulls.told {
		return
	}
	s.pulls.told = string(news)
	s.engine.tell(s.number, "tables", news)
}
