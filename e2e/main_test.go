package e2e

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

func TestMain(m *testing.M) {
	var err error
	if programs.browser, err = findBrowser(); err == nil {
		programs.server, err = findServer()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		killAll()
		os.Exit(130)
	}()
	os.Exit(m.Run())
}

// places is how many tests may run at a time: each has a browser or two, and more would only wait for each other.
var places = make(chan struct{}, 2)

// alongside lets a test run beside others. What it starts is its own: server, port, database, profile.
func alongside(t *testing.T) {
	t.Helper()
	t.Parallel()
	places <- struct{}{}
	t.Cleanup(func() { <-places })
}
