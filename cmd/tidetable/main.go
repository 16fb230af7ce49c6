// Command tidetable runs the table server and the todo page in one process.
//
// It owns what a process owns: flags, the listener, signals, the log, and who gets which
// path. What happens behind a path is the business of packages tableserver and web.
package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"tidetable/web"
)

const usage = `Tidetable serves sync tables, and a todo page that works with and without a network.

Usage:

  tidetable serve [flags]    start the server; tidetable serve -help lists the flags
  tidetable help             show this text
`

func main() {
	os.Exit(process(os.Args[1:], web.Files()))
}

// process runs the program until it is done or a signal ends it.
func process(args []string, page fs.FS) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends a shutdown that takes too long.
	context.AfterFunc(ctx, stop)
	return run(ctx, args, page, os.Stdout, os.Stderr)
}

// run is main with its surroundings as parameters: page has the files of the todo page. It returns the exit code: 0 when all
// went well, 1 for a failure, 2 for a command line that makes no sense.
func run(ctx context.Context, args []string, page fs.FS, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	switch args[0] {
	case "serve":
		return serve(ctx, args[1:], page, stdout, stderr)
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return 0
	}
	fmt.Fprintf(stderr, "tidetable: there is no command %q\n\n%s", args[0], usage)
	return 2
}
