//go:build js && wasm

// Package fetch owns the [wire.Transport] of the browser: it hands requests to a
// JavaScript function and takes its answers, each body crossing the border once, as
// bytes. It must not know the table protocol, and it sets nothing on a request: tokens,
// filters, time-outs and the use of fetch itself are that function's. See [New].
package fetch

import (
	"context"
	"errors"
	"syscall/js"

	"tidetable/datasync/wire"
	"tidetable/internal/jsbridge"
)

// Transport sends requests through a JavaScript function.
type Transport struct {
	send js.Value
}

var _ wire.Transport = (*Transport)(nil)

// New makes a transport of a function with this contract:
//
//	send(method: string, url: string, headers: string[], body: Uint8Array | null,
//	     signal: AbortSignal): Promise<{
//	  status: number,            // 0 for a redirect that was not followed
//	  redirected?: boolean,      // see below
//	  headers?: (name: string) => string | null,
//	  body?: Uint8Array | null,  // the whole body, decompressed
//	}>
//
// headers is flat: name, value, name, value, in the order to send them. body is a new
// array that send may keep. The function adds what belongs to every request and passes
// all of it to fetch, with signal and with cache: 'no-store', since an answer out of the
// browser's cache would be an old row.
//
// For a method other than GET it uses redirect: 'manual' and resolves the opaque answer
// of a redirect with status 0 and redirected true. For GET it may follow redirects, and
// then says so with redirected, as a Response does.
//
// The promise is rejected when no complete answer came (no network, time-out, aborted);
// the reason becomes the error. Answers with any status resolve. The headers function
// may be called until the answer was judged, with the names Content-Type, ETag and
// Retry-After; `name => response.headers.get(name)` is all it takes.
//
// When signal aborts nobody waits any more, and what the promise does is ignored.
func New(send js.Value) *Transport {
	return &Transport{send: send}
}

// Do sends one request. When ctx ends it aborts the signal and returns at once.
func (t *Transport) Do(ctx context.Context, request wire.Request) (wire.Response, error) {
	if err := ctx.Err(); err != nil {
		return wire.Response{}, err
	}
	controller := js.Global().Get("AbortController").New()
	promise, err := jsbridge.Try(func() js.Value {
		return t.send.Invoke(request.Method, request.URL, flat(request.Header), bodyOf(request),
			controller.Get("signal"))
	})
	if err != nil {
		return wire.Response{}, err
	}
	answer, err := jsbridge.Await(ctx, promise)
	if err != nil {
		if ctx.Err() != nil {
			controller.Call("abort")
			return wire.Response{}, ctx.Err()
		}
		return wire.Response{}, err
	}
	return read(answer)
}

func flat(header [][2]string) js.Value {
	all := make([]any, 0, 2*len(header))
	for _, h := range header {
		all = append(all, h[0], h[1])
	}
	return js.ValueOf(all)
}

func bodyOf(request wire.Request) js.Value {
	if request.Body == nil {
		return js.Null()
	}
	return jsbridge.BytesToJS(request.Body)
}

// errNoAnswer is a fault of the function, not of the network; it still means that
// nothing is known about the request.
var errNoAnswer = errors.New("fetch: the send function resolved with something that is not an answer: " +
	"{ status, redirected, headers, body }")

// read takes the answer of the function over. It is the app's code that made it, so each
// member is looked at with suspicion.
func read(answer js.Value) (wire.Response, error) {
	if t := answer.Type(); t != js.TypeObject && t != js.TypeFunction {
		return wire.Response{}, errNoAnswer
	}
	var members [4]js.Value
	for i, name := range [4]string{"status", "redirected", "headers", "body"} {
		value, err := jsbridge.Get(answer, name)
		if err != nil {
			return wire.Response{}, err
		}
		members[i] = value
	}
	status, redirected, headers, body := members[0], members[1], members[2], members[3]
	if status.Type() != js.TypeNumber {
		return wire.Response{}, errNoAnswer
	}
	response := wire.Response{
		Status:     int(status.Float()),
		Redirected: redirected.Truthy(),
		Header:     func(name string) string { return headerOf(headers, name) },
	}
	switch {
	case body.IsNull() || body.IsUndefined():
	case !jsbridge.IsBytes(body):
		return wire.Response{}, errNoAnswer
	case body.Length() > wire.MaxBody:
		return response, wire.ErrTooLarge
	default:
		response.Body = jsbridge.BytesFromJS(body)
	}
	return response, nil
}

// headerOf asks the function for a header. One that fails is one that is not exposed.
func headerOf(headers js.Value, name string) string {
	if headers.Type() != js.TypeFunction {
		return ""
	}
	value, err := jsbridge.Try(func() js.Value { return headers.Invoke(name) })
	if err != nil || value.Type() != js.TypeString {
		return ""
	}
	return value.String()
}
