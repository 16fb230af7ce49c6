//go:build js && wasm

package jsbridge

// This file waits for promises.

import (
	"context"
	"sync"
	"syscall/js"
)

type settlement struct {
	value js.Value
	err   error
}

// waiters holds who waits for which promise. All promises share one callback, which
// JavaScript binds to a number and an outcome: bound functions are collected like any
// object, so a promise that never settles leaks no callback. The shared one lives as
// long as the program and is not among those that [Funcs] counts.
var waiters struct {
	sync.Mutex
	settle js.Value
	next   int
	byID   map[int]chan<- settlement
}

// Await waits until the promise settles or ctx ends; in the second case the promise
// goes on and its outcome is dropped. A value that is no promise is its own outcome. A
// rejection is returned as an *Error.
//
// Await must not be called on the goroutine of a callback: the event loop would wait
// for the callback and the callback for the event loop.
func Await(ctx context.Context, promise js.Value) (js.Value, error) {
	if err := ctx.Err(); err != nil {
		return js.Undefined(), err
	}
	if t := promise.Type(); t != js.TypeObject && t != js.TypeFunction {
		return promise, nil
	}
	done := make(chan settlement, 1)
	id, settle := addWaiter(done)
	defer dropWaiter(id)
	// Promise.resolve makes foreign thenables behave: settled once, and never at once.
	_, err := Try(func() js.Value {
		return js.Global().Get("Promise").Call("resolve", promise).Call("then",
			settle.Call("bind", js.Null(), id, true), settle.Call("bind", js.Null(), id, false))
	})
	if err != nil {
		return js.Undefined(), err
	}
	select {
	case s := <-done:
		return s.value, s.err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}

func addWaiter(done chan<- settlement) (int, js.Value) {
	waiters.Lock()
	defer waiters.Unlock()
	if waiters.settle.IsUndefined() {
		waiters.settle = js.FuncOf(settled).Value
		waiters.byID = make(map[int]chan<- settlement)
	}
	waiters.next++
	waiters.byID[waiters.next] = done
	return waiters.next, waiters.settle
}

func dropWaiter(id int) {
	waiters.Lock()
	delete(waiters.byID, id)
	waiters.Unlock()
}

// settled is called by JavaScript with a waiter's number, whether the promise was
// fulfilled, and the value or reason.
func settled(_ js.Value, args []js.Value) any {
	waiters.Lock()
	done := waiters.byID[args[0].Int()]
	delete(waiters.byID, args[0].Int())
	waiters.Unlock()
	if done == nil {
		return nil
	}
	s := settlement{value: args[2]}
	if !args[1].Bool() {
		s = settlement{value: js.Undefined(), err: ErrorOf(args[2])}
	}
	done <- s
	return nil
}
