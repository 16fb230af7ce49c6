// Package storetest holds one conformance suite for every implementation of
// journal.Store: a named test for each sentence of the contract that a store can be held
// to. It opens each database at least twice, as two tabs do, or again after closing.
//
// It needs nothing but testing, so that it also runs inside a browser, and must not know
// any implementation.
package storetest

// This file is the entry: what a test gives, and the list of cases.

import (
	"flag"
	"testing"
	"time"

	"tidetable/datasync/journal"
)

// Database is one database that starts empty and on which a test opens stores.
type Database interface {
	// Open opens one more handle, as another tab does or the same one after a reload.
	// It fails the test when it cannot. The suite closes every handle it opens.
	Open(t *testing.T) journal.Store
}

// Aborter is the ability to abort transactions. Cases that need it run when a Database
// has it.
type Aborter interface {
	// AbortNext makes the next writing transaction, through whichever handle, abort
	// after its last request has succeeded.
	AbortNext(t *testing.T)
}

// Crasher is the ability to lose a handle without closing it.
type Crasher interface {
	// Crash makes the context that holds the handle go away.
	Crash(t *testing.T, s journal.Store)
}

// DurabilityRecorder is the ability to tell what was asked of the disk.
type DurabilityRecorder interface {
	// Durabilities lists the durability of the writing transactions so far, in the
	// order in which they were issued.
	Durabilities() []journal.Durability
}

var seedFlag = flag.Uint64("storetest.seed", 0, "repeat the random runs of the store suite with this seed")

// Run holds the databases that factory makes to the contract. Every case gets a database
// of its own.
func Run(t *testing.T, factory func(t *testing.T) Database) {
	probe := factory(t)
	for _, g := range groups() {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				if !c.runsOn(probe) {
					continue
				}
				t.Run(c.name, func(t *testing.T) { c.run(check{t, factory(t), factory}) })
			}
		})
	}
}

type group struct {
	name  string
	cases []testCase
}

func groups() []group {
	return []group{
		{"tail", tailCases},
		{"append", appendCases},
		{"records", recordCases},
		{"pages", pageCases},
		{"compact", compactCases},
		{"format", formatCases},
		{"close", closeCases},
		{"faults", faultCases},
		{"contexts", contextCases},
	}
}

// testCase is one sentence of the contract.
type testCase struct {
	name  string
	run   func(c check)
	needs ability
}

// ability is what a case needs beyond opening handles.
type ability uint8

const (
	opening ability = iota
	aborting
	crashing
	recording
)

func (tc testCase) runsOn(db Database) bool {
	ok := true
	switch tc.needs {
	case aborting:
		_, ok = db.(Aborter)
	case crashing:
		_, ok = db.(Crasher)
	case recording:
		_, ok = db.(DurabilityRecorder)
	}
	return ok
}

// seeds are the seeds of a random case: a fixed one that never changes, and a fresh one
// that is printed, or the one from the command line.
func (c check) seeds() []uint64 {
	seeds := []uint64{1, uint64(time.Now().UnixNano())}
	if *seedFlag != 0 {
		seeds = []uint64{*seedFlag}
	}
	c.Logf("seeds %d; repeat one with -storetest.seed", seeds)
	return seeds
}
