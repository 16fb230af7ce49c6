package e2e

// Child processes, each in a process group of its own, so that a kill takes a browser with all its children and leaves
// nobody behind however the tests end.

import (
	"io"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait. It is long because the machine may be busy with other things; nothing that works takes it.
const patience = 60 * time.Second

// process is a program under way.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	ended chan struct{}
}

// running are the process groups to end when the tests are interrupted.
var running = struct {
	sync.Mutex
	groups map[int]bool
}{groups: map[int]bool{}}

// startProcess starts a program whose standard streams go to the writers.
func startProcess(t testing.TB, stdout, stderr io.Writer, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(name, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	p.cmd.SysProcAttr = inOwnGroup()
	// A grandchild that still holds the streams must not keep Wait from returning.
	p.cmd.WaitDelay = 5 * time.Second
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	running.Lock()
	running.groups[p.cmd.Process.Pid] = true
	running.Unlock()
	go func() {
		p.cmd.Wait() // how it ended is in ProcessState
		running.Lock()
		delete(running.groups, p.cmd.Process.Pid)
		running.Unlock()
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the process and its children at once, as a crash would, and returns when it is gone.
func (p *process) kill() {
	p.t.Helper()
	select {
	case <-p.ended:
		return
	default:
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // may have ended by itself in the meantime
	p.wait("be gone after SIGKILL")
}

// wait returns the exit code once the process has ended by itself.
func (p *process) wait(to string) int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%s did not %s within %v", p.cmd.Path, to, patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// killAll ends everything that was started.
func killAll() {
	running.Lock()
	defer running.Unlock()
	for group := range running.groups {
		syscall.Kill(-group, syscall.SIGKILL)
	}
}
