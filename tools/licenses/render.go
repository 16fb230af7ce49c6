package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// golang is the licence of the Go runtime and standard library, which are in every Go program.
// Not every installation of Go carries the text, so it is kept here.
//
//go:embed golang.txt
var golang []byte

const preamble = `Third-party licences

Tidetable itself is under the licence in the file LICENSE. The wasm and the server contain
code of others; this file holds their licences and notices, as they came. It is written by
"make licenses". After each name stands which of the two programs the code is in.
`

// legal is what a file with a licence or a notice is called.
var legal = regexp.MustCompile(`(?i)(licen[cs]e|^copying|^notice|^patents)`)

// render makes the text of the whole file.
func render(modules []*module) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(preamble)
	section(&b, "Go runtime and standard library, and wasm_exec.js (wasm, server)")
	text(&b, "LICENSE", golang)
	for _, m := range modules {
		section(&b, fmt.Sprintf("%s %s (%s)", m.path, m.version, strings.Join(m.products, ", ")))
		files, err := legalFiles(m)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s %s has no licence file, so nothing allows us to ship it", m.path, m.version)
		}
		for _, name := range files {
			data, err := os.ReadFile(filepath.Join(m.dir, name))
			if err != nil {
				return nil, err
			}
			text(&b, filepath.ToSlash(name), data)
		}
	}
	return b.Bytes(), nil
}

// legalFiles finds the licences and notices at the root of a module and in every folder
// between it and a package in use: code copied from elsewhere keeps its own beside it. The
// names are relative to the root, the root's first.
func legalFiles(m *module) ([]string, error) {
	var found []string
	seen := map[string]bool{}
	for _, folder := range append([]string{m.dir}, m.packages...) {
		for ; !seen[folder]; folder = filepath.Dir(folder) {
			seen[folder] = true
			entries, err := os.ReadDir(folder)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if !e.Type().IsRegular() || !legal.MatchString(e.Name()) || filepath.Ext(e.Name()) == ".go" {
					continue
				}
				name, err := filepath.Rel(m.dir, filepath.Join(folder, e.Name()))
				if err != nil {
					return nil, err
				}
				found = append(found, name)
			}
			if folder == m.dir {
				break
			}
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		if depth := strings.Count(a, string(filepath.Separator)) - strings.Count(b, string(filepath.Separator)); depth != 0 {
			return depth
		}
		return strings.Compare(a, b)
	})
	return found, nil
}

func section(b *bytes.Buffer, title string) {
	fmt.Fprintf(b, "\n%s\n%s\n%s\n", strings.Repeat("=", 100), title, strings.Repeat("=", 100))
}

// text adds one file, without the line ends and closing space that differ between modules.
func text(b *bytes.Buffer, name string, data []byte) {
	fmt.Fprintf(b, "\n--- %s\n\n", name)
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	b.Write(bytes.TrimRight(data, " \t\n"))
	b.WriteByte('\n')
}
