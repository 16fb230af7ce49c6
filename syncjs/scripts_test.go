//go:build js && wasm

package syncjs_test

import (
	"os"
	"strings"
	"syscall/js"
	"testing"

	"tidetable/internal/jsbridge"
)

// TestScripts runs every function that a script in testdata exports: each is a test, with
// the kit as its argument, and fails by rejecting.
func TestScripts(t *testing.T) {
	defer install()()
	runScripts(t, "testdata", &page{addresses: map[string]string{}, replaced: map[string]string{"start.mjs": starter}})
}

// TestStarting does so with the real start.mjs, whose wasm the scripts make up.
func TestStarting(t *testing.T) {
	defer install()()
	text, err := scripts.ReadFile("start.mjs")
	if err != nil {
		t.Fatal(err)
	}
	// A module from a blob has no folder that could hold others.
	start := strings.NewReplacer("import './wasm_exec.js';", "",
		"new URL('./tidetable.wasm', import.meta.url)", "new URL('https://server.test/tidetable.wasm')").Replace(string(text))
	runScripts(t, "testdata/starting", &page{addresses: map[string]string{}, replaced: map[string]string{"start.mjs": start}})
}

func runScripts(t *testing.T, folder string, p *page) {
	kit := p.load(t, "testdata/kit.mjs")
	files, err := scripts.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), "_test.mjs")
		if !ok {
			continue
		}
		module := p.load(t, folder+"/"+file.Name())
		names := js.Global().Get("Object").Call("keys", module)
		for i := range names.Length() {
			test := names.Index(i).String()
			t.Run(name+"/"+test, func(t *testing.T) {
				await(t, kit.Call("run", module.Get(test)))
			})
			ran++
		}
	}
	if ran == 0 {
		t.Fatal("no script has a test")
	}
}

// TestMain fails when a callback was left behind: nothing may be live but the one that
// all waiting for promises shares.
func TestMain(m *testing.M) {
	code := m.Run()
	if live := jsbridge.Funcs().Live(); live > 1 && code == 0 {
		println("callbacks that nobody released:", live-1)
		code = 1
	}
	os.Exit(code)
}
