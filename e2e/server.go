package e2e

// The server under test: one process, one SQLite file, one port that it keeps over restarts, so that the page's origin
// stays the same.

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// server is a table server with the page, running or not.
type server struct {
	t       testing.TB
	url     string // of the page, with a slash at its end
	addr    string
	db      string
	process *process
	log     transcript
}

var readyLine = regexp.MustCompile(`Tidetable is ready at (http://localhost:\d+/)\n`)

// startServer starts a server with an empty database and, besides, these flags.
func startServer(t testing.TB, flags ...string) *server {
	t.Helper()
	s := &server{t: t, addr: "localhost:" + strconv.Itoa(freePort(t)), db: filepath.Join(t.TempDir(), "todo.db")}
	s.start(flags...)
	t.Cleanup(func() {
		if text := s.log.String(); t.Failed() {
			lines := strings.Split(text, "\n")
			t.Logf("the end of the server's log:\n%s", strings.Join(lines[max(0, len(lines)-30):], "\n"))
		} else if strings.Contains(text, "level=ERROR") || strings.Contains(text, "panic") {
			t.Errorf("the server logged errors:\n%s", text)
		}
	})
	return s
}

// start starts the server, for the first time or again, with the same database on the same port. It returns when the
// server has said that it is ready.
func (s *server) start(flags ...string) {
	s.t.Helper()
	var out transcript
	args := append([]string{"serve", "-addr", s.addr, "-db", s.db}, flags...)
	s.process = startProcess(s.t, io.MultiWriter(&out, &s.log), &s.log, programs.server, args...)
	match := out.await(s.t, s.process, readyLine, 0)
	s.url = match[1]
}

var pullLines = regexp.MustCompile(`(?s)method=GET .*method=GET `)

// pulled waits until somebody has asked for rows twice, so that the second time was from start to end after the call.
func (s *server) pulled() {
	s.t.Helper()
	s.log.await(s.t, s.process, pullLines, len(s.log.String()))
}

// stop ends the server as an operator would.
func (s *server) stop() {
	s.t.Helper()
	if err := s.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatalf("SIGTERM to the server: %v", err)
	}
	plainClient.CloseIdleConnections()
	if code := s.process.wait("stop after SIGTERM"); code != 0 {
		s.t.Fatalf("the server stopped with exit code %d:\n%s", code, s.log.String())
	}
}

// kill ends the server as a power cut would.
func (s *server) kill() {
	s.t.Helper()
	s.process.kill()
	plainClient.CloseIdleConnections()
}

// freePort finds a port below those that systems hand out by themselves: while a server is down for a moment, nobody else
// takes its port.
func freePort(t testing.TB) int {
	t.Helper()
	for range 200 {
		port := 20000 + rand.IntN(10000)
		listener, err := net.Listen("tcp", "localhost:"+strconv.Itoa(port))
		if err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no port between 20000 and 29999 is free")
	return 0
}

// transcript keeps what a process writes and can be waited on.
type transcript struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

// Write implements [io.Writer].
func (o *transcript) Write(part []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
	return o.text.Write(part)
}

// String returns all that was written so far.
func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await returns the first match behind an offset once it was written. The test fails when the process ends before.
func (o *transcript) await(t testing.TB, p *process, pattern *regexp.Regexp, from int) []string {
	t.Helper()
	limit := time.After(patience)
	for {
		o.mu.Lock()
		match := pattern.FindStringSubmatch(o.text.String()[from:])
		if o.changed == nil {
			o.changed = make(chan struct{})
		}
		changed := o.changed
		o.mu.Unlock()
		if match != nil {
			return match
		}
		select {
		case <-changed:
		case <-p.ended:
			t.Fatalf("%s ended before it wrote %s:\n%s", p.cmd.Path, pattern, o.String())
		case <-limit:
			t.Fatalf("%s did not write %s within %v:\n%s", p.cmd.Path, pattern, patience, o.String())
		}
	}
}
