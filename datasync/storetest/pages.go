package storetest

// This file holds the cases of Pages.

import (
	"strconv"

	"tidetable/datasync/journal"
)

var pageCases = []testCase{
	{name: "as many pages as allowed come in the order asked", run: mostPages},
	{name: "one page more than allowed is refused", run: tooManyPages},
	{name: "a missing page is nil among those that exist", run: missingPage},
	{name: "asking for no page gives none", run: noPages},
	{name: "page names are compared exactly", run: exactNames},
	{name: "pages stay while entries come and go", run: pagesStay},
}

func mostPages(c check) {
	writer, reader := c.open(), c.open()
	var pages []journal.Page
	for i := range journal.MaxPagesPerRead {
		pages = append(pages, page("p"+strconv.Itoa(i), "data "+strconv.Itoa(i)))
	}
	c.append(writer, 0, "one", pages...)
	names := make([]string, len(pages))
	for i := range names {
		names[i] = pages[(i*5+3)%len(pages)].Name
	}
	for _, s := range []journal.Store{writer, reader} {
		for i, data := range c.pages(s, names...) {
			if want := "data " + names[i][1:]; string(data) != want {
				c.Errorf("page %q is %q, want %q", names[i], data, want)
			}
		}
	}
	twice := c.pages(reader, "p1", "p1")
	if string(twice[0]) != "data 1" || string(twice[1]) != "data 1" {
		c.Errorf("a page asked for twice came as %q", twice)
	}
}

func tooManyPages(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("p", "data"))
	names := make([]string, journal.MaxPagesPerRead+1)
	for i := range names {
		names[i] = "p"
	}
	for _, s := range []journal.Store{writer, reader} {
		_, err := s.Pages(c.Context(), names)
		c.wantError(err, journal.ErrTooLarge)
	}
}

func missingPage(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("here", "data"))
	for _, s := range []journal.Store{writer, reader} {
		got := c.pages(s, "gone", "here", "")
		if got[0] != nil || string(got[1]) != "data" || got[2] != nil {
			c.Errorf("pages are %q, want the middle one alone", got)
		}
	}
}

func noPages(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("here", "data"))
	for _, s := range []journal.Store{writer, reader} {
		c.pages(s)
	}
}

func exactNames(c check) {
	names := []string{"name", "Name", "name ", "näme", "na\u0308me", "名前", "a/b", "1", "01"}
	writer, reader := c.open(), c.open()
	for i, name := range names {
		c.append(writer, journal.Position(i), name, page(name, "data of "+name))
	}
	for _, s := range []journal.Store{writer, reader} {
		for _, name := range names {
			c.wantPage(s, name, []byte("data of "+name))
		}
		c.wantPage(s, "NAME", nil)
	}
}

func pagesStay(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("a", "page a"))
	c.append(writer, 1, "two", page("b", "page b"))
	c.compact(writer, journal.Compaction{Upto: 2, Root: []byte("root"), Pages: []journal.Page{page("c", "page c")}})
	c.append(writer, 2, "three", page("d", "page d"))
	for _, s := range []journal.Store{writer, reader} {
		for _, name := range []string{"a", "b", "c", "d"} {
			c.wantPage(s, name, []byte("page "+name))
		}
	}
}
