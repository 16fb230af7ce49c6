package datasync_test

// This file is a table server in memory for tests of the walk: it keeps times with 100 ns
// and shows milliseconds, and it can be told to have the habits of real servers.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/query"
)

// habits are what servers differ in.
type habits struct {
	// Cap is how many rows a page has when the request does not say.
	Cap int
	// TakeIsLaw gives as many rows as are asked for; otherwise Cap limits them.
	TakeIsLaw bool
	// Links says when a page tells that there is more.
	Links linkRule
	// Counts tells how many rows match when it is asked for.
	Counts bool
	// Unordered gives rows of one time in another order each time.
	Unordered bool
	// NoCompare is the status for a filter that compares ids, 0 where that works.
	NoCompare int
	// Digits is how the time of a row is stored.
	Digits digits
	// NoTrigger is the time that some rows have for ever, as nothing sets it.
	NoTrigger missingTime
	// HardDeletes also drops rows without a trace.
	HardDeletes bool
	// Lag is the longest time from a row's stamp to when others see the row.
	Lag time.Duration
	// Skew is how far the server's clock is ahead of the device's.
	Skew time.Duration
}

type linkRule uint8

const (
	linkNever linkRule = iota
	// linkExact tells the truth, except that it keeps to what was asked for: no link where
	// $top is used up.
	linkExact
	// linkFull tells of more whenever a page is full.
	linkFull
)

type digits uint8

const (
	hundredNanoseconds digits = iota
	milliseconds
	// databaseTicks are the 3.33 ms of an old type for times.
	databaseTicks
)

type missingTime uint8

const (
	allTimed missingTime = iota
	nullTime
	epochTime
)

// tick is 100 ns, the unit of a stamp.
const tick = 100 * time.Nanosecond

const ticksPerMilli = int64(time.Millisecond / tick)

// modelRow is one row. It is replaced, never changed.
type modelRow struct {
	id      string
	n       int
	text    int
	deleted bool
	version int
	// stamp is the time in ticks since 1970; untimed rows never had a true one.
	stamp   int64
	untimed bool
	// stored is the row as the server filters and sorts it, sent as it is shown.
	stored, sent []byte
}

// lateWrite is a write that others do not see yet.
type lateWrite struct {
	due int64
	row *modelRow
}

// tableModel is the server's table.
type tableModel struct {
	habits
	clock  *clock
	rows   map[string]*modelRow
	late   []lateWrite
	number int
	// shuffle makes the order of rows of one time.
	shuffle *rand.Rand
	// touched counts how often a row became visible in another state.
	touched int
}

func newTableModel(h habits, c *clock) *tableModel {
	return &tableModel{habits: h, clock: c, rows: map[string]*modelRow{}, shuffle: rand.New(rand.NewPCG(7, 7))}
}

// now is the server's time in ticks.
func (m *tableModel) now() int64 { return m.clock.Now().Add(m.Skew).UnixNano() / int64(tick) }

// stamp is the time that a write gets: now, or earlier where several clocks are at work.
func (m *tableModel) stamp(back time.Duration) int64 {
	s := m.now() - int64(back/tick)
	switch m.Digits {
	case milliseconds:
		s -= s % ticksPerMilli
	case databaseTicks:
		milli := s / ticksPerMilli
		s = (milli - milli%10 + [10]int64{0, 0, 3, 3, 3, 7, 7, 7, 7, 10}[milli%10]) * ticksPerMilli
	}
	return s
}

// write makes a row the present one, now or when delay is over.
func (m *tableModel) write(row modelRow, stamp int64, delay time.Duration) {
	row.version++
	row.text++
	row.stamp = stamp
	shown, kept := stampText(stamp, 3), stampText(stamp, 7)
	if row.untimed {
		shown, kept = "null", "null"
		if m.NoTrigger == epochTime {
			shown, kept = stampText(0, 3), stampText(0, 7)
		}
	}
	row.stored, row.sent = row.render(kept), row.render(shown)
	if delay > 0 {
		m.late = append(m.late, lateWrite{due: m.now() + int64(delay/tick), row: &row})
		return
	}
	m.touched++
	m.rows[row.id] = &row
}

// stampText is a stamp as a JSON text; digits beyond places are cut.
func stampText(stamp int64, places int) string {
	layout := "2006-01-02T15:04:05.0000000"
	return time.Unix(0, stamp*int64(tick)).UTC().Format(`"` + layout[:len(layout)-7+places] + `Z"`)
}

func (r *modelRow) render(time string) []byte {
	return fmt.Appendf(nil, `{"id":"%s","version":"v%d","updatedAt":%s,"deleted":%t,"n":%d,"text":"t%d"}`,
		r.id, r.version, time, r.deleted, r.n, r.text)
}

// settle shows the late writes that are due.
func (m *tableModel) settle() {
	now := m.now()
	slices.SortStableFunc(m.late, func(a, b lateWrite) int { return cmp.Compare(a.due, b.due) })
	for len(m.late) > 0 && m.late[0].due <= now {
		m.rows[m.late[0].row.id] = m.late[0].row
		m.late = m.late[1:]
		m.touched++
	}
}

// locked tells whether a write to a row is on its way: databases let others wait.
func (m *tableModel) locked(id string) bool {
	return slices.ContainsFunc(m.late, func(w lateWrite) bool { return w.row.id == id })
}

// ids lists the rows that can be written now.
func (m *tableModel) ids(deleted bool) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(m.rows)) {
		if m.rows[id].deleted == deleted && !m.locked(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// live returns the rows that match a filter and are not deleted, as they are shown.
func (m *tableModel) live(filter *query.Predicate) map[string]string {
	m.settle()
	found := map[string]string{}
	for id, row := range m.rows {
		if !row.deleted && filter.Match(row.stored) {
			found[id] = string(row.sent)
		}
	}
	return found
}

// since counts the rows that match a filter and whose time is none or at least that.
func (m *tableModel) since(filter *query.Predicate, from int64) int {
	m.settle()
	count := 0
	for _, row := range m.rows {
		if filter.Match(row.stored) && (row.untimed || row.stamp >= from) {
			count++
		}
	}
	return count
}

// limit is how many rows a page may have.
func (m *tableModel) limit(take int, asked bool) int {
	switch {
	case !asked:
		return m.Cap
	case m.TakeIsLaw:
		return take
	}
	return min(take, m.Cap)
}

// page answers a request for rows.
func (m *tableModel) page(q query.Query) datasync.PageAnswer {
	m.settle()
	if m.NoCompare != 0 && comparesIDs(q.Filter) {
		return refusal(m.NoCompare)
	}
	keep, err := query.Compile(q.Filter)
	if err != nil {
		return refusal(400)
	}
	matches := m.sorted(keep, q.OrderBy)
	answer := datasync.PageAnswer{Count: -1}
	answer.Status = 200
	if q.Count && m.Counts {
		answer.Count = len(matches)
	}
	limit := m.limit(q.Take, q.HasTake)
	rest := matches[min(q.Skip, len(matches)):]
	for _, row := range rest[:min(limit, len(rest))] {
		answer.Rows = append(answer.Rows, slices.Clone(row.sent))
	}
	n := len(answer.Rows)
	switch m.Links {
	case linkExact:
		answer.Known, answer.More = true, n < len(rest) && (!q.HasTake || n < q.Take)
	case linkFull:
		answer.Known, answer.More = true, n > 0 && n == limit
	}
	return answer
}

// sorted returns the rows that match, in order.
func (m *tableModel) sorted(keep *query.Predicate, order []query.Order) []*modelRow {
	sorter := query.NewSorter(order)
	keys := map[string]query.SortKey{}
	var matches []*modelRow
	for _, id := range slices.Sorted(maps.Keys(m.rows)) {
		row := m.rows[id]
		if !keep.Match(row.stored) {
			continue
		}
		tie := id
		if m.Unordered {
			tie = fmt.Sprintf("%016x", m.shuffle.Uint64())
		}
		keys[id] = sorter.Key(row.stored, tie)
		matches = append(matches, row)
	}
	slices.SortFunc(matches, func(a, b *modelRow) int {
		switch {
		case sorter.Less(keys[a.id], keys[b.id]):
			return -1
		case sorter.Less(keys[b.id], keys[a.id]):
			return 1
		}
		return 0
	})
	return matches
}

// comparesIDs tells whether a filter has "id gt …".
func comparesIDs(e *query.Expr) bool {
	if e == nil {
		return false
	}
	return e.Op == query.OpGt && e.Args[0].Name == "id" || slices.ContainsFunc(e.Args, comparesIDs)
}

// refusal is an answer that is no page.
func refusal(status int) datasync.PageAnswer {
	a := datasync.PageAnswer{Count: -1, Answer: datasync.Answer{Verdict: datasync.Refused, Status: status}}
	switch {
	case status >= 500:
		a.Verdict = datasync.Unavailable
	case status == 401:
		a.Verdict = datasync.Unauthorized
	}
	return a
}

var errReadOnly = errors.New("this server only answers pages")

// readOnly is the part of a Remote that writes, for servers that are only read.
type readOnly struct{}

func (readOnly) Insert(context.Context, string, []byte) (datasync.Answer, error) {
	return datasync.Answer{}, errReadOnly
}

func (readOnly) Update(context.Context, string, string, []byte, string) (datasync.Answer, error) {
	return datasync.Answer{}, errReadOnly
}

func (readOnly) Delete(context.Context, string, string, string) (datasync.Answer, error) {
	return datasync.Answer{}, errReadOnly
}

func (readOnly) Undelete(context.Context, string, string, []byte, string) (datasync.Answer, error) {
	return datasync.Answer{}, errReadOnly
}

func (readOnly) Lookup(context.Context, string, string) (datasync.Answer, error) {
	return datasync.Answer{}, errReadOnly
}
