// Package e2e holds the end-to-end tests: the program that users start, with its SQLite file, its page and its wasm, in a
// real Chromium with a profile on disk. Nothing is replaced by a stand-in.
//
// It owns how these processes are started, stopped, killed and started again, and how they are looked at from outside:
// through the page's fixed hooks, the JavaScript API, and plain HTTP. It must not know the project's Go packages: what it
// checks is what a user gets.
package e2e
