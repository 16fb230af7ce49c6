//go:build !js

// Package web owns the todo page and how its files go over HTTP: the embedded files, their
// media types, validators and compression, the security headers, and the list of the shell
// that the service worker keeps for offline use. It must not know the table server or the
// engine; of the latter it only carries the files that make puts into the folder tidetable.
package web

import (
	"embed"
	"io/fs"
)

// The first pattern takes every file of this folder but the Go sources: none of their
// names has another character than g after a dot. all: takes the folder tidetable even
// while it holds nothing but its .gitignore, so that the package compiles before make has
// built what belongs there.
//
//go:embed *.[^g]* css icons js all:tidetable
var files embed.FS

// Wasm is the path of the engine's binary in [Files]; it is absent until make built it.
const Wasm = "tidetable/tidetable.wasm"

// Files returns the page's files, index.html at the top, with the JS API and the wasm in
// the folder tidetable.
func Files() fs.FS { return files }
