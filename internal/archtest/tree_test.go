package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// The rules, held to the real tree.

func TestImportsFollowTheArrows(t *testing.T) { report(t, checkImports(realTree(t), arrows)) }
func TestEverythingExportedIsDocumented(t *testing.T) {
	report(t, checkDocs(realTree(t)))
}
func TestFilesAndFunctionsStayShort(t *testing.T) { report(t, checkLength(realTree(t))) }

func TestHeavyPackagesDoNotReachTheWasm(t *testing.T) {
	present := realTree(t).folders()
	args := []string{"list", "-deps", "-f", `{{.ImportPath}} {{join .Imports " "}}`}
	for _, folder := range present {
		if row := find(arrows, folder); row != nil && row.wasm {
			args = append(args, "./"+folder)
		}
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = moduleRoot(t)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), stderr.String())

	deps := parseDependencies(string(out))
	require.Greater(t, len(deps), 20, "a list this short was not the dependencies")
	for _, unwanted := range heavy {
		if chain := reaches(deps, unwanted); chain != nil {
			t.Errorf("%s reaches the wasm: %s. Break the chain at the first import that is ours.",
				unwanted, strings.Join(chain, " → "))
		}
	}
}

// report fails the test once for each finding, so that one run shows them all.
func report(t *testing.T, found []finding) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

func realTree(t *testing.T) *tree {
	t.Helper()
	tree, err := load(os.DirFS(moduleRoot(t)))
	require.NoError(t, err)
	require.NotEmpty(t, tree.sources)
	return tree
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, parent, dir, "no go.mod above the test")
		dir = parent
	}
}

// plant loads a tree of the given files.
func plant(t *testing.T, files map[string]string) *tree {
	t.Helper()
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text), Mode: fs.ModePerm}
	}
	tree, err := load(root)
	require.NoError(t, err)
	return tree
}

// requireFindings wants exactly one finding for each of the texts, in order.
func requireFindings(t *testing.T, found []finding, texts ...string) {
	t.Helper()
	require.Len(t, found, len(texts), "%v", found)
	for i, text := range texts {
		require.Contains(t, found[i].String(), text)
	}
}

func TestLoadReadsWhatIsOursAlone(t *testing.T) {
	tree := plant(t, map[string]string{
		"a/a.go":                 "package a",
		"a/a_test.go":            "package a",
		"a/a_js.go":              "//go:build js\n\npackage a",
		"a/a.mjs":                "",
		"a/a.d.ts":               "",
		"a/testdata/x.go":        "not Go",
		".hidden/x.go":           "not Go",
		"_old/x.go":              "not Go",
		"web/app.js":             "",
		"web/tidetable/gen.mjs":  "",
		"build/x.go":             "not Go",
		"bench/go.mod":           "module bench",
		"bench/x.go":             "not Go",
		"e2e/node_modules/x.mjs": "",
		"wasm_exec.js":           "",
	})
	var names []string
	for _, s := range tree.sources {
		names = append(names, s.path)
	}
	for _, s := range tree.scripts {
		names = append(names, s.path)
	}
	require.Equal(t, []string{"a/a.go", "a/a_js.go", "a/a_test.go", "a/a.mjs", "web/app.js"}, names)
	require.Equal(t, []string{"a"}, tree.folders())
}

func TestLoadNamesAFileThatDoesNotParse(t *testing.T) {
	_, err := load(fstest.MapFS{"a/a.go": {Data: []byte("package")}})
	require.ErrorContains(t, err, "a/a.go")
}
