package tableserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// benchRow is about 190 bytes, as the rows of the project's other measurements.
const benchRow = `{"id":"%s","text":"Buy milk, bread and whatever else the list says","complete":false,"priority":%d}`

// BenchmarkInsert is one client that inserts rows one by one, each on disk.
func BenchmarkInsert(b *testing.B) {
	rows, err := OpenSQLite(b.Context(), SQLiteOptions{Path: filepath.Join(b.TempDir(), "rows.db")})
	require.NoError(b, err)
	defer rows.Close()
	s := newSite(b, func(o *Options) { o.Repository = rows })
	for i := 0; b.Loop(); i++ {
		s.insert(fmt.Sprintf(benchRow, fmt.Sprint("row-", i), i))
	}
}

// BenchmarkPage reads pages of 1,000 of 20,000 rows, as a pull and a list ask for them.
func BenchmarkPage(b *testing.B) {
	s := newSite(b, func(o *Options) { o.PageSize = 1000 })
	for i := range 20000 {
		id := fmt.Sprintf("row-%05d", i)
		members := strings.Replace(fmt.Sprintf(benchRow, id, i%100), `"id":"`+id+`",`, "", 1)
		_, err := s.rows.Write(b.Context(), "movies", id, put(members))
		require.NoError(b, err)
	}
	for name, query := range map[string]string{
		"pull":          "$filter=(updatedAt ge cast(2026-05-04T12:00:10.000Z,Edm.DateTimeOffset))&$orderby=updatedAt&__includedeleted=true",
		"pull counted":  "$filter=(updatedAt ge cast(2026-05-04T12:00:10.000Z,Edm.DateTimeOffset))&$orderby=updatedAt&__includedeleted=true&$count=true",
		"list":          "",
		"text filter":   "$filter=text eq 'nothing'",
		"number filter": "$filter=priority eq 7&$count=true",
		"other filter":  "$filter=length(text) gt 10&$orderby=priority",
	} {
		target := "http://localhost/tables/movies?" + encode(query)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				recorder := httptest.NewRecorder()
				s.server.ServeHTTP(recorder, httptest.NewRequest("GET", target, nil))
				require.Equal(b, http.StatusOK, recorder.Code)
			}
		})
	}
}
