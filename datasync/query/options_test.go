package query

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func joined(options [][2]string) string {
	var parts []string
	for _, option := range options {
		parts = append(parts, option[0]+"="+option[1])
	}
	return strings.Join(parts, "&")
}

func TestOptionsAreThoseOfTheDialect(t *testing.T) {
	since := Compare(OpGe, Member("updatedAt"), At("1970-01-01T00:00:00Z"))
	pull := Query{Filter: since, OrderBy: []Order{{Member: "updatedAt"}, {Member: "id", Descending: true}},
		Take: 50, HasTake: true, Count: true, IncludeDeleted: true, Select: []string{"id", "version"}}
	for d, want := range map[Dialect]string{
		Datasync: "$filter=updatedAt ge cast(1970-01-01T00:00:00.000Z,Edm.DateTimeOffset)&$orderby=updatedAt,id desc&$top=50" +
			"&$select=id,version&$count=true&__includedeleted=true",
		Classic: "$filter=updatedAt ge datetimeoffset'1970-01-01T00:00:00.000Z'&$orderby=updatedAt,id desc&$top=50" +
			"&$select=id,version&$inlinecount=allpages&__includeDeleted=true",
		Legacy: "$filter=(__updatedAt ge datetimeoffset'1970-01-01T00:00:00.0000000+00:00')&$orderby=__updatedAt,id desc&$skip=0&$top=50" +
			"&$select=id,__version&$inlinecount=allpages&__includeDeleted=true",
	} {
		options, err := d.Options(pull)
		require.NoError(t, err)
		require.Equal(t, want, joined(options))
	}
	t.Run("none for the zero query", func(t *testing.T) {
		for _, d := range []Dialect{Datasync, Classic, Legacy} {
			options, err := d.Options(Query{})
			require.NoError(t, err)
			require.Empty(t, options)
		}
	})
	t.Run("top 0 when nothing is to be taken", func(t *testing.T) {
		options, err := Datasync.Options(Query{HasTake: true, Skip: 7})
		require.NoError(t, err)
		require.Equal(t, "$skip=7&$top=0", joined(options))
	})
}

func TestOptionsAreReadAsTheyWereWritten(t *testing.T) {
	q := Query{Filter: Compare(OpLt, Member("updatedAt"), At("2024-01-01T00:00:00.123Z")),
		OrderBy: []Order{{Member: "createdAt", Descending: true}, {Member: "text"}}, Select: []string{"text", "version"},
		Skip: 3, Take: 0, HasTake: true, Count: true, IncludeDeleted: true}
	for _, d := range []Dialect{Datasync, Classic, Legacy} {
		options, err := d.Options(q)
		require.NoError(t, err)
		values := map[string]string{}
		for _, option := range options {
			values[option[0]] = option[1]
		}
		got, err := ParseOptions(lookup(values), d)
		require.NoError(t, err)
		got.Filter = withoutPos(got.Filter)
		if d == Legacy {
			// Seven digits were sent, all of which count.
			require.Equal(t, "2024-01-01T00:00:00.1230000Z", got.Filter.Args[1].Value.Text)
			continue
		}
		require.Equal(t, q, got)
	}
}

func lookup(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

func TestDatasyncOptionsNeedNoDollarAndNoCase(t *testing.T) {
	values, err := url.ParseQuery("ORDERBY=a&$Top=5&Filter=b eq 1&$filter=b eq 2&__IncludeDeleted=TRUE&count=True")
	require.NoError(t, err)
	ignoringCase := func(name string) (string, bool) {
		for key, value := range values {
			if strings.EqualFold(key, name) {
				return value[0], true
			}
		}
		return "", false
	}
	q, err := ParseOptions(ignoringCase, Datasync)
	require.NoError(t, err)
	require.Equal(t, "$orderby=a&$top=5&$count=true&__includedeleted=true&$filter=b eq 2", q.String())
	t.Run("those of the older dialects do", func(t *testing.T) {
		q, err := ParseOptions(lookup(map[string]string{"orderby": "a", "top": "5", "__includedeleted": "true", "$count": "true"}), Classic)
		require.NoError(t, err)
		require.Empty(t, q.String())
	})
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	const number = " has to be a whole number from 0 to 2147483647"
	for _, c := range []struct {
		d                Dialect
		name, value, msg string
	}{
		{Datasync, "$skip", "-1", "$skip" + number},
		{Datasync, "$skip", "", "$skip" + number},
		{Datasync, "$top", "NaN", "$top" + number},
		{Classic, "$top", "1.5", "$top" + number},
		{Classic, "$top", "+1", "$top" + number},
		{Legacy, "$top", "99999999999", "$top" + number},
		{Datasync, "$count", "yes", "$count has to be true or false"},
		{Classic, "$inlinecount", "all", "$inlinecount has to be allpages or none"},
		{Datasync, "$filter", "a = 1", "unexpected '='"},
		{Datasync, "$orderby", "a fizz", "expected 'asc', 'desc' or ',' but found 'fizz'"},
		{Datasync, "$select", "a;b", "unexpected ';'"},
	} {
		q, err := ParseOptions(lookup(map[string]string{c.name: c.value}), c.d)
		var refused *Error
		require.ErrorAs(t, err, &refused, c.name)
		require.Equal(t, c.msg, refused.Msg)
		require.Equal(t, c.value, refused.Text)
		require.Zero(t, q)
	}
}

func TestTheLargestCountIsRead(t *testing.T) {
	q, err := ParseOptions(lookup(map[string]string{"$top": "2147483647"}), Datasync)
	require.NoError(t, err)
	require.Equal(t, Query{Take: 2147483647, HasTake: true}, q)
}

func TestOptionsCanBeAskedNotToCount(t *testing.T) {
	for d, option := range map[Dialect][2]string{Datasync: {"$count", "false"}, Classic: {"$inlinecount", "none"}} {
		q, err := ParseOptions(lookup(map[string]string{option[0]: option[1], "__includedeleted": "false"}), d)
		require.NoError(t, err)
		require.Zero(t, q)
	}
}

func TestAQueryThatNoTableCanAnswerIsRefused(t *testing.T) {
	for msg, q := range map[string]Query{
		"cannot order by 'a b': it is no name of a member": {OrderBy: []Order{{Member: "a b"}}},
		"cannot select '': it is no name of a member":      {Select: []string{""}},
		"skip is negative": {Skip: -1},
		"take is negative": {Take: -1, HasTake: true},
	} {
		require.Equal(t, &Error{Msg: msg}, q.Validate())
		_, err := Datasync.Options(q)
		require.Equal(t, &Error{Msg: msg}, err)
	}
	require.NoError(t, Query{Filter: Member("done"), OrderBy: []Order{{Member: "a"}}, Select: []string{"b"}}.Validate())
	require.NoError(t, Query{}.Validate())
}

func TestTheTextOfAQueryIsItsIdentity(t *testing.T) {
	parse := func(text string) *Expr {
		e, err := ParseFilter(text)
		require.NoError(t, err)
		return e
	}
	require.Equal(t, Query{Filter: parse("substringof('x',a)  and (b ge datetime'2024-01-01T00:00:00Z')")}.String(),
		Query{Filter: parse("contains(a,'x') and b ge cast(2024-01-01T00:00:00Z,Edm.DateTimeOffset)")}.String())
	texts := map[string]bool{}
	for _, q := range []Query{{}, {Filter: Member("a")}, {Filter: Text("a")}, {OrderBy: []Order{{Member: "a"}}},
		{OrderBy: []Order{{Member: "a", Descending: true}}}, {Select: []string{"a"}}, {Skip: 1}, {HasTake: true}, {Count: true},
		{IncludeDeleted: true}, {Filter: Text("x&$count=true")}} {
		texts[q.String()] = true
	}
	require.Len(t, texts, 11)
	require.Contains(t, texts, "")
}
