package e2e

import "syscall"

// inOwnGroup puts a child into a process group of its own. The system ends it should the tests die without a word.
func inOwnGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
