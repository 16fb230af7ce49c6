//go:build js && wasm

package idbstore

// This file waits for the request that opens or deletes a database: it may be blocked,
// and it may never settle.

import (
	"context"
	"syscall/js"

	"tidetable/internal/jsbridge"
)

// request is an IDBOpenDBRequest under way.
type request struct {
	raw     js.Value
	settled chan struct{} // closed on success or error; err is set before
	err     error
	blocked bool

	callbacks []*jsbridge.Func
	after     []func()
}

// newRequest listens to a request made in this turn. taken receives the result in the
// turn of its success.
func newRequest(raw js.Value, taken func(result js.Value) error) *request {
	r := &request{raw: raw, settled: make(chan struct{})}
	r.on("onsuccess", func(event js.Value) {
		// go-indexeddb listens too, and would leave a listener of its own on the database.
		event.Call("stopImmediatePropagation")
		r.settle(taken(raw.Get("result")))
	})
	r.on("onerror", func(js.Value) { r.settle(classify(jsbridge.ErrorOf(raw.Get("error")))) })
	r.on("onblocked", func(js.Value) { r.blocked = true })
	return r
}

func (r *request) on(event string, fn func(event js.Value)) {
	f := jsbridge.NewFunc(func(_ js.Value, args []js.Value) any {
		fn(args[0])
		return nil
	})
	r.callbacks = append(r.callbacks, f)
	r.raw.Set(event, f.Value())
}

// settle ends the request and gives its callbacks back.
func (r *request) settle(err error) {
	r.err = err
	close(r.settled)
	for _, event := range []string{"onsuccess", "onerror", "onblocked"} {
		r.raw.Set(event, js.Null())
	}
	for _, f := range r.callbacks {
		f.Release()
	}
	for _, fn := range r.after {
		fn()
	}
}

// whenSettled runs fn once the request has settled, now if it has.
func (r *request) whenSettled(fn func()) {
	select {
	case <-r.settled:
		fn()
	default:
		r.after = append(r.after, fn)
	}
}

// wait waits for the request, ctx or the time-out.
func (r *request) wait(ctx context.Context, o *options) error {
	select {
	case <-r.settled:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	case <-o.after(o.timeout):
		if r.blocked {
			return ErrBlocked
		}
		return ErrTimeout
	}
}
