package tableserver

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// noon is where the clock of most tests stands; stamps then grow by a millisecond each.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// site is a table server over a database of its own, called without a network.
type site struct {
	t      testing.TB
	server *Server
	rows   *SQLite
}

// newSite serves the table movies; change may alter the options.
func newSite(t testing.TB, change ...func(*Options)) *site {
	t.Helper()
	rows := openTemp(t, SQLiteOptions{Now: func() time.Time { return noon }})
	options := Options{Repository: rows, Tables: []string{"movies"}}
	for _, f := range change {
		f(&options)
	}
	server, err := New(options)
	require.NoError(t, err)
	return &site{t: t, server: server, rows: rows}
}

// openTemp opens a database that lives as long as the test, and does not wait for the disk.
func openTemp(t testing.TB, options SQLiteOptions) *SQLite {
	t.Helper()
	if options.Path == "" {
		options.Path = filepath.Join(t.TempDir(), "rows.db")
	}
	options.volatile = true
	rows, err := OpenSQLite(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rows.Close()) })
	return rows
}

// answer is a response that was read.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	text   string
}

// on is the same site, reporting to a subtest.
func (s *site) on(t *testing.T) *site {
	c := *s
	c.t = t
	return &c
}

// do sends a request; header has names and values in turn.
func (s *site) do(method, target, body string, header ...string) answer {
	s.t.Helper()
	request := httptest.NewRequest(method, "http://localhost"+strings.ReplaceAll(target, " ", "%20"), strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	s.server.ServeHTTP(recorder, request)
	return answer{s.t, recorder.Code, recorder.Header(), recorder.Body.String()}
}

// object decodes the body, numbers as they are written.
func (a answer) object() map[string]any {
	a.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(a.text))
	decoder.UseNumber()
	var value map[string]any
	require.NoError(a.t, decoder.Decode(&value), "status %d, body %q", a.status, a.text)
	return value
}

// member is one member of the body.
func (a answer) member(name string) any { a.t.Helper(); return a.object()[name] }

// requireError checks that the answer has that status and the one form of errors.
func (a answer) requireError(status int, part string) {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.text)
	require.Equal(a.t, "application/json; charset=utf-8", a.header.Get("Content-Type"))
	require.Contains(a.t, a.member("error"), part)
	require.Empty(a.t, a.header.Get("ETag"))
}

// requireItem checks that the answer has a row, with the validators that belong to it.
func (a answer) requireItem(status int, id string) {
	a.t.Helper()
	require.Equal(a.t, status, a.status, a.text)
	item := a.object()
	require.Equal(a.t, id, item["id"])
	require.Equal(a.t, `"`+item["version"].(string)+`"`, a.header.Get("ETag"))
	updatedAt, err := time.Parse(TimeFormat, item["updatedAt"].(string))
	require.NoError(a.t, err)
	require.Equal(a.t, updatedAt.Format(http.TimeFormat), a.header.Get("Last-Modified"))
}

// tag is the entity tag of the row in the answer.
func (a answer) tag() string { a.t.Helper(); return `"` + a.member("version").(string) + `"` }

// insert puts a row into movies.
func (s *site) insert(body string) answer {
	s.t.Helper()
	created := s.do("POST", "/tables/movies", body)
	require.Equal(s.t, http.StatusCreated, created.status, created.text)
	return created
}

// remove soft-deletes a row of movies.
func (s *site) remove(id string) {
	s.t.Helper()
	require.Equal(s.t, http.StatusNoContent, s.do("DELETE", "/tables/movies/"+id, "").status)
}

// requireStored checks that the row in the database is the one of an earlier answer.
func (s *site) requireStored(id string, want answer) {
	s.t.Helper()
	row, err := s.rows.Row(context.Background(), "movies", id)
	require.NoError(s.t, err)
	require.NotNil(s.t, row)
	require.JSONEq(s.t, want.text, string(row.AppendJSON(nil)))
}

func keys(object map[string]any) []string {
	var names []string
	for name := range object {
		names = append(names, name)
	}
	return names
}

// fixed is a random source that gives the same bytes again and again.
type fixed string

func (f fixed) Read(p []byte) (int, error) { return copy(p, f), nil }
