package datasync_test

// This file holds how many response bodies a pull keeps in memory.

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// bodies is a server of many rows, one for each millisecond, that watches which of the
// bodies it gave out are still reachable. As over HTTP, the rows of a page are parts of
// one body.
type bodies struct {
	readOnly
	rows, perPage int
	// version is that of every row.
	version int
	given   []weak.Pointer[byte]
	// most is the largest number of bodies that were reachable when one was made.
	most int
}

var bodiesStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Page gives the rows from the time on that the filter names.
func (b *bodies) Page(_ context.Context, request datasync.PageRequest) (datasync.PageAnswer, error) {
	first := int(since(request.Query.Filter).Sub(bodiesStart).Milliseconds())
	last := min(max(first, 0)+b.perPage, b.rows)
	body := []byte{'['}
	for i := max(first, 0); i < last; i++ {
		body = fmt.Appendf(body, `{"id":"row-%06d","version":"v%d","updatedAt":"%s","deleted":false,"text":"some text of usual length"},`,
			i, b.version, bodiesStart.Add(time.Duration(i)*time.Millisecond).Format("2006-01-02T15:04:05.000Z"))
	}
	body[len(body)-1] = ']'
	answer := datasync.PageAnswer{Count: -1, Known: true, More: last < b.rows}
	err := jsonrow.Elements(body, func(row []byte) bool {
		answer.Rows = append(answer.Rows, row)
		return true
	})
	b.given = append(b.given, weak.Make(&body[0]))
	b.most = max(b.most, b.reachable())
	runtime.KeepAlive(body)
	return answer, err
}

// since finds the time in "updatedAt ge …", the start of all when there is none.
func since(e *query.Expr) time.Time {
	if e == nil {
		return time.Time{}
	}
	if e.Op == query.OpGe {
		t, _ := time.Parse(time.RFC3339Nano, e.Args[1].Value.Text)
		return t
	}
	var found time.Time
	for _, arg := range e.Args {
		if t := since(arg); t.After(found) {
			found = t
		}
	}
	return found
}

// reachable counts the bodies that somebody still holds.
func (b *bodies) reachable() (count int) {
	runtime.GC()
	for _, p := range b.given {
		if p.Value() != nil {
			count++
		}
	}
	return count
}

// TestPullHoldsTwoPages holds that a pull has at most the page that is being stored and the
// one that arrives in memory, and that what it stores are copies: a row that stays here must
// not keep the whole body it came in.
func TestPullHoldsTwoPages(t *testing.T) {
	open := func(t *testing.T, b *bodies) *datasync.Client {
		d := newDevice(t, nil)
		d.options = func(o *datasync.Options) { o.Remote = b }
		return d.open()
	}
	t.Run("of 100,000 rows", func(t *testing.T) {
		b := &bodies{rows: 100_000, perPage: 1000}
		c := open(t, b)
		result, err := pull(c)
		require.NoError(t, err)
		require.Equal(t, b.rows, result.Inserted)
		require.GreaterOrEqual(t, result.Pages, 100)
		require.LessOrEqual(t, b.most, 2)
		require.Zero(t, b.reachable(), "rows are copied out of the bodies")
		row, err := table(t, c).Lookup(ctx, "row-099999")
		require.NoError(t, err)
		require.Equal(t, "row-099999", member(row, "id"))
	})
	t.Run("that were here before", func(t *testing.T) {
		b := &bodies{rows: 5000, perPage: 250}
		c := open(t, b)
		for range 2 {
			_, err := table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Compare: true})
			require.NoError(t, err)
		}
		require.LessOrEqual(t, b.most, 2)
		require.Zero(t, b.reachable())
		require.Len(t, texts(t, c), 5000)
	})
	t.Run("one row of each being edited here", func(t *testing.T) {
		b := &bodies{rows: 5000, perPage: 250}
		c := open(t, b)
		_, err := pull(c)
		require.NoError(t, err)
		for i := 0; i < b.rows; i += 100 {
			edit(t, c, fmt.Sprintf("row-%06d", i), "ours")
		}
		b.version++
		result, err := table(t, c).Pull(ctx, datasync.PullOptions{Push: datasync.PushNone})
		require.NoError(t, err)
		require.Equal(t, 50, result.Skipped)
		require.LessOrEqual(t, b.most, 2)
		require.Zero(t, b.reachable())
		require.Equal(t, 50, c.Pending())
	})
}
