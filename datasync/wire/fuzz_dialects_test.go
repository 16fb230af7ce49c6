package wire_test

// This file throws lists and rows of any kind at the older dialects and at detection.

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// wantedList is a list of the older servers as the standard library reads it; ok is false
// where the two may differ about what is a list at all.
func wantedList(body []byte) (rows []json.RawMessage, count int, ok bool) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if !utf8.Valid(body) || bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) > 500 {
		return nil, 0, false
	}
	count = -1
	if json.Unmarshal(body, &rows) != nil || rows == nil {
		var list map[string]json.RawMessage
		if json.Unmarshal(body, &list) != nil || json.Unmarshal(list["results"], &rows) != nil || rows == nil {
			return nil, 0, false
		}
		if raw, there := list["count"]; there && string(raw) != "null" {
			n, err := strconv.Atoi(string(raw))
			if err != nil || n < 0 {
				return nil, 0, false
			}
			count = n
		}
	}
	for _, item := range rows {
		var row map[string]json.RawMessage
		var id *string
		if json.Unmarshal(item, &row) != nil || json.Unmarshal(row["id"], &id) != nil || id == nil || *id == "" {
			return nil, 0, false
		}
	}
	return rows, count, true
}

func FuzzListsAreReadAsJSONSays(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"a","n":1e3},{"id":"\u0062","x":[{}]}]`, ` [ ] `, `[]`, `null`, `[null]`, `[{"id":1}]`, `{"results":[{"id":"a"}],"count":2}`,
		`{"results":[],"count":-0}`, `{"results":null}`, `{"items":[]}`, `[{"id":"a"}`, `{"results":[{"id":"a"}],"results":[]}`,
		`[{"id":"a","__version":"v","__updatedAt":null,"\u005f_deleted":true,"version":7}]`, `[{"id":"a","__x":{"__version":1}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, count, ok := wantedList(body)
		for _, options := range []wire.Options{classic, legacy} {
			remote, _ := open(t, options, jsonReply(200, string(body)))
			p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "movies"})
			require.NoError(t, err)
			if p.Verdict != datasync.Done {
				assert.Equal(t, datasync.NotATableServer, p.Verdict)
				assert.Empty(t, p.Rows)
				assert.False(t, ok, "a list was not recognised: %s", p.Message)
				continue
			}
			require.True(t, ok || !utf8.Valid(body), "this is no list")
			require.Len(t, p.Rows, len(rows))
			assert.Equal(t, count, p.Count)
			assert.False(t, p.Known, "nobody told")
			for i, row := range p.Rows {
				if options.ApplicationKey == "" {
					assert.Equal(t, string(rows[i]), string(row))
				} else if ok {
					assert.Equal(t, plainColumns(t, rows[i]), membersOf(t, row))
				}
			}
		}
	})
}

// plainColumns renames the system columns of a legacy row the slow way.
func plainColumns(t *testing.T, row []byte) map[string]any {
	members := membersOf(t, row)
	for _, name := range []string{"createdAt", "updatedAt", "version", "deleted"} {
		if value, there := members["__"+name]; there {
			delete(members, "__"+name)
			members[name] = value
		}
	}
	return members
}

func membersOf(t *testing.T, row []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(row))
	d.UseNumber()
	var members map[string]any
	require.NoError(t, d.Decode(&members))
	return members
}

func FuzzDetectionBelievesOnlyLists(f *testing.F) {
	for _, seed := range []struct {
		first, second int
		one, two      string
	}{
		{200, 200, `{"items":[]}`, ``}, {400, 200, classicV2, `[]`}, {200, 200, `[]`, `[` + oldRow + `]`}, {404, 0, ``, ``},
		{200, 400, `[]`, `{"error":"no"}`}, {401, 200, ``, `[]`}, {400, 400, `x`, `y`}, {200, 200, `[]`, loginPage},
	} {
		f.Add(seed.first, seed.second, seed.one, seed.two)
	}
	f.Fuzz(func(t *testing.T, first, second int, one, two string) {
		remote, s := open(t, auto, jsonReply(first, one), jsonReply(second, two), reply{status: 204})
		a, err := deleteOp.run(remote)
		require.NoError(t, err)
		d, known := remote.Detected()
		sent := s.requests[len(s.requests)-1].Method == "DELETE"
		assert.True(t, sent || !known)
		if !sent {
			assert.NotEqual(t, datasync.Done, a.Verdict)
			assert.NotEqual(t, datasync.Gone, a.Verdict, "nothing was said about the row")
			assert.NotEqual(t, datasync.Mismatch, a.Verdict)
			return
		}
		if known && d == query.Datasync {
			_, _, isOne := wanted([]byte(one))
			_, _, isTwo := wanted([]byte(two))
			assert.True(t, isOne || isTwo || !utf8.ValidString(one+two))
			return
		}
		_, _, isOne := wantedList([]byte(one))
		_, _, isTwo := wantedList([]byte(two))
		assert.True(t, isOne || isTwo || !utf8.ValidString(one+two))
	})
}
