package memstore

// This file is for tests: aborted transactions, tabs that die, commits that take long,
// and somebody who watches every commit.

import (
	"slices"
	"sync"

	"tidetable/datasync/journal"
)

type access bool

const (
	reading access = false
	writing access = true
)

type failure struct {
	access access
	err    error
}

// FailNext makes the next Append or Compact that would succeed, of any store, abort with
// err and change nothing. Called twice, it fails two of them.
func (db *Database) FailNext(err error) { db.addFailure(writing, err) }

// FailNextRead makes the next Tail or Pages, of any store, fail with err.
func (db *Database) FailNextRead(err error) { db.addFailure(reading, err) }

func (db *Database) addFailure(a access, err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.failures = append(db.failures, failure{a, err})
}

// takeFailure returns the oldest failure meant for such a transaction. The caller holds
// the lock.
func (db *Database) takeFailure(a access) error {
	i := slices.IndexFunc(db.failures, func(f failure) bool { return f.access == a })
	if i < 0 {
		return nil
	}
	err := db.failures[i].err
	db.failures = slices.Delete(db.failures, i, i+1)
	return err
}

// LoseTab lets the context that has this store die: its transactions that still wait
// (see [Database.Hold]) are gone without effect, and they and all later calls return
// journal.ErrClosed. What was committed stays.
func (db *Database) LoseTab(s *Store) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if s.db != db {
		panic("memstore: the store belongs to another database")
	}
	s.close()
	db.waiting = slices.DeleteFunc(db.waiting, func(tx *transaction) bool {
		if tx.store != s {
			return false
		}
		tx.err = journal.ErrClosed
		db.finish(tx)
		return true
	})
}

// Hold lets transactions issued from now on wait, as on a slow disk, until release is
// called; then they run in the order they were issued. Reads wait too. Holds add up.
func (db *Database) Hold() (release func()) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.holds++
	return sync.OnceFunc(func() {
		db.mu.Lock()
		defer db.mu.Unlock()
		db.holds--
		if db.holds > 0 {
			return
		}
		for _, tx := range db.waiting {
			db.run(tx)
		}
		db.waiting = nil
	})
}

// Waiting is the number of transactions that a Hold keeps waiting.
func (db *Database) Waiting() int {
	db.mu.Lock()
	defer db.mu.Unlock()
	return len(db.waiting)
}

// Commit is one committed writing transaction, as an observer sees it.
type Commit struct {
	// Store is the context that wrote.
	Store *Store
	// Position is that of the appended entry; zero for a compaction.
	Position journal.Position
	// Generation is the one a compaction made; zero for an append.
	Generation uint64
	// Durability is what the writer asked for. Compactions are relaxed.
	Durability journal.Durability

	db *Database
}

// Clone copies the database as it is just after this transaction: what a disk would hold
// if everything died here. It may be called only while the observer runs.
func (c Commit) Clone() *Database { return c.db.clone() }

// Observe lets fn see every commit from now on, in order; nil ends it. The database is
// locked while fn runs: fn must not call it, nor any of its stores.
func (db *Database) Observe(fn func(Commit)) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.observe = fn
}
