package archtest

import (
	"slices"
	"strings"
)

// module is the path of the module the table describes.
const module = "tidetable"

// everyNative, as an arrow, allows every package that is not for the browser alone.
const everyNative = "(every native package)"

// layer is one row of the table: a package and what it may import. Names of packages are
// folders relative to the module's root.
type layer struct {
	// folder of the package; one that ends in /... stands for everything below it.
	folder string
	// inside lists the packages of this module that its code may import.
	inside []string
	// tests lists those that only its tests may import in addition.
	tests []string
	// outside lists the modules its code may import; the standard library needs no row.
	outside []string
	// testsOutside lists those that only its tests may import, besides testModules.
	testsOutside []string
	// browser is set for packages that may use syscall/js.
	browser bool
	// wasm is set for packages that are linked into the wasm, or into tests built like it.
	wasm bool
	// free is set where no arrow holds.
	free bool
}

// Modules that more than one row speaks of.
const (
	uuid      = "github.com/google/uuid"
	indexeddb = "github.com/hack-pad/go-indexeddb"
	safejs    = "github.com/hack-pad/safejs"
	sqlite    = "modernc.org/sqlite"
	chromedp  = "github.com/chromedp"
)

// testModules may be imported by the tests of every package and by nothing else: testify
// brings net/http along, which would triple the wasm.
var testModules = []string{"github.com/stretchr/testify", "pgregory.net/rapid"}

// heavy must not reach the wasm, by whatever way: net/http alone adds 1.3 MB to what every
// visitor downloads, encoding/json 130 KB.
var heavy = []string{"net/http", "encoding/json"}

// arrows is the architecture. A package that is not here has not been placed yet.
var arrows = []layer{
	// The engine, from the leaves up. Pure Go.
	{folder: "datasync/jsonrow", wasm: true},
	{folder: "datasync/query", wasm: true, inside: []string{"datasync/jsonrow"},
		testsOutside: []string{sqlite}}, // whose answers its own are compared with
	{folder: "datasync/journal", wasm: true, tests: []string{"datasync/memstore"}},
	{folder: "datasync/storetest", wasm: true, inside: []string{"datasync/journal"}},
	{folder: "datasync/memstore", wasm: true, inside: []string{"datasync/journal"},
		tests: []string{"datasync/storetest"}},
	{folder: "datasync/rows", wasm: true, inside: []string{"datasync/query", "datasync/jsonrow"}},
	{folder: "datasync", wasm: true,
		inside: []string{"datasync/journal", "datasync/rows", "datasync/query", "datasync/jsonrow"},
		tests: []string{"datasync/memstore", "datasync/storetest", "datasync/wire", "internal/nethttp",
			"tableserver"}},
	{folder: "datasync/wire", wasm: true,
		inside: []string{"datasync", "datasync/query", "datasync/jsonrow"},
		tests:  []string{"datasync/journal", "datasync/memstore", "internal/nethttp", "tableserver"}},

	// What touches the browser, and the composition root.
	{folder: "internal/jsbridge", wasm: true, browser: true},
	{folder: "internal/fetch", wasm: true, browser: true,
		inside: []string{"datasync/wire", "internal/jsbridge"},
		tests:  []string{"datasync", "tableserver"}},
	{folder: "idbstore", wasm: true, browser: true,
		inside:  []string{"datasync/journal", "internal/jsbridge"},
		outside: []string{indexeddb, safejs},
		tests:   []string{"datasync/storetest"}},
	{folder: "syncjs", wasm: true, browser: true,
		inside:  []string{"datasync", "datasync/query", "datasync/jsonrow", "internal/jsbridge"},
		outside: []string{uuid},
		tests: []string{"datasync/journal", "datasync/memstore", "datasync/wire", "idbstore", "internal/fetch",
			"tableserver"}},
	{folder: "wasm", wasm: true, browser: true,
		inside: []string{"syncjs", "idbstore", "internal/fetch", "internal/jsbridge", "datasync",
			"datasync/journal", "datasync/wire"},
		outside: []string{uuid}},

	// The server and what else runs natively.
	{folder: "internal/nethttp", inside: []string{"datasync/wire"},
		tests: []string{"datasync", "datasync/query", "datasync/jsonrow", "tableserver"}},
	{folder: "tableserver", inside: []string{"datasync/query", "datasync/jsonrow"},
		outside: []string{uuid, sqlite},
		tests:   []string{"datasync", "datasync/wire", "datasync/memstore", "internal/nethttp"}},
	{folder: "web"},
	{folder: "cmd/tidetable", inside: []string{"tableserver", "web"}},
	{folder: "sim", inside: []string{everyNative}},
	{folder: "interop", tests: []string{"datasync", "datasync/query", "datasync/jsonrow", "datasync/memstore",
		"datasync/wire", "internal/nethttp"}},
	{folder: "e2e", outside: []string{chromedp}},
	{folder: "internal/archtest"},
	{folder: "tools/...", free: true},
}

// find returns the row of a folder, or nil.
func find(table []layer, folder string) *layer {
	for i := range table {
		base, tree := strings.CutSuffix(table[i].folder, "/...")
		if folder == base || tree && strings.HasPrefix(folder, base+"/") {
			return &table[i]
		}
	}
	return nil
}

// allows tells whether the code or the tests of a layer may import a package of the module.
func (l *layer) allows(table []layer, folder string, test bool) bool {
	if slices.Contains(l.inside, folder) || test && slices.Contains(l.tests, folder) {
		return true
	}
	if slices.Contains(l.inside, everyNative) {
		target := find(table, folder)
		return target != nil && !target.browser
	}
	return false
}

// within tells whether an import path is one of the modules or lies below one.
func within(path string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		return path == m || strings.HasPrefix(path, m+"/")
	})
}
