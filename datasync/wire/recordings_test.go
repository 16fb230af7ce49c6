package wire_test

// This file replays what a classic Node server (azure-mobile-apps 4.0.2 on SQLite) was
// recorded to answer. Lists of more than five rows are cut in the recordings.

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// recording is one exchange with the real server.
type recording struct {
	Name    string            `json:"name"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	IfMatch string            `json:"ifMatch"`
	Sent    json.RawMessage   `json:"sent"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

func recordings(t *testing.T) map[string]recording {
	t.Helper()
	text, err := os.ReadFile("testdata/classic_recordings.json")
	require.NoError(t, err)
	var list []recording
	require.NoError(t, json.Unmarshal(text, &list))
	all := make(map[string]recording)
	for _, r := range list {
		all[r.Name] = r
	}
	require.Len(t, all, len(list))
	return all
}

// reply is the recorded answer. Pages that were not JSON are recorded as a text.
func (r recording) reply() reply {
	body := string(r.Body)
	if strings.HasPrefix(r.Headers["Content-Type"], "text/html") {
		_ = json.Unmarshal(r.Body, &body)
	}
	return reply{status: r.Status, header: r.Headers, body: body}
}

// table, id and version are what the recorded request was about.
func (r recording) target() (table, id, version string) {
	path, _, _ := strings.Cut(r.Path, "?")
	parts := strings.Split(path, "/")
	if len(parts) > 3 {
		id, _ = url.PathUnescape(parts[3])
	}
	return parts[2], id, strings.Trim(r.IfMatch, `"`)
}

// run makes a Remote do what the recorded request asked for.
func (r recording) run(remote *wire.Remote) (a datasync.Answer, err error) {
	ctx := context.Background()
	table, id, version := r.target()
	switch {
	case r.Method == "GET":
		page, err := remote.Page(ctx, datasync.PageRequest{Table: table})
		return page.Answer, err
	case r.Method == "POST" && id == "":
		return remote.Insert(ctx, table, r.Sent)
	case r.Method == "POST":
		return remote.Undelete(ctx, table, id, []byte(`{"id":"`+id+`"}`), version)
	case r.Method == "PATCH":
		return remote.Update(ctx, table, id, r.Sent, version)
	}
	return remote.Delete(ctx, table, id, version)
}

func TestRecordedAnswersOfAClassicServer(t *testing.T) {
	const (
		withRow    = true
		withoutRow = false
	)
	all := recordings(t)
	for _, test := range []struct {
		name    string
		verdict datasync.Verdict
		row     bool
		says    string
	}{
		{"insert with client id", datasync.Done, withRow, ""},
		{"insert new column (dynamic schema)", datasync.Done, withRow, ""},
		{"insert unicode and quotes", datasync.Done, withRow, ""},
		{"insert string where number expected", datasync.Done, withRow, ""},
		{"undeclared dynamic table: first insert makes columns", datasync.Done, withRow, ""},
		{"hard table: insert", datasync.Done, withRow, ""},
		{"duplicate insert -> 409", datasync.Mismatch, withoutRow, ""},
		{"insert over a soft-deleted id -> 409", datasync.Mismatch, withoutRow, ""},
		{"insert object-valued property", datasync.Unavailable, withoutRow, "Unsupported type: Object"},
		{"fixed schema: unknown column", datasync.Unavailable, withoutRow, "no column named nosuch"},
		{"patch without If-Match", datasync.Done, withRow, ""},
		{"patch with current If-Match", datasync.Done, withRow, ""},
		{"patch null value", datasync.Done, withRow, ""},
		{"patch with stale If-Match -> 412 + server item", datasync.Mismatch, withRow, ""},
		{"cors 412 also carries headers", datasync.Mismatch, withRow, ""},
		{"patch missing row -> 404", datasync.Gone, withoutRow, "The item does not exist"},
		{"patch missing row with If-Match", datasync.Gone, withoutRow, "The item does not exist"},
		{"patch a soft-deleted row", datasync.Gone, withoutRow, "The item does not exist"},
		{"patch a soft-deleted row, stale If-Match", datasync.Gone, withoutRow, "The item does not exist"},
		{"delete with current If-Match", datasync.Done, withoutRow, ""},
		{"delete without If-Match", datasync.Done, withoutRow, ""},
		{"delete with stale If-Match -> 412 + server item", datasync.Mismatch, withRow, ""},
		{"delete again -> 404", datasync.Gone, withoutRow, "The item does not exist"},
		{"delete again with stale If-Match", datasync.Gone, withoutRow, "The item does not exist"},
		{"delete missing -> 404", datasync.Gone, withoutRow, "The item does not exist"},
		{"hard table: delete", datasync.Done, withoutRow, ""},
		{"undelete", datasync.Done, withRow, ""},
		{"undelete a live row", datasync.Done, withRow, ""},
		{"undelete with stale If-Match", datasync.Mismatch, withRow, ""},
		{"undelete a missing row", datasync.Gone, withoutRow, "The item does not exist"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, ok := all[test.name]
			require.True(t, ok)
			remote, s := open(t, wire.Options{Dialect: query.Classic, BaseURL: "http://host"}, r.reply())
			a, err := r.run(remote)
			require.NoError(t, err)
			assert.Equal(t, test.verdict, a.Verdict, a.Message)
			assert.Contains(t, a.Message, test.says)
			if test.row {
				assert.Equal(t, string(r.Body), string(a.Row))
			} else {
				assert.Nil(t, a.Row)
			}
			require.Len(t, s.requests, 1)
			checkLikeRecorded(t, r, s.requests[0])
		})
	}
}

// checkLikeRecorded holds our request against the recorded one.
func checkLikeRecorded(t *testing.T, r recording, request wire.Request) {
	t.Helper()
	assert.Equal(t, r.Method, request.Method)
	address, err := url.Parse(request.URL)
	require.NoError(t, err)
	assert.Equal(t, r.Path, address.Path)
	assert.Contains(t, request.Header, [2]string{"ZUMO-API-VERSION", "2.0.0"})
	if r.IfMatch != "" {
		assert.Contains(t, request.Header, [2]string{"If-Match", r.IfMatch})
	}
	if string(r.Sent) == "null" {
		assert.Nil(t, request.Body)
	} else {
		assert.JSONEq(t, string(r.Sent), string(request.Body))
	}
}

func TestRecordedListsOfAClassicServer(t *testing.T) {
	all := recordings(t)
	for _, test := range []struct {
		name        string
		rows, count int
		more        bool
	}{
		{"empty table", 0, -1, false},
		{"empty table with inlinecount", 0, 0, false},
		{"[after seeding r000..r119] list, default page of 50", 4, -1, true},
		{"top 10 skip 10", 4, -1, true},
		{"inlinecount with top", 2, 130, true},
		{"filter bool and compare", 3, -1, false},
		{"filter unknown column (dynamic schema)", 0, -1, false},
		{"incremental pull query exactly as the JS client forms it (page 1)", 4, -1, true},
		{"pull at the far end: nothing left", 0, -1, false},
		{"list with __includeDeleted", 3, -1, false},
		{"undeclared dynamic table: list", 1, -1, false},
		{"hard table: __includeDeleted list", 0, -1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, ok := all[test.name]
			require.True(t, ok)
			remote, _ := open(t, wire.Options{Dialect: query.Classic}, r.reply())
			p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todoitem"})
			require.NoError(t, err)
			require.Equal(t, datasync.Done, p.Verdict, p.Message)
			assert.Len(t, p.Rows, test.rows)
			assert.Equal(t, test.count, p.Count)
			assert.Equal(t, test.more, p.More)
			assert.Equal(t, test.more, p.Known, "the end is never known without a link")
		})
	}
}

func TestRecordedRefusalsOfAClassicServer(t *testing.T) {
	all := recordings(t)
	filter, err := query.ParseFilter("complete eq true")
	require.NoError(t, err)
	for _, test := range []struct {
		name    string
		verdict datasync.Verdict
		says    string
	}{
		{"no api version header", datasync.NotATableServer, "another version of the protocol"},
		{"unsupported api version 1.0.0", datasync.NotATableServer, "ZUMO-API-VERSION of 2.0.0"},
		{"api version 3.0.0 (Datasync) refused", datasync.NotATableServer, "another version"},
		{"filter syntax error", datasync.Refused, "Expression expected (at index 12)"},
		{"top above maxTop", datasync.Refused, "more than 1000 records"},
		{"unknown table -> 404", datasync.Gone, "no table of that name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, ok := all[test.name]
			require.True(t, ok)
			remote, _ := open(t, wire.Options{Dialect: query.Classic}, r.reply())
			p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todoitem", Query: query.Query{Filter: filter}})
			require.NoError(t, err)
			assert.Equal(t, test.verdict, p.Verdict, p.Message)
			assert.Contains(t, p.Message, test.says)
		})
	}
}
