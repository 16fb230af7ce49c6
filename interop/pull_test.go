package interop

// This file pulls from the server: pages, deletions, what changes meanwhile.

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// seed inserts n rows as another device would.
func seed(t *testing.T, table string, n int) {
	t.Helper()
	for i := range n {
		node.post(t, table, fmt.Sprintf(`{"id":"r%03d","text":"row %d","n":%d,"done":%t}`, i, i, i, i%3 == 0))
	}
}

// same holds what is here against what the server shows, byte for byte of the values.
func same(t *testing.T, d *device) {
	t.Helper()
	for id, here := range d.rows() {
		assert.Equal(t, node.get(t, d.name, id), here)
	}
}

func TestPullOf120RowsInPagesOf50(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	seed(t, d.name, 120)
	result := d.pull()
	assert.Len(t, d.rows(), 120)
	assert.Equal(t, 120, result.Inserted)
	assert.GreaterOrEqual(t, result.Pages, 3)
	assert.LessOrEqual(t, result.Requests, 7)
	same(t, d)
	for _, address := range d.link.urls {
		assert.Contains(t, address, "$top=50&")
		assert.NotContains(t, address, "$skip")
	}

	t.Run("and again brings nothing", func(t *testing.T) {
		again := d.pull()
		assert.Zero(t, again.Inserted+again.Updated+again.Deleted)
	})
	t.Run("and is one request without a row once the window has passed", func(t *testing.T) {
		d.clock.advance(11 * time.Second)
		d.pull()
		again := d.pull()
		assert.Equal(t, 1, again.Requests)
		assert.Zero(t, again.Received)
	})
	t.Run("and brings what changed", func(t *testing.T) {
		node.patch(t, d.name, "r007", `{"text":"changed"}`)
		node.remove(t, d.name, "r008")
		node.post(t, d.name, `{"id":"new","text":"x"}`)
		result := d.pull()
		assert.Equal(t, []int{1, 1, 1}, []int{result.Inserted, result.Updated, result.Deleted})
		assert.Len(t, d.rows(), 120)
		assert.Equal(t, "changed", d.row("r007")["text"])
		assert.Nil(t, d.row("r008"))
	})
}

func TestPagesThatTheServerCuts(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	seed(t, d.name, 60)
	d.link.before = func(r *wire.Request) error {
		r.URL = strings.Replace(r.URL, "$top=50", "$top=7", 1)
		return nil
	}
	d.pull()
	assert.Len(t, d.rows(), 60)
}

func TestPageSizes(t *testing.T) {
	table := node.add(t, soft)
	seed(t, table, 25)
	for _, size := range []int{1, 2, 7, 24, 25, 26, 5000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			d := open(t, table, setup{})
			_, err := d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "all", PageSize: size})
			require.NoError(t, err)
			assert.Len(t, d.rows(), 25)
		})
	}
}

func TestRowsOfOneMillisecond(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	seed(t, d.name, 60)
	// One statement stamps what it deletes with one time.
	status, _ := node.do(t, "DELETE", d.name+"?$filter="+url.QueryEscape("n ge 20"), "")
	require.Equal(t, 200, status)
	_, err := d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "all", PageSize: 10})
	require.NoError(t, err)
	assert.Len(t, d.rows(), 20)

	late := open(t, d.name, setup{})
	result, err := late.table.Pull(t.Context(), datasync.PullOptions{QueryID: "all", PageSize: 10})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, result.Received, 60, "the tombstones, too")
	assert.Len(t, late.rows(), 20)
}

func TestDeletionsArriveOnASecondDevice(t *testing.T) {
	first := open(t, node.add(t, soft), setup{})
	second := open(t, first.name, setup{})
	first.insert(`{"id":"a","text":"x"}`)
	first.insert(`{"id":"b","text":"y"}`)
	first.push()
	second.pull()
	require.Len(t, second.rows(), 2)
	first.remove("a")
	first.push()
	result := second.pull()
	assert.Equal(t, 1, result.Deleted)
	assert.Nil(t, second.row("a"))
	assert.NotNil(t, second.row("b"))

	t.Run("and so does what comes back", func(t *testing.T) {
		first.insert(`{"id":"a","text":"again"}`)
		first.push()
		second.pull()
		assert.Equal(t, first.row("a"), second.row("a"))
	})
}

func TestRowsDeletedForGoodAreFoundByComparing(t *testing.T) {
	d := open(t, node.add(t, hard), setup{})
	seed(t, d.name, 55)
	d.pull()
	node.remove(t, d.name, "r003")
	d.pull()
	require.NotNil(t, d.row("r003"), "nothing tells of it")
	result, err := d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "all", Compare: true})
	require.NoError(t, err)
	assert.Equal(t, 1, result.Deleted)
	assert.Len(t, d.rows(), 54)
}

func TestPullWithAFilter(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	seed(t, d.name, 70)
	filter, err := query.ParseFilter("done eq true and n lt 60")
	require.NoError(t, err)
	_, err = d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "done", Query: query.Query{Filter: filter}})
	require.NoError(t, err)
	assert.Len(t, d.rows(), 20)
	same(t, d)
}

func TestPullOfAWindow(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	seed(t, d.name, 70)
	_, err := d.table.Pull(t.Context(), datasync.PullOptions{PageSize: 10,
		Query: query.Query{OrderBy: []query.Order{{Member: "n", Descending: true}}, Skip: 5, Take: 25, HasTake: true}})
	require.NoError(t, err)
	assert.Len(t, d.rows(), 25)
	assert.NotNil(t, d.row("r064"))
	assert.NotNil(t, d.row("r040"))
	t.Run("of nothing", func(t *testing.T) {
		d := open(t, d.name, setup{})
		_, err := d.table.Pull(t.Context(), datasync.PullOptions{Query: query.Query{HasTake: true}})
		require.NoError(t, err)
		assert.Empty(t, d.rows())
	})
}

func TestRowsWithPendingChangesAreLeftAlone(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	seed(t, d.name, 3)
	d.pull()
	d.update(`{"id":"r001","text":"ours"}`)
	node.patch(t, d.name, "r001", `{"n":77}`)
	result, err := d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
	require.NoError(t, err)
	assert.Positive(t, result.Skipped)
	assert.Equal(t, "ours", d.row("r001")["text"])
	assert.Equal(t, 1.0, d.row("r001")["n"])
	assert.Len(t, d.pushFails().Errors, 1)
}

func TestATableKeptInPart(t *testing.T) {
	for name, definition := range map[string]string{"with tombstones": soft, "without": hard} {
		t.Run(name, func(t *testing.T) {
			d := open(t, node.add(t, definition), setup{partial: []string{"text"}})
			seed(t, d.name, 60)
			d.pull()
			require.Len(t, d.rows(), 60)
			assert.NotContains(t, d.row("r004"), "n")
			assert.Equal(t, "row 4", d.row("r004")["text"])
			d.update(`{"id":"r004","text":"changed"}`)
			d.push()
			stored := node.get(t, d.name, "r004")
			assert.Equal(t, "changed", stored["text"])
			assert.Equal(t, 4.0, stored["n"], "what is not kept here stays there")
		})
	}
}

func TestCountWithoutRows(t *testing.T) {
	table := node.add(t, soft)
	seed(t, table, 12)
	node.remove(t, table, "r000")
	remote := remoteOf(t, "classic")
	for filter, want := range map[string]int{"": 12, "n ge 6": 6, "deleted eq false": 11, "n gt 100": 0} {
		q := query.Query{HasTake: true, Count: true}
		if filter != "" {
			var err error
			q.Filter, err = query.ParseFilter(filter)
			require.NoError(t, err)
		}
		page, err := remote.Page(t.Context(), datasync.PageRequest{Table: table, Query: q})
		require.NoError(t, err)
		require.Equal(t, datasync.Done, page.Verdict, page.Message)
		assert.Equal(t, want, page.Count, filter)
		assert.Empty(t, page.Rows)
	}
}
