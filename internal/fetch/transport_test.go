//go:build js && wasm

package fetch_test

import (
	"context"
	"strings"
	"syscall/js"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
	"tidetable/internal/fetch"
	"tidetable/internal/jsbridge"
)

// script evaluates a JavaScript expression.
func script(t *testing.T, expression string) js.Value {
	t.Helper()
	value, err := jsbridge.Try(func() js.Value { return js.Global().Call("eval", "("+expression+")") })
	require.NoError(t, err)
	return value
}

// do sends one GET through a send function written in JavaScript.
func do(t *testing.T, send string) (wire.Response, error) {
	t.Helper()
	return fetch.New(script(t, send)).Do(context.Background(), wire.Request{Method: "GET", URL: "https://example.com/"})
}

func TestRequestsCrossAsTheContractSays(t *testing.T) {
	const send = `async (...args) => {
		const [method, url, headers, body, signal] = args;
		const seen = { count: args.length, method, url, headers, body: body && [...body], bytes: body instanceof Uint8Array,
			signal: signal instanceof AbortSignal && !signal.aborted };
		return { status: 200, body: new TextEncoder().encode(JSON.stringify(seen)) };
	}`
	for _, test := range []struct {
		name    string
		request wire.Request
		want    string
	}{
		{"with a body", wire.Request{Method: "PUT", URL: "https://example.com/é?a=%2B", Header: [][2]string{{"Accept", "a/b"}, {"If-Match", `"v"`}}, Body: []byte{0, 128, 255}},
			`{"count":5,"method":"PUT","url":"https://example.com/é?a=%2B","headers":["Accept","a/b","If-Match","\"v\""],"body":[0,128,255],"bytes":true,"signal":true}`},
		{"with an empty body", wire.Request{Method: "POST", URL: "u", Body: []byte{}},
			`{"count":5,"method":"POST","url":"u","headers":[],"body":[],"bytes":true,"signal":true}`},
		{"without a body", wire.Request{Method: "DELETE", URL: "u"},
			`{"count":5,"method":"DELETE","url":"u","headers":[],"body":null,"bytes":false,"signal":true}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, err := fetch.New(script(t, send)).Do(context.Background(), test.request)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(response.Body))
		})
	}
}

func TestAnswersCrossAsTheyAre(t *testing.T) {
	response, err := do(t, `async () => ({
		status: 412, redirected: false,
		headers: (name) => new Headers({ ETag: '"v"', 'Content-Type': 'application/json' }).get(name),
		body: Uint8Array.from({ length: 300000 }, (_, i) => i * 7),
	})`)
	require.NoError(t, err)
	assert.Equal(t, 412, response.Status)
	assert.False(t, response.Redirected)
	assert.Equal(t, `"v"`, response.Header("etag"))
	assert.Equal(t, "application/json", response.Header("Content-Type"))
	assert.Empty(t, response.Header("Retry-After"))
	require.Len(t, response.Body, 300000)
	for i, b := range response.Body {
		if b != byte(i*7) {
			require.Equal(t, byte(i*7), b, "byte %d", i)
		}
	}
}

func TestAnswersMayLackWhatTheyDoNotNeed(t *testing.T) {
	for name, send := range map[string]string{
		"nothing but a status":     `async () => ({ status: 204 })`,
		"not even a promise":       `() => ({ status: 204, body: null, headers: null })`,
		"a header that fails":      `async () => ({ status: 204, headers() { throw new Error('no') } })`,
		"a header that is no text": `async () => ({ status: 204, headers: () => 7, body: undefined })`,
		"a thenable":               `() => ({ then(done) { done({ status: 204 }) } })`,
	} {
		t.Run(name, func(t *testing.T) {
			response, err := do(t, send)
			require.NoError(t, err)
			assert.Equal(t, 204, response.Status)
			assert.Empty(t, response.Body)
			assert.Empty(t, response.Header("ETag"))
			assert.False(t, response.Redirected)
		})
	}
	t.Run("redirected", func(t *testing.T) {
		response, err := do(t, `async () => ({ status: 0, redirected: true })`)
		require.NoError(t, err)
		assert.True(t, response.Redirected)
		assert.Zero(t, response.Status)
	})
}

func TestNoAnswerIsAnErrorThatSaysWhy(t *testing.T) {
	for _, test := range []struct{ name, send, says string }{
		{"a rejection", `async () => { throw new TypeError('Failed to fetch') }`, "TypeError: Failed to fetch"},
		{"a time-out", `async () => { throw new DOMException('no answer within 60000 ms', 'TimeoutError') }`, "TimeoutError: no answer within 60000 ms"},
		{"a rejection with a text", `() => Promise.reject('offline')`, "offline"},
		{"a rejection with nothing", `() => Promise.reject()`, "undefined"},
		{"an exception", `() => { throw new RangeError('at once') }`, "RangeError: at once"},
		{"no function", `{}`, ""},
		{"undefined", `async () => undefined`, "not an answer"},
		{"a text", `async () => 'OK'`, "not an answer"},
		{"no status", `async () => ({ body: new Uint8Array(1) })`, "not an answer"},
		{"a status that is no number", `async () => ({ status: '200' })`, "not an answer"},
		{"a body that is no bytes", `async () => ({ status: 200, body: '{}' })`, "not an answer"},
		{"a body of numbers", `async () => ({ status: 200, body: [1, 2] })`, "not an answer"},
		{"a getter that fails", `async () => ({ get status() { throw new Error('mine') } })`, "Error: mine"},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, err := do(t, test.send)
			require.Error(t, err)
			assert.Contains(t, err.Error(), test.says)
			assert.Nil(t, response.Body)
		})
	}
}

func TestBodiesBeyondTheBoundDoNotCross(t *testing.T) {
	response, err := do(t, `async () => ({ status: 200, body: new Uint8Array(64 * 1024 * 1024 + 1) })`)
	require.ErrorIs(t, err, wire.ErrTooLarge)
	assert.Equal(t, 200, response.Status)
	assert.Nil(t, response.Body)
}

func TestCancellationAbortsAndReturnsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var signal js.Value
	send := jsbridge.NewFunc(func(_ js.Value, args []js.Value) any {
		signal = args[4]
		cancel()
		return js.Global().Get("Promise").New(script(t, `() => {}`)) // is never settled
	})
	defer send.Release()
	_, err := fetch.New(send.Value()).Do(ctx, wire.Request{Method: "GET", URL: "u"})
	require.ErrorIs(t, err, context.Canceled)
	assert.True(t, signal.Get("aborted").Bool())
}

func TestWithoutCancellationNothingIsAborted(t *testing.T) {
	var signal js.Value
	send := jsbridge.NewFunc(func(_ js.Value, args []js.Value) any {
		signal = args[4]
		return script(t, `{ status: 200 }`)
	})
	defer send.Release()
	_, err := fetch.New(send.Value()).Do(context.Background(), wire.Request{Method: "GET", URL: "u"})
	require.NoError(t, err)
	assert.False(t, signal.Get("aborted").Bool())
}

func TestAFinishedContextSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	sent := false
	send := jsbridge.NewFunc(func(js.Value, []js.Value) any {
		sent = true
		return nil
	})
	defer send.Release()
	_, err := fetch.New(send.Value()).Do(ctx, wire.Request{Method: "GET", URL: "u"})
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, sent)
}

func TestNoCallbackIsLeftBehind(t *testing.T) {
	// The bridge makes its one shared callback when the first promise is awaited.
	_, err := do(t, `async () => ({ status: 200 })`)
	require.NoError(t, err)
	before := jsbridge.Funcs().Live()
	for range 50 {
		_, err := do(t, `async () => ({ status: 200, headers: () => null, body: new Uint8Array(9) })`)
		require.NoError(t, err)
		_, err = do(t, `async () => { throw new Error('x') }`)
		require.Error(t, err)
	}
	TestCancellationAbortsAndReturnsAtOnce(t)
	assert.Equal(t, before, jsbridge.Funcs().Live())
}

func TestRequestsAtOnceKeepTheirAnswers(t *testing.T) {
	transport := fetch.New(script(t, `async (method, url) => {
		for (let i = url.length % 5; i > 0; i--) await null;
		return { status: 200, body: new TextEncoder().encode(url) };
	}`))
	type outcome struct{ asked, got string }
	outcomes := make(chan outcome)
	for i := range 20 {
		go func() {
			url := strings.Repeat("u", i)
			response, _ := transport.Do(context.Background(), wire.Request{Method: "GET", URL: url})
			outcomes <- outcome{url, string(response.Body)}
		}()
	}
	for range 20 {
		o := <-outcomes
		assert.Equal(t, o.asked, o.got)
	}
}

// browserFetch is the contract on the browser's own fetch.
const browserFetch = `async (method, url, headers, body, signal) => {
	const pairs = headers.flatMap((h, i) => i % 2 ? [] : [[h, headers[i + 1]]]);
	const response = await fetch(url, { method, headers: pairs, body, signal, cache: 'no-store', redirect: method === 'GET' ? 'follow' : 'manual' });
	return { status: response.status, redirected: response.redirected || response.type === 'opaqueredirect',
		headers: (name) => response.headers.get(name), body: new Uint8Array(await response.arrayBuffer()) };
}`

func TestTheBrowsersFetchCarriesTheProtocol(t *testing.T) {
	transport := fetch.New(script(t, browserFetch))
	t.Run("an answer is read with its header", func(t *testing.T) {
		response, err := transport.Do(context.Background(), wire.Request{Method: "GET", URL: `data:application/json,{"items":[]}`})
		require.NoError(t, err)
		assert.Equal(t, 200, response.Status)
		assert.Equal(t, "application/json", response.Header("content-type"))
		assert.Equal(t, `{"items":[]}`, string(response.Body))
	})
	t.Run("the server of this test's page is no table server", func(t *testing.T) {
		remote, err := wire.New(transport, wire.Options{BaseURL: js.Global().Get("location").Get("origin").String()})
		require.NoError(t, err)
		page, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todo"})
		require.NoError(t, err)
		assert.Equal(t, datasync.NotATableServer, page.Verdict)
		assert.Contains(t, page.Message, "not a page of rows")
	})
	t.Run("nobody there", func(t *testing.T) {
		remote, err := wire.New(transport, wire.Options{BaseURL: "http://127.0.0.1:1"})
		require.NoError(t, err)
		_, err = remote.Delete(context.Background(), "todo", "x", "")
		assert.True(t, jsbridge.IsName(err, "TypeError"), "%v", err)
	})
}
