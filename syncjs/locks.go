//go:build js && wasm

package syncjs

// This file speaks with the other contexts of a database: tabs and workers.

import (
	"context"
	"sync"
	"syscall/js"

	"tidetable/internal/jsbridge"
)

// webLocks is [tidetable/datasync.Locker] on the browser's Web Locks. A lock goes with
// its context: a tab that was closed or has crashed holds none.
type webLocks struct {
	// lock is lock(name, signal), whose promise is settled when the lock is held. It is
	// held until signal aborts.
	lock   js.Value
	prefix string
}

// Lock waits until the named lock is held or ctx ends.
func (w webLocks) Lock(ctx context.Context, name string) (release func(), err error) {
	controller := js.Global().Get("AbortController").New()
	abort := sync.OnceFunc(func() { controller.Call("abort") })
	promise, err := jsbridge.Try(func() js.Value { return w.lock.Invoke(w.prefix+name, controller.Get("signal")) })
	if err == nil {
		_, err = jsbridge.Await(ctx, promise)
	}
	if err != nil {
		abort() // it may have been granted in the same moment
		return nil, err
	}
	return abort, nil
}

// hints carries the news that there is something to read, and nothing else: whoever
// misses one finds out at its next write.
type hints struct {
	channel js.Value
	heard   *jsbridge.Func
}

// listen calls heard, in a goroutine of its own, whenever another context of the database
// has written. It returns nil where the browser has no BroadcastChannel.
func listen(database string, heard func()) *hints {
	class := js.Global().Get("BroadcastChannel")
	if class.IsUndefined() {
		return nil
	}
	h := &hints{channel: class.New("tidetable:" + database)}
	h.heard = jsbridge.NewFunc(func(js.Value, []js.Value) any {
		go heard()
		return nil
	})
	h.channel.Set("onmessage", h.heard.Value())
	return h
}

// tell says that this context has written.
func (h *hints) tell() {
	if h == nil {
		return
	}
	// A channel that is closed has nobody to tell.
	_, _ = jsbridge.Try(func() js.Value { return h.channel.Call("postMessage", 1) })
}

func (h *hints) close() {
	if h == nil {
		return
	}
	h.channel.Set("onmessage", js.Null())
	h.channel.Call("close")
	h.heard.Release()
}
