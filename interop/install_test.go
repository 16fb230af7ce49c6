package interop

// This file installs the server, once for each state of its lock file.

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

//go:embed server/package.json
var manifest []byte

//go:embed server/package-lock.json
var lockFile []byte

//go:embed server/.npmrc
var npmSettings []byte

// installLimit bounds the installation, most of which is compiling SQLite.
const installLimit = 10 * time.Minute

// missing names the program without which nothing can be installed or started, "" when
// there is none.
func missing() string {
	for _, names := range [][]string{{"node"}, {"npm"}, {"make"}, {"python3", "python"}, {"c++", "g++", "clang++"}} {
		found := false
		for _, name := range names {
			_, err := exec.LookPath(name)
			found = found || err == nil
		}
		if !found {
			return strings.Join(names, " or ")
		}
	}
	return ""
}

// installed returns the folder that has the server's node_modules.
func installed(ctx context.Context) (string, error) {
	version, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("node does not start: %w", err)
	}
	cache, err := filepath.Abs("../build/interop")
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	for _, part := range [][]byte{manifest, lockFile, npmSettings, version, []byte(runtime.GOARCH)} {
		hash.Write(part)
		hash.Write([]byte{0})
	}
	folder := filepath.Join(cache, hex.EncodeToString(hash.Sum(nil))[:16])
	if isThere(folder) {
		return folder, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	return folder, install(ctx, cache, folder)
}

// install does its work beside the final folder, so that what is there is complete.
func install(ctx context.Context, cache, folder string) error {
	work, err := os.MkdirTemp(cache, "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for name, content := range map[string][]byte{"package.json": manifest, "package-lock.json": lockFile, ".npmrc": npmSettings} {
		if err := os.WriteFile(filepath.Join(work, name), content, 0o644); err != nil {
			return err
		}
	}
	fmt.Println("interop: installing the classic server and compiling its SQLite, once; this takes two minutes or so")
	ctx, cancel := context.WithTimeout(ctx, installLimit)
	defer cancel()
	command := exec.CommandContext(ctx, "npm", "ci", "--no-progress")
	command.Dir = work
	command.WaitDelay = 10 * time.Second
	// From source: a binary from elsewhere would be one more thing to trust.
	command.Env = append(os.Environ(), "npm_config_build_from_source=true")
	if prefix := headers(ctx); prefix != "" {
		command.Env = append(command.Env, "npm_config_nodedir="+prefix)
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, output[max(0, len(output)-4000):])
	}
	if err := os.Rename(work, folder); err != nil && !isThere(folder) { // somebody else was faster
		return err
	}
	return nil
}

// headers is where node's own header files are, "" when it came without; they are then
// downloaded.
func headers(ctx context.Context) string {
	path, err := exec.CommandContext(ctx, "node", "-p", "process.execPath").Output()
	if err != nil {
		return ""
	}
	prefix := filepath.Dir(filepath.Dir(strings.TrimSpace(string(path))))
	if !isThere(filepath.Join(prefix, "include", "node", "node.h")) {
		return ""
	}
	return prefix
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
