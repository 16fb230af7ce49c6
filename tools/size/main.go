// Command size measures what a page has to download and fails when it is over budget: the
// wasm against the floor program beside it, and the JavaScript around the wasm against a
// fixed number of bytes. It owns measuring and judging; what is built, and how, is the
// Makefile's business.
package main

import (
	"flag"
	"fmt"
	"os"
)

// goal is how many times the floor the wasm should be at most, both as brotli.
const goal = 1.15

func main() {
	wasm := flag.String("wasm", "", "the wasm to measure")
	floor := flag.String("floor", "", "the floor program, built by the same command")
	entry := flag.String("js", "", "the module a page imports")
	ratio := flag.Float64("ratio", goal, "budget of the wasm: this times the floor, both as brotli")
	jsMax := flag.Int("jsmax", 10_000, "budget of the JavaScript in bytes, as brotli")
	flag.Parse()

	report, err := measureAll(*wasm, *floor, *entry)
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
	report.print(os.Stdout)
	over := report.judge(budget{ratio: *ratio, js: *jsMax})
	for _, line := range over {
		fmt.Fprintln(os.Stderr, "size: OVER BUDGET:", line)
	}
	if len(over) > 0 {
		os.Exit(1)
	}
	if report.ratio() > goal {
		fmt.Printf("The wasm is %.3f times the floor: %.3f from the goal of %.2f.\n", report.ratio(), report.ratio()-goal, goal)
	}
	fmt.Printf("Within budget: wasm %.3f of %.2f times the floor, JavaScript %d of %d bytes (brotli).\n",
		report.ratio(), *ratio, report.script.Brotli, *jsMax)
}
