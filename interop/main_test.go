package interop

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// node is the one server of all tests; each has tables of its own.
var node *server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if program := missing(); program != "" {
		fmt.Printf("INTEROP NOT RUN: there is no %s on the PATH, and the classic server needs it. "+
			"Nothing was tested here.\n", program)
		if os.Getenv("CI") != "" {
			fmt.Println("In CI that is a failure.")
			return 1
		}
		return 0
	}
	folder, err := installed(context.Background())
	if err == nil {
		node, err = start(folder)
	}
	if err != nil {
		fmt.Println("interop: the classic server cannot be had:", err)
		return 1
	}
	defer node.stop()
	return m.Run()
}
