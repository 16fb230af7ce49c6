package wire_test

// This file throws answers of any kind at the package. What must hold is checked with
// the standard library's JSON, which shares no code with what is tested.

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
)

// wanted is a page as the standard library reads it; ok is false where the two may
// differ about what is a page at all.
func wanted(body []byte) (items []json.RawMessage, count int, ok bool) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if !utf8.Valid(body) || bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) > 500 {
		return nil, 0, false
	}
	var page map[string]json.RawMessage
	if json.Unmarshal(body, &page) != nil || page == nil {
		return nil, 0, false
	}
	if json.Unmarshal(page["items"], &items) != nil || items == nil {
		return nil, 0, false
	}
	for _, item := range items {
		var row map[string]json.RawMessage
		var id *string
		if json.Unmarshal(item, &row) != nil || json.Unmarshal(row["id"], &id) != nil || id == nil || *id == "" {
			return nil, 0, false
		}
	}
	count = -1
	if raw, there := page["count"]; there && string(raw) != "null" {
		n, err := strconv.Atoi(string(raw))
		if err != nil || n < 0 {
			return nil, 0, false
		}
		count = n
	}
	var link *string
	if raw, there := page["nextLink"]; there && json.Unmarshal(raw, &link) != nil {
		return nil, 0, false
	}
	return items, count, true
}

func FuzzPagesAreReadAsJSONSays(f *testing.F) {
	for _, seed := range []string{
		`{"items":[{"id":"a","n":1e3},{"id":"\u0062","x":[{}]}],"count":2,"nextLink":"$skip=2"}`,
		` {"items" : [ ] ,"count":null,"nextLink":null}` + "\n",
		`{"items":[{"id":"a"},{"id":1}]}`,
		`{"items":[{"id":"a"}],"items":[{"id":"b"}],"count":-0}`,
		"\ufeff" + `{"items":[{"i\u0064":"a"}],"count":01}`,
		`[{"id":"a"}]`, `<html>`, `{"items":[{"id":"a"}`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := pageOf(t, jsonReply(200, string(body)))
		items, count, ok := wanted(body)
		if p.Verdict != datasync.Done {
			assert.Equal(t, datasync.NotATableServer, p.Verdict)
			assert.Empty(t, p.Rows)
			assert.False(t, ok, "a page was not recognised: %s", p.Message)
			return
		}
		require.True(t, ok || !utf8.Valid(body), "this is no page")
		require.Len(t, p.Rows, len(items))
		for i, row := range p.Rows {
			assert.Equal(t, string(items[i]), string(row))
		}
		assert.Equal(t, count, p.Count)
		assert.False(t, p.More && !p.Known)
	})
}

var (
	markup       = regexp.MustCompile(`<[a-zA-Z/!?][^>]*>`)
	contentTypes = []string{"", "application/json", "application/problem+json", "text/html; charset=utf-8", "text/plain", "image/png"}
)

func FuzzAnswersAreNeverBelievedTooMuch(f *testing.F) {
	for _, seed := range []struct {
		op, media uint8
		status    int
		tag, body string
	}{
		{0, 1, 201, `"v"`, storedRow}, {1, 1, 412, "", storedRow}, {3, 0, 204, "", ""}, {3, 3, 404, "", loginPage},
		{4, 1, 200, "", `{"items":[` + storedRow + `]}`}, {5, 2, 400, "", `{"title":"a","errors":{"b":["<i>c</i>"]}}`},
		{0, 1, 409, `W/"x"`, sentRow}, {2, 1, 409, `"x"`, sentRow}, {5, 4, 503, "120", "busy"}, {1, 1, 302, "", ""},
		{0, 1, 413, "", "<title>too large</title>"},
	} {
		f.Add(seed.op, seed.media, seed.status, seed.tag, seed.body)
	}
	f.Fuzz(func(t *testing.T, op, media uint8, status int, tag, body string) {
		operation := everyOp[int(op)%len(everyOp)]
		r := reply{status: status, body: body, header: map[string]string{
			"Content-Type": contentTypes[int(media)%len(contentTypes)], "ETag": tag, "Retry-After": tag}}
		for _, f := range families {
			options := f.options
			options.Now = func() time.Time { return time.Unix(1e9, 0) }
			remote, _ := open(t, options, r, r)
			a, err := operation.run(remote)
			require.NoError(t, err)
			checkAnswer(t, operation, a, status, body)
		}
	})
}

// checkAnswer holds what is true of every answer to every operation.
func checkAnswer(t *testing.T, op operation, a datasync.Answer, status int, body string) {
	require.LessOrEqual(t, a.Verdict, datasync.NotATableServer)
	assert.Equal(t, status, a.Status)
	assert.True(t, utf8.ValidString(a.Message))
	assert.LessOrEqual(t, utf8.RuneCountInString(a.Message), 700)
	assert.False(t, markup.MatchString(a.Message) || strings.ContainsAny(a.Message, "\r\n\x00"), "unfit to show: %q", a.Message)
	assert.True(t, a.RetryAfter >= 0 && a.RetryAfter <= 24*time.Hour)
	assert.True(t, a.RetryAfter == 0 || a.Verdict == datasync.Unavailable)

	writesRow := op.name == "insert" || op.name == "update" || op.name == "undelete"
	if a.Row != nil {
		var row map[string]any
		require.NoError(t, json.Unmarshal(a.Row, &row))
		assert.Equal(t, rowID, row["id"])
		switch a.Verdict {
		case datasync.Done:
			assert.NotEqual(t, "delete", op.name)
		case datasync.Mismatch:
			assert.NotEmpty(t, row["version"])
		default:
			assert.Fail(t, "a row without reason", "%v", a.Verdict)
		}
	}
	trimmed := strings.TrimSpace(strings.TrimPrefix(body, "\ufeff"))
	decisive := a.Verdict == datasync.Done || a.Verdict == datasync.Gone || a.Verdict == datasync.Mismatch
	if decisive {
		assert.True(t, trimmed == "" || json.Valid([]byte(trimmed)), "believed though it is not JSON")
	}
	if a.Verdict == datasync.Done {
		assert.True(t, status >= 200 && status < 300)
		assert.True(t, a.Row != nil || !writesRow, "done without the row")
	}
}
