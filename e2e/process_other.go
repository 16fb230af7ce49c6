//go:build unix && !linux

package e2e

import "syscall"

// inOwnGroup puts a child into a process group of its own.
func inOwnGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
