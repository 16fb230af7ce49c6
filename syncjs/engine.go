//go:build js && wasm

package syncjs

// This file is the line to the modules: calls come in and are answered, events and
// questions go out.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"syscall/js"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/internal/jsbridge"
)

// Settings is what a page opens a database with, as far as it decides about the parts
// that Connect brings.
type Settings struct {
	// Database is the name of the local database.
	Database string
	// URL is the server's; tables are below <URL>/tables.
	URL string
	// Protocol is 'auto' or the name of a dialect.
	Protocol string
	// ApplicationKey is the key that servers of the legacy dialect want, or empty.
	ApplicationKey string
	// InstallationID tells the server which installation this is, unless empty; Features
	// whether to tell it what requests make use of.
	InstallationID string
	Features       bool
	// Params are query parameters for every request, names and values.
	Params [][2]string
	// Writes and Pulls are 'strict' or 'relaxed'.
	Writes, Pulls string
	// Send is the function of the page that carries requests.
	Send js.Value
}

// Connect fills in the store, the server and the durability of a client's options. It
// tells in which way the store keeps its data, such as 'indexeddb'. It must leave
// nothing open when it fails.
type Connect func(ctx context.Context, settings Settings, options *datasync.Options) (mode string, err error)

// Engine serves the clients of one page.
type Engine struct {
	connect Connect
	host    host
	call    *jsbridge.Func

	mu       sync.Mutex
	calls    map[int]context.CancelFunc
	sessions map[int]*session
	asks     map[int]*question
	lastAsk  int
}

// question is one that the page has not answered yet.
type question struct {
	answer chan []byte
	// sending is what the page may do meanwhile when it was handed an operation, else nil.
	sending *sending
}

// host holds the functions of the modules. None of them throws.
type host struct {
	answer, event, ask, withdraw, sender, lock js.Value
}

// Serve takes calls for the page behind hostObject until Stop, and says to it that it
// does. The object has these functions:
//
//	ready(version, call)                call is call(number, client, name, json)
//	answer(number, json, failed)        json is undefined when there is nothing to tell
//	event(client, type, json)
//	ask(number, client, name, json)     to be answered by call(number, client, 'answer', json)
//	withdraw(number)                    nobody waits for that answer any more
//	sender(client)                      the function that carries a client's requests
//	lock(name, signal)                  see webLocks; undefined where there are none
func Serve(hostObject js.Value, connect Connect) *Engine {
	e := &Engine{
		connect: connect,
		host: host{
			answer: hostObject.Get("answer"), event: hostObject.Get("event"), ask: hostObject.Get("ask"),
			withdraw: hostObject.Get("withdraw"), sender: hostObject.Get("sender"), lock: hostObject.Get("lock"),
		},
		calls: map[int]context.CancelFunc{}, sessions: map[int]*session{}, asks: map[int]*question{},
	}
	e.call = jsbridge.NewFunc(func(_ js.Value, args []js.Value) any {
		e.take(args[0].Int(), args[1].Int(), args[2].String(), jsbridge.TextFromJS(args[3]))
		return nil
	})
	hostObject.Call("ready", Version, e.call.Value())
	return e
}

// Stop takes no more calls and closes all clients.
func (e *Engine) Stop() {
	e.call.Release()
	e.mu.Lock()
	open := e.sessions
	e.sessions = map[int]*session{}
	e.mu.Unlock()
	for _, s := range open {
		_ = s.close() // nobody is left to hear of it
	}
}

// take starts a call, on the goroutine of the callback: it must not wait.
func (e *Engine) take(number, client int, name string, text []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch name {
	case "cancel":
		if cancel := e.calls[number]; cancel != nil {
			cancel()
		}
	case "answer":
		if q := e.asks[number]; q != nil {
			q.answer <- text // it has room
			delete(e.asks, number)
		}
	default:
		ctx, cancel := context.WithCancel(context.Background())
		e.calls[number] = cancel
		go e.serve(ctx, number, client, name, text)
	}
}

// serve runs one call and answers it, whatever happens.
func (e *Engine) serve(ctx context.Context, number, client int, name string, text []byte) {
	answer, err := e.run(ctx, client, name, text)
	e.mu.Lock()
	e.calls[number]()
	delete(e.calls, number)
	e.mu.Unlock()
	switch {
	case err != nil:
		e.host.answer.Invoke(number, jsbridge.TextToJS(encodeError(err)), true)
	case answer == nil:
		e.host.answer.Invoke(number, js.Undefined(), false)
	default:
		e.host.answer.Invoke(number, jsbridge.TextToJS(answer), false)
	}
}

// run finds who does a call. A panic is this call's failure and no other's.
func (e *Engine) run(ctx context.Context, client int, name string, text []byte) (answer []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &datasync.Error{Code: datasync.CodeInternal, Op: name, Msg: "a fault in Tidetable, please report it: " + fmt.Sprint(r),
				Err: errors.New(string(debug.Stack()))}
		}
	}()
	args, err := checked(text)
	if err != nil {
		return nil, err
	}
	if name == "open" {
		return e.open(ctx, client, args)
	}
	e.mu.Lock()
	s := e.sessions[client]
	e.mu.Unlock()
	if s == nil {
		return nil, closedError(name)
	}
	do := calls[name]
	if do == nil {
		return nil, internalError(name, "the engine knows no such call")
	}
	answer, err = do(ctx, s, args)
	if datasync.CodeOf(err) == datasync.CodeCancelled && ctx.Err() == nil {
		return nil, closedError(name) // cancelled, but not by the caller
	}
	return answer, err
}

func closedError(name string) error {
	return &datasync.Error{Code: datasync.CodeClosed, Op: name, Msg: "the client is closed; open it again"}
}

func internalError(name, msg string) error {
	return &datasync.Error{Code: datasync.CodeInternal, Op: name, Msg: msg}
}

// tell sends an event to a client's page.
func (e *Engine) tell(client int, kind string, json []byte) {
	e.host.event.Invoke(client, kind, jsbridge.TextToJS(json))
}

// ask puts a question to a client's page and waits for the answer, which may take as long
// as a user takes. What the page may do with an operation meanwhile is o, if anything.
func (e *Engine) ask(ctx context.Context, client int, name string, json []byte, o *sending) (arguments, error) {
	q := &question{answer: make(chan []byte, 1), sending: o}
	e.mu.Lock()
	e.lastAsk++
	number := e.lastAsk
	e.asks[number] = q
	e.mu.Unlock()
	e.host.ask.Invoke(number, client, name, jsbridge.TextToJS(json))
	select {
	case text := <-q.answer:
		args, err := checked(text)
		if err != nil {
			return nil, err
		}
		if problem, ok := jsonrow.Text(args.raw("error")); ok {
			code := cmp.Or(datasync.Code(args.text("code")), codeHandlerFailed)
			return nil, &datasync.Error{Code: code, Msg: strings.TrimPrefix(problem, "tidetable: ")}
		}
		return args, nil
	case <-ctx.Done():
		e.mu.Lock()
		delete(e.asks, number)
		e.mu.Unlock()
		e.host.withdraw.Invoke(number)
		return nil, ctx.Err()
	}
}

// sendingOf finds the operation that the page was handed with a question; nil when that
// question is over.
func (e *Engine) sendingOf(number int) *sending {
	e.mu.Lock()
	defer e.mu.Unlock()
	if q := e.asks[number]; q != nil {
		return q.sending
	}
	return nil
}
