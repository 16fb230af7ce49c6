package nethttp_test

// This file runs the table protocol end to end: the client's side of it over real
// connections against the reference table server.

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
	"tidetable/internal/nethttp"
	"tidetable/tableserver"
)

// startTables serves the table "todo", ten rows a page, and returns a client of it.
func startTables(t *testing.T) *wire.Remote {
	t.Helper()
	repository, err := tableserver.OpenSQLite(context.Background(), tableserver.SQLiteOptions{Path: filepath.Join(t.TempDir(), "tables.db")})
	require.NoError(t, err)
	handler, err := tableserver.New(tableserver.Options{Repository: repository, Tables: []string{"todo"}, PageSize: 10})
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		assert.NoError(t, repository.Close())
	})
	remote, err := wire.New(nethttp.New(server.Client(), nethttp.Options{}), wire.Options{BaseURL: server.URL + "/"})
	require.NoError(t, err)
	return remote
}

// got checks an answer's verdict and returns the system columns of its row.
func got(t *testing.T, want datasync.Verdict, status int) func(datasync.Answer, error) jsonrow.System {
	return func(a datasync.Answer, err error) jsonrow.System {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, want, a.Verdict, "%d: %s", a.Status, a.Message)
		require.Equal(t, status, a.Status)
		if a.Row == nil {
			return jsonrow.System{}
		}
		system, err := jsonrow.Scan(a.Row)
		require.NoError(t, err)
		return system
	}
}

func TestARowLivesOnTheServer(t *testing.T) {
	ctx, remote := context.Background(), startTables(t)
	row := []byte(`{"id":"a|b:c.1","text":"it's 50% + 1","big":9007199254740993,"version":"bm8=","deleted":true}`)

	inserted := got(t, datasync.Done, 201)(remote.Insert(ctx, "todo", row))
	assert.Equal(t, "a|b:c.1", inserted.ID)
	assert.False(t, inserted.Deleted, "an insert never makes a tombstone")
	assert.NotEqual(t, "bm8=", inserted.Version)

	duplicate := got(t, datasync.Mismatch, 409)(remote.Insert(ctx, "todo", row))
	assert.Equal(t, inserted, duplicate, "the conflict carries the row as it is stored")

	updated := got(t, datasync.Done, 200)(remote.Update(ctx, "todo", inserted.ID, row, inserted.Version))
	assert.NotEqual(t, inserted.Version, updated.Version)
	stale := got(t, datasync.Mismatch, 412)(remote.Update(ctx, "todo", inserted.ID, row, inserted.Version))
	assert.Equal(t, updated, stale)
	forced := got(t, datasync.Done, 200)(remote.Update(ctx, "todo", inserted.ID, row, ""))

	stale = got(t, datasync.Mismatch, 412)(remote.Delete(ctx, "todo", inserted.ID, updated.Version))
	assert.Equal(t, forced, stale)
	got(t, datasync.Done, 204)(remote.Delete(ctx, "todo", inserted.ID, forced.Version))
	got(t, datasync.Gone, 410)(remote.Delete(ctx, "todo", inserted.ID, forced.Version))
	got(t, datasync.Gone, 410)(remote.Update(ctx, "todo", inserted.ID, row, forced.Version))

	tombstone := got(t, datasync.Done, 200)(remote.Lookup(ctx, "todo", inserted.ID))
	assert.True(t, tombstone.Deleted)
	assert.NotEqual(t, forced.Version, tombstone.Version)
	got(t, datasync.Mismatch, 409)(remote.Insert(ctx, "todo", row))

	got(t, datasync.Mismatch, 412)(remote.Undelete(ctx, "todo", inserted.ID, row, forced.Version))
	back := got(t, datasync.Done, 200)(remote.Undelete(ctx, "todo", inserted.ID, row, tombstone.Version))
	assert.False(t, back.Deleted)

	found, err := remote.Lookup(ctx, "todo", inserted.ID)
	require.NoError(t, err)
	big, _ := jsonrow.Get(found.Row, "big")
	assert.Equal(t, "9007199254740993", string(big))
	text, _ := jsonrow.Get(found.Row, "text")
	assert.Equal(t, `"it's 50% + 1"`, string(text))
}

func TestRowsAndTablesThatAreNotThere(t *testing.T) {
	ctx, remote := context.Background(), startTables(t)
	row := []byte(`{"id":"x"}`)
	got(t, datasync.Gone, 404)(remote.Update(ctx, "todo", "x", row, ""))
	got(t, datasync.Gone, 404)(remote.Delete(ctx, "todo", "x", ""))
	got(t, datasync.Gone, 200)(remote.Lookup(ctx, "todo", "x"))

	got(t, datasync.Gone, 404)(remote.Insert(ctx, "nowhere", row))
	got(t, datasync.Refused, 404)(remote.Lookup(ctx, "nowhere", "x"))
	page, err := remote.Page(ctx, datasync.PageRequest{Table: "nowhere"})
	got(t, datasync.Gone, 404)(page.Answer, err)
	assert.Contains(t, page.Message, "nowhere")
}

func TestPagesOfATable(t *testing.T) {
	ctx, remote := context.Background(), startTables(t)
	for i := range 23 {
		id := string(rune('a' + i))
		got(t, datasync.Done, 201)(remote.Insert(ctx, "todo", []byte(`{"id":"`+id+`","text":"o'neil + `+id+`"}`)))
	}
	got(t, datasync.Done, 204)(remote.Delete(ctx, "todo", "c", ""))

	q := query.Query{OrderBy: []query.Order{{Member: "id"}}, Count: true}
	var all [][]byte
	for more := true; more; {
		page, err := remote.Page(ctx, datasync.PageRequest{Table: "todo", Query: q})
		got(t, datasync.Done, 200)(page.Answer, err)
		assert.Equal(t, 23, page.Count)
		require.True(t, page.Known)
		require.NotEmpty(t, page.Rows)
		all = append(all, page.Rows...)
		q.Skip, more = len(all), page.More
	}
	require.Len(t, all, 23, "deleted rows are on the pages")
	deleted := 0
	for i, row := range all {
		id, _ := jsonrow.Get(row, "id")
		assert.Equal(t, `"`+string(rune('a'+i))+`"`, string(id))
		deleted += bytes.Count(row, []byte(`"deleted":true`))
	}
	assert.Equal(t, 1, deleted)

	filter, err := query.ParseFilter("text eq 'o''neil + b'")
	require.NoError(t, err)
	page, err := remote.Page(ctx, datasync.PageRequest{Table: "todo", Query: query.Query{Filter: filter}})
	got(t, datasync.Done, 200)(page.Answer, err)
	assert.Len(t, page.Rows, 1)
	assert.Equal(t, -1, page.Count)
	assert.False(t, page.More)
}

func TestAQueryTheServerRefuses(t *testing.T) {
	remote := startTables(t)
	page, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todo", Query: query.Query{Take: 1 << 30, HasTake: true}})
	got(t, datasync.Refused, 400)(page.Answer, err)
	assert.NotEmpty(t, page.Message)
}

func TestWhatIsNoTableServer(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "<html><head><title>Free Wi-Fi</title></head></html>")
	})
	remote, err := wire.New(nethttp.New(nil, nethttp.Options{}), wire.Options{BaseURL: url})
	require.NoError(t, err)
	a, err := remote.Delete(context.Background(), "todo", "x", "")
	require.NoError(t, err)
	assert.Equal(t, datasync.NotATableServer, a.Verdict)
	assert.Contains(t, a.Message, "'Free Wi-Fi'")
}
