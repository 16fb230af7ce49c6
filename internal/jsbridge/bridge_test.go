//go:build js && wasm

package jsbridge

import (
	"bytes"
	"context"
	"errors"
	"syscall/js"
	"testing"
)

func eval(code string) js.Value { return js.Global().Call("eval", code) }

func TestTryTurnsExceptionsIntoErrors(t *testing.T) {
	thrower := eval(`({
		dom() { throw new DOMException('full', 'QuotaExceededError'); },
		type() { throw new TypeError('not that'); },
		text() { throw 'just text'; },
		nothing() { throw undefined; },
		hostile() { throw { get name() { throw 1; }, get message() { throw 2; } }; },
		number: 7,
	})`)
	for _, test := range []struct{ member, name, text string }{
		{"dom", "QuotaExceededError", "QuotaExceededError: full"},
		{"type", "TypeError", "TypeError: not that"},
		{"text", "", "just text"},
		{"nothing", "", "<undefined>"},
		{"hostile", "", ""},
		{"number", "TypeError", "TypeError: syscall/js: Value.Call: property number is not a function, got number"},
		{"missing", "TypeError", "TypeError: syscall/js: Value.Call: property missing is not a function, got undefined"},
	} {
		t.Run(test.member, func(t *testing.T) {
			_, err := Try(func() js.Value { return thrower.Call(test.member) })
			var e *Error
			if !errors.As(err, &e) || e.Name != test.name || e.Error() != test.text {
				t.Errorf("error is %#v %q, want name %q and text %q", err, err, test.name, test.text)
			}
			if test.name != "" && !IsName(err, test.name) {
				t.Errorf("the error is not found by its name")
			}
		})
	}
	t.Run("call on undefined", func(t *testing.T) {
		if _, err := Try(func() js.Value { return js.Undefined().Call("x") }); !IsName(err, "TypeError") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestTryLetsMistakesOfGoThrough(t *testing.T) {
	for _, mistake := range []any{"a text", errors.New("an error"), 7} {
		func() {
			defer func() {
				if r := recover(); r != mistake {
					t.Errorf("panic %v came out as %v", mistake, r)
				}
			}()
			_, _ = Try(func() js.Value { panic(mistake) })
		}()
	}
}

func TestGetSurvivesGettersThatThrow(t *testing.T) {
	object := eval(`({ get bad() { throw new RangeError('no'); }, good: 5 })`)
	if _, err := Get(object, "bad"); !IsName(err, "RangeError") {
		t.Errorf("error is %v", err)
	}
	if v, err := Get(object, "good"); err != nil || v.Int() != 5 {
		t.Errorf("member is %v, %v", v, err)
	}
	if _, err := Get(js.Null(), "any"); !IsName(err, "TypeError") {
		t.Errorf("error is %v", err)
	}
}

func TestAwaitGivesTheOutcome(t *testing.T) {
	for _, test := range []struct{ name, code, value, err string }{
		{"fulfilled", `Promise.resolve('yes')`, "yes", ""},
		{"fulfilled later", `new Promise((resolve) => setTimeout(resolve, 0, 'later'))`, "later", ""},
		{"rejected", `Promise.reject(new RangeError('no'))`, "", "RangeError: no"},
		{"a thenable that settles twice", `({ then(a, b) { a('first'); a('second'); b('third'); } })`, "first", ""},
		{"a thenable that throws", `({ then() { throw new TypeError('bad'); } })`, "", "TypeError: bad"},
		{"no promise", `'plain'`, "plain", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := Await(t.Context(), eval(test.code))
			switch {
			case test.err != "" && (err == nil || err.Error() != test.err):
				t.Errorf("error is %v, want %s", err, test.err)
			case test.err == "" && (err != nil || v.String() != test.value):
				t.Errorf("value is %v, %v, want %s", v, err, test.value)
			}
		})
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	settle := eval(`(() => { const p = {}; p.promise = new Promise((resolve) => { p.resolve = resolve; }); return p; })()`)
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := Await(ctx, settle.Get("promise")); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	// Nobody waits any more; the late outcome is dropped and others still get theirs.
	settle.Call("resolve", 1)
	if v, err := Await(t.Context(), settle.Get("promise")); err != nil || v.Int() != 1 {
		t.Errorf("outcome is %v, %v", v, err)
	}
	if len(waiters.byID) != 0 {
		t.Errorf("%d waiters are left", len(waiters.byID))
	}
	if _, err := Await(ctx, eval(`Promise.resolve()`)); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context gave %v", err)
	}
}

func TestManyAwaitsAtOnceGetTheirOwnOutcome(t *testing.T) {
	const n = 50
	outcomes := make(chan bool, n)
	for i := range n {
		promise := eval(`(i) => new Promise((resolve) => setTimeout(resolve, i % 5, i))`).Invoke(n - i)
		go func() {
			v, err := Await(t.Context(), promise)
			outcomes <- err == nil && v.Int() == n-i
		}()
	}
	for range n {
		if !<-outcomes {
			t.Error("a promise gave another's outcome")
		}
	}
}

func TestFuncsAreCounted(t *testing.T) {
	before := Funcs()
	double := NewFunc(func(_ js.Value, args []js.Value) any { return 2 * args[0].Int() })
	if got := double.Value().Invoke(21).Int(); got != 42 {
		t.Errorf("the function returned %d", got)
	}
	if got := Funcs(); got.Live() != before.Live()+1 || got.Created != before.Created+1 {
		t.Errorf("counters went from %+v to %+v", before, got)
	}
	double.Release()
	double.Release()
	if got := Funcs(); got.Live() != before.Live() || got.Released != before.Released+1 {
		t.Errorf("counters went from %+v to %+v", before, got)
	}
	var none *Func
	none.Release()
	if got := Funcs(); got.Live() != before.Live() {
		t.Errorf("releasing nothing counted: %+v", got)
	}
}

func TestBytesCrossBothWays(t *testing.T) {
	for _, want := range [][]byte{{}, {0}, {0, 255, 1, 0}, bytes.Repeat([]byte{7}, 100_000)} {
		crossed := BytesToJS(want)
		if !IsBytes(crossed) || crossed.Length() != len(want) {
			t.Fatalf("%d bytes became %v", len(want), crossed)
		}
		if got := BytesFromJS(crossed); got == nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back as %d", len(want), len(got))
		}
	}
	for _, other := range []string{`'text'`, `[1]`, `({length: 1})`, `null`, `undefined`, `new ArrayBuffer(1)`} {
		if IsBytes(eval(other)) {
			t.Errorf("%s counts as bytes", other)
		}
	}
}
