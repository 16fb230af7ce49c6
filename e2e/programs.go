package e2e

// Finds the two programs that the tests run, and builds the one that is ours.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// programs are the paths of what the tests run; TestMain sets them.
var programs struct {
	server, browser string
}

// findBrowser returns the browser that $CHROME names, or the first usual one on the PATH.
func findBrowser() (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	if named := os.Getenv("CHROME"); named != "" {
		names = []string{named}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the end-to-end tests need a browser and found none of: %s. Install Chromium or Google Chrome, "+
		"or name the program in CHROME", strings.Join(names, ", "))
}

// findServer returns the binary that $TIDETABLE_BIN names, or the repository's own, which is built when it is missing or
// older than what it is made of.
func findServer() (string, error) {
	if named := os.Getenv("TIDETABLE_BIN"); named != "" {
		return filepath.Abs(named)
	}
	root, err := repository()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(root, "build", "tidetable")
	built, err := os.Stat(binary)
	if err == nil {
		changed, err := lastChange(root)
		if err != nil || changed.Before(built.ModTime()) {
			return binary, err
		}
	}
	build := exec.Command("make", "-C", root, "build")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make build: %w\n%s", err, out)
	}
	return binary, nil
}

// repository is the folder of go.mod.
func repository() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			err = errors.New("there is no go.mod above the tests")
		}
		folder = parent
	}
	return "", err
}

// lastChange is when a file that goes into the binary was last changed.
func lastChange(root string) (time.Time, error) {
	var last time.Time
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if entry.IsDir() {
			if name != "." && (strings.HasPrefix(name, ".") || name == "build" || name == "e2e" || name == "web/tidetable") {
				return fs.SkipDir
			}
			return nil
		}
		if !isSource(name) {
			return nil
		}
		info, err := entry.Info()
		if err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
		return err
	})
	return last, err
}

// isSource tells whether a file can change what the binary is.
func isSource(name string) bool {
	if strings.HasPrefix(name, "web/") || name == "go.mod" || name == "go.sum" {
		return true
	}
	switch filepath.Ext(name) {
	case ".go":
		return !strings.HasSuffix(name, "_test.go")
	case ".mjs", ".ts":
		return strings.HasPrefix(name, "syncjs/")
	}
	return false
}
