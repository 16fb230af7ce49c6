package memstore

// This file runs transactions: one at a time, in the order they were issued.

import (
	"context"

	"tidetable/datasync/journal"
)

// transaction is one call on its way. It has either read or write.
type transaction struct {
	store  *Store
	read   func(*state)
	write  func(*state) (commit func(), err error)
	commit Commit

	done chan struct{} // nil unless the transaction has to wait
	err  error
}

// transact issues a transaction and waits for its outcome.
func (s *Store) transact(ctx context.Context, tx *transaction) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	tx.store = s
	db := s.db
	db.mu.Lock()
	if s.closed {
		db.mu.Unlock()
		return journal.ErrClosed
	}
	s.running++
	if db.holds == 0 {
		db.run(tx)
		db.mu.Unlock()
		return tx.err
	}
	tx.done = make(chan struct{})
	db.waiting = append(db.waiting, tx)
	db.mu.Unlock()
	// From here on the context no longer matters: the transaction is issued.
	<-tx.done
	return tx.err
}

// run executes a transaction. The caller holds the lock.
func (db *Database) run(tx *transaction) {
	tx.err = db.execute(tx)
	db.finish(tx)
}

func (db *Database) execute(tx *transaction) error {
	if tx.read != nil {
		if err := db.takeFailure(reading); err != nil {
			return err
		}
		tx.read(&db.state)
		return nil
	}
	commit, err := tx.write(&db.state)
	if err != nil {
		return err
	}
	// All that was asked for would succeed; an abort now is the latest there can be.
	if err := db.takeFailure(writing); err != nil {
		return err
	}
	commit()
	if db.observe != nil {
		c := tx.commit
		c.Store, c.db = tx.store, db
		db.observe(c)
	}
	return nil
}

// finish tells the caller of a transaction. The caller holds the lock.
func (db *Database) finish(tx *transaction) {
	tx.store.finished()
	if tx.done != nil {
		close(tx.done)
	}
}
