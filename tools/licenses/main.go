// Command licenses writes THIRD_PARTY_LICENSES: the licence texts and notices of every module
// whose code is inside the wasm or the server, found from the import graph so that none
// can be forgotten. With -check it writes nothing and fails when the file is out of date.
// It must not know any module by name, except the Go standard library, which is none.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
)

func main() {
	file := flag.String("file", "THIRD_PARTY_LICENSES", "the file to write or to check")
	check := flag.Bool("check", false, "only fail when the file is out of date")
	flag.Parse()
	if err := run(*file, *check); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

func run(file string, check bool) error {
	modules, err := shipped(products)
	if err != nil {
		return err
	}
	want, err := render(modules)
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(file, want, 0o644)
	}
	have, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, want) {
		return fmt.Errorf("%s is out of date: run `make licenses` and commit the result", file)
	}
	return nil
}
