package archtest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDocRulesCanFail(t *testing.T) {
	const head = "// Package p owns p.\npackage p\n\n"
	cases := []struct {
		name, text string
		want       []string
	}{
		{"a documented package", head, nil},
		{"no package comment", "package p", []string{"package p has no package comment"}},
		{"a package comment about something else", "// This is p.\npackage p", []string{"no package comment"}},
		{"a licence is no package comment", "// Copyright someone.\n\npackage p", []string{"no package comment"}},
		{"a command describes itself freely", "// The program.\npackage main", nil},
		{"a command without a comment", "package main", []string{"Command …"}},

		{"a function", head + "func F() {}", []string{"exported F needs a doc comment"}},
		{"a documented function", head + "// F does.\nfunc F() {}", nil},
		{"a comment that names something else", head + "// G does.\nfunc F() {}", []string{"exported F"}},
		{"a comment of one word", head + "// F\nfunc F() {}", []string{"exported F"}},
		{"a directive is no comment", head + "//go:noinline\nfunc F() {}", []string{"exported F"}},
		{"an unexported function", head + "func f() {}", nil},

		{"a type", head + "type T int", []string{"exported T needs"}},
		{"a type with an article", head + "// A T is a t.\ntype T int", nil},
		{"a type in a group needs its own", head + "// Types.\ntype (\n\tT int\n)", []string{"exported T needs"}},
		{"a documented type in a group", head + "type (\n\t// T is t.\n\tT int\n)", nil},

		{"a method", head + "// T is t.\ntype T int\n\nfunc (T) M() {}", []string{"exported T.M needs"}},
		{"a method of a pointer to a generic type", head + "// T is t.\ntype T[A any] struct{}\n\nfunc (t *T[A]) M() {}", []string{"exported T.M needs"}},
		{"a method of two type parameters", head + "// T is t.\ntype T[A, B any] struct{}\n\nfunc (t T[A, B]) M() {}", []string{"exported T.M needs"}},
		{"an exported method of an unexported type", head + "type t int\n\nfunc (t) M() {}", nil},
		{"a method of an interface", head + "// I is i.\ntype I interface {\n\tM()\n}", []string{"I.M has no comment"}},
		{"documented methods", head + "// I is i.\ntype I interface {\n\t// M does.\n\tM()\n\tN() // does too\n\tm()\n}", nil},

		{"a constant", head + "const C = 1", []string{"constant C has no comment"}},
		{"a variable", head + "var V = 1", []string{"variable V has no comment"}},
		{"the second name counts", head + "var v, V = 1, 2", []string{"variable V has no comment"}},
		{"a group with a comment", head + "// The colours.\nconst (\n\tRed = 1\n\tBlue = 2\n)", nil},
		{"a group without one", head + "const (\n\tRed = 1\n\tBlue = 2 // the sky\n)", []string{"constant Red"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requireFindings(t, checkDocs(plant(t, map[string]string{"p/p.go": c.text + "\n"})), c.want...)
		})
	}
}

func TestOnePackageCommentIsEnough(t *testing.T) {
	require.Empty(t, checkDocs(plant(t, map[string]string{
		"p/doc.go": "// Package p owns p.\npackage p", "p/a.go": "package p", "p/a_test.go": "package p\n\nfunc F() {}",
	})))
}

func TestLengthRulesCanFail(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("\n", n) }
	cases := []struct {
		name, file, text string
		want             []string
	}{
		{"a file at the limit", "p/p.go", "package p" + lines(400), nil},
		{"a file over it", "p/p.go", "package p" + lines(401), []string{"p/p.go:401: more than 400 lines"}},
		{"a test over it", "p/p_test.go", "package p" + lines(401), nil},
		{"a module over it", "syncjs/index.mjs", lines(401), []string{"syncjs/index.mjs:401"}},
		{"a stylesheet over it", "web/app.css", lines(401), []string{"web/app.css:401"}},
		{"declarations for TypeScript", "syncjs/index.d.ts", lines(401), nil},
		{"a function at the limit", "p/p.go", "package p\n\nfunc f() {" + lines(59) + "}\n", nil},
		{"a function over it", "p/p.go", "package p\n\nfunc f() {" + lines(60) + "}\n", []string{"p/p.go:3: f has 61 lines, more than 60"}},
		{"a test function over it", "p/p_test.go", "package p\n\nfunc f() {" + lines(60) + "}\n", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			requireFindings(t, checkLength(plant(t, map[string]string{c.file: c.text})), c.want...)
		})
	}
}
