package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// checkDocs wants a package comment on every package and a doc comment on everything
// exported, methods of exported types and of interfaces included.
func checkDocs(t *tree) []finding {
	found := checkPackageComments(t)
	for _, s := range t.sources {
		if s.test {
			continue
		}
		for _, decl := range s.syntax.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				found = append(found, checkFunc(t, s, d)...)
			case *ast.GenDecl:
				found = append(found, checkGroup(t, s, d)...)
			}
		}
	}
	return found
}

func checkPackageComments(t *tree) []finding {
	var found []finding
	for _, folder := range t.folders() {
		var first *source
		documented := false
		for _, s := range t.sources {
			if s.folder != folder || s.test {
				continue
			}
			if first == nil {
				first = s
			}
			text := s.syntax.Doc.Text()
			name := s.syntax.Name.Name
			documented = documented || text != "" && (name == "main" || strings.HasPrefix(text, "Package "+name+" "))
		}
		if !documented {
			found = append(found, t.at(first, first.syntax.Package,
				"package %s has no package comment: say in a comment that starts with %q what it owns and what it must not know",
				folder, packageStart(first.syntax.Name.Name)))
		}
	}
	return found
}

func packageStart(name string) string {
	if name == "main" {
		return "Command …"
	}
	return "Package " + name + " …"
}

func checkFunc(t *tree, s *source, d *ast.FuncDecl) []finding {
	name := d.Name.Name
	shown := name
	if d.Recv != nil {
		receiver := receiverName(d.Recv)
		if !ast.IsExported(receiver) {
			return nil
		}
		shown = receiver + "." + name
	}
	if !ast.IsExported(name) || startsWith(d.Doc, name) {
		return nil
	}
	return []finding{t.at(s, d.Pos(), "%s", wanted(shown, name))}
}

func checkGroup(t *tree, s *source, d *ast.GenDecl) []finding {
	var found []finding
	for _, spec := range d.Specs {
		switch sp := spec.(type) {
		case *ast.TypeSpec:
			if !ast.IsExported(sp.Name.Name) {
				continue
			}
			if !startsWith(sp.Doc, sp.Name.Name) && (d.Lparen.IsValid() || !startsWith(d.Doc, sp.Name.Name)) {
				found = append(found, t.at(s, sp.Pos(), "%s", wanted(sp.Name.Name, sp.Name.Name)))
			}
			if methods, ok := sp.Type.(*ast.InterfaceType); ok {
				found = append(found, checkMethods(t, s, sp.Name.Name, methods)...)
			}
		case *ast.ValueSpec:
			found = append(found, checkValues(t, s, d, sp)...)
		}
	}
	return found
}

// checkValues accepts a comment on the constant or variable, behind it, or on its group.
func checkValues(t *tree, s *source, d *ast.GenDecl, sp *ast.ValueSpec) []finding {
	exported := slices.IndexFunc(sp.Names, func(n *ast.Ident) bool { return n.IsExported() })
	if exported < 0 || sp.Doc.Text() != "" || sp.Comment.Text() != "" || d.Doc.Text() != "" {
		return nil
	}
	kind := "variable"
	if d.Tok == token.CONST {
		kind = "constant"
	}
	return []finding{t.at(s, sp.Pos(), "%s %s has no comment, nor has its group: say what it means",
		kind, sp.Names[exported].Name)}
}

// checkMethods wants every method of an interface to state its contract.
func checkMethods(t *tree, s *source, of string, methods *ast.InterfaceType) []finding {
	var found []finding
	for _, m := range methods.Methods.List {
		if len(m.Names) == 0 || !m.Names[0].IsExported() || m.Doc.Text() != "" || m.Comment.Text() != "" {
			continue
		}
		found = append(found, t.at(s, m.Pos(),
			"%s.%s has no comment: the interface is the contract, so say what comes back and when it fails",
			of, m.Names[0].Name))
	}
	return found
}

// startsWith tells whether a comment begins with the name, an article before it allowed.
func startsWith(doc *ast.CommentGroup, name string) bool {
	words := strings.Fields(doc.Text())
	if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	return len(words) > 1 && strings.TrimRight(words[0], ",:;") == name
}

func wanted(shown, name string) string {
	return "exported " + shown + " needs a doc comment that starts with its name: // " + name + " …"
}

// receiverName returns the type of a method's receiver, without pointer and type parameters.
func receiverName(recv *ast.FieldList) string {
	expr := recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.ParenExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}
