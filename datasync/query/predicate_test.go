package query

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func match(t *testing.T, filter, row string) bool {
	t.Helper()
	e, err := ParseFilter(filter)
	require.NoError(t, err, filter)
	p, err := Compile(e)
	require.NoError(t, err, filter)
	return p.Match([]byte(row))
}

// Each filter is given with rows that it keeps and rows that it does not.
func TestFiltersKeepTheRowsATableServerWouldKeep(t *testing.T) {
	const big, less = "9007199254740993", "9007199254740992"
	for _, c := range []struct {
		filter     string
		keep, drop []string
	}{
		{"", []string{`{}`, `{"a":1}`}, nil},
		{"true", []string{`{}`}, nil},
		{"false", nil, []string{`{}`}},
		{"null", nil, []string{`{}`}},
		{"done", []string{`{"done":true}`}, []string{`{"done":false}`, `{"done":null}`, `{}`, `{"done":"true"}`, `{"done":1}`}},
		{"not done", []string{`{"done":false}`}, []string{`{"done":true}`, `{"done":null}`, `{}`, `{"done":0}`}},

		{"a eq null", []string{`{}`, `{"a":null}`}, []string{`{"a":0}`, `{"a":""}`, `{"a":[]}`, `{"a":false}`}},
		{"null eq a", []string{`{}`, `{"a":null}`}, []string{`{"a":0}`}},
		{"a ne null", []string{`{"a":0}`, `{"a":""}`, `{"a":{}}`}, []string{`{}`, `{"a":null}`}},
		{"not (a eq null)", []string{`{"a":0}`}, []string{`{}`}},
		{"null eq null", []string{`{}`}, nil},
		{"tolower(a) eq null", []string{`{}`, `{"a":1}`}, []string{`{"a":"x"}`}},
		{"a gt null or a le null", nil, []string{`{}`, `{"a":1}`}},
		{"a eq b", []string{`{"a":1,"b":1.0}`}, []string{`{}`, `{"a":null,"b":null}`, `{"a":1}`, `{"a":1,"b":2}`}},
		{"a ne b", []string{`{"a":1,"b":2}`}, []string{`{}`, `{"a":1}`, `{"a":null,"b":1}`, `{"a":1,"b":"2"}`, `{"a":1,"b":1}`,
			`{"a":true}`, `{"b":true}`, `{"a":null,"b":false}`, `{"a":true,"b":true}`, `{"a":{},"b":[]}`}},
		{"not (a eq 1)", []string{`{"a":2}`}, []string{`{}`, `{"a":null}`, `{"a":"1"}`, `{"a":1}`}},

		{"a eq 'x' or b eq 'y'", []string{`{"a":"x"}`, `{"b":"y"}`, `{"a":1,"b":"y"}`}, []string{`{}`, `{"a":"y","b":"x"}`}},
		{"a eq 'x' and b eq 'y'", []string{`{"a":"x","b":"y"}`}, []string{`{}`, `{"a":"x"}`, `{"b":"y"}`}},
		{"not (a eq 'x' and b eq 'y')", []string{`{"a":"z"}`, `{"b":"z"}`}, []string{`{}`, `{"a":"x"}`, `{"a":"x","b":"y"}`}},
		{"not (a eq 'x' or b eq 'y')", []string{`{"a":"z","b":"z"}`}, []string{`{}`, `{"a":"z"}`, `{"b":"z"}`}},

		{"a eq 'x'", []string{`{"a":"x"}`, `{"a":"\u0078"}`}, []string{`{"a":"X"}`, `{"a":"x "}`, `{"a":["x"]}`}},
		{"a lt 'b'", []string{`{"a":"a"}`, `{"a":"B"}`, `{"a":""}`, `{"a":"aé"}`}, []string{`{"a":"b"}`, `{"a":"é"}`, `{"a":1}`, `{"a":true}`, `{"a":{}}`}},
		{"a eq 1 or (b eq 1 or c eq 1)", []string{`{"a":1}`, `{"b":1}`, `{"c":1}`}, []string{`{"a":2}`}},
		{"a eq 1 and (b eq 1 and c eq 1)", []string{`{"a":1,"b":1,"c":1}`}, []string{`{"b":1,"c":1}`, `{"a":1,"c":1}`}},
		{"(a or b) and (a or c)", []string{`{"a":true}`, `{"b":true,"c":true}`}, []string{`{"b":true}`, `{"c":true}`}},
		{"a gt '\uff01'", []string{`{"a":"😀"}`, `{"a":"\ud83d\ude00"}`}, []string{`{"a":"é"}`}},

		{"a eq " + big, []string{`{"a":` + big + `}`, `{"a":` + big + `.0}`, `{"a":9.007199254740993e15}`}, []string{`{"a":` + less + `}`, `{"a":"` + big + `"}`}},
		{"a gt " + less, []string{`{"a":` + big + `}`, `{"a":` + less + `.5}`, `{"a":1e400}`}, []string{`{"a":` + less + `}`, `{"a":-1e400}`}},
		{"a eq 1", []string{`{"a":1}`, `{"a":1.0}`, `{"a":10e-1}`}, []string{`{"a":true}`, `{"a":"1"}`, `{"a":1.0000000000000000000001}`}},
		{"a eq 0.1", []string{`{"a":0.1}`, `{"a":0.10}`}, []string{`{"a":0.1000000000000000055511151231257827}`}},
		{"a ge -1 and a le 1", []string{`{"a":-1}`, `{"a":0}`, `{"a":-0.0}`, `{"a":1}`}, []string{`{"a":-1.01}`, `{"a":1.01}`}},

		{"a eq true", []string{`{"a":true}`}, []string{`{"a":false}`, `{"a":1}`, `{}`}},
		{"a ne false", []string{`{"a":true}`}, []string{`{"a":false}`, `{"a":"x"}`}},
		{"a lt true", []string{`{"a":false}`}, []string{`{"a":true}`}},
		{"a eq b and (a gt 1) eq true", []string{`{"a":2,"b":2}`}, []string{`{"a":1,"b":1}`, `{}`}},

		{"t gt 2024-01-01T00:00:00.1234567Z",
			[]string{`{"t":"2024-01-01T00:00:00.1234568Z"}`, `{"t":"2023-12-31T23:30:00.1234568-00:30"}`, `{"t":"2024-01-01T00:00:00.124Z"}`},
			[]string{`{"t":"2024-01-01T00:00:00.1234567Z"}`, `{"t":"2024-01-01T00:00:00.12345670+00:00"}`, `{"t":"2024-01-01T00:59:59.999+01:00"}`,
				`{"t":"soon"}`, `{"t":"2024-06-01"}`, `{"t":1704067200000}`, `{}`}},
		{"2024-01-01T00:00:00Z eq t", []string{`{"t":"2024-01-01T01:00:00.000+01:00"}`, `{"t":"2024-01-01T00:00:00Z"}`}, []string{`{"t":"2024-01-01T00:00:00.001Z"}`}},
		{"t ge '2024'", []string{`{"t":"2024-01-01T00:00:00Z"}`}, []string{`{"t":"2023-12-31T23:59:59Z"}`}},
		{"t eq 1994-10-14", []string{`{"t":"1994-10-14"}`}, []string{`{"t":"1994-10-14T00:00:00Z"}`}},

		{"a in (1,'x',true)", []string{`{"a":1.0}`, `{"a":"x"}`, `{"a":true}`}, []string{`{"a":2}`, `{"a":"1"}`, `{}`, `{"a":null}`}},
		{"not (a in (1,2))", []string{`{"a":3}`}, []string{`{"a":1}`, `{}`, `{"a":"x"}`}},
		{"a in (null,1)", []string{`{}`, `{"a":null}`, `{"a":1}`}, []string{`{"a":2}`}},
		{"not (a in (null,1))", []string{`{"a":2}`}, []string{`{}`, `{"a":1}`}},
		{"a in ()", nil, []string{`{}`, `{"a":1}`}},
		{"not (a in ())", []string{`{}`, `{"a":1}`}, nil},
		{"t in (2024-01-01T00:00:00Z)", []string{`{"t":"2024-01-01T01:00:00+01:00"}`}, []string{`{"t":"x"}`}},

		{"a eq 1", []string{`{"o":{"a":2},"a":1}`}, []string{`{"o":{"a":1}}`}},
	} {
		for _, row := range c.keep {
			require.True(t, match(t, c.filter, row), "%s should keep %s", c.filter, row)
		}
		for _, row := range c.drop {
			require.False(t, match(t, c.filter, row), "%s should drop %s", c.filter, row)
		}
	}
}

// Each condition is true for the row.
func TestFunctionsAndArithmetic(t *testing.T) {
	const row = `{"s":" Grüße 😀 ","e":"","n":7,"m":-7,"d":2.5,"big":9007199254740993,"max":9223372036854775807,"min":-9223372036854775808,` +
		`"huge":123456789012345678901234567890,"t":"2024-02-29T23:45:06.7+01:00","day":"2024-02-29","at":"07:14:05.5","x":null,"o":{},"sci":12e2}`
	for _, condition := range []string{
		"tolower(s) eq ' grüße 😀 '", "toupper(s) eq ' GRÜSSE 😀 ' or toupper(s) eq ' GRÜßE 😀 '", "trim(s) eq 'Grüße 😀'",
		"length(s) eq 9 and length(e) eq 0", "indexof(s,'ß') eq 4 and indexof(s,'😀') eq 7 and indexof(s,'x') eq -1 and indexof(s,'') eq 0",
		"substring(s,1) eq 'Grüße 😀 '", "substring(s,3,2) eq 'üß'", "substring(s,7,1) eq '😀'", "substring(s,99) eq ''",
		"substring(s,0,99) eq s", "substring(s,-1) eq null", "substring(s,1,-1) eq null", "substring(s,0.5) eq null", "substring(s,x,1) eq null and substring(s,1,x) eq null",
		"replace(s,x,'a') eq null and replace(s,'a',x) eq null and replace(x,'a','b') eq null",
		"concat(s,'!') eq ' Grüße 😀 !'", "concat(s,x) eq null", "concat(s,n) eq null", "startswith(s,' G') and endswith(s,'😀 ')",
		"not startswith(s,'G') and startswith(s,'') and endswith(s,'')", "contains(s,'rüß') and not contains(s,'RÜß')",
		"replace(s,'ß','ss') eq ' Grüsse 😀 '", "replace(s,'','x') eq s", "replace(e,'x','y') eq ''",
		"length(n) eq null", "tolower(o) eq null", "contains(x,'a') eq null",

		"n div -1 eq -7 and min div 1 eq min and max div -1 eq -9223372036854775807", "n add 1 eq 8 and n sub 10 eq -3 and n mul m eq -49", "n div 2 eq 3 and m div 2 eq -3 and n div -2 eq -3 and n div 2.0 eq 3.5",
		"d div 2 eq 1.25", "n mod 4 eq 3 and m mod 4 eq -3 and d mod 1 eq 0.5 and m mod -1 eq 0", "n div 0 eq null and n mod 0 eq null and d div 0 eq null",
		"0.1 add 0.2 eq 0.3", "0.3 sub 0.1 eq 0.2", "1.1 mul 1.1 eq 1.21", "big add 1 eq 9007199254740994 and big sub 1 eq 9007199254740992",
		"big add 0.5 eq 9007199254740993.5", "max add 1 gt max", "min sub 1 lt min", "min div -1 eq 9223372036854775808",
		"max sub 1 eq 9223372036854775806", "min add 1 eq -9223372036854775807", "max mul 2 gt max", "huge add 1 gt 1e29 and huge div 10 lt huge",
		"huge mod 7 ge 0", "1e308 mul 10 eq null", "-n eq m and -m eq n and -(n add 1) eq -8 and -d eq -2.5 and -huge lt huge",
		"n add x eq null and x mul n eq null and n add s eq null", "sci add 0 eq 1200 and sci div 7 gt 171.4", "1e-20 add 1e-20 eq 2e-20",
		"1e30 sub 1e30 eq 0", "n mul 0.10 eq 0.7",

		"floor(d) eq 2 and ceiling(d) eq 3 and round(d) eq 3", "floor(-2.5) eq -3 and ceiling(-2.5) eq -2 and round(-2.5) eq -3",
		"round(2.4) eq 2 and round(-2.4) eq -2 and round(2.49) eq 2 and round(0.5) eq 1 and round(-0.5) eq -1", "floor(n) eq 7 and round(huge) eq huge",
		"floor(sci) eq 1200 and ceiling(1e-1) eq 1 and round(2.0) eq 2", "floor(1e25) eq 1e25 and round(1.5e25) eq 1.5e25",
		"floor(0.00000000000000000001) eq 0 and ceiling(0.00000000000000000001) eq 1 and round(12345678901234567890.5) gt 1.2e19",
		"floor(x) eq null and round(s) eq null",

		"year(t) eq 2024 and month(t) eq 2 and day(t) eq 29 and hour(t) eq 22 and minute(t) eq 45 and second(t) eq 6",
		"year(day) eq 2024 and month(day) eq 2 and day(day) eq 29 and hour(day) eq null", "hour(at) eq 7 and minute(at) eq 14 and second(at) eq 5 and year(at) eq null",
		"year(s) eq null and year(n) eq null and year(x) eq null", "year(2024-01-01T00:30:00+01:00) eq 2023", "hour(at) add 1 eq 8",
	} {
		require.True(t, match(t, condition, row), condition)
	}
}

func TestFiltersThatMixTypesAreRefused(t *testing.T) {
	for filter, want := range map[string]Error{
		"1":                                    {Msg: "a filter has to be a condition, not a number"},
		"'x'":                                  {Msg: "a filter has to be a condition, not a text"},
		"tolower(a)":                           {Msg: "a filter has to be a condition, not a text"},
		"-a":                                   {Msg: "a filter has to be a condition, not a number"},
		"a and 'x'":                            {Pos: 2, Msg: "'and' takes true or false, not a text"},
		"not 1":                                {Msg: "'not' takes true or false, not a number"},
		"not a eq 1":                           {Pos: 6, Msg: "cannot compare true or false with a number"},
		"a eq 1 or length(b)":                  {Pos: 7, Msg: "'or' takes true or false, not a number"},
		"tolower(a) eq 1":                      {Pos: 11, Msg: "cannot compare a text with a number"},
		"length(a) eq 'x'":                     {Pos: 10, Msg: "cannot compare a number with a text"},
		"length(a) in (1,'x')":                 {Pos: 10, Msg: "cannot compare a number with a text"},
		"a add 'x' eq 1":                       {Pos: 2, Msg: "'add' takes a number, not a text"},
		"-'x' eq 1":                            {Msg: "'-' takes a number, not a text"},
		"a add 1 in (2)":                       {Pos: 2, Msg: "'add' takes a number, not true or false"},
		"length(1) eq 1":                       {Msg: "'length' takes a text, not a number"},
		"contains(a,1)":                        {Msg: "'contains' takes a text, not a number"},
		"substring('x',a,'y') eq 'x'":          {Msg: "'substring' takes a number, not a text"},
		"round(true) eq 1":                     {Msg: "'round' takes a number, not true or false"},
		"year(1) eq 1":                         {Msg: "'year' takes an instant, not a number"},
		"tolower(2024-01-01T00:00:00Z) eq 'x'": {Msg: "'tolower' takes a text, not an instant"},
		"'2024' lt 2024-01-01T00:00:00Z":       {Pos: 7, Msg: "cannot compare a text with an instant"},
	} {
		e, err := ParseFilter(filter)
		require.NoError(t, err, filter)
		p, err := Compile(e)
		require.Nil(t, p)
		require.Equal(t, &want, err, filter)
		require.Equal(t, &want, Query{Filter: e}.Validate())
	}
	for _, filter := range []string{"length(null) eq 1", "a eq b add null", "null", "year('2024-01-01T00:00:00Z') eq 2024"} {
		e, err := ParseFilter(filter)
		require.NoError(t, err)
		_, err = Compile(e)
		require.NoError(t, err, filter)
	}
}

func TestOnlyTheMembersOfTheFilterAreLookedAt(t *testing.T) {
	e, err := ParseFilter("a eq 1 and (b eq 2 or tolower(a) eq c) and year(d) in (1)")
	require.NoError(t, err)
	p, err := Compile(e)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c", "d"}, p.Members())

	t.Run("and nothing behind the last of them", func(t *testing.T) {
		require.True(t, match(t, "a eq 1", `{"a":1,"broken`))
	})
	t.Run("and the first of duplicates, whatever else is asked", func(t *testing.T) {
		const row = `{"a":1,"b":1,"a":2,"b":2,"a":3}`
		require.True(t, match(t, "a eq 1", row))
		require.True(t, match(t, "a eq 1 and b eq 1 and c eq null", row))
	})
	t.Run("however many they are", func(t *testing.T) {
		filter, row := "id eq 'x'", `{"id":"x"`
		for i := range 150 {
			name := "m" + strconv.Itoa(i)
			filter += " and " + name + " eq 1"
			row += `,"` + name + `":1`
			if i == 70 {
				row += `,"m0":2,"m70":2`
			}
		}
		require.True(t, match(t, filter, row+"}"), "every member is 1")
		require.False(t, match(t, filter, row[:len(row)-1]+"2}"), "the last member is 2")
	})
}

func TestTextsThatOutgrowTheMemoryAreNull(t *testing.T) {
	row := `{"a":"` + strings.Repeat("a", 1<<20) + `"}`
	require.True(t, match(t, "replace(a,'a','1234567890123456789') eq null and replace(a,'a','12') ne null", row))
	double := "a"
	for range 4 {
		double = "concat(" + double + "," + double + ")"
	}
	require.True(t, match(t, "length("+double+") eq 16777216 and concat("+double+",a) eq null", row))
}

func TestAPredicateMayBeUsedByManyAtOnce(t *testing.T) {
	e, err := ParseFilter("contains(tolower(a),'x') and n add 1 gt 3")
	require.NoError(t, err)
	p, err := Compile(e)
	require.NoError(t, err)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 100 {
				if !p.Match([]byte(`{"a":"XY","n":3}`)) || p.Match([]byte(`{"a":"XY","n":2}`)) {
					t.Error("a wrong answer")
				}
			}
		})
	}
	wait.Wait()
}

func TestMatchingPlainComparisonsAllocatesNothing(t *testing.T) {
	for _, filter := range []string{"text eq 'a' and n gt 3 and not done", "t ge 2024-01-01T00:00:00Z and t lt 2025-01-01T00:00:00Z",
		"startswith(text,'a') or contains(text,'b') or a in (1,2,3)"} {
		e, err := ParseFilter(filter)
		require.NoError(t, err)
		p, err := Compile(e)
		require.NoError(t, err)
		row := []byte(`{"id":"1","text":"a","n":4.5,"done":false,"t":"2024-05-01T00:00:00.1234567Z"}`)
		require.True(t, p.Match(row))
		require.Zero(t, testing.AllocsPerRun(20, func() { p.Match(row) }), filter)
	}
}
