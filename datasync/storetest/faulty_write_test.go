//go:build !js

package storetest_test

// This file is the writing half of the faulty store.

import (
	"context"
	"errors"

	"tidetable/datasync/journal"
)

func (h *handle) Append(ctx context.Context, a journal.Append) error {
	records := [][]byte{a.Entry}
	for _, p := range a.Pages {
		records = append(records, p.Data)
	}
	if h.tooLarge(records...) {
		return journal.ErrTooLarge
	}
	if err := h.begin(ctx); err != nil {
		return err
	}
	defer h.mu.Unlock()
	if err := h.refusal(a); err != nil {
		if h.fault == "keeps the pages of a failed append" {
			h.storePages(a.Pages)
		}
		return err
	}
	switch h.fault {
	case "looks first and writes later":
		h.pause()
	case "does not wait when closing":
		if h.appends >= 3 {
			h.mu.Unlock()
			<-h.ended
			h.mu.Lock()
			h.pause()
		}
	}
	h.ask(a.Durability)
	if h.aborting() {
		if h.fault == "keeps the pages of an aborted append" {
			h.storePages(a.Pages)
		}
		return errAborted
	}
	h.appends++
	h.write(a)
	if h.fault == "goes by the context after the write" {
		h.pause()
		return ctx.Err()
	}
	return nil
}

// refusal is the error of an append that must not happen.
func (h *handle) refusal(a journal.Append) error {
	_, taken := h.entries[a.Base+1]
	switch {
	case h.head.MinFormat > journal.Format && h.fault != "ignores the lowest format":
		return journal.ErrUpdateRequired
	case h.head.Floor > a.Base:
		switch h.fault {
		case "acknowledges what is behind":
			return nil
		case "tells taken for behind":
			return journal.ErrTaken
		case "keeps what is behind":
			h.entries[a.Base+1] = h.copy(a.Entry, true)
		}
		return journal.ErrBehind
	case h.head.Floor == a.Base && a.Base > 0 && h.fault == "takes the floor for behind":
		return journal.ErrBehind
	case taken && h.fault == "overwrites a taken position":
		return nil
	case taken && h.fault == "gives errors of its own":
		return errors.New("position taken")
	case taken:
		return journal.ErrTaken
	}
	return nil
}

// write makes an append happen.
func (h *handle) write(a journal.Append) {
	position := a.Base + 1
	entry := h.copy(a.Entry, true)
	switch {
	case h.fault == "drops one append" && h.appends%10 == 0:
		return
	case h.fault == "acknowledges before the commit":
		h.late = func() { h.entries[position] = entry }
		return
	case h.fault == "writes an entry twice" && h.appends%10 == 0:
		h.entries[position+1] = entry
	case h.fault == "stores the pages after the entry":
		h.entries[position] = entry
		h.pause()
	}
	h.entries[position] = entry
	h.storePages(a.Pages)
}

func (h *handle) storePages(pages []journal.Page) {
	for _, p := range pages {
		h.pages[p.Name] = h.copy(p.Data, true)
	}
}

func (h *handle) Compact(ctx context.Context, c journal.Compaction) error {
	records := [][]byte{c.Root}
	for _, p := range c.Pages {
		records = append(records, p.Data)
	}
	if h.tooLarge(records...) {
		return journal.ErrTooLarge
	}
	if err := h.begin(ctx); err != nil {
		return err
	}
	defer h.mu.Unlock()
	switch {
	case h.head.MinFormat > journal.Format && h.fault != "ignores the lowest format":
		return journal.ErrUpdateRequired
	case c.Generation != h.head.Generation && h.fault == "stores the pages of a compaction that lost":
		h.storePages(c.Pages)
		return journal.ErrTaken
	case c.Generation != h.head.Generation && h.fault != "lets every compaction win":
		return journal.ErrTaken
	case (c.Upto < h.head.Floor || c.Upto > h.last()) && h.fault != "moves the floor anywhere":
		return errors.New("outside the journal")
	}
	h.ask(journal.Relaxed)
	if h.aborting() {
		if h.fault == "keeps the floor of an aborted compaction" {
			h.head.Floor = c.Upto
		}
		return errAborted
	}
	h.replace(c)
	return nil
}

// replace makes a compaction happen.
func (h *handle) replace(c journal.Compaction) {
	for p := range h.entries {
		if p <= c.Upto && h.fault != "keeps what is behind" && h.fault != "reads below the floor" {
			delete(h.entries, p)
		}
	}
	if h.fault == "compacts everything" {
		clear(h.entries)
	}
	h.storePages(c.Pages)
	switch h.fault {
	case "removes no pages":
	case "removes all pages":
		clear(h.pages)
		h.storePages(c.Pages)
	default:
		for _, name := range c.Remove {
			delete(h.pages, name)
		}
	}
	h.root = h.copy(c.Root, true)
	h.head.Floor = c.Upto
	h.head.Generation++
	if c.MinFormat > h.head.MinFormat || h.fault == "lets the lowest format fall" {
		h.head.MinFormat = c.MinFormat
	}
	if h.fault == "loses entries to a later format" && c.MinFormat > journal.Format {
		clear(h.entries)
	}
}
