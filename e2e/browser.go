package e2e

// The browser under test: a Chromium with a profile on disk, which is the device of the tests. It can be closed, killed
// and started again with the same profile.

import (
	"context"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// browser is a running Chromium.
type browser struct {
	t       testing.TB
	profile string
	process *process
	ctx     context.Context // of the connection to it; each page has a child
	pages   []*page
	workers map[target.ID]context.Context
}

var listeningLine = regexp.MustCompile(`DevTools listening on (ws://\S+)`)

// browserFlags keep the browser to itself: no window, no calls home, no timers slowed down because nobody looks, and no
// name resolved but this machine's, so that an address that does not exist fails at once and everywhere.
var browserFlags = []string{
	"--headless", "--remote-debugging-port=0", "--no-first-run", "--no-default-browser-check",
	"--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
	"--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-breakpad", "--disable-crash-reporter",
	"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
	"--password-store=basic", "--use-mock-keychain", "--mute-audio", "--lang=en-US",
	"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
}

// newBrowser starts a browser with an empty profile.
func newBrowser(t testing.TB) *browser {
	t.Helper()
	profile, err := os.MkdirTemp("", "e2e-profile-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeProfile(t, profile) })
	return launch(t, profile)
}

// launch starts a browser with a profile that no other browser uses now.
func launch(t testing.TB, profile string) *browser {
	t.Helper()
	args := append([]string{"--user-data-dir=" + profile}, browserFlags...)
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // which Chromium refuses to use as root
	}
	var log transcript
	b := &browser{t: t, profile: profile, workers: map[target.ID]context.Context{}}
	b.process = startProcess(t, io.Discard, &log, programs.browser, append(args, "about:blank")...)
	address := log.await(t, b.process, listeningLine, 0)[1]

	ctx, cancel := context.WithTimeout(context.Background(), 4*patience)
	// cancel ends the contexts made from it, too.
	ctx, _ = chromedp.NewRemoteAllocator(ctx, address, chromedp.NoModifyURL)
	ctx, _ = chromedp.NewContext(ctx, chromedp.WithErrorf(silent), chromedp.WithLogf(silent))
	b.ctx = ctx
	t.Cleanup(func() {
		b.process.kill()
		cancel()
	})
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("connect to the browser: %v", err)
	}
	return b
}

// silent takes what the protocol library says about events that are newer than it is.
func silent(string, ...any) {}

// kill ends the browser at once, as a crash or a full memory would.
func (b *browser) kill() {
	b.t.Helper()
	b.judge()
	b.process.kill()
}

// relaunch starts a browser with the profile of one that has ended.
func (b *browser) relaunch() *browser {
	b.t.Helper()
	return launch(b.t, b.profile)
}

// quit closes the browser as the end of a session does.
func (b *browser) quit() {
	b.t.Helper()
	b.judge()
	if err := b.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.t.Fatalf("SIGTERM to the browser: %v", err)
	}
	b.process.wait("quit after SIGTERM")
}

// judge fails the test for what went wrong in the pages so far.
func (b *browser) judge() {
	b.t.Helper()
	for _, p := range b.pages {
		p.judge()
	}
}

// cutWorkers cuts the network of the service workers of an origin, or brings it back. There has to be one.
func (b *browser) cutWorkers(origin string, cut bool) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	// A worker that was just woken up may not be there yet.
	for tick := time.Tick(20 * time.Millisecond); ; {
		found, err := chromedp.Targets(ctx)
		if err != nil {
			b.t.Fatalf("find the service worker of %s: %v", origin, err)
		}
		found = slices.DeleteFunc(found, func(info *target.Info) bool {
			return info.Type != "service_worker" || !strings.HasPrefix(info.URL, origin)
		})
		for _, info := range found {
			b.cutWorker(info, cut)
		}
		if len(found) > 0 {
			return
		}
		<-tick
	}
}

func (b *browser) cutWorker(info *target.Info, cut bool) {
	b.t.Helper()
	// What one connection to a worker has cut another cannot bring back, so there is one; it goes with the browser.
	if b.workers[info.TargetID] == nil {
		b.workers[info.TargetID], _ = chromedp.NewContext(b.ctx, chromedp.WithTargetID(info.TargetID))
	}
	if err := chromedp.Run(b.workers[info.TargetID], conditions(cut)); err != nil {
		b.t.Fatalf("cut the network of worker %s: %v", info.URL, err)
	}
}

// conditions are a network that is gone, or one that is as good as the machine's.
func conditions(cut bool) chromedp.Action {
	return network.EmulateNetworkConditions(cut, 0, -1, -1)
}

// removeProfile deletes a profile. Children of a browser that was killed may write a last file meanwhile.
func removeProfile(t testing.TB, profile string) {
	limit := time.Now().Add(patience)
	err := os.RemoveAll(profile)
	for tick := time.Tick(20 * time.Millisecond); err != nil && time.Now().Before(limit); <-tick {
		err = os.RemoveAll(profile)
	}
	if err != nil {
		t.Errorf("remove the profile: %v", err)
	}
}
