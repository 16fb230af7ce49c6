package archtest

import (
	"slices"
	"strings"
)

// checkImports holds every import of the tree to the table.
func checkImports(t *tree, table []layer) []finding {
	var found []finding
	unplaced := map[string]bool{}
	for _, s := range t.sources {
		row := find(table, s.folder)
		if row == nil {
			if !unplaced[s.folder] {
				unplaced[s.folder] = true
				found = append(found, t.at(s, s.syntax.Package,
					"package %s is not in the table: add it to the table in internal/archtest/table.go, "+
						"with what it may import", s.folder))
			}
			continue
		}
		if row.free {
			continue
		}
		for _, spec := range s.syntax.Imports {
			if text := judge(table, row, s, importPath(spec)); text != "" {
				found = append(found, t.at(s, spec.Pos(), "%s", text))
			}
		}
	}
	return found
}

// judge says what is wrong with an import, or "" when nothing is.
func judge(table []layer, row *layer, s *source, imported string) string {
	folder, inside := strings.CutPrefix(imported, module+"/")
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case inside:
		return judgeInside(table, row, s, folder)
	case imported == "syscall/js":
		if !row.browser {
			return "syscall/js is for " + strings.Join(browserFolders(table), ", ") + " only: " +
				"put the call behind a function of internal/jsbridge, or take what you need as a parameter"
		}
	case !strings.Contains(first, "."): // the standard library
		if row.wasm && !s.test && within(imported, heavy) {
			return imported + " would be linked into the wasm and make it much larger: use datasync/jsonrow for JSON " +
				"and a Transport of datasync/wire for requests"
		}
	case within(imported, testModules):
		if !s.test {
			return imported + " is for _test.go files only: it would end up in what we ship"
		}
	case !within(imported, row.outside) && !(s.test && within(imported, row.testsOutside)):
		return s.folder + " may not import " + imported + ": " + orNothing("modules it may import", row.outside) +
			"; go through a package that owns that dependency, or add it to the table in internal/archtest/table.go"
	}
	return ""
}

func judgeInside(table []layer, row *layer, s *source, folder string) string {
	// An external test package imports the package under test.
	if row.allows(table, folder, s.test) || s.test && folder == s.folder {
		return ""
	}
	if s.test {
		return s.folder + "'s tests may not import " + folder + " (" +
			orNothing("allowed", slices.Concat(row.inside, row.tests)) + "): " +
			"test it where both are known, or add it to the row's tests in internal/archtest/table.go"
	}
	return s.folder + " may not import " + folder + " (" + orNothing("allowed", row.inside) + "): " +
		"declare the interface you need here and let " + folder + " or the composition root fit it in, " +
		"or change the arrow in internal/archtest/table.go together with ARCHITECTURE.md"
}

func orNothing(label string, names []string) string {
	if len(names) == 0 {
		return label + ": none"
	}
	return label + ": " + strings.Join(names, ", ")
}

func browserFolders(table []layer) []string {
	var out []string
	for _, row := range table {
		if row.browser {
			out = append(out, row.folder)
		}
	}
	return out
}
