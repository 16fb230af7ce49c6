package query

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// samples are filters and their canonical text.
var samples = [][2]string{
	{"a eq 1", "a eq 1"},
	{"  ( a  eq\t1 )\n", "a eq 1"},
	{"done", "done"},
	{"not done", "not done"},
	{"not (a eq 1)", "not (a eq 1)"},
	{"not(a eq 1)", "not (a eq 1)"},
	{"not startswith(a,'x')", "not startswith(a,'x')"},
	{"not a in ('x')", "not (a in ('x'))"},
	{"a eq 'it''s' and b eq ''''", "a eq 'it''s' and b eq ''''"},
	{"a eq ''", "a eq ''"},
	{"a eq '?(,)'", "a eq '?(,)'"},
	{"a eq null or null ne b", "a eq null or null ne b"},
	{"a eq true and b eq false", "a eq true and b eq false"},

	{"a eq 1 or b eq 2 and c eq 3", "a eq 1 or b eq 2 and c eq 3"},
	{"(a eq 1 or b eq 2) and c eq 3", "(a eq 1 or b eq 2) and c eq 3"},
	{"a and (b and c)", "a and (b and c)"},
	{"((a and b)) and c", "a and b and c"},
	{"a add b mul c sub d eq 1", "a add b mul c sub d eq 1"},
	{"(a add b) mul (c sub d) eq 1", "(a add b) mul (c sub d) eq 1"},
	{"a sub (b sub c) eq 1", "a sub (b sub c) eq 1"},
	{"(a sub b) sub c eq 1", "a sub b sub c eq 1"},
	{"a gt 1 eq true", "(a gt 1) eq true"},
	{"true eq (a gt 1)", "true eq (a gt 1)"},
	{"a eq -1", "a eq -1"},
	{"a eq - 1.5", "a eq -1.5"},
	{"-a eq -(1)", "-a eq -(1)"},
	{"--a eq 1", "-(-a) eq 1"},
	{"-(a add 1) mul 2 eq 1", "-(a add 1) mul 2 eq 1"},
	{"a sub -1 eq 0", "a sub -1 eq 0"},

	{"a in (1,2, 3)", "a in (1,2,3)"},
	{"a in ( 'IT', 'GR' )", "a in ('IT','GR')"},
	{"a in (-1,null,true,2024-01-01T00:00:00Z)", "a in (-1,null,true,cast(2024-01-01T00:00:00Z,Edm.DateTimeOffset))"},
	{"a in ()", "a in ()"},
	{"tolower(a) in ('x')", "tolower(a) in ('x')"},
	{"(a add 1) in (2)", "(a add 1) in (2)"},

	{"a eq 12L", "a eq 12"},
	{"a eq 007", "a eq 7"},
	{"a eq 0", "a eq 0"},
	{"a eq 1.50m or a eq 1.5F or a eq 2d", "a eq 1.50 or a eq 1.5 or a eq 2"},
	{"a eq 1e5 or a eq 1.5E-3f", "a eq 1e5 or a eq 1.5E-3"},
	{"a eq 9007199254740993", "a eq 9007199254740993"},

	{"t ge datetime'2024-01-01T00:00:00.123Z'", "t ge cast(2024-01-01T00:00:00.123Z,Edm.DateTimeOffset)"},
	{"t ge datetime'2024-01-01T00:00:00'", "t ge cast(2024-01-01T00:00:00Z,Edm.DateTimeOffset)"},
	{"t ge datetime'2024-01-01T00:00'", "t ge cast(2024-01-01T00:00:00Z,Edm.DateTimeOffset)"},
	{"t ge datetimeoffset'2024-01-01T01:00:00.1234567+01:00'", "t ge cast(2024-01-01T00:00:00.1234567Z,Edm.DateTimeOffset)"},
	{"t ge cast(2024-08-23T20:22:54.291Z,Edm.DateTimeOffset)", "t ge cast(2024-08-23T20:22:54.291Z,Edm.DateTimeOffset)"},
	{"t ge cast('2024-08-23T20:22:54.291Z', Edm.DateTimeOffset )", "t ge cast(2024-08-23T20:22:54.291Z,Edm.DateTimeOffset)"},
	{"t ge 2024-01-01T00:00:00-00:30", "t ge cast(2024-01-01T00:30:00Z,Edm.DateTimeOffset)"},
	{"t ge cast(1994-10-14,Edm.Date)", "t ge cast(1994-10-14,Edm.Date)"},
	{"t ge 1994-10-14", "t ge cast(1994-10-14,Edm.Date)"},
	{"t lt cast(07:14:00,Edm.TimeOfDay)", "t lt cast(07:14:00,Edm.TimeOfDay)"},
	{"t lt 02:14 or t lt 02:14:00.5", "t lt cast(02:14,Edm.TimeOfDay) or t lt cast(02:14:00.5,Edm.TimeOfDay)"},
	{"g eq guid'0F8FAD5B-d9cb-469f-a165-70867728950e'", "g eq cast(0f8fad5b-d9cb-469f-a165-70867728950e,Edm.Guid)"},
	{"g eq cast(0f8fad5b-d9cb-469f-a165-70867728950e,Edm.Guid)", "g eq cast(0f8fad5b-d9cb-469f-a165-70867728950e,Edm.Guid)"},
	{"g eq af8fad5b-d9cb-469f-a165-70867728950e", "g eq cast(af8fad5b-d9cb-469f-a165-70867728950e,Edm.Guid)"},
	{"a eq cast(1,Edm.Int64) and b eq cast('x',Edm.String) and c eq cast(true,Edm.Boolean)", "a eq 1 and b eq 'x' and c eq true"},
	{"a eq cast(null,Edm.Guid)", "a eq null"},
	{"a eq cast(-1.5,Edm.Decimal)", "a eq -1.5"},
	{"t gt cast('2024-01-01T00:00:00',Edm.DateTime)", "t gt cast(2024-01-01T00:00:00Z,Edm.DateTimeOffset)"},
	{"d gt cast('2024-01-31',Edm.Date) or d gt cast('12:30',Edm.TimeOfDay)", "d gt cast(2024-01-31,Edm.Date) or d gt cast(12:30,Edm.TimeOfDay)"},
	{"g eq cast('0F8fad5b-d9cb-469f-a165-70867728950e',Edm.Guid)", "g eq cast(0f8fad5b-d9cb-469f-a165-70867728950e,Edm.Guid)"},

	{"substringof('b',a)", "contains(a,'b')"},
	{"contains(a,'b')", "contains(a,'b')"},
	{"substring(a,1) eq 'x' and substring(a,1,2) eq 'y'", "substring(a,1) eq 'x' and substring(a,1,2) eq 'y'"},
	{"indexof(concat(tolower(trim(a)),toupper(b)),'x') ge length(replace(a,'b','c'))",
		"indexof(concat(tolower(trim(a)),toupper(b)),'x') ge length(replace(a,'b','c'))"},
	{"year(t) eq 2024 and month(t) le 2 and day(t) ne hour(t) and minute(t) lt second(t)",
		"year(t) eq 2024 and month(t) le 2 and day(t) ne hour(t) and minute(t) lt second(t)"},
	{"round(a) eq floor(b) or ceiling(c) gt 1 mod 2", "round(a) eq floor(b) or ceiling(c) gt 1 mod 2"},
	{"(year sub 1900) ge 80", "year sub 1900 ge 80"},
	{"year in (1) and in eq 2 and eq eq 3 and cast eq 4 and or or and", "year in (1) and in eq 2 and eq eq 3 and cast eq 4 and or or and"},

	{"__updatedAt gt 1 and __version eq 'x' and __other eq 1 and @p eq 1 and _a9 eq 1",
		"updatedAt gt 1 and version eq 'x' and __other eq 1 and @p eq 1 and _a9 eq 1"},
}

func TestFiltersOfEveryDialectAreRead(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample[0], func(t *testing.T) {
			e, err := ParseFilter(sample[0])
			require.NoError(t, err)
			require.Equal(t, sample[1], e.String())
			again, err := ParseFilter(e.String())
			require.NoError(t, err)
			require.Equal(t, withoutPos(e), withoutPos(again))
		})
	}
	for _, text := range []string{"", " \n"} {
		e, err := ParseFilter(text)
		require.NoError(t, err)
		require.Nil(t, e)
		require.Empty(t, e.String())
	}
}

// withoutPos copies a tree with all positions 0.
func withoutPos(e *Expr) *Expr {
	if e == nil {
		return nil
	}
	copied := &Expr{Op: e.Op, Name: e.Name, Value: e.Value}
	for _, arg := range e.Args {
		copied.Args = append(copied.Args, withoutPos(arg))
	}
	return copied
}

func TestParseErrorsSayWhatIsWrongAndWhere(t *testing.T) {
	for _, c := range []struct {
		text string
		pos  int
		msg  string
	}{
		{"a eq", 4, "expected a value at the end"},
		{"a eq 'x", 5, "text is not closed"},
		{"a eq 'x''", 5, "text is not closed"},
		{"(a eq 1", 7, "expected ')' at the end"},
		{"a eq 1)", 6, "expected an operator but found ')'"},
		{"a eq 1 b", 7, "expected an operator but found 'b'"},
		{"a = 1", 2, "unexpected '='"},
		{"a eq ü", 5, "unexpected 'ü'"},
		{"(year - 1900) ge 100", 6, "expected ')' but found '-'"},
		{"foo(a)", 0, "unknown function 'foo'"},
		{"a eq 1 and foo (a) eq 2", 11, "unknown function 'foo'"},
		{"toLower(a) eq 'x'", 0, "unknown function 'toLower': functions are written in lower case"},
		{"length(a,b) eq 1", 0, "'length' takes 1 argument, not 2"},
		{"substring(a) eq 'x'", 0, "'substring' takes 2 or 3 arguments, not 1"},
		{"contains() eq 'x'", 0, "'contains' takes 2 arguments, not 0"},
		{"contains(a 'x')", 11, "expected ',' or ')' but found a text"},
		{"contains(a,)", 11, "expected a value but found ')'"},
		{"a and", 5, "expected a value at the end"},
		{"and eq", 6, "expected a value at the end"},
		{"a eq 1x", 6, "unexpected 'x' after a constant"},
		{"a eq 1.", 7, "a digit is missing after '.'"},
		{"a eq 1e", 7, "a digit is missing in the exponent"},
		{"a eq 1.5L", 8, "unexpected 'L' after a constant"},
		{"a eq 1.2.3", 8, "unexpected '.' after a constant"},
		{"a eq ?", 5, "there is no value for this '?'"},
		{"a in 1", 5, "expected '(' but found '1'"},
		{"a in (1", 7, "expected ',' or ')' at the end"},
		{"a in (b)", 6, "expected a constant but found 'b'"},
		{"a in (-b)", 7, "expected a number but found 'b'"},
		{"t gt datetime'x'", 5, "'x' is no date and time: it has to be like 2024-01-31T12:00:00Z"},
		{"t gt datetimeoffset'2024-01-01T00:00:00'", 5, "'2024-01-01T00:00:00' is no instant: it has to be like 2024-01-31T12:00:00Z"},
		{"t gt 2024-01-01T00:00:00", 5, "'2024-01-01T00:00:00' is no instant: it has to be like 2024-01-31T12:00:00Z"},
		{"t gt 2024-02-30", 5, "'2024-02-30' is no date"},
		{"t gt 25:00:00", 5, "'25:00:00' is no time of day"},
		{"g eq guid'x'", 5, "'x' is no guid"},
		{"g eq guid'0f8fad5b-d9cb-469f-a165-70867728950e '", 5, "'0f8fad5b-d9cb-469f-a165-70867728950e ' is no guid"},
		{"g eq geography'POINT(1 2)'", 5, "unknown constant geography'…'"},
		{"t gt date'2024-01-01'", 5, "unknown constant date'…': a date is written without quotes, or datetime'…'"},
		{"t gt cast(2024-01-01T00:00:00Z)", 30, "expected ',' but found ')'"},
		{"t gt cast(2024-01-01T00:00:00Z,Date)", 31, "expected a type such as Edm.DateTimeOffset"},
		{"t gt cast(1, ", 13, "expected a type such as Edm.DateTimeOffset"},
		{"t gt cast(1,Edm.Nothing)", 10, "unknown type 'Edm.Nothing'"},
		{"t gt cast(1,Edm.Guid)", 10, "the constant cannot be cast to Edm.Guid"},
		{"t gt cast('x',Edm.DateTimeOffset)", 10, "the constant cannot be cast to Edm.DateTimeOffset"},
		{"t gt cast('2024-01-01T00:00:00',Edm.DateTimeOffset)", 10, "the constant cannot be cast to Edm.DateTimeOffset"},
		{"t gt cast('x',Edm.Date)", 10, "the constant cannot be cast to Edm.Date"},
		{"t gt cast('x',Edm.TimeOfDay)", 10, "the constant cannot be cast to Edm.TimeOfDay"},
		{"t gt cast('x',Edm.Guid)", 10, "the constant cannot be cast to Edm.Guid"},
		{"t gt cast(12:30,Edm.Date)", 10, "the constant cannot be cast to Edm.Date"},
		{"t gt cast('1',Edm.Int32)", 10, "the constant cannot be cast to Edm.Int32"},
		{"t gt cast(1,Edm.Boolean)", 10, "the constant cannot be cast to Edm.Boolean"},
		{"t gt cast(1,Edm.String)", 10, "the constant cannot be cast to Edm.String"},
		{"t gt cast(b,Edm.Int32)", 10, "expected a constant but found 'b'"},
		{"a/b eq 1", 1, "unexpected '/'"},
		{"()", 1, "expected a value but found ')'"},
		{"not", 3, "expected a value at the end"},
		{strings.Repeat("(", 101) + "a", 100, "the filter is nested more than 100 levels deep"},
		{strings.Repeat("not ", 101) + "a", 400, "the filter is nested more than 100 levels deep"},
		{strings.Repeat("trim(", 101) + "a", 500, "the filter is nested more than 100 levels deep"},
		{"a eq '\ufffd\xef\xbf'", 9, "invalid UTF-8"},
		{"a eq '\xff'", 6, "invalid UTF-8"},
		{"a eq '" + strings.Repeat("x", maxLength) + "'", maxLength, "the filter is longer than 65536 bytes"},
	} {
		t.Run(c.text[:min(30, len(c.text))], func(t *testing.T) {
			e, err := ParseFilter(c.text)
			require.Nil(t, e)
			require.Equal(t, &Error{Text: c.text, Pos: c.pos, Msg: c.msg}, err)
		})
	}
}

func TestErrorsNameThePosition(t *testing.T) {
	require.EqualError(t, &Error{Text: "a = 1", Pos: 2, Msg: "unexpected '='"},
		"query: unexpected '=' at position 2 of: a = 1")
	require.EqualError(t, &Error{Msg: "skip is negative"}, "query: skip is negative")
	long := (&Error{Text: strings.Repeat("é", 500), Pos: 501, Msg: "x"}).Error()
	require.Less(t, len(long), 200)
	require.True(t, strings.HasPrefix(long, "query: x at position 501 of: …é"), long)
	require.NotContains(t, long, "\ufffd")
}

func TestLongChainsAreNotDeep(t *testing.T) {
	e, err := ParseFilter("id eq 'x'" + strings.Repeat(" or id eq 'y'", 3000))
	require.NoError(t, err)
	again, err := ParseFilter(e.String())
	require.NoError(t, err)
	require.Equal(t, e.String(), again.String())
	p, err := Compile(e)
	require.NoError(t, err)
	require.True(t, p.Match([]byte(`{"id":"y"}`)))
	require.False(t, p.Match([]byte(`{"id":"z"}`)))
}

func TestQuestionMarksTakeValuesInOrder(t *testing.T) {
	e, err := ParseFilterArgs("a eq ? and b eq '?' and c in (?,?) and -? lt d", []Value{
		{Kind: String, Text: "it's"}, {}, {Kind: Bool, Bool: true}, {Kind: Number, Text: "5"}})
	require.NoError(t, err)
	require.Equal(t, "a eq 'it''s' and b eq '?' and c in (null,true) and -(5) lt d", e.String())

	for _, c := range []struct {
		text string
		args int
		pos  int
		msg  string
	}{
		{"a eq ?", 0, 5, "there is no value for this '?'"},
		{"a eq ? or b eq ?", 1, 15, "there is no value for this '?'"},
		{"a eq ?", 2, 6, "there are 2 values, but the filter has 1 '?'"},
		{"a eq '?'", 1, 8, "there are 1 values, but the filter has 0 '?'"},
		{"", 1, 0, "there are 1 values, but the filter has 0 '?'"},
	} {
		_, err := ParseFilterArgs(c.text, make([]Value, c.args))
		require.Equal(t, &Error{Text: c.text, Pos: c.pos, Msg: c.msg}, err)
	}
}

func TestOrderByIsRead(t *testing.T) {
	for text, want := range map[string][]Order{
		"":                           nil,
		" ":                          nil,
		"a":                          {{Member: "a"}},
		"a desc":                     {{Member: "a", Descending: true}},
		"a asc, b desc ,__updatedAt": {{Member: "a"}, {Member: "b", Descending: true}, {Member: "updatedAt"}},
		"desc desc,asc asc":          {{Member: "desc", Descending: true}, {Member: "asc"}},
	} {
		got, err := ParseOrderBy(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]Error{
		"duration fizz": {Pos: 9, Msg: "expected 'asc', 'desc' or ',' but found 'fizz'"},
		"a,":            {Pos: 2, Msg: "expected the name of a member at the end"},
		"a desc b":      {Pos: 7, Msg: "expected ',' but found 'b'"},
		"1":             {Pos: 0, Msg: "expected the name of a member but found '1'"},
		"a b, c":        {Pos: 2, Msg: "expected 'asc', 'desc' or ',' but found 'b'"},
		"length(a)":     {Pos: 6, Msg: "expected ',' but found '('"},
		"null":          {Pos: 0, Msg: "expected the name of a member but found 'null'"},
	} {
		want.Text = text
		_, err := ParseOrderBy(text)
		require.Equal(t, &want, err)
	}
	_, err := ParseOrderBy(strings.Repeat("a,", maxLength))
	var e *Error
	require.True(t, errors.As(err, &e))
}

func TestSelectIsRead(t *testing.T) {
	for text, want := range map[string][]string{"": nil, "*": nil, "id, text ,__version": {"id", "text", "version"}} {
		got, err := ParseSelect(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	_, err := ParseSelect("a b")
	require.Equal(t, &Error{Text: "a b", Pos: 2, Msg: "expected ',' but found 'b'"}, err)
}
