//go:build js && wasm

package jsbridge

// This file counts callbacks: a js.Func that nobody releases holds its closure, and what
// that refers to, for as long as the program lives.

import (
	"sync/atomic"
	"syscall/js"
)

var created, released atomic.Int64

// Func is a Go function that JavaScript can call. Whoever makes it owns it and releases
// it once.
type Func struct {
	fn   js.Func
	live bool
}

// NewFunc makes fn callable from JavaScript. fn must not block: the event loop stands
// still until it returns, so work that waits belongs in a goroutine it starts.
func NewFunc(fn func(this js.Value, args []js.Value) any) *Func {
	created.Add(1)
	return &Func{fn: js.FuncOf(fn), live: true}
}

// Value is the JavaScript function.
func (f *Func) Value() js.Value { return f.fn.Value }

// Release frees the function; JavaScript must not call it any more. It may be called
// while the function runs, and more than once.
func (f *Func) Release() {
	if f == nil || !f.live {
		return
	}
	f.live = false
	f.fn.Release()
	released.Add(1)
}

// FuncCount is a reading of the callback counters.
type FuncCount struct {
	// Created and Released count since the program started.
	Created, Released int64
}

// Live is the number of callbacks not yet released.
func (c FuncCount) Live() int64 { return c.Created - c.Released }

// Funcs reads the counters. A test that finds more live ones after its work than before
// has found a leak.
func Funcs() FuncCount {
	// Released first, so that the number of live ones is never too small.
	r := released.Load()
	return FuncCount{Created: created.Load(), Released: r}
}
