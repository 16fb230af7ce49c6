//go:build js && wasm

package idbstore

// This file tests that nothing stays behind.

import (
	"errors"
	"runtime"
	"syscall/js"
	"testing"

	"tidetable/datasync/journal"
	"tidetable/internal/jsbridge"
)

// TestOpeningAndClosingLeavesNothing opens a hundred times. Our callbacks are counted. A
// listener that go-indexeddb leaves behind holds a JavaScript value, and the runtime knows
// how many of those Go holds.
func TestOpeningAndClosingLeavesNothing(t *testing.T) {
	name := freshName(t)
	use := func() {
		store, err := Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		tail := mustTail(t, store, 0)
		base := journal.Position(len(tail.Entries))
		mustAppend(t, store, base, "one")
		if err := store.Append(t.Context(), journal.Append{Base: base, Entry: []byte("late")}); !errors.Is(err, journal.ErrTaken) {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	use()
	callbacks, values := jsbridge.Funcs(), heldValues(t)
	for range 100 {
		use()
	}
	after := jsbridge.Funcs()
	if after.Live() != callbacks.Live() {
		t.Errorf("%d callbacks are left", after.Live()-callbacks.Live())
	}
	if after.Created == callbacks.Created {
		t.Error("the counters do not count")
	}
	// A leak of one value for each opening would be a hundred.
	if left := heldValues(t) - values; left > 20 {
		t.Errorf("%d JavaScript values are left after a hundred openings", left)
	}
}

// runtimeSource gives the running program's side in JavaScript, which every callback that
// is made passes by.
const runtimeSource = `(makeCallback) => {
	const genuine = Go.prototype._makeFuncWrapper;
	let program;
	Go.prototype._makeFuncWrapper = function (id) { program = this; return genuine.call(this, id); };
	makeCallback();
	Go.prototype._makeFuncWrapper = genuine;
	return program;
}`

// heldValues counts the JavaScript values that Go holds, after everything unused is
// collected.
func heldValues(t *testing.T) int {
	t.Helper()
	makeCallback := jsbridge.NewFunc(func(js.Value, []js.Value) any {
		jsbridge.NewFunc(func(js.Value, []js.Value) any { return nil }).Release()
		return nil
	})
	defer makeCallback.Release()
	program := js.Global().Call("eval", runtimeSource).Invoke(makeCallback.Value())
	held := 0
	for range 4 {
		runtime.GC()
		// The browser gets its turn, so that listeners are taken off and finalizers run.
		nextTurn := js.Global().Call("eval", `new Promise((resolve) => setTimeout(resolve))`)
		if _, err := jsbridge.Await(t.Context(), nextTurn); err != nil {
			t.Fatal(err)
		}
		held = program.Get("_values").Length() - program.Get("_idPool").Length()
	}
	return held
}
