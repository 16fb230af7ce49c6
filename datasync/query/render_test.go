package query

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachDialectGetsItsOwnWords(t *testing.T) {
	for _, c := range []struct{ filter, datasync, classic, legacy string }{
		{"", "", "", ""},
		{"a eq 'it''s' and not (b or c)", "a eq 'it''s' and not (b or c)", "a eq 'it''s' and not (b or c)", "a eq 'it''s' and not (b or c)"},
		{"updatedAt ge 2024-01-01T00:00:00.1239999Z",
			"updatedAt ge cast(2024-01-01T00:00:00.123Z,Edm.DateTimeOffset)",
			"updatedAt ge datetimeoffset'2024-01-01T00:00:00.123Z'",
			"__updatedAt ge datetimeoffset'2024-01-01T00:00:00.1239999+00:00'"},
		{"updatedAt ge 1970-01-01T00:00:00Z",
			"updatedAt ge cast(1970-01-01T00:00:00.000Z,Edm.DateTimeOffset)",
			"updatedAt ge datetimeoffset'1970-01-01T00:00:00.000Z'",
			"__updatedAt ge datetimeoffset'1970-01-01T00:00:00.0000000+00:00'"},
		{"t lt 2024-01-01T00:00:00.123456789+01:00",
			"t lt cast(2023-12-31T23:00:00.123Z,Edm.DateTimeOffset)",
			"t lt datetimeoffset'2023-12-31T23:00:00.123Z'",
			"t lt datetimeoffset'2023-12-31T23:00:00.1234567+00:00'"},
		{"contains(tolower(a),'x')", "contains(tolower(a),'x')", "substringof('x',tolower(a))", "substringof('x',tolower(a))"},
		{"a in ('x','y') and b eq 1", "a in ('x','y') and b eq 1", "(a eq 'x' or a eq 'y') and b eq 1", "(a eq 'x' or a eq 'y') and b eq 1"},
		{"b eq 1 and a in ('x')", "b eq 1 and a in ('x')", "b eq 1 and a eq 'x'", "b eq 1 and a eq 'x'"},
		{"b or a in (1,2)", "b or a in (1,2)", "b or (a eq 1 or a eq 2)", "b or (a eq 1 or a eq 2)"},
		{"a in (1,2) or b", "a in (1,2) or b", "a eq 1 or a eq 2 or b", "a eq 1 or a eq 2 or b"},
		{"not a in (1,2)", "not (a in (1,2))", "not (a eq 1 or a eq 2)", "not (a eq 1 or a eq 2)"},
		{"a in ()", "1 eq 0", "1 eq 0", "1 eq 0"},
		{"a in (null,1)", "a eq null or a eq 1", "a eq null or a eq 1", "a eq null or a eq 1"},
		{"version eq 'x' and deleted eq true and createdAt eq updatedAt and id eq '1'",
			"version eq 'x' and deleted eq true and createdAt eq updatedAt and id eq '1'",
			"version eq 'x' and deleted eq true and createdAt eq updatedAt and id eq '1'",
			"__version eq 'x' and __deleted eq true and __createdAt eq __updatedAt and id eq '1'"},
		{"a eq 2147483647 or a eq 2147483648 or a eq 92233720368547758070 or a eq 1.5",
			"a eq 2147483647 or a eq 2147483648 or a eq 92233720368547758070 or a eq 1.5",
			"a eq 2147483647 or a eq 2147483648L or a eq 92233720368547758070M or a eq 1.5",
			"a eq 2147483647 or a eq 2147483648L or a eq 92233720368547758070M or a eq 1.5"},
		{"g eq guid'0f8fad5b-d9cb-469f-a165-70867728950e'",
			"g eq cast(0f8fad5b-d9cb-469f-a165-70867728950e,Edm.Guid)",
			"g eq guid'0f8fad5b-d9cb-469f-a165-70867728950e'",
			"g eq guid'0f8fad5b-d9cb-469f-a165-70867728950e'"},
		{"d eq 2024-01-31", "d eq cast(2024-01-31,Edm.Date)", "", ""},
		{"d eq 12:30:00", "d eq cast(12:30:00,Edm.TimeOfDay)", "", ""},
		{"replace(a,'x','y') eq 'z'", "", "replace(a,'x','y') eq 'z'", "replace(a,'x','y') eq 'z'"},
		{"replace(replace(a,'x','y'),'y','z') eq 'z'", "", "", ""},
		{"replace(a,'x',b) eq 'z'", "", "", ""},
		{"replace(a,'x','" + strings.Repeat("y", 101) + "') eq 'z'", "", "", ""},
		{"-a lt -(b add 1) sub -3", "-a lt -(b add 1) sub -3", "-a lt -(b add 1) sub -3", "-a lt -(b add 1) sub -3"},
	} {
		e, err := ParseFilter(c.filter)
		require.NoError(t, err)
		for d, want := range map[Dialect]string{Datasync: c.datasync, Classic: c.classic, Legacy: c.legacy} {
			got, err := d.Filter(e)
			require.Equal(t, want, got, c.filter)
			if want == "" && e != nil {
				var refused *Error
				require.ErrorAs(t, err, &refused, c.filter)
				continue
			}
			require.NoError(t, err, c.filter)
			again, err := ParseFilter(got)
			require.NoError(t, err, got)
			rendered, err := d.Filter(again)
			require.NoError(t, err)
			require.Equal(t, got, rendered, "the same text again")
		}
	}
}

func TestATreeThatIsNoFilterIsRefused(t *testing.T) {
	a := Member("a")
	for msg, e := range map[string]*Expr{
		"an argument is nil":                               Compare(OpEq, a, nil),
		"an operator is invalid":                           {},
		"'eq' takes 2 arguments, not 1":                    Call(OpEq, a),
		"'not' takes 1 argument, not 0":                    Call(OpNot),
		"'in' takes at least 1 argument, not 0":            Call(OpIn),
		"'in' takes a list of constants":                   Call(OpIn, a, a),
		"'a b' cannot be the name of a member in a query":  Member("a b"),
		"'' cannot be the name of a member in a query":     Member(""),
		"'null' cannot be the name of a member in a query": Member("null"),
		"'1x' is no number":                                Compare(OpEq, a, Num("1x")),
		"' 1' is no number":                                Compare(OpEq, a, Num(" 1")),
		"'1 ' is no number":                                Compare(OpEq, a, Num("1 ")),
		"'soon' is no instant in UTC":                      Compare(OpEq, a, At("soon")),
		"'\xff' does not have the type of the constant":    Text("\xff"),
		"the kind of a constant is invalid":                Literal(Value{Kind: 99}),
		"the type of a constant is invalid":                Literal(Value{Kind: String, Type: 99}),
		"'0f8fad5b-d9cb-469f-a165-70867728950e!' does not have the type of the constant": Literal(
			Value{Kind: String, Type: TypeGUID, Text: "0f8fad5b-d9cb-469f-a165-70867728950e!"}),
		"'2024-01-01T01:00:00+01:00' is no instant in UTC": Literal(Value{Kind: Instant, Text: "2024-01-01T01:00:00+01:00"}),
		"'1x' cannot be the name of a member in a query":   Member("1x"),
		"'a constant' takes 0 arguments, not 1":            {Op: OpLiteral, Args: []*Expr{a}},
		"'x' does not have the type of the constant":       Literal(Value{Kind: String, Type: TypeGUID, Text: "x"}),
	} {
		want := &Error{Msg: msg}
		for _, d := range []Dialect{Datasync, Classic, Legacy} {
			_, err := d.Filter(e)
			require.Equal(t, want, err)
			_, err = d.Options(Query{Filter: e})
			require.Equal(t, want, err)
		}
		_, err := Compile(e)
		require.Equal(t, want, err)
		require.Equal(t, want, Query{Filter: e}.Validate())
		require.Contains(t, e.String(), "<"+msg+">", "String still says something")
	}
}

func TestNamesOfMembersMayBeAsLongAsServersTakeThem(t *testing.T) {
	longest := strings.Repeat("n", 128)
	text, err := Datasync.Filter(Member(longest))
	require.NoError(t, err)
	require.Equal(t, longest, text)
	_, err = Datasync.Filter(Member(longest + "n"))
	require.Error(t, err)
}

func TestErrorsOfATreeKeepThePositionItWasParsedFrom(t *testing.T) {
	e, err := ParseFilter("a eq 1 and d eq 2024-01-31")
	require.NoError(t, err)
	_, err = Classic.Filter(e)
	require.Equal(t, &Error{Pos: 16, Msg: "this kind of server has no constants of type Edm.Date"}, err)
}

func TestBuildersMakeTheTreesThatParsingMakes(t *testing.T) {
	e := And(Or(Compare(OpEq, Member("a"), Text("x")), Not(Compare(OpGt, Member("n"), Num("1.50")))),
		And(Compare(OpNe, Member("b"), NullValue()), Compare(OpLt, Member("t"), At("2024-01-01T01:00:00+01:00"))))
	e = And(e, Call(OpIn, Member("f"), Boolean(true)))
	const text = "(a eq 'x' or not (n gt 1.50)) and (b ne null and t lt 2024-01-01T00:00:00Z) and f in (true)"
	parsed, err := ParseFilter(text)
	require.NoError(t, err)
	require.Equal(t, withoutPos(parsed), e)
	t.Run("where nil keeps every row", func(t *testing.T) {
		require.Same(t, e, And(nil, e))
		require.Same(t, e, And(e, nil))
		require.Nil(t, And(nil, nil))
		require.Nil(t, Or(nil, e))
		require.Nil(t, Or(e, nil))
		require.Equal(t, Boolean(false), Not(nil))
	})
}

func TestOperatorsTellTheirNamesAndArguments(t *testing.T) {
	for op := OpLiteral; op <= OpSecond; op++ {
		require.NotEqual(t, OpInvalid.String(), op.String(), "%d", op)
		if f := functionOf(op); f != nil {
			require.Equal(t, op, f.op, f.name)
		}
	}
	require.Equal(t, "second", OpSecond.String())
	require.Equal(t, "an invalid operator", (OpSecond + 1).String())
	for op, want := range map[Op][2]int{OpSubstring: {2, 3}, OpIn: {1, -1}, OpAnd: {2, 2}, OpNeg: {1, 1}, OpMember: {0, 0}} {
		least, most := op.Args()
		require.Equal(t, want, [2]int{least, most}, op.String())
	}
}
