//go:build js && wasm

package syncjs

// This file sends the changes of live queries: only what differs crosses.

import (
	"context"
	"strconv"
	"sync"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
)

// live is one subscription.
type live struct {
	session *session
	number  int

	mu    sync.Mutex
	ended bool
	stop  func()
	// ids are those of the answer the page has.
	ids []string
}

// subscribe starts a live query under the number the page gave it.
func subscribe(_ context.Context, s *session, args arguments) ([]byte, error) {
	l := &live{session: s, number: args.int("sub")}
	// Known before it runs, so that a page that changes its mind at once is understood.
	s.mu.Lock()
	s.live[l.number] = l
	s.mu.Unlock()
	stop, err := l.start(args)
	if err != nil {
		s.mu.Lock()
		delete(s.live, l.number)
		s.mu.Unlock()
		return nil, err
	}
	l.mu.Lock()
	l.stop = stop
	ended := l.ended
	l.mu.Unlock()
	if ended {
		stop()
	}
	return nil, nil
}

func (l *live) start(args arguments) (stop func(), err error) {
	q, err := queryOf(args, "subscribe")
	if err != nil {
		return nil, err
	}
	table, err := l.session.table(args, "subscribe")
	if err != nil {
		return nil, err
	}
	return table.Subscribe(q, l.changed)
}

// unsubscribe ends a live query; one that is gone already is no mistake.
func unsubscribe(_ context.Context, s *session, args arguments) ([]byte, error) {
	number := args.int("sub")
	s.mu.Lock()
	l := s.live[number]
	delete(s.live, number)
	s.mu.Unlock()
	if l != nil {
		l.end()
	}
	return nil, nil
}

// end stops the query; it may still be starting.
func (l *live) end() {
	l.mu.Lock()
	stop := l.stop
	l.ended = true
	l.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// changed is called by the engine after each commit that changed the answer, one call at
// a time.
func (l *live) changed(c datasync.ChangeSet) {
	l.mu.Lock()
	ended, before := l.ended, l.ids
	if c.Err == nil {
		l.ids = c.IDs
	}
	l.mu.Unlock()
	if ended {
		return
	}
	o := begin().int("sub", l.number)
	if c.Err != nil {
		o.raw("error", encodeError(c.Err))
	} else {
		encodeChange(o, before, c)
	}
	l.session.engine.tell(l.session.number, "rows", o.end())
}

// encodeChange writes the way from one answer to the next: how many ids stay at both
// ends, those now between them, and the rows that are new or changed with their indexes.
func encodeChange(o *object, before []string, c datasync.ChangeSet) {
	head, tail := unchangedEnds(before, c.IDs)
	o.text("origin", string(c.Origin)).int("head", head).int("tail", tail)
	o.raw("ids", array(c.IDs[head:len(c.IDs)-tail], func(id string) []byte { return jsonrow.AppendText(nil, id) }))
	o.raw("at", array(indexesOf(c), func(i int) []byte { return strconv.AppendInt(nil, int64(i), 10) }))
	o.raw("rows", rowsOf(c.Rows))
	if c.Count >= 0 {
		o.int("count", c.Count)
	}
}

// unchangedEnds counts the ids that are the same at the start and, not counting those, at
// the end.
func unchangedEnds(before, after []string) (head, tail int) {
	shorter := min(len(before), len(after))
	for head < shorter && before[head] == after[head] {
		head++
	}
	for tail < shorter-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	return head, tail
}

// indexesOf finds the places of the rows, which are in the order of the ids.
func indexesOf(c datasync.ChangeSet) []int {
	indexes := make([]int, 0, len(c.Rows))
	next := 0
	for _, row := range c.Rows {
		value, _ := jsonrow.Get(row, "id")
		id, _ := jsonrow.TextBytes(value)
		for next < len(c.IDs) && c.IDs[next] != string(id) {
			next++
		}
		indexes = append(indexes, next)
		next++
	}
	return indexes
}
