//go:build js && wasm

package idbstore

// This file tests opening and deleting.

import (
	"context"
	"errors"
	"syscall/js"
	"testing"
	"time"

	"tidetable/datasync/journal"
	"tidetable/internal/jsbridge"
)

// deaf makes an IDBFactory whose requests never answer until told: it holds back the
// genuine request's events.
const deafSource = `(() => {
	const deaf = { requests: 0 };
	let answer;
	const told = new Promise((resolve) => { answer = resolve; });
	deaf.answer = answer;
	deaf.open = (name, version) => {
		deaf.requests++;
		const request = indexedDB.open(name, version);
		const held = (event) => {
			if (event.replayed) return;
			event.stopImmediatePropagation();
			told.then(() => {
				const again = new Event('success');
				again.replayed = true;
				request.dispatchEvent(again);
			});
		};
		request.addEventListener('success', held);
		return request;
	};
	return deaf;
})()`

// atOnce is a clock on which every time-out has already passed.
func atOnce(time.Duration) <-chan time.Time {
	expired := make(chan time.Time)
	close(expired)
	return expired
}

func TestOpenEndsWhenTheBrowserDoesNotAnswer(t *testing.T) {
	name := freshName(t)
	deaf := js.Global().Call("eval", deafSource)
	_, err := Open(t.Context(), name, WithFactory(deaf), WithAfter(atOnce))
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("open ended with %v, want %v", err, ErrTimeout)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err = Open(ctx, name, WithFactory(deaf)); !errors.Is(err, context.Canceled) {
		t.Errorf("open ended with %v, want %v", err, context.Canceled)
	}
	// The connections that come late must be closed, or deleting would be blocked by them
	// until they hear of it; and the database must have been created whole.
	deaf.Call("answer")
	store := openStore(t, name)
	mustAppend(t, store, 0, "one")
}

func TestOpenWithACancelledContextAsksNothing(t *testing.T) {
	deaf := js.Global().Call("eval", deafSource)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, freshName(t), WithFactory(deaf)); !errors.Is(err, context.Canceled) {
		t.Errorf("open ended with %v, want %v", err, context.Canceled)
	}
	if n := deaf.Get("requests").Int(); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestOpenRefusesADatabaseOfAnother(t *testing.T) {
	name := freshName(t)
	made := js.Global().Call("eval", `(name) => new Promise((resolve, reject) => {
		const request = indexedDB.open(name, 1);
		request.onupgradeneeded = () => request.result.createObjectStore('journal');
		request.onsuccess = () => { request.result.close(); resolve(); };
		request.onerror = reject;
	})`).Invoke(name)
	if _, err := jsbridge.Await(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), name); !errors.Is(err, ErrForeign) {
		t.Errorf("open ended with %v, want %v", err, ErrForeign)
	}
}

func TestOpenReportsWhatTheBrowserThrowsAndRejects(t *testing.T) {
	throwing := js.Global().Call("eval", `({ open() { throw new DOMException('no', 'SecurityError'); } })`)
	if _, err := Open(t.Context(), freshName(t), WithFactory(throwing)); !jsbridge.IsName(err, "SecurityError") {
		t.Errorf("open ended with %v", err)
	}
	newer := freshName(t)
	higher := js.Global().Call("eval", `({ open(name) { return indexedDB.open(name, 2); } })`)
	store := openStore(t, newer, WithFactory(higher))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), newer); !jsbridge.IsName(err, "VersionError") {
		t.Errorf("open ended with %v", err)
	}
}

func TestDeletingClosesTheOtherHandles(t *testing.T) {
	name := freshName(t)
	store := openStore(t, name)
	mustAppend(t, store, 0, "one")
	if err := Delete(t.Context(), name); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if _, err := store.Tail(t.Context(), 0); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("tail ended with %v, want %v", err, journal.ErrClosed)
	}
	again := openStore(t, name)
	if tail := mustTail(t, again, 0); len(tail.Entries) != 0 {
		t.Errorf("%d entries in a database that was deleted", len(tail.Entries))
	}
}

// stubborn opens a connection that does not close when others want it to.
func stubborn(t *testing.T, name string) js.Value {
	t.Helper()
	db, err := jsbridge.Await(t.Context(), js.Global().Call("eval", `(name) => new Promise((resolve, reject) => {
		const request = indexedDB.open(name, 1);
		request.onsuccess = () => resolve(request.result);
		request.onerror = reject;
	})`).Invoke(name))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// untilBlocked gives a factory and a clock on which the time-out comes just after the
// request was blocked.
func untilBlocked(t *testing.T) []Option {
	blocked := make(chan time.Time)
	tell := jsbridge.NewFunc(func(js.Value, []js.Value) any {
		close(blocked)
		return nil
	})
	t.Cleanup(tell.Release)
	factory := js.Global().Call("eval", `(blocked) => {
		const watch = (request) => {
			request.addEventListener('blocked', () => setTimeout(blocked));
			return request;
		};
		return {
			open: (name) => watch(indexedDB.open(name, 2)),
			deleteDatabase: (name) => watch(indexedDB.deleteDatabase(name)),
		};
	}`).Invoke(tell.Value())
	return []Option{WithFactory(factory), WithAfter(func(time.Duration) <-chan time.Time { return blocked })}
}

func TestDeleteIsBlockedByWhoDoesNotLetGo(t *testing.T) {
	name := freshName(t)
	db := stubborn(t, name)
	if err := Delete(t.Context(), name, untilBlocked(t)...); !errors.Is(err, ErrBlocked) {
		t.Errorf("delete ended with %v, want %v", err, ErrBlocked)
	}
	db.Call("close")
}

func TestOpenIsBlockedByWhoDoesNotLetGo(t *testing.T) {
	name := freshName(t)
	db := stubborn(t, name)
	if _, err := Open(t.Context(), name, untilBlocked(t)...); !errors.Is(err, ErrBlocked) {
		t.Errorf("open ended with %v, want %v", err, ErrBlocked)
	}
	// Now the connection comes after all, and has to go again: deleting waits for it.
	db.Call("close")
	if err := Delete(t.Context(), name); err != nil {
		t.Errorf("delete: %v", err)
	}
}
