package syncjs_test

// These tests keep in step what Go, JavaScript, its types and the docs say. They run natively.

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"tidetable/syncjs"
)

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// found lists the first group of every match, sorted, each once.
func found(t *testing.T, text, pattern string) []string {
	t.Helper()
	var all []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	if len(all) == 0 {
		t.Fatalf("nothing looks like %s", pattern)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestTheModulesAreOfThisVersion(t *testing.T) {
	if versions := found(t, read(t, "engine.mjs"), `export const version = '([^']+)'`); versions[0] != syncjs.Version {
		t.Errorf("engine.mjs is version %s, the Go part %s", versions[0], syncjs.Version)
	}
}

func TestEveryCodeIsDocumentedAndTyped(t *testing.T) {
	codes := found(t, read(t, "../datasync/errors.go"), `Code\w+ +Code = "([^"]+)"`)
	for _, module := range []string{"errors.mjs", "start.mjs", "engine.mjs", "options.mjs", "query.mjs", "table.mjs", "pushing.mjs", "connection.mjs", "failures.mjs", "handlers.mjs"} {
		for _, call := range regexp.MustCompile(`TidetableError\('([^']+)'`).FindAllStringSubmatch(read(t, module), -1) {
			codes = append(codes, call[1])
		}
	}
	codes = append(codes, found(t, read(t, "handlers.go"), `datasync\.Code = "([^"]+)"`)...)
	slices.Sort(codes)
	codes = slices.Compact(codes)

	union := found(t, read(t, "index.d.ts"), `(?s)export type ErrorCode =(.*?);`)[0]
	if typed := found(t, union, `'([^']+)'`); !slices.Equal(typed, codes) {
		t.Errorf("ErrorCode in index.d.ts has\n%v\nbut the codes are\n%v", typed, codes)
	}
	if documented := found(t, read(t, "../docs/error-codes.md"), "(?m)^\\| `([^`]+)` \\|"); !slices.Equal(documented, codes) {
		t.Errorf("docs/error-codes.md has\n%v\nbut the codes are\n%v", documented, codes)
	}
}

func TestBothSidesKnowTheSameCalls(t *testing.T) {
	known := found(t, read(t, "calls.go"), `(?m)^\t\t"(\w+)":`)
	var made []string
	for _, module := range []string{"client.mjs", "connection.mjs", "failures.mjs", "handlers.mjs", "pushing.mjs", "query.mjs", "table.mjs"} {
		for _, call := range regexp.MustCompile(`(?:[cC]all(?:\(|: )|#write\(|#pull\(|#list\()'(\w+)'`).FindAllStringSubmatch(read(t, module), -1) {
			if call[1] != "open" {
				made = append(made, call[1])
			}
		}
	}
	slices.Sort(made)
	if made = slices.Compact(made); !slices.Equal(made, known) {
		t.Errorf("the modules call\n%v\nbut the engine knows\n%v", made, known)
	}
}
