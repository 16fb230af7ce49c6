//go:build js && wasm

package idbstore

// This file tests how calls become transactions: what they open, when they return, and
// what they make of what the browser says.

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"syscall/js"
	"testing"

	"tidetable/datasync/journal"
	"tidetable/internal/jsbridge"
)

func TestEveryCallIsOneTransaction(t *testing.T) {
	recorder := newRecorder()
	store := openStore(t, freshName(t), WithFactory(recorder))
	want := func(what string, transactions ...string) {
		t.Helper()
		if got := texts(recorder.Get("transactions")); !slices.Equal(got, transactions) {
			t.Errorf("%s: transactions are %q, want %q", what, got, transactions)
		}
	}
	const entries, both, all = "journal readwrite", "journal+pages readwrite", "journal+pages+generations readwrite"
	mustAppend(t, store, 0, "one")
	want("first append, which has not seen the head", "journal readonly", entries)
	mustAppend(t, store, 1, "two")
	want("append", entries)
	mustAppend(t, store, 2, "three", journal.Page{Name: "p", Data: []byte("page")})
	want("append with a page", both)
	mustTail(t, store, 0)
	want("tail from zero", "journal+generations readonly")
	mustTail(t, store, 2)
	want("tail", "journal readonly")
	if _, err := store.Pages(t.Context(), []string{"p", "q"}); err != nil {
		t.Fatal(err)
	}
	want("pages", "pages readonly")
	if err := store.Compact(t.Context(), journal.Compaction{Upto: 2}); err != nil {
		t.Fatal(err)
	}
	want("compaction, which looks first", "journal readonly", all)
	mustTail(t, store, 2)
	want("tail at the floor", "journal readonly")
	mustTail(t, store, 0)
	want("tail from zero without void entries", "journal+generations readonly")
	mustTail(t, store, 1)
	want("tail below the floor", "journal readonly", "journal+generations readonly")
	if err := store.Append(t.Context(), journal.Append{Base: 0, Entry: []byte("void")}); !errors.Is(err, journal.ErrBehind) {
		t.Fatal(err)
	}
	want("append behind the floor", entries)
	mustTail(t, store, 0)
	want("tail that meets a void entry", "journal+generations readonly", "journal+generations readonly")
}

// TestTransactionsAreIssuedInOneTurn pins the order of the requests. The contended add is
// the last one before the commit, for an engine that commits the rest when an earlier one
// fails; and the commit comes before the turn ends, so that a context stopped between two
// turns holds no transaction open.
func TestTransactionsAreIssuedInOneTurn(t *testing.T) {
	recorder := newRecorder()
	store := openStore(t, freshName(t), WithFactory(recorder))
	mustTail(t, store, 0)
	trace := js.ValueOf([]any{})
	recorder.Set("trace", trace)
	want := func(what string, requests ...string) {
		t.Helper()
		if got := texts(trace); !slices.Equal(got, requests) {
			t.Errorf("%s: issued %q, want %q", what, got, requests)
		}
	}
	const commit, end = "commit", "turn ends"
	pages := []journal.Page{{Name: "p"}, {Name: "q"}}
	mustAppend(t, store, 0, "one")
	want("append", "journal.get", "journal.add", commit, end)
	mustAppend(t, store, 1, "two", pages...)
	want("append with pages", "journal.get", "pages.put", "pages.put", "journal.add", commit, end)
	mustTail(t, store, 1)
	want("tail", "journal.get", "journal.getAll", "journal.openKeyCursor", commit, end)
	mustTail(t, store, 0)
	want("tail from zero", "journal.get", "journal.getAll", "journal.openKeyCursor", "generations.openCursor", commit, end)
	if _, err := store.Pages(t.Context(), []string{"p", "q"}); err != nil {
		t.Fatal(err)
	}
	want("pages", "pages.get", "pages.get", commit, end)
	look := []string{"journal.get", "journal.openKeyCursor", commit, end}
	compact := func(c journal.Compaction) {
		t.Helper()
		if err := store.Compact(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	compact(journal.Compaction{Upto: 1, Pages: pages[:1], Remove: []string{"q"}})
	want("compaction", append(look, "pages.put", "pages.delete", "journal.delete", "journal.put", "generations.add", commit, end)...)
	compact(journal.Compaction{Upto: 2, Generation: 1, MinFormat: journal.Format + 1})
	// Two contended keys cannot both be last, so here the browser commits by itself.
	want("compaction that excludes", append(look, "journal.delete", "journal.put", "journal.add", "generations.add", end)...)
}

func TestErrorsOfRequestsAreNotPrevented(t *testing.T) {
	recorder := newRecorder()
	store := openStore(t, freshName(t), WithFactory(recorder))
	mustAppend(t, store, 0, "one")
	err := store.Append(t.Context(), journal.Append{Entry: []byte("late")})
	if !errors.Is(err, journal.ErrTaken) {
		t.Errorf("append ended with %v, want %v", err, journal.ErrTaken)
	}
	if got := texts(recorder.Get("errors")); !slices.Equal(got, []string{"ConstraintError"}) {
		t.Errorf("errors are %q, want one that nobody prevented", got)
	}
}

func TestNothingIsAcknowledgedBeforeTheTransactionCompleted(t *testing.T) {
	recorder := newRecorder()
	store := openStore(t, freshName(t), WithFactory(recorder))
	mustAppend(t, store, 0, "one")
	// The add succeeds, its event is fired, and in that event the transaction aborts.
	recorder.Set("abortNext", 1)
	err := store.Append(t.Context(), journal.Append{Base: 1, Entry: []byte("two")})
	if !errors.Is(err, errAborted) {
		t.Errorf("append ended with %v, want %v", err, errAborted)
	}
	if got := mustTail(t, store, 0); len(got.Entries) != 1 {
		t.Errorf("%d entries after an aborted append to one", len(got.Entries))
	}
}

func TestAPageLostByAnEarlyCommitIsNoSuccess(t *testing.T) {
	recorder := newRecorder()
	store := openStore(t, freshName(t), WithFactory(recorder))
	recorder.Set("failPuts", 1)
	err := store.Append(t.Context(), journal.Append{Entry: []byte("one"), Pages: []journal.Page{{Name: "p"}}})
	if !errors.Is(err, journal.ErrDamaged) {
		t.Errorf("append ended with %v, want %v", err, journal.ErrDamaged)
	}
}

func TestErrorsOfTheBrowserGetTheirSentinel(t *testing.T) {
	exception := js.Global().Get("DOMException")
	for _, test := range []struct {
		name string
		want error
	}{
		{"ConstraintError", journal.ErrTaken},
		{"QuotaExceededError", journal.ErrQuota},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := abortReason(exception.New("said the browser", test.name))
			if !errors.Is(err, test.want) {
				t.Errorf("reason is %v, want %v", err, test.want)
			}
		})
	}
	t.Run("any other keeps its name", func(t *testing.T) {
		if err := abortReason(exception.New("disk", "UnknownError")); !jsbridge.IsName(err, "UnknownError") {
			t.Errorf("reason is %v", err)
		}
	})
	t.Run("an abort without a reason", func(t *testing.T) {
		if err := abortReason(js.Null()); !errors.Is(err, errAborted) {
			t.Errorf("reason is %v", err)
		}
	})
}

func TestABaseThatIsNoKeyIsRefused(t *testing.T) {
	store := openStore(t, freshName(t))
	for _, base := range []journal.Position{1<<53 - 1, 1<<64 - 1} {
		if err := store.Append(t.Context(), journal.Append{Base: base, Entry: []byte("x")}); !errors.Is(err, errPosition) {
			t.Errorf("append behind %d ended with %v", base, err)
		}
	}
	if got := mustTail(t, store, 0); got.First != 0 || got.Head != (journal.Head{}) {
		t.Errorf("the database is no longer empty: %+v", got)
	}
}

func TestDamageIsFoundNotRead(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage string
	}{
		{"an entry in the middle is gone", `tx.objectStore('journal').delete(3)`},
		{"an entry behind the floor is gone", `tx.objectStore('journal').delete(2)`},
		{"an entry is no bytes", `tx.objectStore('journal').put('text', 3)`},
		{"the head is no bytes", `tx.objectStore('journal').put({}, 0)`},
		{"the head is gone and entries with it", `tx.objectStore('journal').delete(0)`},
		{"the root is gone", `tx.objectStore('generations').clear()`},
		{"the root is no bytes", `tx.objectStore('generations').put(7, 1)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			recorder := newRecorder()
			store := openStore(t, freshName(t), WithFactory(recorder))
			for i := range 4 {
				mustAppend(t, store, journal.Position(i), strconv.Itoa(i))
			}
			if err := store.Compact(t.Context(), journal.Compaction{Upto: 1, Root: []byte("root")}); err != nil {
				t.Fatal(err)
			}
			damage(t, recorder, test.damage)
			tail, err := store.Tail(t.Context(), 0)
			if !errors.Is(err, journal.ErrDamaged) {
				t.Errorf("tail is %q with error %v, want %v", tail.Entries, err, journal.ErrDamaged)
			}
		})
	}
}

// damage runs JavaScript in a transaction tx of its own over all object stores.
func damage(t *testing.T, recorder js.Value, code string) {
	t.Helper()
	run := js.Global().Call("eval", `(db) => new Promise((resolve, reject) => {
		const tx = db.transaction(['journal', 'pages', 'generations'], 'readwrite');
		tx.oncomplete = resolve;
		tx.onabort = () => reject(tx.error);
		`+code+`;
	})`)
	if _, err := jsbridge.Await(t.Context(), run.Invoke(recorder.Get("lastDatabase"))); err != nil {
		t.Fatal(err)
	}
}

func mustAppend(t testing.TB, s *Store, base journal.Position, entry string, pages ...journal.Page) {
	t.Helper()
	if err := s.Append(context.Background(), journal.Append{Base: base, Entry: []byte(entry), Pages: pages}); err != nil {
		t.Fatalf("append behind %d: %v", base, err)
	}
}

func mustTail(t testing.TB, s *Store, after journal.Position) journal.Tail {
	t.Helper()
	tail, err := s.Tail(context.Background(), after)
	if err != nil {
		t.Fatalf("tail after %d: %v", after, err)
	}
	return tail
}
