package query

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/jsonrow"
)

// sorted returns the ids of the rows in the order of an $orderby.
func sorted(t *testing.T, orderBy string, rows ...string) string {
	t.Helper()
	orders, err := ParseOrderBy(orderBy)
	require.NoError(t, err)
	s := NewSorter(orders)
	var keys []SortKey
	for _, row := range rows {
		raw, _ := jsonrow.Get([]byte(row), "id")
		id, _ := jsonrow.Text(raw)
		keys = append(keys, s.Key([]byte(row), id))
	}
	slices.SortFunc(keys, func(a, b SortKey) int {
		switch {
		case s.Less(a, b):
			return -1
		case s.Less(b, a):
			return 1
		}
		return 0
	})
	var ids []string
	for _, key := range keys {
		ids = append(ids, key.id)
	}
	return strings.Join(ids, " ")
}

func TestRowsAreSorted(t *testing.T) {
	rows := []string{
		`{"id":"9","a":"b"}`, `{"id":"8","a":"B"}`, `{"id":"7","a":9007199254740993}`, `{"id":"6","a":9007199254740992.0}`,
		`{"id":"5","a":null}`, `{"id":"4"}`, `{"id":"3","a":true}`, `{"id":"2","a":false}`, `{"id":"1","a":[]}`, `{"id":"0","a":{}}`,
	}
	for orderBy, want := range map[string]string{
		"":       "0 1 2 3 4 5 6 7 8 9",
		"id":     "0 1 2 3 4 5 6 7 8 9",
		"a":      "4 5 2 3 6 7 8 9 0 1",
		"a desc": "0 1 9 8 7 6 3 2 4 5",
	} {
		require.Equal(t, want, sorted(t, orderBy, rows...), orderBy)
	}
	t.Run("by one member after the other", func(t *testing.T) {
		rows := []string{`{"id":"1","a":1,"b":"x"}`, `{"id":"2","b":"y","a":1.0}`, `{"id":"3","a":0,"b":"y"}`, `{"id":"4","b":"x","a":1}`}
		require.Equal(t, "3 2 1 4", sorted(t, "a,b desc", rows...))
		require.Equal(t, "2 1 4 3", sorted(t, "a desc, b desc", rows...))
		require.Equal(t, "1 4 2 3", sorted(t, "c,a desc,b,d,e,f,g,h", rows...))
	})
	t.Run("by code point", func(t *testing.T) {
		require.Equal(t, "1 2 3 4", sorted(t, "a", `{"id":"4","a":"😀"}`, `{"id":"3","a":"\uff01"}`, `{"id":"2","a":"é"}`, `{"id":"1","a":"z"}`))
	})
}

func TestProjectKeepsTheNamedMembersAndTheID(t *testing.T) {
	const row = ` { "text" : "a" , "id":"1","n":1.50,"te\u0078t":"b","deleted":false}`
	for names, want := range map[string]string{
		"":        row,
		"n":       `{"id":"1","n":1.50}`,
		"text id": `{"text":"a","id":"1","text":"b"}`,
		"x":       `{"id":"1"}`,
	} {
		require.Equal(t, want, string(Project([]byte(row), strings.Fields(names))), names)
	}
	require.Equal(t, `{}`, string(Project([]byte(`{}`), []string{"a"})))
}
