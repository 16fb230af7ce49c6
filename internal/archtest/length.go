package archtest

import "go/ast"

const (
	// maxFile is how many lines a source file may have; half of it is a good file.
	maxFile = 400
	// maxFunc is how many lines a function may have, its signature and braces included.
	maxFunc = 60
)

// checkLength stops files and functions that do more than one thing. Tests are left to the
// reader's judgement: a table of cases is long without being complicated.
func checkLength(t *tree) []finding {
	var found []finding
	tooLong := func(path string, lines int) {
		if lines > maxFile {
			found = append(found, finding{path, lines, "more than 400 lines: " +
				"name the responsibilities in it and give each a file of its own"})
		}
	}
	for _, s := range t.scripts {
		tooLong(s.path, s.lines)
	}
	for _, s := range t.sources {
		if s.test {
			continue
		}
		tooLong(s.path, s.lines)
		for _, decl := range s.syntax.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := t.fset.Position(f.End()).Line - t.fset.Position(f.Pos()).Line + 1
			if lines > maxFunc {
				found = append(found, t.at(s, f.Pos(), "%s has %d lines, more than %d: split it where it changes the subject",
					f.Name.Name, lines, maxFunc))
			}
		}
	}
	return found
}
