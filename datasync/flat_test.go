package datasync_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"

	"tidetable/datasync/query"
)

var updatedAt = regexp.MustCompile(`"updatedAt":"[^"]*"`)

// sameTime makes a server whose rows all have one time on the wire, and which filters as
// if they had: a filter that the time fails gives an empty page.
func sameTime(next http.Handler, stamp string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		values := r.URL.Query()
		if filter := values.Get("$filter"); r.Method == http.MethodGet && filter != "" {
			e, err := query.ParseFilter(filter)
			if err == nil {
				var kept []string
				kept, err = withoutTime(e, stamp)
				values.Del("$filter")
				if len(kept) > 0 {
					values.Set("$filter", strings.Join(kept, " and "))
				}
			}
			if err != nil {
				values.Set("$filter", "id eq ''")
			}
			r.URL.RawQuery = values.Encode()
		}
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		body := updatedAt.ReplaceAllString(recorder.Body.String(), `"updatedAt":"`+stamp+`"`)
		for name, list := range recorder.Header() {
			w.Header()[name] = list
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(recorder.Code)
		_, _ = w.Write([]byte(body))
	})
}

// withoutTime checks the comparisons of updatedAt against stamp and returns the others.
func withoutTime(e *query.Expr, stamp string) (others []string, err error) {
	if e.Op == query.OpAnd {
		for _, arg := range e.Args {
			kept, err := withoutTime(arg, stamp)
			if err != nil {
				return nil, err
			}
			others = append(others, kept...)
		}
		return others, nil
	}
	if len(e.Args) == 2 && e.Args[0].Name == "updatedAt" {
		p, err := query.Compile(e)
		if err == nil && !p.Match([]byte(`{"updatedAt":"`+stamp+`"}`)) {
			err = http.ErrNoLocation
		}
		return nil, err
	}
	return []string{e.String()}, nil
}

// untimed answers as a server whose rows have no time at all: nothing matches a filter by
// time, and no order by time is kept.
func untimed(next http.Handler, w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	if strings.Contains(values.Get("$filter"), "updatedAt") {
		values.Set("$filter", "id eq ''")
	}
	values.Del("$orderby")
	r.URL.RawQuery = values.Encode()
	recorder := httptest.NewRecorder()
	next.ServeHTTP(recorder, r)
	body := updatedAt.ReplaceAllString(recorder.Body.String(), `"updatedAt":null`)
	for name, list := range recorder.Header() {
		w.Header()[name] = list
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(recorder.Code)
	_, _ = w.Write([]byte(body))
}
