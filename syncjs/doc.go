// Package syncjs is the JavaScript API. The modules beside it are what a page imports:
// index.mjs, described by index.d.ts. The Go part, for the browser alone, is the other end
// of their line: it takes calls as messages, runs the engine and sends events.
//
// What crosses the border is text, once per call: a call is (number, client, name, JSON
// of the arguments) and is answered by number; an event is (client, type, JSON); a
// question to the page is (number, client, name, JSON) and is answered by a call. So the
// engine can as well run in a worker. Rows stay the JSON they are; no field of a
// JavaScript object is ever looked at.
//
// The package must not know which store, server protocol or transport there is: whoever
// runs it brings them (see Connect).
package syncjs

// Version is the version of this build. The modules carry it too and refuse a wasm of
// another one.
const Version = "0.1.0"
