package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Item 9: the page fits phones and desktops. People judge the rest, by the pictures that this writes:
//
//	go test ./e2e -run Fits -args -screenshots=build/screenshots

var screenshots = flag.String("screenshots", "", "`folder`, from the top of the repository, to write pictures of the page to")

func TestThePageFitsPhonesAndDesktops(t *testing.T) {
	alongside(t)
	s := startServer(t)
	p := newBrowser(t).todo(s, "")
	p.expect(refusedWrite)
	texts := []string{"Buy milk", "Call the harbor about the berth, and ask whether the crane can be had on Friday afternoon", "Disagreement"}
	p.add(texts...)
	todos := s.table("todoitem")
	todos.holds(texts...)
	p.clickIn("Buy milk", "input[type=checkbox]")
	todos.await("one that is done", func(rows []row) bool {
		for _, r := range rows {
			if r["complete"] == true {
				return true
			}
		}
		return false
	})
	p.stored()
	p.connect(false)
	p.edit("Disagreement", "Disagreement, as seen here")
	p.add("Waits to be sent")
	p.state("offline")
	p.until(`() => document.querySelectorAll('#items [data-mark=unsent]:not([hidden])').length === 2 ? '' : 'two rows should say that they wait'`)
	p.inEachLook("list")

	p.clickIn("Waits to be sent", ".edit")
	p.inEachLook("edit")
	p.click("form#edit button[data-action=cancel]")

	todos.put(todos.find("Disagreement"), "Disagreement, as seen by the server")
	p.connect(true)
	p.asked("as seen here", "as seen by the server")
	p.inEachLook("conflict")
	p.decide("server")
	p.pending(0)
	p.state("idle")
	p.call(nil, `() => scrollTo(0, 0)`)
	p.inEachLook("idle")
}

// inEachLook checks the page, as it stands, on each size of screen and in each color scheme.
func (p *page) inEachLook(name string) {
	p.t.Helper()
	for _, screen := range []struct {
		name          string
		width, height int64
		options       []chromedp.EmulateViewportOption
	}{
		{"phone", 390, 844, []chromedp.EmulateViewportOption{chromedp.EmulateMobile, chromedp.EmulateTouch}},
		{"desktop", 1280, 800, nil},
	} {
		for _, scheme := range []string{"light", "dark"} {
			colors := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
			p.do("emulate a "+screen.name,
				chromedp.EmulateViewport(screen.width, screen.height, screen.options...),
				emulation.SetEmulatedMedia().WithFeatures(colors))
			p.until(fits, screen.width)
			p.shoot(fmt.Sprintf("%s-%s-%s.png", name, screen.name, scheme))
		}
	}
	p.do("emulate nothing", chromedp.EmulateReset(), emulation.SetEmulatedMedia())
}

// fits complains about what sticks out, is cut off, or is too small for a finger.
const fits = `(width) => {
	if (innerWidth !== width) return 'the window is not that wide yet';
	if (document.getAnimations().some((a) => a.playState === 'running' && a.effect.getTiming().iterations !== Infinity)) return 'something still moves';
	const root = document.scrollingElement;
	if (root.scrollWidth > width) return 'the page is ' + root.scrollWidth + ' wide';
	const dialog = document.querySelector('dialog[open]');
	if (dialog) {
		const { top, bottom } = dialog.getBoundingClientRect();
		if (top < 0 || bottom > innerHeight) return 'the dialog is taller than the screen';
	}
	for (const control of (dialog ?? document).querySelectorAll('button, input, textarea')) {
		const { left, right, width: wide, height: high } = control.getBoundingClientRect();
		if (!control.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || wide <= 1) continue;
		if (left < 0 || right > width) return control.outerHTML + ' sticks out';
		const label = control.closest('label')?.getBoundingClientRect() ?? { width: 0, height: 0 };
		if (Math.max(wide, label.width) < 24 || Math.max(high, label.height) < 24) return control.outerHTML + ' is too small';
	}
	return '';
}`

// shoot takes a picture when pictures are wanted.
func (p *page) shoot(name string) {
	p.t.Helper()
	if *screenshots == "" {
		return
	}
	var picture []byte
	p.do("take a picture", emulation.SetScrollbarsHidden(true), chromedp.CaptureScreenshot(&picture))
	folder := *screenshots
	if !filepath.IsAbs(folder) {
		root, err := repository()
		require.NoError(p.t, err)
		folder = filepath.Join(root, folder)
	}
	require.NoError(p.t, os.MkdirAll(folder, 0o755))
	require.NoError(p.t, os.WriteFile(filepath.Join(folder, name), picture, 0o644))
}
