package e2e

// The todo page, used as a user would: by mouse and keyboard, through the elements that are fixed for that.

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// item is an element of the list.
type item struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	Complete bool   `json:"complete"`
}

// todo opens the todo page; query is what stands behind the question mark of its address. It returns when the list is
// open.
func (b *browser) todo(s *server, query string) *page {
	b.t.Helper()
	p := b.open(s.page(query))
	p.opened()
	return p
}

// page is the address of the todo page.
func (s *server) page(query string) string {
	if query == "" {
		return s.url
	}
	return s.url + "?" + query
}

// opened waits until the list is open: only then the number of pending operations is known.
func (p *page) opened() {
	p.t.Helper()
	p.until(`() => /^\d+$/.test(document.querySelector('#pending').textContent) ? '' : 'the list does not open'`)
}

// stored waits until the page is stored for use without a network.
func (p *page) stored() {
	p.t.Helper()
	p.until(`() => document.documentElement.dataset.offlineReady === 'true' ? '' : 'not ready to be opened offline'`)
}

// place finds where to click on an element: visible, enabled, and not below something else.
const place = `(selector, text) => {
	const row = text === null ? document : [...document.querySelectorAll('#items > li')].find((li) => li.querySelector('.text').textContent === text);
	const element = row?.querySelector(selector);
	if (!element) return 'there is none';
	if (element.disabled) return 'it is disabled';
	element.scrollIntoView({ block: 'center', behavior: 'instant' });
	const { left, top, width, height } = element.getBoundingClientRect();
	if (width === 0 || height === 0) return 'it is not shown';
	const [x, y] = [left + width / 2, top + height / 2];
	const hit = document.elementFromPoint(x, y);
	if (!element.contains(hit) && !hit?.contains(element)) return 'below ' + (hit?.outerHTML.slice(0, 200) ?? 'nothing');
	globalThis.e2ePlace = { x, y };
	return '';
}`

// click clicks on the first element that matches a selector.
func (p *page) click(selector string) {
	p.t.Helper()
	p.clickAt(selector, nil)
}

// clickIn clicks on an element of the list's row with this text.
func (p *page) clickIn(text, selector string) {
	p.t.Helper()
	p.clickAt(selector, text)
}

func (p *page) clickAt(selector string, text any) {
	p.t.Helper()
	p.until(place, selector, text)
	var at struct{ X, Y float64 }
	p.call(&at, `() => globalThis.e2ePlace`)
	p.do("click on "+selector, chromedp.MouseClickXY(at.X, at.Y))
}

// write replaces what stands in a text field.
func (p *page) write(selector, text string) {
	p.t.Helper()
	p.click(selector)
	p.call(nil, `(selector) => document.querySelector(selector).select()`, selector)
	p.do("write into "+selector, input.InsertText(text))
	p.until(`(selector, text) => document.querySelector(selector).value === text ? '' : selector + ' is not filled in'`, selector, text)
}

// add adds an item and returns when the list shows it, which is when it is stored.
func (p *page) add(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		p.write("#new-item", text)
		p.do("press Enter", chromedp.KeyEvent(kb.Enter))
		p.until(`(text) => [...document.querySelectorAll('#items > li .text')].some((e) => e.textContent === text) ? '' : text + ' is not in the list'`, text)
	}
}

// edit gives an item another text.
func (p *page) edit(from, to string) {
	p.t.Helper()
	p.clickIn(from, ".edit")
	p.write("form#edit [name=text]", to)
	p.click("form#edit [type=submit]")
	p.until(`(text) => [...document.querySelectorAll('#items > li .text')].some((e) => e.textContent === text) ? '' : text + ' is not in the list'`, to)
	p.until(`() => document.querySelector('dialog[open]:has(#edit)') ? 'the form is still open' : ''`)
}

// remove deletes an item.
func (p *page) remove(text string) {
	p.t.Helper()
	p.clickIn(text, ".delete")
	p.until(`(text) => [...document.querySelectorAll('#items > li .text')].some((e) => e.textContent === text) ? text + ' is still in the list' : ''`, text)
}

// turn sets a switch.
func (p *page) turn(id string, on bool) {
	p.t.Helper()
	var now bool
	p.call(&now, `(id) => document.getElementById(id).checked`, id)
	if now == on {
		return
	}
	p.click("#" + id)
	p.until(`(id, on) => document.getElementById(id).checked === on ? '' : 'the switch did not turn'`, id, on)
}

// connect turns the connection switch. Without a connection requests go to an address that cannot be reached.
func (p *page) connect(on bool) {
	p.t.Helper()
	if !on {
		p.expect(networkFailures)
	}
	p.turn("connection", on)
}

// sync presses the button.
func (p *page) sync() {
	p.t.Helper()
	p.click("#sync")
}

// pending waits until this many operations wait to be sent.
func (p *page) pending(count int) {
	p.t.Helper()
	p.until(`(count) => {
		const shown = document.querySelector('#pending').textContent;
		return shown === count ? '' : '#pending says ' + shown + ' and not ' + count;
	}`, fmt.Sprint(count))
}

// state waits until the status is one of these.
func (p *page) state(states ...string) {
	p.t.Helper()
	p.until(`(...states) => {
		const { state } = document.querySelector('#status').dataset;
		return states.includes(state) ? '' : 'the status is ' + state + ' and not ' + states;
	}`, anys(states)...)
}

// shows waits until the list has exactly the items with these texts, in any order.
func (p *page) shows(texts ...string) {
	p.t.Helper()
	wanted := slices.Sorted(slices.Values(texts))
	p.until(`(wanted) => {
		const shown = [...document.querySelectorAll('#items > li .text')].map((e) => e.textContent).sort().join(' | ');
		return shown === wanted ? '' : 'the list is ' + shown + ' and not ' + wanted;
	}`, strings.Join(wanted, " | "))
}

// items reads the list.
func (p *page) items() []item {
	p.t.Helper()
	var items []item
	p.call(&items, `() => [...document.querySelectorAll('#items > li')].map((li) => ({
		id: li.dataset.id,
		text: li.querySelector('.text').textContent,
		complete: li.querySelector('input[type=checkbox]').checked,
	}))`)
	return items
}

// asked waits until the conflict dialog shows these texts, this device's and the server's.
func (p *page) asked(client, server string) {
	p.t.Helper()
	p.until(`(client, server) => {
		const dialog = document.querySelector('dialog#conflict');
		if (!dialog.open) return 'the conflict dialog is not open';
		const shown = dialog.innerText;
		return shown.includes(client) && shown.includes(server) ? '' : 'the conflict dialog says ' + shown;
	}`, client, server)
}

// decide answers the conflict dialog: client, server or cancel.
func (p *page) decide(choice string) {
	p.t.Helper()
	p.click("dialog#conflict button[data-choice=" + choice + "]")
}

func anys(texts []string) []any {
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
}
