package tableserver

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestD3InsertCreatesTheRow(t *testing.T) {
	t.Run("with the id of the client", func(t *testing.T) {
		s := newSite(t)
		created := s.insert(`{"id":"m1","title":"Alien"}`)
		created.requireItem(201, "m1")
		require.Equal(t, "http://localhost/tables/movies/m1", created.header.Get("Location"))
		require.Equal(t, false, created.member("deleted"))
		require.Equal(t, "Alien", created.member("title"))
		s.do("GET", "/tables/movies/m1", "").requireItem(200, "m1")
	})
	for name, body := range map[string]string{"absent": `{"title":"x"}`, "empty": `{"id":"","title":"x"}`, "null": `{"id":null,"title":"x"}`} {
		t.Run("with an id of the server when it is "+name, func(t *testing.T) {
			s := newSite(t)
			created := s.insert(body)
			id := created.member("id").(string)
			require.Regexp(t, "^[0-9a-f-]{36}$", id)
			require.Equal(t, "http://localhost/tables/movies/"+id, created.header.Get("Location"))
			s.do("GET", "/tables/movies/"+id, "").requireItem(200, id)
		})
	}
}

func TestD4D5InsertOfAnExistingIDShowsTheStoredRow(t *testing.T) {
	for _, deleted := range []bool{false, true} {
		s := newSite(t)
		s.insert(`{"id":"X","title":"first"}`)
		if deleted {
			s.remove("X")
		}
		clash := s.do("POST", "/tables/movies", `{"id":"X","title":"second"}`)
		clash.requireItem(409, "X")
		require.Equal(t, "first", clash.member("title"))
		require.Equal(t, deleted, clash.member("deleted"))
		s.requireStored("X", clash)
	}
}

func TestD7SystemColumnsOfTheClientAreReplaced(t *testing.T) {
	s := newSite(t)
	created := s.insert(`{"id":"m1","updatedAt":"1999-01-01T00:00:00.000Z","version":"bWluZQ==","UpdatedAt":7,"VERSION":[],"__private":1,"n":1}`)
	require.Equal(t, "2026-05-04T12:00:00.000Z", created.member("updatedAt"))
	require.NotEqual(t, "bWluZQ==", created.member("version"))
	require.ElementsMatch(t, []string{"id", "updatedAt", "version", "deleted", "n"}, keys(created.object()))

	t.Run("deleted is kept", func(t *testing.T) {
		s := s.on(t)
		require.Equal(t, true, s.insert(`{"id":"m2","deleted":true}`).member("deleted"))
	})
	t.Run("names match in any case", func(t *testing.T) {
		s := s.on(t)
		require.Equal(t, "m3", s.insert(`{"ID":"m3"}`).member("id"))
	})
}

func TestD8BodyThatIsNotJSONIsRefused(t *testing.T) {
	s := newSite(t)
	row := s.insert(`{"id":"m1"}`)
	for _, mediaType := range []string{"text/html", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "application/json; charset=latin1", "nonsense/", ""} {
		s.do("POST", "/tables/movies", `{"id":"m2"}`, "Content-Type", mediaType).requireError(415, "")
		s.do("PUT", "/tables/movies/m1", `{"id":"m1"}`, "Content-Type", mediaType).requireError(415, "")
	}
	s.do("POST", "/tables/movies", `{"id":"m2"}`, "Content-Encoding", "gzip").requireError(415, "Content-Encoding")
	s.requireStored("m1", row)
	s.do("GET", "/tables/movies/m2", "").requireError(404, "m2")
	for _, mediaType := range []string{"application/json;charset=utf-8", "Application/JSON", "application/merge-patch+json"} {
		require.Equal(t, 200, s.do("PUT", "/tables/movies/m1", `{"id":"m1"}`, "Content-Type", mediaType).status, mediaType)
	}
}

func TestD11D12D46ReadObeysEntityTags(t *testing.T) {
	s := newSite(t)
	v := s.insert(`{"id":"X"}`).tag()
	for _, c := range []struct {
		name, value string
		status      int
	}{
		{"If-Match", v, 200},
		{"If-Match", `"dGVzdA=="`, 412},
		{"If-Match", `"dGVzdA==", ` + v, 200},
		{"If-Match", "W/" + v, 412},
		{"If-Match", "*", 200},
		{"If-Match", "", 412},
		{"If-None-Match", v, 304},
		{"If-None-Match", "*", 304},
		{"If-None-Match", "W/" + v, 200},
		{"If-None-Match", `"dGVzdA=="`, 200},
		{"If-Match", strings.Trim(v, `"`), 400},
		{"If-None-Match", v + " " + v, 400},
	} {
		t.Run(c.name+" "+c.value, func(t *testing.T) {
			read := s.on(t).do("GET", "/tables/movies/X", "", c.name, c.value)
			switch c.status {
			case 304:
				require.Equal(t, 304, read.status)
				require.Empty(t, read.text)
				require.Equal(t, v, read.header.Get("ETag"))
			case 400:
				read.requireError(400, c.name)
			default:
				read.requireItem(c.status, "X")
			}
		})
	}
}

func TestD13D14DatesAreConditionsToo(t *testing.T) {
	at := func(hours int) string { return noon.Add(time.Duration(hours) * time.Hour).Format(http.TimeFormat) }
	for _, c := range []struct {
		name       string
		hours      int
		get, write int
	}{
		{"If-Modified-Since", -1, 200, 200},
		{"If-Modified-Since", +1, 304, 412},
		{"If-Modified-Since", 0, 200, 200},
		{"If-Unmodified-Since", +1, 200, 200},
		{"If-Unmodified-Since", -1, 412, 412},
		{"If-Unmodified-Since", 0, 412, 412},
	} {
		t.Run(c.name+" "+at(c.hours), func(t *testing.T) {
			s := newSite(t)
			v := s.insert(`{"id":"X"}`).tag()
			require.Equal(t, c.get, s.do("GET", "/tables/movies/X", "", c.name, at(c.hours)).status)
			other := map[string]string{"If-Modified-Since": "If-None-Match", "If-Unmodified-Since": "If-Match"}[c.name]
			value := map[string]string{"If-None-Match": `"x"`, "If-Match": v}[other]
			require.Equal(t, 200, s.do("GET", "/tables/movies/X", "", c.name, at(c.hours), other, value).status, "a tag makes the date void")
			require.Equal(t, c.write, s.do("PUT", "/tables/movies/X", `{"id":"X"}`, c.name, at(c.hours)).status)
		})
	}
	t.Run("what is no date is ignored", func(t *testing.T) {
		s := newSite(t)
		s.insert(`{"id":"X"}`)
		require.Equal(t, 200, s.do("GET", "/tables/movies/X", "", "If-Unmodified-Since", "yesterday").status)
	})
}

func TestD15D30MissingRowIsNotFound(t *testing.T) {
	s := newSite(t)
	s.do("GET", "/tables/movies/missing", "").requireError(404, `"missing"`)
	s.do("DELETE", "/tables/movies/missing", "").requireError(404, `"missing"`)
	s.do("DELETE", "/tables/movies/missing", "", "If-Match", `"dGVzdA=="`).requireError(404, `"missing"`)
}

func TestD16DeletedRowIsGoneUnlessAskedFor(t *testing.T) {
	s := newSite(t)
	s.insert(`{"id":"X","title":"t"}`)
	s.remove("X")
	s.do("GET", "/tables/movies/X", "").requireError(410, "deleted")
	s.do("GET", "/tables/movies/X?__includedeleted=false", "").requireError(410, "deleted")
	for _, option := range []string{"__includedeleted=true", "__includeDeleted=TRUE"} {
		shown := s.do("GET", "/tables/movies/X?"+option, "")
		shown.requireItem(200, "X")
		require.Equal(t, true, shown.member("deleted"))
	}
}

func TestD18ReplaceWritesTheWholeRow(t *testing.T) {
	for _, conditional := range []bool{false, true} {
		s := newSite(t)
		before := s.insert(`{"id":"X","title":"a","year":1999}`)
		header := []string{}
		if conditional {
			header = []string{"If-Match", before.tag()}
		}
		after := s.do("PUT", "/tables/movies/X", `{"id":"X","title":"b"}`, header...)
		after.requireItem(200, "X")
		require.NotEqual(t, before.member("version"), after.member("version"))
		require.Greater(t, after.member("updatedAt"), before.member("updatedAt"))
		require.NotContains(t, after.object(), "year")
		s.requireStored("X", after)
	}
}

func TestD19ReplaceOfAChangedRowShowsTheStoredOne(t *testing.T) {
	s := newSite(t)
	stale := s.insert(`{"id":"X","n":1}`).tag()
	current := s.do("PUT", "/tables/movies/X", `{"id":"X","n":2}`)
	for _, header := range [][2]string{{"If-Match", stale}, {"If-Match", `W/` + current.tag()}, {"If-None-Match", current.tag()}, {"If-None-Match", "*"}} {
		refused := s.do("PUT", "/tables/movies/X", `{"id":"X","n":3}`, header[0], header[1])
		refused.requireItem(412, "X")
		require.Equal(t, current.text, refused.text)
		s.requireStored("X", current)
	}
	require.Equal(t, 200, s.do("PUT", "/tables/movies/X", `{"id":"X","n":3}`, "If-Match", "*").status)
}

func TestD20ReplaceNeedsTheSameIDAndARow(t *testing.T) {
	s := newSite(t)
	row := s.insert(`{"id":"X"}`)
	s.do("PUT", "/tables/movies/X", `{"id":"Y"}`).requireError(400, "id")
	s.do("PUT", "/tables/movies/X", `{"id":"x"}`).requireError(400, "id")
	s.do("PUT", "/tables/movies/X", `{"n":1}`).requireError(400, "id")
	s.do("PUT", "/tables/movies/missing", `{"id":"missing"}`).requireError(404, "missing")
	s.do("PUT", "/tables/movies/missing", `{"id":"missing"}`, "If-Match", `"dGVzdA=="`).requireError(404, "missing")
	s.requireStored("X", row)
}

func TestD21ReplaceOfADeletedRowIsRefused(t *testing.T) {
	s := newSite(t)
	s.insert(`{"id":"X"}`)
	s.remove("X")
	for _, body := range []string{`{"id":"X"}`, `{"id":"X","deleted":true}`, `{"id":"X","deleted":false}`} {
		s.do("PUT", "/tables/movies/X", body).requireError(410, "deleted")
		s.do("PUT", "/tables/movies/X", body, "If-Match", `"dGVzdA=="`).requireError(410, "deleted")
	}
}

func TestD22ReplaceBringsADeletedRowBackWhenAsked(t *testing.T) {
	s := newSite(t)
	s.insert(`{"id":"X","n":1}`)
	s.remove("X")
	tombstone := s.do("GET", "/tables/movies/X?__includedeleted=true", "")
	s.do("PUT", "/tables/movies/X?__includedeleted=true", `{"id":"X","deleted":false}`, "If-Match", `"dGVzdA=="`).requireItem(412, "X")
	back := s.do("PUT", "/tables/movies/X?__includedeleted=true", `{"id":"X","n":2,"deleted":false}`, "If-Match", tombstone.tag())
	back.requireItem(200, "X")
	require.Equal(t, false, back.member("deleted"))
	s.requireStored("X", back)
	s.do("GET", "/tables/movies/X", "").requireItem(200, "X")
}

func TestD27HardDeleteDropsTheRow(t *testing.T) {
	s := newSite(t, func(o *Options) { o.HardDelete = true })
	first := s.insert(`{"id":"X"}`)
	gone := s.do("DELETE", "/tables/movies/X", "")
	require.Equal(t, 204, gone.status)
	require.Empty(t, gone.text)
	s.do("GET", "/tables/movies/X?__includedeleted=true", "").requireError(404, "X")
	again := s.insert(`{"id":"X"}`)
	require.NotEqual(t, first.member("version"), again.member("version"))
	require.Greater(t, again.member("updatedAt"), first.member("updatedAt"))
}

func TestD28DeleteObeysEntityTags(t *testing.T) {
	for _, c := range []struct {
		name, value string
		status      int
	}{
		{"If-Match", "current", 204}, {"If-Match", `"dGVzdA=="`, 412}, {"If-Match", "*", 204},
		{"If-None-Match", "current", 412}, {"If-None-Match", `"dGVzdA=="`, 204},
	} {
		t.Run(c.name+" "+c.value, func(t *testing.T) {
			s := newSite(t)
			row := s.insert(`{"id":"X","n":1}`)
			value := c.value
			if value == "current" {
				value = row.tag()
			}
			answer := s.do("DELETE", "/tables/movies/X", "", c.name, value)
			require.Equal(t, c.status, answer.status)
			if c.status == 412 {
				answer.requireItem(412, "X")
				s.requireStored("X", row)
				return
			}
			require.Empty(t, answer.text)
			require.Empty(t, answer.header.Get("ETag"))
		})
	}
}

func TestD29SoftDeleteLeavesATombstone(t *testing.T) {
	s := newSite(t)
	row := s.insert(`{"id":"X","n":1}`)
	s.remove("X")
	tombstone := s.do("GET", "/tables/movies/X?__includedeleted=true", "")
	require.Equal(t, true, tombstone.member("deleted"))
	require.Equal(t, json.Number("1"), tombstone.member("n"))
	require.NotEqual(t, row.member("version"), tombstone.member("version"))
	require.Greater(t, tombstone.member("updatedAt"), row.member("updatedAt"))
	s.do("DELETE", "/tables/movies/X", "").requireError(410, "deleted")
	s.do("DELETE", "/tables/movies/X", "", "If-Match", `"dGVzdA=="`).requireError(410, "deleted")
}

func TestD45ValidatorsAreTheVersionAndTheWholeSeconds(t *testing.T) {
	instant := time.Date(2023, 11, 13, 13, 30, 5, 123_400_000, time.UTC)
	rows := openTemp(t, SQLiteOptions{Now: func() time.Time { return instant }, Random: fixed("abcdefgh")})
	s := newSite(t, func(o *Options) { o.Repository = rows })
	created := s.insert(`{"id":"X"}`)
	require.Equal(t, `"YWJjZGVmZ2g="`, created.header.Get("ETag"))
	require.Equal(t, "Mon, 13 Nov 2023 13:30:05 GMT", created.header.Get("Last-Modified"))
}

func TestD47TimeIsCutToMillisecondsInUTC(t *testing.T) {
	for name, instant := range map[string]time.Time{
		"UTC":    time.Date(2023, 11, 13, 12, 30, 15, 123_999_999, time.UTC),
		"+08:00": time.Date(2023, 11, 13, 20, 30, 15, 123_999_999, time.FixedZone("", 8*3600)),
	} {
		t.Run(name, func(t *testing.T) {
			rows := openTemp(t, SQLiteOptions{Now: func() time.Time { return instant }})
			s := newSite(t, func(o *Options) { o.Repository = rows })
			require.Equal(t, "2023-11-13T12:30:15.123Z", s.insert(`{"id":"X"}`).member("updatedAt"))
		})
	}
}
