package datasync

import (
	"sync"

	"tidetable/datasync/query"
)

// feed runs live queries again after the commits that can matter to them.
type feed struct {
	client *Client
	wake   chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	subs    map[int]*subscription
	next    int
	dirty   map[string]Origin
	stopped bool
}

// subscription is one live query and what it last told.
type subscription struct {
	table *Table
	query query.Query
	fn    func(ChangeSet)
	// fresh is set until the first answer was given.
	fresh bool
	// last holds the rows of the last answer by id; rows are immutable, so the slices
	// tell whether one has changed.
	last  map[string][]byte
	order []string
	count int
}

func newFeed(c *Client) *feed {
	f := &feed{client: c, wake: make(chan struct{}, 1), done: make(chan struct{}), subs: map[int]*subscription{}, dirty: map[string]Origin{}}
	go f.run()
	return f
}

// Subscribe calls fn with the rows that match q, first as they are now and then after
// every commit that changes the answer, until stop is called. Calls come one after
// another; fn must not wait. Codes: invalid-query.
func (t *Table) Subscribe(q query.Query, fn func(ChangeSet)) (stop func(), err error) {
	if err := q.Validate(); err != nil {
		return nil, wrap(err, "subscribe", t.name, "")
	}
	f := t.client.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return nil, wrap(errClosed, "subscribe", t.name, "")
	}
	id := f.next
	f.next++
	f.subs[id] = &subscription{table: t, query: q, fn: fn, fresh: true}
	f.signal()
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.subs, id)
	}, nil
}

// changed notes which tables a commit touched.
func (f *feed) changed(origin Origin, tables []string) {
	if len(tables) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range tables {
		f.dirty[t] = origin
	}
	f.signal()
}

func (f *feed) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *feed) stop() {
	f.mu.Lock()
	already := f.stopped
	f.stopped = true
	f.subs = map[int]*subscription{}
	f.mu.Unlock()
	if !already {
		f.signal()
	}
	<-f.done
}

func (f *feed) run() {
	defer close(f.done)
	for range f.wake {
		f.mu.Lock()
		if f.stopped {
			f.mu.Unlock()
			return
		}
		dirty := f.dirty
		f.dirty = map[string]Origin{}
		due := map[int]*subscription{}
		for id, s := range f.subs {
			if _, touched := dirty[s.table.name]; touched || s.fresh {
				due[id] = s
			}
		}
		f.mu.Unlock()
		for id, s := range due {
			origin := dirty[s.table.name]
			if s.fresh {
				origin = OriginInitial
			}
			set, changed := s.answer(origin)
			f.mu.Lock()
			_, live := f.subs[id]
			f.mu.Unlock()
			if changed && live {
				s.fn(set)
			}
		}
	}
}

// answer runs the query and compares with what was last told.
func (s *subscription) answer(origin Origin) (set ChangeSet, changed bool) {
	set = ChangeSet{Origin: origin, Count: -1}
	result, err := s.table.Read(s.table.client.ctx, s.query)
	if err != nil {
		set.Err = err
		s.fresh = false
		return set, true
	}
	now := make(map[string][]byte, len(result.Rows))
	set.IDs = make([]string, len(result.Rows))
	changed = s.fresh || len(s.order) != len(result.Rows) || s.count != result.Count
	for i, row := range result.Rows {
		id := idOf(row)
		set.IDs[i], now[id] = id, row
		if old, known := s.last[id]; !known || string(old) != string(row) {
			set.Rows = append(set.Rows, row)
			changed = true
		} else if !changed && s.order[i] != id {
			changed = true
		}
	}
	set.Count = result.Count
	s.fresh, s.last, s.order, s.count = false, now, set.IDs, result.Count
	return set, changed
}
