package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Item 4: two profiles are two devices.

func TestTwoDevicesSeeEachOthersChanges(t *testing.T) {
	alongside(t)
	s := startServer(t)
	first := newBrowser(t).todo(s, "")
	first.add("milk", "bread", "eggs")
	s.table("todoitem").holds("milk", "bread", "eggs")

	second := newBrowser(t).todo(s, "")
	second.sync()
	second.shows("milk", "bread", "eggs")
	second.edit("bread", "rye bread")
	second.remove("eggs")
	s.table("todoitem").holds("milk", "rye bread")
	second.pending(0)

	first.shows("milk", "bread", "eggs")
	first.sync()
	first.shows("milk", "rye bread")
	require.ElementsMatch(t, first.items(), second.items())

	first.clickIn("milk", "input[type=checkbox]")
	s.table("todoitem").await("milk is done", func(rows []row) bool {
		return slices.ContainsFunc(rows, func(r row) bool { return r.text("text") == "milk" && r["complete"] == true })
	})
	second.sync()
	second.until(`() => document.querySelectorAll('#items > li input:checked').length === 1 ? '' : 'nothing is done'`)
	require.ElementsMatch(t, first.items(), second.items())
}
