package tableserver

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/query"
)

func TestUnknownTableIsToldByName(t *testing.T) {
	s := newSite(t)
	for _, method := range []string{"GET", "POST"} {
		s.do(method, "/tables/cars", `{}`).requireError(404, `"cars"`)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		s.do(method, "/tables/cars/x", `{}`).requireError(404, `"cars"`)
	}
	for _, path := range []string{"/", "/tables", "/tables/", "/other"} {
		s.do("GET", path, "").requireError(404, "")
	}
	s.do("GET", "/tables/%ff%22", "").requireError(404, "table")
}

func TestTableNamesIgnoreCase(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Tables = []string{"TodoItem"} })
	created := s.do("POST", "/tables/TODOITEM", `{"id":"x"}`)
	created.requireItem(201, "x")
	require.Equal(t, "http://localhost/tables/TODOITEM/x", created.header.Get("Location"))
	s.do("GET", "/tables/todoitem/x", "").requireItem(200, "x")
	s.do("GET", "/tables/TodoItem/X", "").requireError(404, "X")
}

func TestPathsThatNameNoRowAreRefused(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"a/b", "a%2Fb", ".", "..", "%20", "a%00", strings.Repeat("x", 128), "a/", "-a"} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			s.do(method, "/tables/movies/"+path, `{"id":"a"}`).requireError(400, "127")
		}
	}
	t.Run("a slash at the end is still the table, so nothing can be deleted by it", func(t *testing.T) {
		s := s.on(t)
		require.Equal(t, 200, s.do("GET", "/tables/movies/", "").status)
		s.do("DELETE", "/tables/movies/", "").requireError(405, "DELETE")
		s.do("PUT", "/tables/movies/", `{"id":""}`).requireError(405, "PUT")
	})
}

func TestMethodsThatDoNotExistAreNamedWithThoseThatDo(t *testing.T) {
	s := newSite(t)
	for path, allow := range map[string]string{"/tables/movies": "GET, HEAD, OPTIONS, POST", "/tables/movies/x": "DELETE, GET, HEAD, OPTIONS, PUT", "/healthz": "GET, HEAD, OPTIONS"} {
		for _, method := range []string{"PATCH", "TRACE", "BREW"} {
			refused := s.do(method, path, "")
			refused.requireError(405, method)
			require.Equal(t, allow, refused.header.Get("Allow"))
		}
		options := s.do("OPTIONS", path, "")
		require.Equal(t, 204, options.status)
		require.Equal(t, allow, options.header.Get("Allow"))
	}
	s.do("POST", "/tables/movies/x", `{}`).requireError(405, "POST")
	s.do("OPTIONS", "/tables/cars", "").requireError(404, "cars")
}

func TestHeadOfARowHasItsValidators(t *testing.T) {
	s := newSite(t)
	row := s.insert(`{"id":"x"}`)
	head := s.do("HEAD", "/tables/movies/x", "")
	require.Equal(t, 200, head.status)
	require.Equal(t, row.tag(), head.header.Get("ETag"))
	require.Empty(t, head.text)
	require.Equal(t, 404, s.do("HEAD", "/tables/movies/y", "").status)
}

func TestPagesOfAllowedOriginsMayUseTheTables(t *testing.T) {
	const origin = "https://app.example:8443"
	s := newSite(t, func(o *Options) { o.Origins = []string{origin} })
	s.insert(`{"id":"x"}`)

	t.Run("preflight", func(t *testing.T) {
		s := s.on(t)
		for _, path := range []string{"/tables/movies/x", "/tables/cars"} {
			answer := s.do("OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Method", "PUT",
				"Access-Control-Request-Headers", "content-type,if-match,zumo-api-version")
			require.Equal(t, 204, answer.status)
			require.Equal(t, origin, answer.header.Get("Access-Control-Allow-Origin"))
			require.Equal(t, "content-type,if-match,zumo-api-version", answer.header.Get("Access-Control-Allow-Headers"))
			require.Contains(t, answer.header.Get("Access-Control-Allow-Methods"), "DELETE")
			require.Equal(t, "300", answer.header.Get("Access-Control-Max-Age"))
		}
	})
	t.Run("answers of all kinds", func(t *testing.T) {
		s := s.on(t)
		for path, status := range map[string]int{"/tables/movies": 200, "/tables/movies/x": 412, "/tables/movies/y": 404, "/tables/cars": 404} {
			answer := s.do("GET", path, "", "Origin", origin, "If-Match", `"stale"`)
			require.Equal(t, status, answer.status)
			require.Equal(t, origin, answer.header.Get("Access-Control-Allow-Origin"))
			for _, exposed := range []string{"ETag", "Link", "Location", "Last-Modified"} {
				require.Contains(t, answer.header.Get("Access-Control-Expose-Headers"), exposed)
			}
			require.Contains(t, answer.header.Values("Vary"), "Origin")
		}
	})
	t.Run("others get nothing", func(t *testing.T) {
		s := s.on(t)
		for _, other := range []string{"https://app.example", "http://app.example:8443", "https://evil.example", "null", origin + "/", ""} {
			for _, method := range []string{"GET", "OPTIONS"} {
				answer := s.do(method, "/tables/movies", "", "Origin", other, "Access-Control-Request-Method", "PUT")
				for name := range answer.header {
					require.False(t, strings.HasPrefix(name, "Access-Control"), "%s for %s", name, other)
				}
			}
		}
	})
}

func TestLongAnswersAreCompressedForThoseWhoTakeIt(t *testing.T) {
	s := newSite(t)
	long := strings.Repeat("abc ", 1000)
	s.insert(`{"id":"long","t":"` + long + `"}`)
	plain := s.do("GET", "/tables/movies/long", "")
	require.Empty(t, plain.header.Get("Content-Encoding"))
	for range 3 { // compressors are used again
		packed := s.do("GET", "/tables/movies/long", "", "Accept-Encoding", "br, gzip")
		require.Equal(t, "gzip", packed.header.Get("Content-Encoding"))
		require.Equal(t, fmt.Sprint(len(packed.text)), packed.header.Get("Content-Length"))
		require.Equal(t, plain.tag(), packed.header.Get("ETag"), "the tag is the version, whatever the coding")
		require.Less(t, len(packed.text), len(plain.text)/10)
		reader, err := gzip.NewReader(strings.NewReader(packed.text))
		require.NoError(t, err)
		text, err := io.ReadAll(reader)
		require.NoError(t, err)
		require.Equal(t, plain.text, string(text))
	}
	require.Empty(t, s.do("GET", "/tables/movies/long", "", "Accept-Encoding", "gzip;q=0").header.Get("Content-Encoding"))
	s.insert(`{"id":"short"}`)
	require.Empty(t, s.do("GET", "/tables/movies/short", "", "Accept-Encoding", "gzip").header.Get("Content-Encoding"))
}

func TestAnswersAreNotStoredByBrowsers(t *testing.T) {
	s := newSite(t)
	s.insert(`{"id":"x"}`)
	for _, path := range []string{"/tables/movies", "/tables/movies/x", "/tables/movies/y"} {
		require.Equal(t, "no-store", s.do("GET", path, "").header.Get("Cache-Control"))
	}
}

func TestRequestsAreLoggedWithoutWhatTheyCarry(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t, func(o *Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	s.insert(`{"id":"x","t":"secret-body"}`)
	answer := s.do("GET", "/tables/movies?$filter=t+eq+'secret-filter'", "", "Authorization", "Bearer secret-token", "X-Request-Id", "from-proxy.1")
	require.Equal(t, "from-proxy.1", answer.header.Get("X-Request-Id"))
	made := s.do("GET", "/tables/movies", "", "X-Request-Id", "bad id\n").header.Get("X-Request-Id")
	require.Regexp(t, "^[0-9a-f-]{36}$", made)

	require.NotContains(t, log.String(), "secret")
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	require.Len(t, lines, 3)
	var record map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &record))
	require.Equal(t, "GET", record["method"])
	require.Equal(t, "/tables/movies", record["path"])
	require.Equal(t, "from-proxy.1", record["id"])
	require.EqualValues(t, 200, record["status"])
	require.Contains(t, record, "took")
}

// broken is a repository that fails as it is told.
type broken struct {
	Repository
	fail func() error
}

func (b broken) Row(context.Context, string, string) (*Row, error) { return nil, b.fail() }
func (b broken) Page(context.Context, string, query.Query) (Page, error) {
	return Page{}, b.fail()
}
func (b broken) Ping(context.Context) error { return b.fail() }

func TestFailuresOfTheServerAreToldWithoutDetailsAndLogged(t *testing.T) {
	for name, c := range map[string]struct {
		fail   func() error
		status int
	}{
		"error":     {func() error { return errors.New("secret-detail") }, 500},
		"panic":     {func() error { panic("secret-detail") }, 500},
		"time-out":  {func() error { return context.DeadlineExceeded }, 503},
		"busy file": {func() error { return fmt.Errorf("secret-detail: %w", ErrBusy) }, 503},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := newSite(t, func(o *Options) {
				o.Repository = broken{fail: c.fail}
				o.Logger = slog.New(slog.NewJSONHandler(&log, nil))
			})
			for _, path := range []string{"/tables/movies", "/tables/movies/x"} {
				answer := s.do("GET", path, "")
				answer.requireError(c.status, "server")
				require.NotContains(t, answer.text, "secret")
			}
			require.Contains(t, log.String(), `"level":"ERROR"`)
			if c.status == 500 {
				require.Contains(t, log.String(), "secret-detail")
			}
		})
	}
}

func TestHealthTellsWhetherTheDatabaseAnswers(t *testing.T) {
	s := newSite(t)
	require.JSONEq(t, `{"status":"ok"}`, s.do("GET", "/healthz", "").text)
	sick := newSite(t, func(o *Options) { o.Repository = broken{fail: func() error { return errors.New("gone") }} })
	sick.do("GET", "/healthz", "").requireError(503, "")
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	rows := openTemp(t, SQLiteOptions{})
	for part, options := range map[string]Options{
		"Repository": {},
		"cannot be":  {Repository: rows, Tables: []string{"a b"}},
		"letter":     {Repository: rows, Tables: []string{""}},
		"origin":     {Repository: rows, Origins: []string{"https://app.example/"}},
		"scheme":     {Repository: rows, Origins: []string{"*"}},
		"negative":   {Repository: rows, PageSize: -1},
	} {
		_, err := New(options)
		require.ErrorContains(t, err, part)
	}
}

// TestClientsThatEditTheSameRowsLoseNothing runs 64 clients over real connections. Each
// inserts rows and counts shared rows up with If-Match until it gets through.
func TestClientsThatEditTheSameRowsLoseNothing(t *testing.T) {
	const clients, rounds, shared = 64, 2, 4
	rows := openTemp(t, SQLiteOptions{}) // with the real clock
	s := newSite(t, func(o *Options) { o.Repository = rows; o.PageSize = 1000 })
	server := httptest.NewServer(s.server)
	defer server.Close()
	for i := range shared {
		s.insert(fmt.Sprintf(`{"id":"shared-%d","n":0}`, i))
	}
	var group sync.WaitGroup
	errs := make(chan error, clients)
	for c := range clients {
		group.Go(func() {
			for round := range rounds {
				if err := insertAndCount(server.URL+"/tables/movies", fmt.Sprintf("own-%d-%d", c, round), fmt.Sprintf("shared-%d", c%shared)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	page := s.list("$count=true")
	require.Equal(t, clients*rounds+shared, *page.Count)
	times, versions, total := map[any]bool{}, map[any]bool{}, int64(0)
	for _, item := range page.Items {
		times[item["updatedAt"]], versions[item["version"]] = true, true
		if n, ok := item["n"].(json.Number); ok {
			count, err := n.Int64()
			require.NoError(t, err)
			total += count
		}
	}
	require.EqualValues(t, clients*rounds, total, "every count is there")
	require.Len(t, times, *page.Count)
	require.Len(t, versions, *page.Count)
}

// insertAndCount inserts one row and adds 1 to another, guarded by its version.
func insertAndCount(table, own, shared string) error {
	status, _, err := call("POST", table, "", `{"id":"`+own+`"}`)
	if err != nil || status != 201 {
		return fmt.Errorf("insert: %d, %w", status, err)
	}
	for {
		_, row, err := call("GET", table+"/"+shared, "", "")
		if err != nil {
			return err
		}
		body := fmt.Sprintf(`{"id":%q,"n":%v}`, shared, row["n"].(float64)+1)
		status, answer, err := call("PUT", table+"/"+shared, `"`+row["version"].(string)+`"`, body)
		switch {
		case err != nil:
			return err
		case status == 200 && answer["version"] == row["version"]:
			return errors.New("an update kept its version")
		case status == 200:
			return nil
		case status != 412:
			return fmt.Errorf("update: %d", status)
		}
	}
}

func call(method, url, match, body string) (int, map[string]any, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if match != "" {
		request.Header.Set("If-Match", match)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	var object map[string]any
	return response.StatusCode, object, errors.Join(err, json.NewDecoder(response.Body).Decode(&object))
}

func TestRestartKeepsRowsAndTheirOrderInTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.db")
	start := func(now time.Time) (*site, func()) {
		rows, err := OpenSQLite(t.Context(), SQLiteOptions{Path: path, Now: func() time.Time { return now }})
		require.NoError(t, err)
		return newSite(t, func(o *Options) { o.Repository = rows }), func() { require.NoError(t, rows.Close()) }
	}
	s, stop := start(noon)
	s.insert(`{"id":"a","n":1}`)
	before := s.insert(`{"id":"b","n":9007199254740993}`)
	s.remove("a")
	page := s.do("GET", "/tables/movies?__includedeleted=true", "").text
	stop()

	s, stop = start(noon.Add(-24 * time.Hour))
	defer stop()
	require.Equal(t, page, s.do("GET", "/tables/movies?__includedeleted=true", "").text)
	after := s.do("PUT", "/tables/movies/b", `{"id":"b"}`, "If-Match", before.tag())
	after.requireItem(200, "b")
	require.Equal(t, "2026-05-04T12:00:00.003Z", after.member("updatedAt"))
}
