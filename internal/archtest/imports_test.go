package archtest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestImportRulesCanFail(t *testing.T) {
	const engine = "datasync/x.go"
	cases := []struct {
		name, file, imported string
		want                 string // part of the finding; empty when the import is fine
	}{
		{"an arrow is followed", engine, "tidetable/datasync/rows", ""},
		{"an arrow is turned round", engine, "tidetable/datasync/wire", "datasync may not import datasync/wire"},
		{"a test has arrows of its own", "datasync/x_test.go", "tidetable/datasync/wire", ""},
		{"a test's arrows end somewhere", "datasync/x_test.go", "tidetable/idbstore", "datasync's tests may not import idbstore"},
		{"a test imports its package", "datasync/x_test.go", "tidetable/datasync", ""},
		{"a leaf imports nothing of ours", "datasync/jsonrow/x.go", "tidetable/datasync/query", "allowed: none"},
		{"a package without a row", "extra/x.go", "fmt", "add it to the table"},
		{"a folder below a row is not the row", "datasync/extra/x.go", "fmt", "datasync/extra is not in the table"},

		{"the browser in a browser package", "idbstore/x.go", "syscall/js", ""},
		{"the browser in the engine", engine, "syscall/js", "syscall/js is for internal/jsbridge, internal/fetch, idbstore, syncjs, wasm only"},
		{"the browser in the engine's tests", "datasync/x_test.go", "syscall/js", "syscall/js is for"},

		{"light standard library in the wasm", engine, "context", ""},
		{"net/http in the wasm", "syncjs/x.go", "net/http", "net/http would be linked into the wasm"},
		{"a part of net/http in the wasm", "syncjs/x.go", "net/http/httptrace", "would be linked into the wasm"},
		{"encoding/json in the wasm", engine, "encoding/json", "use datasync/jsonrow"},
		{"encoding/json in a test", "datasync/x_test.go", "encoding/json", ""},
		{"net/http in the server", "tableserver/x.go", "net/http", ""},

		{"testify in a test", "datasync/x_test.go", "github.com/stretchr/testify/require", ""},
		{"testify in what we ship", engine, "github.com/stretchr/testify/require", "for _test.go files only"},
		{"testify in the suite that is built for the browser", "datasync/storetest/x.go", "github.com/stretchr/testify/require", "for _test.go files only"},
		{"rapid in what we ship", engine, "pgregory.net/rapid", "for _test.go files only"},

		{"go-indexeddb in its owner", "idbstore/x.go", "github.com/hack-pad/go-indexeddb/idb", ""},
		{"go-indexeddb elsewhere", "syncjs/x.go", "github.com/hack-pad/go-indexeddb/idb", "syncjs may not import github.com/hack-pad/go-indexeddb/idb"},
		{"a module whose name merely begins alike", "idbstore/x.go", "github.com/hack-pad/go-indexeddb2", "idbstore may not import"},
		{"uuid where ids are made", "tableserver/x.go", "github.com/google/uuid", ""},
		{"uuid in the engine", engine, "github.com/google/uuid", "datasync may not import github.com/google/uuid"},
		{"a database to compare with, in a test", "datasync/query/x_test.go", "modernc.org/sqlite", ""},
		{"a database in the wasm", "datasync/query/x.go", "modernc.org/sqlite", "datasync/query may not import modernc.org/sqlite"},

		{"the simulation uses what is native", "sim/x.go", "tidetable/tableserver", ""},
		{"the simulation stays out of the browser", "sim/x.go", "tidetable/idbstore", "sim may not import idbstore"},
		{"the simulation uses placed packages only", "sim/x.go", "tidetable/extra", "sim may not import extra"},
		{"tools are free", "tools/size/floor/x.go", "github.com/hack-pad/go-indexeddb/idb", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := checkImports(plant(t, map[string]string{c.file: "package p\n\nimport _ \"" + c.imported + "\"\n"}), arrows)
			if c.want == "" {
				require.Empty(t, found)
				return
			}
			requireFindings(t, found, c.want)
			require.Contains(t, found[0].String(), c.file+":")
		})
	}
}

func TestImportsAreJudgedOnEveryPlatform(t *testing.T) {
	found := checkImports(plant(t, map[string]string{
		"datasync/x_js.go":      "package datasync\n\nimport _ \"syscall/js\"\n",
		"datasync/x_windows.go": "//go:build windows\n\npackage datasync\n\nimport _ \"net/http\"\n",
	}), arrows)
	requireFindings(t, found, "datasync/x_js.go:3: syscall/js", "datasync/x_windows.go:5: net/http")
}

func TestAnUnplacedPackageIsReportedOnce(t *testing.T) {
	found := checkImports(plant(t, map[string]string{
		"extra/a.go": "package extra\n\nimport _ \"fmt\"\n", "extra/b.go": "package extra",
	}), arrows)
	requireFindings(t, found, "extra/a.go:1: package extra is not in the table")
}

func TestTheTableHasNoCycle(t *testing.T) {
	const open, done = 1, 2
	state := map[string]int{}
	var visit func(folder string)
	visit = func(folder string) {
		require.NotEqual(t, open, state[folder], "%s imports itself by way of its own arrows", folder)
		if state[folder] == done {
			return
		}
		state[folder] = open
		if row := find(arrows, folder); row != nil {
			for _, next := range row.inside {
				visit(next)
			}
		}
		state[folder] = done
	}
	for _, row := range arrows {
		visit(row.folder)
	}
}

func TestTheTableNamesPlacedPackagesOnly(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range arrows {
		require.False(t, seen[row.folder], "%s has two rows", row.folder)
		seen[row.folder] = true
		for _, name := range append(append([]string{}, row.inside...), row.tests...) {
			if name != everyNative {
				require.NotNil(t, find(arrows, name), "%s names %s, which has no row", row.folder, name)
			}
		}
		if row.wasm {
			for _, name := range row.inside {
				require.True(t, find(arrows, name).wasm, "%s reaches the wasm, so %s does", row.folder, name)
			}
		}
	}
}

func TestReachesFindsTheShortestChain(t *testing.T) {
	deps := parseDependencies(`
		net/http net io
		io
		example.com/far net/http
		example.com/near net/http
		tidetable/wasm tidetable/syncjs example.com/far
		tidetable/syncjs example.com/near io
	`)
	require.Equal(t, []string{"tidetable/wasm", "example.com/far", "net/http"}, reaches(deps, "net/http"))
	require.Nil(t, reaches(deps, "encoding/json"))
	require.Equal(t, []string{"tidetable/wasm", "io"}, reaches(parseDependencies("tidetable/wasm io\nio"), "io"))
}
