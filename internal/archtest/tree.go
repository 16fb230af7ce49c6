package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// finding is one broken rule and where.
type finding struct {
	file string
	line int
	text string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.text)
}

// source is one parsed Go file.
type source struct {
	path   string // relative to the root
	folder string // "." for the root
	test   bool   // a _test.go file
	lines  int
	syntax *ast.File
}

// script is a source file in another language.
type script struct {
	path  string
	lines int
}

// tree is everything the checks look at.
type tree struct {
	fset    *token.FileSet
	sources []*source // in order of path
	scripts []script
}

// scriptKinds are the extensions of the other source files. Declarations for TypeScript
// users are documentation for the greater part and may be as long as they like.
var scriptKinds = []string{".mjs", ".js", ".css", ".html", ".sh"}

// load reads a source tree. It leaves out what is not ours to judge: hidden folders,
// testdata, build results, installed packages and nested modules.
func load(root fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if ignored(root, name) {
				return fs.SkipDir
			}
			return nil
		}
		return t.add(root, name)
	})
	return t, err
}

func ignored(root fs.FS, folder string) bool {
	if folder == "." {
		return false
	}
	base := path.Base(folder)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	if slices.Contains([]string{"testdata", "node_modules", "vendor"}, base) {
		return true
	}
	// Where make puts its results: programs, and what the page loads.
	if folder == "build" || folder == "web/tidetable" {
		return true
	}
	_, err := fs.Stat(root, path.Join(folder, "go.mod"))
	return err == nil
}

func (t *tree) add(root fs.FS, name string) error {
	kind := path.Ext(name)
	isScript := slices.Contains(scriptKinds, kind) && name != "wasm_exec.js"
	if kind != ".go" && !isScript {
		return nil
	}
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	lines := strings.Count(string(text), "\n")
	if isScript {
		t.scripts = append(t.scripts, script{name, lines})
		return nil
	}
	syntax, err := parser.ParseFile(t.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.sources = append(t.sources, &source{
		path: name, folder: path.Dir(name), lines: lines, syntax: syntax,
		test: strings.HasSuffix(name, "_test.go"),
	})
	return nil
}

// at makes a finding for a place in a file.
func (t *tree) at(s *source, pos token.Pos, format string, args ...any) finding {
	return finding{s.path, t.fset.Position(pos).Line, fmt.Sprintf(format, args...)}
}

// folders returns the folders that hold Go code beside tests, in order.
func (t *tree) folders() []string {
	var out []string
	for _, s := range t.sources {
		if !s.test && !slices.Contains(out, s.folder) {
			out = append(out, s.folder)
		}
	}
	return out
}

// importPath returns the path that an import statement names.
func importPath(spec *ast.ImportSpec) string {
	unquoted, err := strconv.Unquote(spec.Path.Value)
	if err != nil { // the parser accepts nothing that cannot be unquoted
		return spec.Path.Value
	}
	return unquoted
}
