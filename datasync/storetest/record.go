package storetest

// This file holds the cases about bytes: sizes, content, and who owns a slice.

import (
	"bytes"
	"strconv"

	"tidetable/datasync/journal"
)

var recordCases = []testCase{
	{name: "binary records survive", run: binaryRecords},
	{name: "an empty record is a record", run: emptyRecords},
	{name: "records of the largest size are accepted", run: largestRecords},
	{name: "an entry too large is refused and nothing written", run: entryTooLarge},
	{name: "a page too large is refused and nothing written", run: pageTooLarge},
	{name: "a root or page too large refuses the compaction", run: compactionTooLarge},
	{name: "slices given are not kept", run: givenSlices},
	{name: "slices returned belong to the caller", run: returnedSlices},
	{name: "an append has the durability asked for", run: durabilityOfAppends, needs: recording},
	{name: "a compaction is relaxed", run: durabilityOfCompactions, needs: recording},
}

// allBytes returns n bytes that go through every value, zero and 255 first.
func allBytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(-(i % 256)) ^ byte(i/256)
	}
	return append([]byte{0, 255, 0, 0, 255}, b...)[:n]
}

func binaryRecords(c check) {
	writer, reader := c.open(), c.open()
	data := allBytes(1024)
	pages := []journal.Page{{Name: "binary", Data: data}}
	if err := writer.Append(c.Context(), journal.Append{Entry: data, Pages: pages}); err != nil {
		c.Fatalf("append: %v", err)
	}
	for _, s := range []journal.Store{writer, reader} {
		if got := c.tail(s, 0).Entries[0]; !bytes.Equal(got, data) {
			c.Errorf("the entry came back changed")
		}
		c.wantPage(s, "binary", data)
	}
	c.compact(writer, journal.Compaction{Upto: 1, Root: data})
	if root := c.tail(reader, 0).Root; !bytes.Equal(root, data) {
		c.Errorf("the root came back changed")
	}
}

func emptyRecords(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "", page("empty", ""))
	c.append(writer, 1, "two")
	c.wantEntries(reader, 0, 1, "", "two")
	c.wantPage(reader, "empty", []byte{})
	c.compact(writer, journal.Compaction{Upto: 2})
	if root := c.tail(reader, 0).Root; root == nil || len(root) != 0 {
		c.Errorf("an empty root came back as %v", root)
	}
}

func largestRecords(c check) {
	writer, reader := c.open(), c.open()
	data := allBytes(journal.MaxRecord)
	pages := []journal.Page{{Name: "large", Data: data}}
	if err := writer.Append(c.Context(), journal.Append{Entry: data, Pages: pages}); err != nil {
		c.Fatalf("append: %v", err)
	}
	if got := c.tail(reader, 0).Entries[0]; !bytes.Equal(got, data) {
		c.Errorf("the entry came back with %d bytes, or changed", len(got))
	}
	c.wantPage(reader, "large", data)
	c.compact(writer, journal.Compaction{Upto: 1, Root: data, Pages: []journal.Page{{Name: "snapshot", Data: data}}})
	if root := c.tail(reader, 0).Root; !bytes.Equal(root, data) {
		c.Errorf("the root came back with %d bytes, or changed", len(root))
	}
	c.wantPage(reader, "snapshot", data)
}

func entryTooLarge(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one")
	c.wantUnchanged(reader, []string{"page"}, func() {
		err := c.tryAppend(writer, 1, string(allBytes(journal.MaxRecord+1)), page("page", "small"))
		c.wantError(err, journal.ErrTooLarge)
	})
	c.append(writer, 1, "two")
}

func pageTooLarge(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one")
	c.wantUnchanged(reader, []string{"small", "large"}, func() {
		err := c.tryAppend(writer, 1, "two", page("small", "small"), page("large", string(allBytes(journal.MaxRecord+1))))
		c.wantError(err, journal.ErrTooLarge)
	})
	c.append(writer, 1, "two")
}

func compactionTooLarge(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one", page("old", "old"))
	large := allBytes(journal.MaxRecord + 1)
	c.wantUnchanged(reader, []string{"old", "large"}, func() {
		err := writer.Compact(c.Context(), journal.Compaction{Upto: 1, Root: large, Remove: []string{"old"}})
		c.wantError(err, journal.ErrTooLarge)
		err = writer.Compact(c.Context(), journal.Compaction{
			Upto: 1, Root: []byte("root"), Pages: []journal.Page{{Name: "large", Data: large}}, Remove: []string{"old"},
		})
		c.wantError(err, journal.ErrTooLarge)
	})
	c.compact(writer, journal.Compaction{Upto: 1, Root: []byte("root")})
}

func givenSlices(c check) {
	writer, reader := c.open(), c.open()
	entry, data, root, names := []byte("entry"), []byte("page"), []byte("root"), []string{"page"}
	pages := []journal.Page{{Name: "page", Data: data}}
	if err := writer.Append(c.Context(), journal.Append{Entry: entry, Pages: pages}); err != nil {
		c.Fatalf("append: %v", err)
	}
	c.compact(writer, journal.Compaction{Root: root, Pages: []journal.Page{{Name: "snapshot", Data: data}}})
	c.pages(writer, names...)
	for _, b := range [][]byte{entry, data, root} {
		clear(b)
	}
	names[0], pages[0].Name = "other", "other"
	for _, s := range []journal.Store{writer, reader} {
		c.wantEntries(s, 0, 1, "entry")
		c.wantPage(s, "page", []byte("page"))
		c.wantPage(s, "snapshot", []byte("page"))
		if got := c.tail(s, 0).Root; string(got) != "root" {
			c.Errorf("root is %q", got)
		}
	}
}

func returnedSlices(c check) {
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "entry", page("page", "page"))
	c.compact(writer, journal.Compaction{Root: []byte("root")})
	for range 2 {
		tail := c.tail(reader, 0)
		clear(tail.Root)
		clear(tail.Entries[0])
		clear(c.pages(reader, "page")[0])
	}
	for _, s := range []journal.Store{reader, writer} {
		c.wantEntries(s, 0, 1, "entry")
		c.wantPage(s, "page", []byte("page"))
		if got := c.tail(s, 0).Root; string(got) != "root" {
			c.Errorf("root is %q", got)
		}
	}
}

func durabilityOfAppends(c check) {
	recorder := c.db.(DurabilityRecorder)
	stores := []journal.Store{c.open(), c.open()}
	before := len(recorder.Durabilities())
	asked := []journal.Durability{journal.Strict, journal.Relaxed, journal.Relaxed, journal.Strict, journal.Strict, journal.Relaxed}
	for i, d := range asked {
		err := stores[i%2].Append(c.Context(), journal.Append{
			Base: journal.Position(i), Entry: []byte(strconv.Itoa(i)), Durability: d,
			Pages: []journal.Page{page("p"+strconv.Itoa(i), "page")}[:i%3%2],
		})
		if err != nil {
			c.Fatalf("append: %v", err)
		}
	}
	given := recorder.Durabilities()[before:]
	if len(given) != len(asked) {
		c.Fatalf("%d writing transactions for %d appends", len(given), len(asked))
	}
	for i := range asked {
		if given[i] != asked[i] {
			c.Errorf("append %d: durability %d, want %d", i, given[i], asked[i])
		}
	}
}

func durabilityOfCompactions(c check) {
	recorder := c.db.(DurabilityRecorder)
	writer, reader := c.open(), c.open()
	c.append(writer, 0, "one")
	before := len(recorder.Durabilities())
	c.compact(writer, journal.Compaction{Upto: 1, Root: []byte("root")})
	given := recorder.Durabilities()[before:]
	if len(given) != 1 || given[0] != journal.Relaxed {
		c.Errorf("durability of the compaction is %v, want one relaxed transaction", given)
	}
	c.wantHead(reader, journal.Head{Floor: 1, Generation: 1})
}
