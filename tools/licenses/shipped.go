package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// platform is a GOOS and GOARCH.
type platform struct{ os, arch string }

// product is a program that is handed to others.
type product struct {
	name      string
	pkg       string
	platforms []platform
}

// products are what we distribute. The server's dependencies differ by platform; the file
// names those of all that people build it for, so that it does not depend on who runs this.
var products = []product{
	{"wasm", "./wasm", []platform{{"js", "wasm"}}},
	{"server", "./cmd/tidetable", []platform{
		{"linux", "amd64"}, {"linux", "arm64"},
		{"darwin", "amd64"}, {"darwin", "arm64"},
		{"windows", "amd64"}, {"windows", "arm64"},
	}},
}

// module is one dependency and where in it the code lies that is shipped.
type module struct {
	path, version string
	dir           string   // the module's root
	packages      []string // folders of the packages in use, each dir or below it
	products      []string // names of the products it is in
}

// shipped asks the go command which modules the products contain, in order of path.
func shipped(products []product) ([]*module, error) {
	byPath := map[string]*module{}
	for _, p := range products {
		for _, on := range p.platforms {
			out, err := listDeps(p.pkg, on)
			if err != nil {
				return nil, err
			}
			if err := collect(byPath, p.name, out); err != nil {
				return nil, err
			}
		}
	}
	modules := make([]*module, 0, len(byPath))
	for _, m := range byPath {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b *module) int { return strings.Compare(a.path, b.path) })
	return modules, nil
}

// depFormat prints one line for each package that is in another module than ours.
const depFormat = `{{with .Module}}{{if not .Main}}{{with .Replace}}{{.Path}}{{"\t"}}{{.Version}}{{"\t"}}{{.Dir}}` +
	`{{else}}{{.Path}}{{"\t"}}{{.Version}}{{"\t"}}{{.Dir}}{{end}}{{"\t"}}{{$.Dir}}{{end}}{{end}}`

func listDeps(pkg string, on platform) ([]byte, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", depFormat, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+on.os, "GOARCH="+on.arch)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s for %s/%s: %w\n%s", pkg, on.os, on.arch, err, stderr.Bytes())
	}
	return out, nil
}

// collect adds what listDeps printed for one product.
func collect(byPath map[string]*module, product string, out []byte) error {
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 4 {
			return fmt.Errorf("go list printed %q where path, version and two folders were expected", line)
		}
		m := byPath[fields[0]]
		if m == nil {
			m = &module{path: fields[0], version: fields[1], dir: fields[2]}
			byPath[m.path] = m
		}
		if !slices.Contains(m.packages, fields[3]) {
			m.packages = append(m.packages, fields[3])
		}
		if !slices.Contains(m.products, product) {
			m.products = append(m.products, product)
		}
	}
	return nil
}
