package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestPageModulesFollowsEveryWayOfImporting(t *testing.T) {
	dir := fstest.MapFS{
		"index.mjs": {Data: []byte(`
			import { a } from './a.mjs';
			export * from "./lib/b.mjs";
			import './wasm_exec.js';
			/* import './gone.mjs'; */
			// import './gone.mjs';
			const text = 'see http://example.com/';
			new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
			export const later = () => import('./c.mjs');
			import fs from 'node:fs';`)},
		"a.mjs":      {Data: []byte(`import { b } from './lib/b.mjs'`)},
		"lib/b.mjs":  {Data: []byte("import '../a.mjs'\nimport './d.mjs'")},
		"lib/d.mjs":  {Data: []byte(`export default 1`)},
		"c.mjs":      {Data: []byte(`export default 2`)},
		"worker.mjs": {Data: []byte(`import './index.mjs'`)},
	}
	files, err := pageModules(dir, "index.mjs")
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.name)
	}
	require.Equal(t, []string{"index.mjs", "a.mjs", "lib/b.mjs", "c.mjs", "lib/d.mjs"}, names)
}

func TestPageModulesNamesAMissingModule(t *testing.T) {
	_, err := pageModules(fstest.MapFS{"index.mjs": {Data: []byte(`import './gone.mjs'`)}}, "index.mjs")
	require.ErrorContains(t, err, "gone.mjs")
}

func TestMeasureCompressesBothWays(t *testing.T) {
	text := []byte(strings.Repeat("tables moved by push and pull, ", 1000))
	s, err := measure(text)
	require.NoError(t, err)
	require.Equal(t, len(text), s.Raw)
	require.Positive(t, s.Brotli)
	require.Less(t, s.Brotli, s.Gzip)
	require.Less(t, s.Gzip, s.Raw/50)
}

func TestJudge(t *testing.T) {
	limits := budget{ratio: 1.15, js: 10_000}
	floor := sizes{Brotli: 700_000}
	cases := []struct {
		name string
		wasm int
		js   int
		over []string
	}{
		{"accepts exactly the budget", 805_000, 10_000, nil},
		{"refuses one byte of wasm more", 805_001, 10_000, []string{"the wasm is 805001 bytes"}},
		{"refuses one byte of JavaScript more", 805_000, 10_001, []string{"the JavaScript is 10001 bytes"}},
		{"names both", 900_000, 12_000, []string{"the wasm", "the JavaScript"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			over := report{floor: floor, wasm: sizes{Brotli: c.wasm}, script: sizes{Brotli: c.js}}.judge(limits)
			require.Len(t, over, len(c.over))
			for i, want := range c.over {
				require.Contains(t, over[i], want)
			}
		})
	}
}
