//go:build js && wasm

package idbstore

// This file makes databases for tests: a factory that records what is asked of the
// browser and can abort transactions after their last success.

import (
	"context"
	"os"
	"strconv"
	"sync/atomic"
	"syscall/js"
	"testing"

	"tidetable/datasync/journal"
	"tidetable/datasync/storetest"
	"tidetable/internal/jsbridge"
)

// recorderSource makes an IDBFactory whose databases note every transaction, and the
// durability of the writing ones as the browser took it. Its member abortNext makes
// that many writing transactions abort in the success event of their last request, which
// is an add, with their commit held back; failPuts makes the next put fail without
// aborting its transaction, which is what an engine does that goes on after an early
// commit. While trace is an array, it receives every request and commit, and where the
// turn ended that created the transaction.
const recorderSource = `(() => {
	const recorder = { durabilities: [], transactions: [], abortNext: 0, failPuts: 0, trace: null, errors: [], lastDatabase: null };
	const abortAfterSuccess = (tx) => {
		tx.commit = () => {};
		tx.objectStore = (name) => {
			const store = IDBTransaction.prototype.objectStore.call(tx, name);
			store.add = (...args) => {
				const request = IDBObjectStore.prototype.add.apply(store, args);
				request.addEventListener('success', () => tx.abort());
				return request;
			};
			return store;
		};
	};
	const failPut = (tx) => {
		tx.commit = () => {};
		tx.objectStore = (name) => {
			const store = IDBTransaction.prototype.objectStore.call(tx, name);
			store.put = (value, key) => {
				IDBObjectStore.prototype.put.call(store, value, key);
				const request = IDBObjectStore.prototype.add.call(store, value, key);
				request.addEventListener('error', (event) => event.preventDefault());
				return request;
			};
			return store;
		};
	};
	const traceRequests = (tx) => {
		const trace = recorder.trace;
		queueMicrotask(() => trace.push('turn ends'));
		tx.objectStore = (name) => {
			const store = IDBTransaction.prototype.objectStore.call(tx, name);
			for (const method of ['get', 'getAll', 'put', 'add', 'delete', 'openCursor', 'openKeyCursor']) {
				store[method] = (...args) => {
					trace.push(name + '.' + method);
					return IDBObjectStore.prototype[method].apply(store, args);
				};
			}
			return store;
		};
		tx.commit = () => {
			trace.push('commit');
			IDBTransaction.prototype.commit.call(tx);
		};
	};
	recorder.open = (name, version) => {
		const request = indexedDB.open(name, version);
		request.addEventListener('success', () => {
			const db = recorder.lastDatabase = request.result;
			db.addEventListener('error', (event) => {
				recorder.errors.push(event.target.error.name + (event.defaultPrevented ? ' prevented' : ''));
			});
			db.transaction = (stores, mode, options) => {
				const tx = IDBDatabase.prototype.transaction.call(db, stores, mode, options);
				if (recorder.trace) traceRequests(tx);
				recorder.transactions.push([].concat(stores).join('+') + ' ' + (mode || 'readonly'));
				if (mode !== 'readwrite') return tx;
				recorder.durabilities.push(tx.durability);
				if (recorder.abortNext > 0) { recorder.abortNext--; abortAfterSuccess(tx); }
				if (recorder.failPuts > 0) { recorder.failPuts--; failPut(tx); }
				return tx;
			};
		});
		return request;
	};
	recorder.deleteDatabase = (name) => indexedDB.deleteDatabase(name);
	return recorder;
})()`

func newRecorder() js.Value { return js.Global().Call("eval", recorderSource) }

var databases atomic.Int64

// freshName names a database that no other test uses and deletes it afterwards.
func freshName(t testing.TB) string {
	name := "test-" + strconv.FormatInt(databases.Add(1), 10)
	t.Cleanup(func() {
		if err := Delete(context.Background(), name); err != nil {
			t.Errorf("deleting the database: %v", err)
		}
	})
	return name
}

// openStore opens a database that is closed when the test ends.
func openStore(t testing.TB, name string, opts ...Option) *Store {
	t.Helper()
	s, err := Open(t.Context(), name, opts...)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// conformer is a database with all the abilities that the store suite can use.
type conformer struct {
	name     string
	recorder js.Value
}

var (
	_ storetest.Aborter            = (*conformer)(nil)
	_ storetest.Crasher            = (*conformer)(nil)
	_ storetest.DurabilityRecorder = (*conformer)(nil)
)

func newConformer(t *testing.T) storetest.Database {
	return &conformer{freshName(t), newRecorder()}
}

func (c *conformer) Open(t *testing.T) journal.Store {
	return openStore(t, c.name, WithFactory(c.recorder))
}

func (c *conformer) AbortNext(*testing.T) {
	c.recorder.Set("abortNext", c.recorder.Get("abortNext").Int()+1)
}

// Crash takes the connection away under the store, as the end of its context does: what
// it has under way is aborted, and nobody calls Close.
func (c *conformer) Crash(t *testing.T, s journal.Store) {
	store := s.(*Store)
	store.db.Call("close")
}

// texts copies an array of strings and empties it.
func texts(array js.Value) []string {
	all := make([]string, array.Length())
	for i := range all {
		all[i] = array.Index(i).String()
	}
	array.Set("length", 0)
	return all
}

func (c *conformer) Durabilities() []journal.Durability {
	recorded := c.recorder.Get("durabilities")
	all := make([]journal.Durability, recorded.Length())
	for i := range all {
		if recorded.Index(i).String() == "strict" {
			all[i] = journal.Strict
		}
	}
	return all
}

// TestMain fails the run when a callback was not given back.
func TestMain(m *testing.M) {
	before := jsbridge.Funcs().Live()
	code := m.Run()
	if left := jsbridge.Funcs().Live() - before; left != 0 && code == 0 {
		println("callbacks not released:", left)
		code = 1
	}
	os.Exit(code)
}

func TestStoreKeepsTheContract(t *testing.T) { storetest.Run(t, newConformer) }
