package main

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
)

// module is one JavaScript file a page loads.
type module struct {
	name string
	text []byte
}

// comments of JavaScript; block comments may span lines. A line comment counts only at the
// start of a line, so that the // of an address in a string is left alone.
var comments = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s*//[^\n]*`)

// imported finds the relative addresses of `import … from './x'`, `export … from './x'`,
// `import './x'` and of `import('./x')`, which a page may load as well.
var imported = regexp.MustCompile(`(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}/[^'"]+)['"]`)

// pageModules returns the entry module and everything it imports, each once, in the order a
// breadth-first walk meets them. wasm_exec.js is left out: it belongs to the Go toolchain
// and is the same for every program. A worker's module is not on the page either: it is
// named by new URL(…), which is no import.
func pageModules(dir fs.FS, entry string) ([]module, error) {
	var found []module
	seen := map[string]bool{entry: true}
	for queue := []string{entry}; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("a page loads %s: %w", name, err)
		}
		found = append(found, module{name, text})
		for _, match := range imported.FindAllSubmatch(comments.ReplaceAll(text, nil), -1) {
			next := path.Join(path.Dir(name), string(match[1]))
			if path.Base(next) == "wasm_exec.js" || seen[next] {
				continue
			}
			seen[next] = true
			queue = append(queue, next)
		}
	}
	return found, nil
}
