package datasync

import (
	"maps"
	"slices"
	"strconv"

	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// walk decides which page of a pull to ask for next. It goes by time, never by offset:
// a row that changes meanwhile only moves to the end, so none is missed. Rows that share
// one millisecond are read in order of id.
//
//	bySince:  updatedAt ge T, by updatedAt      until the page is the last one
//	byTies:   T le updatedAt lt T+1ms, by id    when a page does not get beyond T
//	byID:     everything, by id                 when rows carry no time
//	byOffset: as the app asked                  without a query id, with an order or a window
type walk struct {
	mode     walkMode
	filter   *query.Expr
	pageSize int
	// selected names the members to ask for; none: all.
	selected []string
	// window is what the app asked for, in byOffset.
	window query.Query
	taken  int
	// from is T, zero at the very start.
	from instant
	// lastID is the last id met, in byTies and byID.
	lastID string
	// newest is the largest time met.
	newest instant
	// first is set until the first page came: its count may tell that it is the only one.
	first bool
	stuck int
	// noKeyset is set when the server cannot compare ids; ties are then read by offset,
	// again and again until two passes bring the same ids.
	noKeyset   bool
	pass, last map[string]bool
	// read counts the rows of the pass, also those met twice.
	read int
	// untimed tells that rows without a time were met.
	untimed bool
}

type walkMode uint8

const (
	bySince walkMode = iota
	byTies
	byID
	byOffset
)

func newWalk(o PullOptions, from instant, selected []string, noKeyset bool) *walk {
	w := &walk{filter: o.Query.Filter, pageSize: o.PageSize, selected: selected, from: from, first: true, noKeyset: noKeyset}
	// To compare, every match has to be met, whatever moves meanwhile: never by offset.
	if !o.Compare && (len(o.Query.OrderBy) > 0 || o.Query.Skip > 0 || o.Query.HasTake) {
		w.mode, w.window = byOffset, o.Query
		// Not every server keeps rows that tie in one order, and some refuse a member twice.
		if !slices.ContainsFunc(o.Query.OrderBy, func(by query.Order) bool { return by.Member == "id" }) {
			w.window.OrderBy = append(slices.Clip(o.Query.OrderBy), query.Order{Member: "id"})
		}
	}
	return w
}

// request is the page to ask for now.
func (w *walk) request() query.Query {
	if w.mode == byOffset {
		return w.nextWindow()
	}
	q := query.Query{Filter: w.filter, Count: w.first, Select: w.selected}
	updatedAt := query.Member("updatedAt")
	if w.mode != byID && w.from > 0 {
		q.Filter = query.And(q.Filter, query.Compare(query.OpGe, updatedAt, query.At(w.from.text())))
	}
	if w.mode == byTies {
		q.Filter = query.And(q.Filter, query.Compare(query.OpLt, updatedAt, query.At((w.from+1).text())))
	}
	q.OrderBy = []query.Order{{Member: "id"}}
	switch {
	case w.mode == bySince:
		q.OrderBy = []query.Order{{Member: "updatedAt"}}
	case w.noKeyset:
		q.Skip = w.read
	case w.lastID != "":
		q.Filter = query.And(q.Filter, query.Compare(query.OpGt, query.Member("id"), query.Text(w.lastID)))
	}
	if w.pageSize > 0 {
		q.Take, q.HasTake = w.pageSize, true
	}
	return q
}

// received takes note of a page and tells whether another one is needed.
func (w *walk) received(page PageAnswer) (more bool, err error) {
	lastTime, lastID, err := w.meet(page.Rows)
	if err != nil {
		return false, err
	}
	if w.mode == byOffset {
		w.taken += len(page.Rows)
		return len(page.Rows) > 0 && (!w.window.HasTake || w.taken < w.window.Take), nil
	}
	first := w.first
	w.first = false
	if first && page.Count == len(page.Rows) {
		return false, nil
	}
	if w.untimed && w.mode != byID {
		w.startIDs(byID)
		return true, nil
	}
	complete := len(page.Rows) == 0 || page.Known && !page.More && w.pageSize == 0
	switch {
	case w.mode != bySince:
		return w.byIDs(page.Rows, lastID, complete)
	case complete:
		return false, nil
	case lastTime > w.from:
		w.from, w.stuck = lastTime, 0
		return true, nil
	}
	w.startIDs(byTies)
	// Rows of T itself are what was asked for; earlier ones show that nothing is filtered.
	return true, w.progress(lastTime == w.from)
}

// startIDs begins to read by id.
func (w *walk) startIDs(mode walkMode) {
	w.mode, w.lastID, w.last = mode, "", nil
	w.startPass()
}

// startPass begins to read by offset at the first id.
func (w *walk) startPass() { w.pass, w.read = map[string]bool{}, 0 }

// byIDs goes on with the ids of one millisecond, or of all rows.
func (w *walk) byIDs(rows [][]byte, lastID string, complete bool) (more bool, err error) {
	moved := lastID != "" && lastID != w.lastID
	if w.noKeyset {
		for _, row := range rows {
			w.pass[idOf(row)] = true
		}
		w.read += len(rows)
		if complete && !maps.Equal(w.pass, w.last) {
			w.last, w.lastID = w.pass, ""
			w.startPass()
			return true, w.progress(true)
		}
	}
	w.lastID = lastID
	switch {
	case !complete:
		return true, w.progress(moved)
	case w.mode == byID:
		return false, nil
	}
	w.mode, w.from = bySince, w.from+1
	return true, nil
}

// cannotCompare tells whether an answer means that the server cannot compare ids; the
// same place is then read by offset.
func (w *walk) cannotCompare(a Answer) bool {
	refused := a.Status == 400 || a.Status == 500 || a.Status == 501
	if !refused || w.noKeyset || w.lastID == "" || w.mode != byTies && w.mode != byID {
		return false
	}
	w.noKeyset = true
	w.startIDs(w.mode)
	return true
}

// progress ends a walk whose pages lead nowhere.
func (w *walk) progress(moved bool) error {
	if moved {
		w.stuck = 0
		return nil
	}
	if w.stuck++; w.stuck > 2 {
		return &Error{Code: CodePullStuck, Msg: "the server's pages do not get beyond " + w.from.text() + "; does it filter and sort by updatedAt?"}
	}
	return nil
}

// meet looks at the rows of a page and returns the last one's time and id.
func (w *walk) meet(rows [][]byte) (lastTime instant, lastID string, err error) {
	for i, row := range rows {
		system, err := jsonrow.Scan(row)
		if err != nil || !system.HasID {
			return 0, "", &Error{Code: CodeNotATableServer, Msg: "row " + strconv.Itoa(i) + " of a page is not one of a table server", Err: err}
		}
		lastID = system.ID
		// A row that nothing ever gave a time has none or the first one there is.
		if time, ok := instantOf(system.UpdatedAt); ok && time > 0 {
			lastTime = time
			w.newest = max(w.newest, time)
		} else {
			w.untimed = true
		}
	}
	return lastTime, lastID, nil
}

// nextWindow is the next page of a pull by offset.
func (w *walk) nextWindow() query.Query {
	q := w.window
	q.Select = w.selected
	q.Skip += w.taken
	if q.HasTake {
		q.Take -= w.taken
	}
	if w.pageSize > 0 && (!q.HasTake || q.Take > w.pageSize) {
		q.Take, q.HasTake = w.pageSize, true
	}
	return q
}
