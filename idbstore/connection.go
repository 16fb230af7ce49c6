//go:build js && wasm

package idbstore

// This file owns a connection: its callbacks, the transactions under way, and its end.

import (
	"context"
	"slices"
	"sync"
	"syscall/js"

	"tidetable/datasync/journal"
	"tidetable/internal/jsbridge"
)

// Store is a connection to one database. It implements journal.Store.
type Store struct {
	db js.Value
	// completed and aborted serve every transaction of the connection: making and
	// releasing callbacks for each would cost more than the requests. ended is called
	// when another context wants the database gone, and when the browser took it.
	completed, aborted, ended *jsbridge.Func

	mu      sync.Mutex
	calls   []*call // under way, in the order of issue
	closed  bool
	drained chan struct{} // closed when the store is closed and nothing is under way

	headSeen  bool
	minFormat uint16 // the highest lowest format seen; it never falls
}

var _ journal.Store = (*Store)(nil)

// call is a transaction under way.
type call struct {
	tx   js.Value // zero until it is created
	done chan error
}

// What transactions are made of. Strings and objects that never change cross the border
// once.
var (
	journalStore     = js.ValueOf("journal")
	pageStore        = js.ValueOf("pages")
	generationStore  = js.ValueOf("generations")
	entriesOnly      = journalStore
	entriesAndPages  = js.ValueOf([]any{journalStore, pageStore})
	entriesAndRoots  = js.ValueOf([]any{journalStore, generationStore})
	pagesOnly        = pageStore
	everything       = js.ValueOf([]any{journalStore, pageStore, generationStore})
	readOnly         = js.ValueOf("readonly")
	readWrite        = js.ValueOf("readwrite")
	durabilityOption = [...]js.Value{
		journal.Relaxed: js.ValueOf(map[string]any{"durability": "relaxed"}),
		journal.Strict:  js.ValueOf(map[string]any{"durability": "strict"}),
	}
)

// newStore takes over an open connection. It must run in the turn in which the browser
// handed it out, or an event that closes it could be missed.
func newStore(db js.Value) *Store {
	s := &Store{db: db, drained: make(chan struct{})}
	s.completed = jsbridge.NewFunc(func(tx js.Value, _ []js.Value) any {
		s.finish(tx, nil)
		return nil
	})
	s.aborted = jsbridge.NewFunc(func(_ js.Value, args []js.Value) any {
		tx := args[0].Get("target")
		s.finish(tx, abortReason(tx.Get("error")))
		return nil
	})
	s.ended = jsbridge.NewFunc(func(_ js.Value, args []js.Value) any {
		s.end()
		if args[0].Get("type").String() == "close" {
			s.abandon()
		}
		return nil
	})
	db.Set("onabort", s.aborted.Value())
	db.Set("onversionchange", s.ended.Value())
	db.Set("onclose", s.ended.Value())
	return s
}

// transaction is what a call asks of the database.
type transaction struct {
	stores js.Value
	// options are those of a writing transaction; a reading one has none.
	options js.Value
	// issue makes all requests. It must not block.
	issue func(tx js.Value)
	// unhurried leaves the commit to the browser, which waits for every request.
	unhurried bool
}

// transact issues a transaction in one turn and waits until it has completed or aborted.
func (s *Store) transact(ctx context.Context, t transaction) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := s.begin()
	if err != nil {
		return err
	}
	_, err = jsbridge.Try(func() js.Value {
		if t.options.IsUndefined() {
			c.tx = s.db.Call("transaction", t.stores, readOnly)
		} else {
			c.tx = s.db.Call("transaction", t.stores, readWrite, t.options)
		}
		c.tx.Set("oncomplete", s.completed.Value())
		t.issue(c.tx)
		if !t.unhurried {
			c.tx.Call("commit")
		}
		return js.Undefined()
	})
	if err != nil {
		return s.failToIssue(c, err)
	}
	// From here on the context no longer matters: the outcome tells what happened.
	return <-c.done
}

// failToIssue ends a call whose transaction could not be created or was left half issued.
func (s *Store) failToIssue(c *call, err error) error {
	if c.tx.IsUndefined() {
		s.remove(c)
		if jsbridge.IsName(err, "InvalidStateError") {
			// The browser closed the connection and has not told yet.
			return journal.ErrClosed
		}
		return err
	}
	// An aborted transaction has no effect; waiting for the event makes that certain.
	if _, abortErr := jsbridge.Try(func() js.Value { return c.tx.Call("abort") }); abortErr == nil {
		<-c.done
		return classify(err)
	}
	s.remove(c)
	return classify(err)
}

// begin counts a call as under way, before its transaction exists: the connection is not
// released below it.
func (s *Store) begin() (*call, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, journal.ErrClosed
	}
	c := &call{done: make(chan error, 1)}
	s.calls = append(s.calls, c)
	return c, nil
}

// finish gives the call of a transaction its outcome. Transactions mostly finish in the
// order of issue, so the call is among the first.
func (s *Store) finish(tx js.Value, outcome error) {
	if c := s.take(func(c *call) bool { return c.tx.Equal(tx) }); c != nil {
		c.done <- outcome
	}
}

// take removes the first call under way that matches, or returns nil. Whoever took a call
// gives it its outcome; nobody can take it twice.
func (s *Store) take(match func(*call) bool) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.calls, match)
	if i < 0 {
		return nil
	}
	c := s.calls[i]
	s.calls = slices.Delete(s.calls, i, i+1)
	if s.closed && len(s.calls) == 0 {
		s.release()
	}
	return c
}

// remove takes a call that ends without an event.
func (s *Store) remove(c *call) {
	s.take(func(other *call) bool { return other == c })
}

// Close waits for the transactions under way and releases the connection.
func (s *Store) Close() error {
	s.end()
	<-s.drained
	return nil
}

// end refuses further calls and closes the connection, which lets the transactions under
// way finish.
func (s *Store) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.db.Call("close")
	if len(s.calls) == 0 {
		s.release()
	}
}

// abandon ends the calls that are left when the browser took the connection away. It has
// aborted their transactions, except one that was just being committed.
func (s *Store) abandon() {
	for {
		c := s.take(func(*call) bool { return true })
		if c == nil {
			return
		}
		c.done <- journal.ErrClosed
	}
}

// release gives the callbacks back. The caller holds the lock; nothing is under way.
func (s *Store) release() {
	for _, event := range []string{"onabort", "onversionchange", "onclose"} {
		s.db.Set(event, js.Null())
	}
	s.completed.Release()
	s.aborted.Release()
	s.ended.Release()
	close(s.drained)
}
