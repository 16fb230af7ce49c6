package datasync_test

// This file makes the scripts of the walk's property test from seeds, prints them and
// makes those that fail smaller.

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// walkScript is one case: a server with its habits and what happens in order.
type walkScript struct {
	Habits habits
	// Main is the filter that the rows are pulled by in the end, an index of walkFilters.
	Main int
	// Moves lets rows leave and enter filters.
	Moves bool
	// Traits is the page size that the Remote asks for, 0 for none.
	Traits int
	Steps  []walkStep
}

// walkStep is a pull, a reopening, or changes.
type walkStep struct {
	Kind   stepKind
	Filter int
	Size   int
	Events []walkEvent
	// Plan is what happens while the pull's requests are on their way.
	Plan []disturbance
}

type stepKind uint8

const (
	changes stepKind = iota
	reopening
	// The pulls: by the main query id, by another one, without any, comparing, comparing with
	// an order, all anew, and by offset.
	pullMain
	pullOther
	pullNoID
	pullCompare
	pullOrdered
	pullResync
	pullWindow
)

func (k stepKind) String() string {
	return [...]string{"changes", "reopening", "pullMain", "pullOther", "pullNoID", "pullCompare", "pullOrdered", "pullResync", "pullWindow"}[k]
}

// disturbance happens at one request of a pull.
type disturbance struct {
	Request int
	// Late lets it happen when the server has made its answer, which is still on its way.
	Late   bool
	Events []walkEvent
	Fault  fault
}

type fault uint8

const (
	noFault fault = iota
	linkDown
	serverDown
	signedOut
	cancelled
)

func (f fault) String() string {
	return [...]string{"noFault", "linkDown", "serverDown", "signedOut", "cancelled"}[f]
}

// walkEvent changes the server's rows, or what is here.
type walkEvent struct {
	Kind eventKind
	// Wait is how much time passes before.
	Wait time.Duration
	// Pick and Rows say which rows: Rows of them get one time.
	Pick, Rows int
	N          int
	// Delay is how long others do not see it, Back how far the stamp lies in the past.
	Delay, Back time.Duration
}

type eventKind uint8

const (
	waiting eventKind = iota
	inserts
	updates
	deletes
	revives
	vanishes
	// What the app does meanwhile.
	editsHere
	deletesHere
	discardsHere
	purgesHere
)

func (k eventKind) String() string {
	return [...]string{"waiting", "inserts", "updates", "deletes", "revives", "vanishes", "editsHere", "deletesHere", "discardsHere", "purgesHere"}[k]
}

// String lists a script with one line for each step, event and disturbance.
func (s walkScript) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v main %d moves %t traits %d\n", s.Habits, s.Main, s.Moves, s.Traits)
	for i, step := range s.Steps {
		fmt.Fprintf(&b, "%d. %v filter %d size %d\n", i, step.Kind, step.Filter, step.Size)
		for _, e := range step.Events {
			fmt.Fprintf(&b, "     %+v\n", e)
		}
		for _, d := range step.Plan {
			fmt.Fprintf(&b, "   at request %d, late %t: %v %+v\n", d.Request, d.Late, d.Fault, d.Events)
		}
	}
	return b.String()
}

// drawing makes a script from a source of randomness.
type drawing struct {
	*rand.Rand
	script walkScript
	// lull is the step from which on the server changes nothing more.
	lull int
	// slow makes pulls that take about as long as they look back.
	slow bool
}

func drawScript(seed uint64) walkScript {
	d := &drawing{Rand: rand.New(rand.NewPCG(seed, 2))}
	h := &d.script.Habits
	*h = habits{
		Cap: 1 + d.IntN(1+d.IntN(20)), TakeIsLaw: d.chance(2), Links: linkRule(d.IntN(3)), Counts: d.chance(2),
		Unordered: d.chance(2), Digits: digits(d.IntN(3)), HardDeletes: d.chance(4),
	}
	if d.chance(3) {
		h.NoCompare = []int{400, 500, 501}[d.IntN(3)]
	}
	if d.chance(6) {
		h.NoTrigger = missingTime(1 + d.IntN(2))
	}
	if d.chance(2) {
		h.Lag = min(maxLag, time.Duration(d.IntN(2*int(maxLag))))
	}
	if d.slow {
		h.Lag = maxLag
	}
	if d.chance(3) {
		h.Skew = time.Duration(d.IntN(2*3600)-3600) * time.Second
	}
	if d.chance(3) {
		d.script.Traits = 1 + d.IntN(20)
	}
	d.script.Main, d.script.Moves = d.IntN(len(walkFilters)), d.chance(5)
	d.lull, d.slow = 2+d.IntN(20), d.chance(3)
	first := walkStep{Kind: changes}
	for range d.IntN(8) {
		first.Events = append(first.Events, d.event(inserts))
	}
	if d.chance(2) {
		first.Events = append(first.Events, walkEvent{Wait: time.Duration(d.IntN(int(time.Hour)))})
	}
	d.script.Steps = append(d.script.Steps, first)
	for range 3 + d.IntN(10) {
		s := d.step()
		d.script.Steps = append(d.script.Steps, s)
		if s.Kind >= pullMain && d.chance(3) { // and once more, with nothing happening
			s.Plan = nil
			d.script.Steps = append(d.script.Steps, s)
		}
	}
	return d.script
}

// maxLag is just inside the time that a pull looks back.
const maxLag = 9900 * time.Millisecond

func (d *drawing) chance(n int) bool { return d.IntN(n) == 0 }

func (d *drawing) step() walkStep {
	s := walkStep{Filter: d.script.Main}
	switch n := d.IntN(21); {
	case n < 6:
		for range 1 + d.IntN(4) {
			s.Events = append(s.Events, d.event(d.kind()))
		}
		return s
	case n < 7:
		s.Kind = reopening
		return s
	case n < 14:
		s.Kind = pullMain
	default:
		s.Kind = []stepKind{pullOther, pullOther, pullNoID, pullCompare, pullOrdered, pullResync, pullWindow}[n-14]
	}
	if s.Kind == pullOther || d.chance(8) {
		s.Filter = d.IntN(len(walkFilters))
	}
	if d.chance(3) {
		s.Size = 1 + d.IntN(20)
	}
	for d.chance(2) {
		x := disturbance{Request: d.IntN(1 << d.IntN(5)), Late: d.chance(2)}
		for range d.IntN(4) {
			x.Events = append(x.Events, d.event(d.kind()))
		}
		if d.chance(4) {
			x.Fault = fault(1 + d.IntN(4))
		}
		s.Plan = append(s.Plan, x)
	}
	return s
}

func (d *drawing) kind() eventKind {
	switch n := d.IntN(28); {
	case n < 2:
		return waiting
	case n < 7:
		return inserts
	case n < 14:
		return updates
	case n < 17:
		return deletes
	case n < 18:
		return revives
	case n < 20:
		return vanishes
	default:
		return []eventKind{editsHere, editsHere, editsHere, deletesHere, discardsHere, discardsHere, discardsHere, purgesHere}[n-20]
	}
}

func (d *drawing) event(kind eventKind) walkEvent {
	if kind < editsHere && len(d.script.Steps) >= d.lull {
		return walkEvent{Wait: time.Duration(d.IntN(6000)) * time.Millisecond}
	}
	e := walkEvent{Kind: kind, Wait: d.wait(), Pick: d.IntN(1000), Rows: 1, N: d.IntN(6)}
	if d.chance(3) {
		e.Rows = 1 + d.IntN(15)
	}
	if lag := int(d.script.Habits.Lag); lag > 0 && d.chance(2) {
		whole := time.Duration(min(lag, d.IntN(2*lag)))
		if d.chance(4) {
			e.Back = time.Duration(d.IntN(int(whole) + 1))
		}
		e.Delay = whole - e.Back
	}
	return e
}

// wait is a time of any magnitude, often none.
func (d *drawing) wait() time.Duration {
	if d.slow && d.chance(2) {
		return time.Duration(d.IntN(7000)) * time.Millisecond
	}
	switch d.IntN(8) {
	case 0, 1, 2:
		return 0
	case 3:
		return time.Duration(d.IntN(10_000)) * tick
	case 4:
		return time.Millisecond
	case 5:
		return time.Duration(d.IntN(50)) * time.Millisecond
	case 6:
		return time.Duration(d.IntN(3000)) * time.Millisecond
	}
	return time.Duration(d.IntN(15_000)) * time.Millisecond
}

// smaller lists scripts with one thing less.
func (s walkScript) smaller() (list []walkScript) {
	simpler := func(change func(*walkScript)) {
		c := s
		c.Steps = slices.Clone(s.Steps)
		change(&c)
		list = append(list, c)
	}
	for i, step := range s.Steps {
		simpler(func(c *walkScript) { c.Steps = slices.Delete(c.Steps, i, i+1) })
		for j, e := range step.Events {
			simpler(func(c *walkScript) { c.Steps[i].Events = slices.Delete(slices.Clone(step.Events), j, j+1) })
			for _, less := range e.smaller() {
				simpler(func(c *walkScript) {
					c.Steps[i].Events = slices.Clone(step.Events)
					c.Steps[i].Events[j] = less
				})
			}
		}
		for j, x := range step.Plan {
			simpler(func(c *walkScript) { c.Steps[i].Plan = slices.Delete(slices.Clone(step.Plan), j, j+1) })
			for _, less := range x.smaller() {
				simpler(func(c *walkScript) {
					c.Steps[i].Plan = slices.Clone(step.Plan)
					c.Steps[i].Plan[j] = less
				})
			}
		}
		if step.Size > 0 {
			simpler(func(c *walkScript) { c.Steps[i].Size = 0 })
		}
	}
	for _, plain := range []func(*walkScript){
		func(c *walkScript) { c.Traits = 0 },
		func(c *walkScript) { c.Moves = false },
		func(c *walkScript) { c.Habits.NoCompare = 0 },
		func(c *walkScript) { c.Habits.Unordered = false },
		func(c *walkScript) { c.Habits.Digits = milliseconds },
		func(c *walkScript) { c.Habits.Skew = 0 },
		func(c *walkScript) { c.Habits.Links = linkNever },
		func(c *walkScript) { c.Habits.Counts = false },
		func(c *walkScript) { c.Habits.HardDeletes = false },
		func(c *walkScript) { c.Habits.NoTrigger = allTimed },
	} {
		simpler(plain)
	}
	return list
}

func (x disturbance) smaller() (list []disturbance) {
	for i, e := range x.Events {
		less := x
		less.Events = slices.Delete(slices.Clone(x.Events), i, i+1)
		list = append(list, less)
		for _, smaller := range e.smaller() {
			less.Events = slices.Clone(x.Events)
			less.Events[i] = smaller
			list = append(list, less)
		}
	}
	if x.Fault != noFault {
		less := x
		less.Fault = noFault
		list = append(list, less)
	}
	return list
}

func (e walkEvent) smaller() (list []walkEvent) {
	for _, plain := range []func(*walkEvent){
		func(e *walkEvent) { e.Rows = 1 },
		func(e *walkEvent) { e.Rows = (e.Rows + 1) / 2 },
		func(e *walkEvent) { e.Wait = 0 },
		func(e *walkEvent) { e.Delay = 0 },
		func(e *walkEvent) { e.Back = 0 },
	} {
		less := e
		if plain(&less); less != e {
			list = append(list, less)
		}
	}
	return list
}

// shrink takes away from a script that fails as long as it still fails.
func shrink(s walkScript, fails func(walkScript) bool) walkScript {
	for again, tries := true, 0; again && tries < 20_000; {
		again = false
		for _, less := range s.smaller() {
			if tries++; fmt.Sprint(less) != fmt.Sprint(s) && fails(less) {
				s, again = less, true
				break
			}
		}
	}
	return s
}
