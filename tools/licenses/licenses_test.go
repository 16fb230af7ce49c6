package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// plant makes a module's folder with the given files.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, data := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(data), 0o644))
	}
	return root
}

func TestRenderHoldsEveryLegalTextOfTheCodeInUse(t *testing.T) {
	root := plant(t, map[string]string{
		"LICENSE":            "root terms\r\n",
		"NOTICE.txt":         "root notice",
		"license_check.go":   "package root",
		"README":             "no terms here",
		"used/deep/COPYING":  "copied code's terms",
		"used/x.go":          "package used",
		"unused/LICENSE":     "terms of what is not shipped",
		"used/PATENTS/x.txt": "a folder, not a file",
	})
	out, err := render([]*module{{
		path: "example.com/m", version: "v1.2.3", dir: root,
		packages: []string{filepath.Join(root, "used", "deep"), filepath.Join(root, "used")},
		products: []string{"wasm", "server"},
	}})
	require.NoError(t, err)
	got := string(out)
	for _, want := range []string{
		"example.com/m v1.2.3 (wasm, server)", "--- LICENSE\n\nroot terms\n\n", "root notice",
		"--- used/deep/COPYING\n\ncopied code's terms\n", "Copyright 2009 The Go Authors",
	} {
		require.Contains(t, got, want)
	}
	for _, unwanted := range []string{"package root", "no terms here", "not shipped", "a folder", "\r"} {
		require.NotContains(t, got, unwanted)
	}
	require.Equal(t, 1, strings.Count(got, "root terms"), "the root's licence stands once, however many packages are used")
}

func TestRenderRefusesAModuleWithoutALicence(t *testing.T) {
	root := plant(t, map[string]string{"x.go": "package x"})
	_, err := render([]*module{{path: "example.com/bare", dir: root}})
	require.ErrorContains(t, err, "example.com/bare")
}

func TestCollectMergesProductsAndPackages(t *testing.T) {
	byPath := map[string]*module{}
	require.NoError(t, collect(byPath, "wasm", []byte("\nexample.com/m\tv1\t/m\t/m/a\n\n")))
	require.NoError(t, collect(byPath, "server", []byte("example.com/m\tv1\t/m\t/m/b\nexample.com/m\tv1\t/m\t/m/a\n")))
	require.Len(t, byPath, 1)
	require.Equal(t, &module{
		path: "example.com/m", version: "v1", dir: "/m",
		packages: []string{"/m/a", "/m/b"}, products: []string{"wasm", "server"},
	}, byPath["example.com/m"])
	require.Error(t, collect(byPath, "wasm", []byte("something else")))
}

func TestShippedListsTheModulesOfARealProgram(t *testing.T) {
	modules, err := shipped([]product{{"floor", "../size/floor", []platform{{"js", "wasm"}}}})
	require.NoError(t, err)
	var paths []string
	for _, m := range modules {
		paths = append(paths, m.path)
		require.Equal(t, []string{"floor"}, m.products)
		require.NotEmpty(t, m.version)
	}
	require.Contains(t, paths, "github.com/google/uuid")
	require.Contains(t, paths, "github.com/hack-pad/go-indexeddb")
	require.IsIncreasing(t, paths)
}
