package datasync_test

// This file plays a script of the walk's property test and checks every pull.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing/synctest"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/memstore"
	"tidetable/datasync/query"
)

// walkFilters are what a script pulls by. The row named anchor matches each.
var walkFilters = []*query.Expr{
	nil,
	query.Compare(query.OpLt, query.Member("n"), query.Num("4")),
	query.Compare(query.OpGe, query.Member("n"), query.Num("2")),
}

const anchor = "anchor"

// walkRun is a script being played. It is the Remote of its client.
type walkRun struct {
	readOnly
	script  walkScript
	clock   *clock
	model   *tableModel
	db      *memstore.Database
	commits int
	client  *datasync.Client
	names   int
	watch   *pullWatch
	known   map[string]reached
	// failure is what the model saw that may not be.
	failure string
}

// reached is how far a query id was pulled.
type reached struct {
	filter int
	// token is what the last complete pull gave.
	token string
	// from is the time in milliseconds from which the next pull asks at the earliest; 0 when
	// that is not known.
	from int64
	// vague tells that a pull that failed may have got further.
	vague bool
}

// pullWatch is what is known of the pull under way.
type pullWatch struct {
	plan     []disturbance
	cancel   context.CancelFunc
	limit    func() int
	requests int
	received int
	// came holds the ids of the rows received.
	came map[string]bool
	// disturbed is set when anything happened meanwhile, here when the app did something.
	disturbed, here bool
	purged          bool
	fault           fault
}

func newWalkRun(s walkScript) *walkRun {
	c := newClock()
	r := &walkRun{script: s, clock: c, model: newTableModel(s.Habits, c), db: memstore.NewDatabase(), known: map[string]reached{}}
	r.db.Observe(func(memstore.Commit) { r.commits++ })
	if s.Habits.NoTrigger != allTimed {
		r.model.write(modelRow{id: anchor, n: 3, untimed: true}, 0, 0)
	}
	r.open()
	return r
}

func (r *walkRun) open() {
	c, err := datasync.Open(context.Background(), datasync.Options{
		Store: r.db.Open(), Remote: r, Clock: r.clock,
		NewID:  func() string { r.names++; return fmt.Sprint("name-", r.names) },
		Random: func() float64 { return 0 },
	})
	if err != nil {
		panic(err)
	}
	r.client = c
}

// Traits are those of the server.
func (r *walkRun) Traits() (datasync.Traits, bool) {
	return datasync.Traits{PageSize: r.script.Traits}, true
}

// Page lets happen what the script says and answers.
func (r *walkRun) Page(ctx context.Context, request datasync.PageRequest) (datasync.PageAnswer, error) {
	w := r.watch
	number := w.requests
	if w.requests++; r.failure == "" && w.requests > w.limit() {
		r.failure = fmt.Sprintf("more than %d requests, the last one: %v", w.limit(), request.Query)
	}
	if r.failure != "" {
		return datasync.PageAnswer{}, errors.New(r.failure)
	}
	if err := ctx.Err(); err != nil {
		return datasync.PageAnswer{}, err
	}
	if answer, err := r.disturb(ctx, number, false); answer != nil {
		return *answer, err
	}
	page := r.model.page(request.Query)
	if answer, err := r.disturb(ctx, number, true); answer != nil {
		return *answer, err
	}
	w.received += len(page.Rows)
	for _, row := range page.Rows {
		w.came[member(row, "id")] = true
	}
	return page, nil
}

// disturb does what is planned for one moment of a request. The answer is nil when the
// server's own is to be given.
func (r *walkRun) disturb(ctx context.Context, request int, late bool) (*datasync.PageAnswer, error) {
	w := r.watch
	for _, d := range w.plan {
		if d.Request != request || d.Late != late {
			continue
		}
		synctest.Wait() // for the page before to be stored
		for _, e := range d.Events {
			w.disturbed = true
			r.event(e)
		}
		if d.Fault == noFault {
			continue
		}
		w.fault = d.Fault
		switch d.Fault {
		case linkDown:
			return &datasync.PageAnswer{}, errLink
		case serverDown:
			a := refusal(503)
			return &a, nil
		case signedOut:
			a := refusal(401)
			return &a, nil
		}
		w.cancel()
		if !late {
			return &datasync.PageAnswer{}, ctx.Err()
		}
		break // the answer comes all the same
	}
	return nil, nil
}

// event lets one thing happen.
func (r *walkRun) event(e walkEvent) {
	r.clock.advance(e.Wait)
	r.model.settle()
	m := r.model
	stamp := m.stamp(e.Back)
	switch e.Kind {
	case inserts:
		for range e.Rows {
			r.insert(e, stamp)
		}
	case updates:
		r.each(e, m.ids(false), func(row modelRow) {
			if r.script.Moves {
				row.n = e.N
			}
			m.write(row, stamp, e.Delay)
		})
	case deletes:
		r.each(e, m.ids(false), func(row modelRow) {
			row.deleted = true
			m.write(row, stamp, e.Delay)
		})
	case revives:
		r.each(e, m.ids(true), func(row modelRow) {
			row.deleted = false
			m.write(row, stamp, e.Delay)
		})
	case vanishes:
		if m.HardDeletes {
			r.each(e, append(m.ids(false), m.ids(true)...), func(row modelRow) {
				delete(m.rows, row.id)
				m.touched++
			})
		}
	default:
		r.here(e)
	}
}

// insert adds a row; now and then one whose id was in use before.
func (r *walkRun) insert(e walkEvent, stamp int64) {
	m := r.model
	m.number++
	number := m.number
	if old := e.Pick % m.number; m.HardDeletes && e.Pick%2 == 0 {
		number = old
	}
	// Ids are not in the order of the inserts.
	id := fmt.Sprintf("%c%d", 'a'+rune(number*7%26), number)
	if m.rows[id] != nil || m.locked(id) {
		return
	}
	row := modelRow{id: id, n: (e.N + number) % 6}
	row.untimed = m.NoTrigger != allTimed && number%3 == 0
	m.write(row, stamp, e.Delay)
}

// each changes as many rows as an event says.
func (r *walkRun) each(e walkEvent, ids []string, change func(modelRow)) {
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == anchor })
	for i := range min(e.Rows, len(ids)) {
		change(*r.model.rows[ids[(e.Pick+i)%len(ids)]])
	}
}

// here lets the app do something.
func (r *walkRun) here(e walkEvent) {
	if e.Kind == waiting {
		return
	}
	if r.watch != nil {
		r.watch.here = true
	}
	todos, err := r.client.Table("todoitem")
	r.must(err)
	local := slices.Sorted(maps.Keys(r.local()))
	switch {
	case e.Kind == discardsHere:
		r.discard()
	case e.Kind == purgesHere:
		_, err = todos.Purge(ctx, query.Query{}, datasync.PurgeOptions{Force: e.N%2 == 0})
		if datasync.CodeOf(err) == datasync.CodePending {
			return
		}
		r.must(err)
		for id := range r.known {
			r.known[id] = reached{vague: true}
		}
		if r.watch != nil {
			r.watch.purged = true
		}
	default:
		for i := range min(e.Rows, len(local)) {
			if id := local[(e.Pick+i)%len(local)]; e.Kind == deletesHere {
				r.must(todos.Delete(ctx, id))
			} else {
				_, err := todos.Update(ctx, fmt.Appendf(nil, `{"id":"%s","text":"ours %d"}`, id, e.N))
				r.must(err)
			}
		}
	}
}

// discard drops the operations that wait here.
func (r *walkRun) discard() {
	for _, o := range r.client.Operations() {
		r.must(r.client.Discard(ctx, o.Seq))
	}
}

func (r *walkRun) must(err error) {
	if err != nil {
		panic(err)
	}
}

// local returns the rows that the app sees.
func (r *walkRun) local() map[string]string {
	todos, err := r.client.Table("todoitem")
	r.must(err)
	result, err := todos.Read(ctx, query.Query{})
	r.must(err)
	found := map[string]string{}
	for _, row := range result.Rows {
		found[member(row, "id")] = string(row)
	}
	return found
}

// play runs the script and then pulls until nothing can be missing any more.
func (r *walkRun) play() (failure string) {
	for i, s := range r.script.Steps {
		if failure = r.step(s); failure != "" {
			return fmt.Sprint("step ", i, ": ", failure)
		}
	}
	r.clock.advance(maxLag + time.Second)
	r.discard()
	last := walkStep{Kind: pullMain, Filter: r.script.Main}
	first := last
	if r.ghosts() {
		first.Kind = pullCompare
	}
	for i, s := range []walkStep{first, last, last} {
		commits := r.commits
		result, failure := r.pull(s, true)
		if failure == "" && i == 2 && r.script.Habits.NoTrigger == allTimed &&
			(result.Requests != 1 || result.Received != 0 || r.commits != commits) {
			failure = fmt.Sprintf("nothing has changed for long, but the pull is %+v with %d commits", result, r.commits-commits)
		}
		if failure != "" {
			return fmt.Sprint("when all is quiet, pull ", i+1, ": ", failure)
		}
		r.clock.advance(maxLag + time.Second)
	}
	return ""
}

// ghosts tells whether rows can end without a trace that a pull by time could find.
func (r *walkRun) ghosts() bool { return r.script.Habits.HardDeletes || r.script.Moves }

func (r *walkRun) step(s walkStep) (failure string) {
	switch s.Kind {
	case changes:
		for _, e := range s.Events {
			r.event(e)
		}
	case reopening:
		r.must(r.client.Close())
		r.open()
	default:
		_, failure = r.pull(s, false)
	}
	return failure
}
