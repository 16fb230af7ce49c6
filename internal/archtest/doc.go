// Package archtest owns the rules that the Go compiler does not check: which package may
// import which (the arrows), what may reach the wasm, that everything exported is
// documented, and how long files and functions may get.
//
// The rules are data (table.go); the checks work on any fs.FS, so that the tests can show
// on small planted trees that every rule is able to fail, and then hold the real tree
// to it. Source files are read whatever their build constraints, so one native run
// covers every platform. The package must not know what the packages it judges do.
package archtest
