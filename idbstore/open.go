//go:build js && wasm

package idbstore

// This file opens, creates and deletes databases.

import (
	"context"
	"syscall/js"
	"time"

	"github.com/hack-pad/go-indexeddb/idb"

	"tidetable/internal/jsbridge"
)

// version is the version of every database. It stays: a new one would have to wait until
// all contexts let go of the old.
const version = 1

// DefaultTimeout is how long Open and Delete wait for the browser.
const DefaultTimeout = 10 * time.Second

// Option changes how Open and Delete go about it.
type Option func(*options)

type options struct {
	factory js.Value
	timeout time.Duration
	after   func(time.Duration) <-chan time.Time
}

// WithFactory uses another IDBFactory than that of the global object, such as one that
// records what it is asked. What it returns must be genuine requests.
func WithFactory(factory js.Value) Option {
	return func(o *options) { o.factory = factory }
}

// WithTimeout sets how long to wait for the browser instead of [DefaultTimeout].
func WithTimeout(d time.Duration) Option {
	return func(o *options) { o.timeout = d }
}

// WithAfter replaces time.After.
func WithAfter(after func(time.Duration) <-chan time.Time) Option {
	return func(o *options) { o.after = after }
}

func newOptions(opts []Option) (*options, error) {
	o := &options{timeout: DefaultTimeout, after: time.After}
	for _, opt := range opts {
		opt(o)
	}
	if o.factory.IsUndefined() {
		// Reading this member throws where the page has no origin of its own.
		factory, err := jsbridge.Get(js.Global(), "indexedDB")
		if err != nil || !factory.Truthy() {
			return nil, ErrUnavailable
		}
		o.factory = factory
	}
	return o, nil
}

// Open opens the database of that name and creates it when there is none. It fails with
// [ErrTimeout] or [ErrBlocked] when the browser does not answer in time, and with the
// error of ctx when that ends first; a connection that comes later is closed at once.
func Open(ctx context.Context, name string, opts ...Option) (*Store, error) {
	s, err := open(ctx, name, opts)
	if err != nil {
		return nil, wrap("open "+name, err)
	}
	return s, nil
}

func open(ctx context.Context, name string, opts []Option) (*Store, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	raw, err := jsbridge.Try(func() js.Value { return o.factory.Call("open", name, version) })
	if err != nil {
		return nil, err
	}
	var store *Store
	r := newRequest(raw, func(db js.Value) error {
		if !madeHere(db) {
			db.Call("close")
			return ErrForeign
		}
		store = newStore(db)
		return nil
	})
	if err := r.create(); err != nil {
		return nil, err
	}
	if err := r.wait(ctx, o); err != nil {
		r.whenSettled(func() {
			if store != nil {
				store.end()
			}
		})
		return nil, err
	}
	return store, nil
}

// madeHere tells whether a database has the object stores it needs.
func madeHere(db js.Value) bool {
	names := db.Get("objectStoreNames")
	for _, store := range []js.Value{journalStore, pageStore, generationStore} {
		if !names.Call("contains", store).Bool() {
			return false
		}
	}
	return true
}

// Delete deletes the database of that name with all that is in it; there need not be
// one. Contexts that have it open are told to close it; while one does not, Delete waits,
// at last fails with [ErrBlocked], and the browser deletes the database when it can.
func Delete(ctx context.Context, name string, opts ...Option) error {
	o, err := newOptions(opts)
	if err != nil {
		return wrap("delete "+name, err)
	}
	if err := ctx.Err(); err != nil {
		return wrap("delete "+name, err)
	}
	raw, err := jsbridge.Try(func() js.Value { return o.factory.Call("deleteDatabase", name) })
	if err != nil {
		return wrap("delete "+name, err)
	}
	r := newRequest(raw, func(js.Value) error { return nil })
	return wrap("delete "+name, r.wait(ctx, o))
}

// create lets go-indexeddb create the object stores when the database is new. The
// library learns of the request by a factory that hands out the one we have.
func (r *request) create() error {
	hand := jsbridge.NewFunc(func(js.Value, []js.Value) any { return r.raw })
	defer hand.Release()
	factory, err := idb.WrapFactory(js.ValueOf(map[string]any{"open": hand.Value()}))
	if err != nil {
		return err
	}
	// The library holds its listeners until the context ends. It must not end before the
	// request: a new database whose creation nobody heard of would have no object stores.
	ctx, cancel := context.WithCancel(context.Background())
	r.whenSettled(cancel)
	_, err = factory.Open(ctx, "", version, func(db *idb.Database, _, _ uint) error {
		for _, name := range []js.Value{journalStore, pageStore, generationStore} {
			if _, err := db.CreateObjectStore(name.String(), idb.ObjectStoreOptions{}); err != nil {
				// An error returned from here would end the program.
				r.raw.Get("transaction").Call("abort")
				return nil
			}
		}
		return nil
	})
	return err
}
