package tableserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newMovies is a site with 248 movies, id-000 to id-247. Of those, 138 are from 1980 or
// later (the first five among them), 95 are rated R, and id-000 and id-003 came out on
// 14 October 1994.
func newMovies(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	for i := range 248 {
		year := 1980 + i%40
		if i >= 138 {
			year = 1920 + i%60
		}
		rating := "PG"
		if i%2 == 1 && i < 190 {
			rating = "R"
		}
		released := fmt.Sprintf("%d-01-02", year)
		if i == 0 || i == 3 {
			released = "1994-10-14"
		}
		id := fmt.Sprintf("id-%03d", i)
		members := fmt.Sprintf(`{"title":"Movie %d","year":%d,"rating":%q,"releaseDate":%q,"duration":%d}`, i, year, rating, released, 60+i%120)
		_, err := s.rows.Write(t.Context(), "movies", id, func(*Row) (Change, error) { return Change{Members: []byte(members)}, nil })
		require.NoError(t, err)
	}
	return s
}

// list is a page that was read.
type list struct {
	Items    []map[string]any
	Count    *int
	NextLink *string
}

// list asks for a page; query is plain text of options that are encoded here.
func (s *site) list(query string) list {
	s.t.Helper()
	return s.page(encode(query))
}

// page asks for a page with a query string that is encoded already.
func (s *site) page(query string) list {
	s.t.Helper()
	answer := s.do("GET", "/tables/movies?"+query, "")
	require.Equal(s.t, 200, answer.status, "%s: %s", query, answer.text)
	require.Empty(s.t, answer.header.Get("ETag"))
	for _, member := range []string{"items", "count", "nextLink"} {
		require.Contains(s.t, answer.object(), member, "members are there even when they are null")
	}
	var page list
	decoder := json.NewDecoder(strings.NewReader(answer.text))
	decoder.UseNumber()
	require.NoError(s.t, decoder.Decode(&page))
	return page
}

// encode escapes the values of a query string that is written as plain text.
func encode(query string) string {
	if query == "" {
		return ""
	}
	var parts []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		parts = append(parts, name+"="+url.QueryEscape(value))
	}
	return strings.Join(parts, "&")
}

func (p list) ids() []string {
	ids := []string{}
	for _, item := range p.Items {
		ids = append(ids, item["id"].(string))
	}
	return ids
}

// options decodes the query string of the next link.
func (p list) next(t *testing.T) url.Values {
	t.Helper()
	require.NotNil(t, p.NextLink)
	values, err := url.ParseQuery(*p.NextLink)
	require.NoError(t, err)
	return values
}

func TestLists(t *testing.T) {
	s := newMovies(t)

	t.Run("D32 a list is a page of all rows by id", func(t *testing.T) {
		s := s.on(t)
		page := s.list("")
		require.Len(t, page.Items, 100)
		require.Equal(t, "id-000", page.ids()[0])
		require.Equal(t, "id-099", page.ids()[99])
		require.Nil(t, page.Count)
		require.Equal(t, url.Values{"$skip": {"100"}}, page.next(t))
	})
	t.Run("D33 the next link keeps the query and moves on", func(t *testing.T) {
		s := s.on(t)
		page := s.list("$count=true&$top=125&$filter=(year sub 1900) ge 80")
		require.Len(t, page.Items, 100)
		require.Equal(t, 138, *page.Count)
		require.Equal(t, url.Values{"$skip": {"100"}, "$top": {"25"}, "$count": {"true"}, "$filter": {"(year sub 1900) ge 80"}}, page.next(t))
	})
	t.Run("D34 the last page has no next link", func(t *testing.T) {
		s := s.on(t)
		page := s.list("$skip=200")
		require.Len(t, page.Items, 48)
		require.Nil(t, page.NextLink)
		page = s.list("$skip=300")
		require.Empty(t, page.Items)
		require.Nil(t, page.NextLink)
	})
	t.Run("D35 the next link ends with $top although more rows match", func(t *testing.T) {
		s := s.on(t)
		page := s.list("$top=5&$filter=(year sub 1900) ge 80")
		require.Equal(t, []string{"id-000", "id-001", "id-002", "id-003", "id-004"}, page.ids())
		require.Nil(t, page.NextLink)
	})
	t.Run("D37 dates are constants of the filter", func(t *testing.T) {
		s := s.on(t)
		page := s.list("$filter=releaseDate eq cast(1994-10-14,Edm.Date)")
		require.Equal(t, []string{"id-000", "id-003"}, page.ids())
	})
	t.Run("D40 $select names the members", func(t *testing.T) {
		s := s.on(t)
		for _, names := range [][]string{{"id"}, {"id", "updatedAt"}, {"title", "version", "deleted"}} {
			for _, item := range s.list("$top=3&$select=" + strings.Join(names, ",")).Items {
				require.ElementsMatch(t, names, keys(item))
			}
		}
	})
	t.Run("D41 in takes a list", func(t *testing.T) {
		s := s.on(t)
		page := s.list("$filter=id in ( 'id-007', 'id-003', 'nope', 'id-005' )")
		require.Equal(t, []string{"id-003", "id-005", "id-007"}, page.ids())
	})
	t.Run("D43 the next link is a query string and nothing else", func(t *testing.T) {
		s := s.on(t)
		page := s.page("$filter=title+ne+%27a%26b%3Dc%27&x=y%20z&$orderby=title")
		require.Equal(t, "$filter=title%20ne%20%27a%26b%3Dc%27&x=y%20z&$orderby=title&$skip=100", *page.NextLink)
	})
	t.Run("a count needs no rows", func(t *testing.T) {
		s := s.on(t)
		page := s.list("$top=0&$count=true&$filter=rating eq 'R'")
		require.Empty(t, page.Items)
		require.Equal(t, 95, *page.Count)
		require.Nil(t, page.NextLink)
	})
	t.Run("options are known in any case and without $", func(t *testing.T) {
		s := s.on(t)
		page := s.list("TOP=2&orderby=id desc&$Skip=1&FILTER=year ge 1980")
		require.Equal(t, []string{"id-136", "id-135"}, page.ids())
	})
	t.Run("order has ties by id", func(t *testing.T) {
		s := s.on(t)
		page := s.list("$orderby=rating desc,year&$top=4")
		require.Equal(t, []string{"id-181", "id-183", "id-185", "id-187"}, page.ids())
		require.Equal(t, []string{"id-247", "id-246"}, s.list("$orderby=updatedAt desc&$top=2").ids())
	})
	t.Run("HEAD answers like GET without the body", func(t *testing.T) {
		s := s.on(t)
		answer := s.do("HEAD", "/tables/movies?$top=1", "")
		require.Equal(t, 200, answer.status)
		require.Empty(t, answer.text)
		require.NotEmpty(t, answer.header.Get("Content-Length"))
	})
}

func TestD36NextLinksWalkTheWholeTable(t *testing.T) {
	movies := newMovies(t)
	for _, c := range []struct {
		query             string
		size, pages, rows int
	}{
		{"", 100, 3, 248},
		{"$top=50", 100, 1, 50},
		{"$top=100", 25, 4, 100},
		{"$orderby=rating desc,updatedAt&$filter=contains(title,'Movie')", 31, 8, 248},
		{"$filter=(year sub 1900) ge 80&$count=true", 69, 2, 138},
	} {
		t.Run(fmt.Sprintf("%s by %d", c.query, c.size), func(t *testing.T) {
			s := newSite(t, func(o *Options) { o.Repository = movies.rows; o.PageSize = c.size })
			seen := map[string]bool{}
			pages := 0
			for query := encode(c.query); ; {
				page := s.page(query)
				pages++
				for _, id := range page.ids() {
					require.False(t, seen[id], "%s came twice", id)
					seen[id] = true
				}
				if page.NextLink == nil {
					break
				}
				query = *page.NextLink
			}
			require.Equal(t, c.pages, pages)
			require.Len(t, seen, c.rows)
		})
	}
}

func TestD38BadQueriesAreRefusedWithTheReason(t *testing.T) {
	s := newSite(t)
	for query, part := range map[string]string{
		"$filter=(year - 1900) ge 100": "position",
		"$filter=year ge":              "position",
		"$filter=nofunction(year)":     "nofunction",
		"$filter=year eq 'open":        "",
		"$orderby=duration fizz":       "fizz",
		"$skip=-1":                     "skip",
		"$top=NaN":                     "top",
		"$top=-1":                      "top",
		"$top=1000000":                 "128000",
		"$top=1&top=2":                 "twice",
		"$expand=x":                    "$expand",
		"$inlinecount=allpages":        "$inlinecount",
	} {
		t.Run(query, func(t *testing.T) {
			s.on(t).do("GET", "/tables/movies?"+encode(query), "").requireError(400, part)
		})
	}
	t.Run("broken escapes", func(t *testing.T) {
		s.on(t).do("GET", "/tables/movies?$filter=%zz", "").requireError(400, "percent")
	})
	t.Run("too long", func(t *testing.T) {
		s.on(t).do("GET", "/tables/movies?x="+strings.Repeat("y", 40<<10), "").requireError(414, "longer")
	})
}

func TestD39DeletedRowsShowOnlyWhenAskedFor(t *testing.T) {
	s := newMovies(t)
	for _, id := range s.list("$filter=rating eq 'R'").ids() {
		s.remove(id)
	}
	page := s.list("$count=true")
	require.Equal(t, 153, *page.Count)
	require.Len(t, page.Items, 100)

	page = s.list("__includedeleted=true")
	require.Len(t, page.Items, 100)
	require.Equal(t, "id-000", page.ids()[0])
	require.Equal(t, url.Values{"__includedeleted": {"true"}, "$skip": {"100"}}, page.next(t))

	page = s.list("$filter=deleted eq true&__includedeleted=true")
	require.Len(t, page.Items, 95)
	require.Nil(t, page.NextLink)
	require.Empty(t, s.list("$filter=deleted eq true").Items)
}

func TestIncrementalPullSeesEveryWriteOnce(t *testing.T) {
	s := newMovies(t)
	page := s.list("$orderby=updatedAt&$count=true&__includedeleted=true&$skip=200")
	token := page.Items[len(page.Items)-1]["updatedAt"].(string)
	pull := "$orderby=updatedAt&__includedeleted=true&$filter=(updatedAt gt cast(" + token + ",Edm.DateTimeOffset))"
	require.Empty(t, s.list(pull).Items)

	s.remove("id-100")
	s.do("PUT", "/tables/movies/id-005", `{"id":"id-005","title":"new"}`)
	s.insert(`{"id":"last"}`)
	require.Equal(t, []string{"id-100", "id-005", "last"}, s.list(pull).ids())

	ge := strings.Replace(pull, " gt ", " ge ", 1)
	require.Equal(t, []string{"id-247", "id-100", "id-005", "last"}, s.list(ge).ids())

	t.Run("the digits below a millisecond count", func(t *testing.T) {
		s := s.on(t)
		finer := strings.Replace(ge, "Z,", "0001Z,", 1)
		require.Equal(t, []string{"id-100", "id-005", "last"}, s.list(finer).ids())
	})
}

func TestDocumentsKeepTheirText(t *testing.T) {
	s := newSite(t)
	members := `"big":9007199254740993,"huge":123456789012345678901234567890.5,"e":1.50E+2,"neg":-0,` +
		`"text":"a\u0000\ud83d\ude00\\ud800<&> \u00e9é","nested":{"b": [1, 2.0],"a":null},"":0,"a.b":1,"q\"":2`
	created := s.insert(`{"id":"X",` + members + `}`)
	require.Contains(t, created.text, members)
	require.Contains(t, s.do("GET", "/tables/movies/X", "").text, members)
	page := s.do("GET", "/tables/movies?$select=big,huge", "")
	require.Contains(t, page.text, `{"big":9007199254740993,"huge":123456789012345678901234567890.5}`)

	t.Run("integers beyond 2^53 are compared exactly", func(t *testing.T) {
		s := s.on(t)
		require.Equal(t, []string{"X"}, s.list("$filter=big eq 9007199254740993").ids())
		require.Empty(t, s.list("$filter=big eq 9007199254740992").ids())
		require.Equal(t, []string{"X"}, s.list("$filter=huge gt 123456789012345678901234567890").ids())
		require.Empty(t, s.list("$filter=huge gt 123456789012345678901234567891").ids())
	})
	t.Run("of several members with one name the last one counts", func(t *testing.T) {
		s := s.on(t)
		require.Equal(t, json.Number("2"), s.insert(`{"id":"Y","n":1,"\u006e":2}`).member("n"))
	})
}

func TestBadBodiesAreRefusedAndNothingIsStored(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxBody = 1000 })
	for name, c := range map[string]struct {
		body   string
		status int
		part   string
	}{
		"empty":               {" ", 400, "JSON object"},
		"cut off":             {`{"id":"X"`, 400, "JSON object"},
		"two commas":          {`{"id":1,,}`, 400, ""},
		"array":               {`[]`, 400, "JSON object"},
		"text after it":       {`{"id":"X"} x`, 400, "JSON object"},
		"invalid UTF-8":       {"{\"id\":\"X\",\"t\":\"\xff\"}", 400, "UTF-8"},
		"number as id":        {`{"id":7}`, 400, "id must be a string"},
		"object as id":        {`{"id":{}}`, 400, "id must be a string"},
		"id with a slash":     {`{"id":"a/b"}`, 400, "127"},
		"id with a space":     {`{"id":"a b"}`, 400, "127"},
		"id starting with .":  {`{"id":".a"}`, 400, "127"},
		"id not ASCII":        {`{"id":"ä"}`, 400, "127"},
		"long id":             {`{"id":"` + strings.Repeat("x", 128) + `"}`, 400, "127"},
		"text as deleted":     {`{"id":"X","deleted":"yes"}`, 400, "deleted"},
		"nested too deep":     {`{"id":"X","d":` + strings.Repeat("[", 600) + strings.Repeat("]", 300) + `}`, 400, "deep"},
		"half a pair":         {`{"id":"X","t":"\ud83d"}`, 400, "surrogate"},
		"wrong half":          {`{"id":"X","t":"\ude00\ud83d"}`, 400, "surrogate"},
		"larger than allowed": {`{"id":"X","t":"` + strings.Repeat("x", 1000) + `"}`, 413, "1000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			s.on(t).do("POST", "/tables/movies", c.body, "Content-Type", "application/json").requireError(c.status, c.part)
		})
	}
	page, err := s.rows.Page(context.Background(), "movies", everything)
	require.NoError(t, err)
	require.Empty(t, page.Rows)
	s.insert(`{"id":"` + strings.Repeat("x", 127) + `"}`)
	s.insert(`{"id":"a_.|:-Z9"}`).requireItem(201, "a_.|:-Z9")
	s.do("GET", "/tables/movies/a_.%7C:-Z9", "").requireItem(200, "a_.|:-Z9")
}
