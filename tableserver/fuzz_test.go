package tableserver

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequests looks for requests that make the server fail: whatever the path, the query
// and the body are, the answer is the client's fault or none, and it is JSON.
func FuzzRequests(f *testing.F) {
	for _, seed := range [][4]string{
		{"GET", "movies", "$filter=a eq 1 and startswith(b,'x')&$orderby=a desc&$count=true", ""},
		{"GET", "movies", "$filter=(updatedAt ge cast(2026-05-04T12:00:00.000Z,Edm.DateTimeOffset)) and id gt 'x'&$top=3&$skip=1", ""},
		{"GET", "movies", "$filter=year(a) add 1 gt -5 or a in (1,'b',null) or not contains(c,'''')&$select=a", ""},
		{"GET", "movies", "$filter=a div 0 eq 1 or a mod 0 eq 0 or substring(b,1,99) eq '' or round(a) lt 1e400", ""},
		{"GET", "movies/x", "__includedeleted=true", ""},
		{"POST", "movies", "", `{"id":"","a":[1e999,{"b":"\ud83d\ude00"}],"deleted":true}`},
		{"PUT", "movies/x", "", `{"id":"x","a":1}`},
		{"DELETE", "movies/y", "", ""},
		{"DELETE", "movies/x", "", `"AAAAAAAAAAA=", W/"x"`},
		{"GET", "%2e%2e/movies/%ff", "%zz", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	s := newSite(f)
	for _, body := range []string{`{"id":"x","a":1,"b":"xy","c":null}`, `{"id":"y","a":-0.5e1,"b":[],"c":"2026-05-04T12:00:00Z"}`, `{"id":"z","a":"1","b":true}`} {
		s.insert(body)
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		// Twice: once as text, once with what a browser would escape.
		for _, rawQuery := range []string{query, strings.NewReplacer("%24", "$", "%3D", "=", "%26", "&").Replace(url.QueryEscape(query))} {
			request := httptest.NewRequest("GET", "http://localhost/", strings.NewReader(body))
			request.Method = method
			target, err := url.Parse("/tables/" + path)
			if err != nil {
				target = &url.URL{Path: "/tables/" + path}
			}
			target.RawQuery = rawQuery
			request.URL = target
			request.Header.Set("Content-Type", "application/json")
			if strings.HasPrefix(body, `"`) {
				request.Header.Set("If-Match", body)
			}
			recorder := httptest.NewRecorder()
			s.server.ServeHTTP(recorder, request)
			if recorder.Code >= http.StatusInternalServerError {
				t.Fatalf("%s %s ? %s answers %d", method, path, rawQuery, recorder.Code)
			}
			if recorder.Body.Len() > 0 && !strings.HasPrefix(recorder.Body.String(), "{") {
				t.Fatalf("%s %s ? %s answers no JSON: %s", method, path, rawQuery, recorder.Body)
			}
		}
	})
}
