package e2e

// A tab of the browser: runs JavaScript in it, waits for what it shows, and collects what goes wrong in it.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// page is a tab.
type page struct {
	t       testing.TB
	browser *browser
	ctx     context.Context
	close   func()

	mu       sync.Mutex
	problems []string         // what the console showed
	expected []*regexp.Regexp // of that, what the test provoked
}

// networkFailures are the console's words for requests that got no answer.
var networkFailures = regexp.MustCompile(`net::ERR_(NAME_NOT_RESOLVED|INTERNET_DISCONNECTED|CONNECTION_REFUSED|CONNECTION_RESET|` +
	`EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|FAILED|INCOMPLETE_CHUNKED_ENCODING)`)

// blank opens an empty tab.
func (b *browser) blank() *page {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	p := &page{t: b.t, browser: b, ctx: ctx, close: cancel}
	chromedp.ListenTarget(ctx, p.hear)
	if err := chromedp.Run(ctx); err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	b.pages = append(b.pages, p)
	b.t.Cleanup(p.judge)
	return p
}

// open opens a tab at an address and waits until it is loaded.
func (b *browser) open(url string) *page {
	b.t.Helper()
	p := b.blank()
	p.visit(url)
	return p
}

// visit loads another address.
func (p *page) visit(url string) {
	p.t.Helper()
	p.do("open "+url, chromedp.Navigate(url))
}

// reload loads the page again.
func (p *page) reload() {
	p.t.Helper()
	p.do("reload", chromedp.Reload())
}

// cut cuts the network of the tab, and of the service worker that serves it, or brings it back.
func (p *page) cut(cut bool) {
	p.t.Helper()
	if cut {
		p.expect(networkFailures)
	}
	p.do("cut the network", conditions(cut))
	var served string
	p.call(&served, `() => {
		const worker = navigator.serviceWorker?.controller;
		worker?.postMessage('wake up'); // it may have gone to sleep
		return worker ? location.origin : '';
	}`)
	if served != "" {
		p.browser.cutWorkers(served, cut)
	}
}

// do runs actions of the protocol within the time that everything gets.
func (p *page) do(what string, actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		p.fail(what, err)
	}
}

// call calls a JavaScript function with arguments and waits for what it returns, also through a promise. The result goes
// to where out points, which may be nil. The test fails when the function throws.
func (p *page) call(out any, function string, args ...any) {
	p.t.Helper()
	if err := p.try(out, function, args...); err != nil {
		p.fail("call "+function, err)
	}
}

// try is call for functions that may throw.
func (p *page) try(out any, function string, args ...any) error {
	if args == nil {
		args = []any{}
	}
	text, err := json.Marshal(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	awaited := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	expression := fmt.Sprintf("(%s)(...%s)", function, text)
	err = chromedp.Run(ctx, chromedp.Evaluate(expression, out, awaited))
	var thrown *runtime.ExceptionDetails
	if errors.As(err, &thrown) && thrown.Exception != nil {
		return errors.New(thrown.Exception.Description)
	}
	return err
}

// watching waits until a predicate, asked again whenever the document changes and a few times a second, has no more to
// complain: it returns ” or what is still missing.
const watching = `(complaint, args, limit) => new Promise((resolve, reject) => {
	const settle = (how, value) => {
		observer.disconnect();
		clearInterval(again);
		clearTimeout(end);
		how(value);
	};
	const look = () => {
		let missing;
		try { missing = complaint(...args); } catch (error) { return settle(reject, error); }
		if (missing === '') settle(resolve);
		return missing;
	};
	const observer = new MutationObserver(look);
	const again = setInterval(look, 100);
	const end = setTimeout(() => settle(reject, new Error('waited in vain: ' + look())), limit);
	observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
	look();
})`

// until waits until a JavaScript function, called with the arguments, returns the empty string instead of what is still
// missing.
func (p *page) until(complaint string, args ...any) {
	p.t.Helper()
	if args == nil {
		args = []any{}
	}
	function := fmt.Sprintf("(args, limit) => (%s)(%s, args, limit)", watching, complaint)
	if err := p.try(nil, function, args, (patience * 3 / 4).Milliseconds()); err != nil {
		p.fail(fmt.Sprint("wait ", args), err)
	}
}

// expect lets the console show what the test provokes.
func (p *page) expect(patterns ...*regexp.Regexp) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, patterns...)
}

// hear takes the tab's events.
func (p *page) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.APITypeError && e.Type != runtime.APITypeWarning && e.Type != runtime.APITypeAssert {
			return
		}
		words := []string{"console." + string(e.Type)}
		for _, arg := range e.Args {
			if arg.Description != "" {
				words = append(words, arg.Description)
			} else {
				words = append(words, string(arg.Value))
			}
		}
		p.note(strings.Join(words, " "))
	case *runtime.EventExceptionThrown:
		p.note("exception: " + e.ExceptionDetails.Error())
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.LevelError || e.Entry.Level == cdplog.LevelWarning {
			p.note(fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	}
}

func (p *page) note(problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, problem)
}

// judge fails the test for everything on the console that it did not expect.
func (p *page) judge() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, problem := range p.problems {
		if !p.isExpected(problem) {
			p.t.Errorf("unexpected on the console: %s", problem)
		}
	}
	p.problems = nil
}

func (p *page) isExpected(problem string) bool {
	for _, pattern := range p.expected {
		if pattern.MatchString(problem) {
			return true
		}
	}
	return false
}

// fail ends the test with what the tab shows.
func (p *page) fail(what string, err error) {
	p.t.Helper()
	var shown string
	ctx, cancel := context.WithTimeout(p.ctx, patience/6)
	defer cancel()
	look := chromedp.Evaluate(`location.href + '\n' + (document.body?.innerText ?? '').slice(0, 1500)`, &shown)
	if err := chromedp.Run(ctx, look); err != nil {
		shown = "nothing: " + err.Error()
	}
	p.mu.Lock()
	console := strings.Join(p.problems, "\n")
	p.mu.Unlock()
	p.t.Fatalf("%s: %v\n--- the tab shows\n%s\n--- its console\n%s", what, err, shown, console)
}
