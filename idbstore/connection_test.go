//go:build js && wasm

package idbstore

// This file tests connections that others end.

import (
	"context"
	"errors"
	"runtime"
	"syscall/js"
	"testing"

	"tidetable/datasync/journal"
)

func TestDeletingLetsTheTransactionsUnderWayFinish(t *testing.T) {
	name := freshName(t)
	store := openStore(t, name)
	mustTail(t, store, 0)
	outcome := make(chan error, 1)
	go func() {
		outcome <- store.Append(context.Background(), journal.Append{Entry: []byte("one")})
	}()
	for len(store.underWay()) == 0 {
		runtime.Gosched()
	}
	if err := Delete(t.Context(), name); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if err := <-outcome; err != nil {
		t.Errorf("append ended with %v", err)
	}
}

// underWay lists the calls under way.
func (s *Store) underWay() []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func TestTheBrowserTakingTheConnectionEndsEveryCall(t *testing.T) {
	recorder := newRecorder()
	store := openStore(t, freshName(t), WithFactory(recorder))
	mustTail(t, store, 0)
	// The transaction is held open, as by a browser that went away, and then the
	// connection closes.
	recorder.Get("lastDatabase").Set("transaction", js.Global().Call("eval", `(stores, mode) => {
		const tx = Object.create(IDBTransaction.prototype);
		const request = {};
		Object.defineProperty(tx, 'oncomplete', { value: null, writable: true });
		tx.objectStore = () => ({ get: () => request, add: () => request });
		tx.commit = () => {};
		return tx;
	}`))
	outcomes := make(chan error, 3)
	for range cap(outcomes) {
		go func() {
			outcomes <- store.Append(context.Background(), journal.Append{Entry: []byte("one")})
		}()
	}
	for len(store.underWay()) < cap(outcomes) {
		runtime.Gosched()
	}
	recorder.Get("lastDatabase").Call("dispatchEvent", js.Global().Get("Event").New("close"))
	for range cap(outcomes) {
		if err := <-outcomes; !errors.Is(err, journal.ErrClosed) {
			t.Errorf("append ended with %v, want %v", err, journal.ErrClosed)
		}
	}
	if _, err := store.Tail(t.Context(), 0); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("tail ended with %v, want %v", err, journal.ErrClosed)
	}
}

func TestAConnectionClosedUnderneathIsClosed(t *testing.T) {
	recorder := newRecorder()
	store := openStore(t, freshName(t), WithFactory(recorder))
	mustAppend(t, store, 0, "one")
	recorder.Get("lastDatabase").Call("close")
	if _, err := store.Tail(t.Context(), 0); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("tail ended with %v, want %v", err, journal.ErrClosed)
	}
	err := store.Append(t.Context(), journal.Append{Base: 1, Entry: []byte("two")})
	if !errors.Is(err, journal.ErrClosed) {
		t.Errorf("append ended with %v, want %v", err, journal.ErrClosed)
	}
}
