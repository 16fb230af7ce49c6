package interop

// This file asks both sides the same questions: random filters, of the functions that the
// server's SQLite provider has, must find the same rows here and there.

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tidetable/datasync"
	"tidetable/datasync/query"
)

// The numbers are exact as binary fractions, too: the server reckons with those, and we
// with decimals.
var (
	filterTexts   = []string{"", "a", "b", "A", "ab", " a ", "it's", "☃", "what ?", "x&y=%2B+", "null"}
	filterNumbers = []string{"0", "1", "2", "-1", "3.5", "-2.5", "0.25", "1e2", "1024", "-7"}
)

// filters makes random filters over text, n and done.
type filters struct{ *rapid.T }

func (f filters) one(name string, makes ...func() *query.Expr) *query.Expr {
	return makes[rapid.IntRange(0, len(makes)-1).Draw(f.T, name)]()
}

func (f filters) text(depth int) *query.Expr {
	constant := func() *query.Expr { return query.Text(rapid.SampledFrom(filterTexts).Draw(f.T, "text")) }
	column := func() *query.Expr { return query.Member("text") }
	if depth <= 0 {
		return f.one("text leaf", constant, column)
	}
	call := func(op query.Op) func() *query.Expr {
		return func() *query.Expr { return query.Call(op, f.text(depth-1)) }
	}
	return f.one("text", constant, column, call(query.OpToLower), call(query.OpToUpper), call(query.OpTrim),
		func() *query.Expr { return query.Call(query.OpConcat, f.text(depth-1), f.text(depth-1)) })
}

func (f filters) number(depth int) *query.Expr {
	constant := func() *query.Expr { return query.Num(rapid.SampledFrom(filterNumbers).Draw(f.T, "number")) }
	column := func() *query.Expr { return query.Member("n") }
	if depth <= 0 {
		return f.one("number leaf", constant, column)
	}
	call := func(op query.Op, arguments int) func() *query.Expr {
		return func() *query.Expr {
			args := make([]*query.Expr, arguments)
			for i := range args {
				args[i] = f.number(depth - 1)
			}
			return query.Call(op, args...)
		}
	}
	return f.one("number", constant, column, call(query.OpFloor, 1), call(query.OpCeiling, 1), call(query.OpRound, 1),
		call(query.OpAdd, 2), call(query.OpSub, 2), call(query.OpMul, 2),
		// The server divides the whole numbers of its column as fractions, because it knows
		// the column's type. Here only the value is known, and 1 is a whole number.
		func() *query.Expr {
			return query.Call(query.OpDiv, f.number(depth-1), query.Num(rapid.SampledFrom([]string{"0.5", "-0.25"}).Draw(f.T, "divisor")))
		})
}

var comparisons = []query.Op{query.OpEq, query.OpNe, query.OpGt, query.OpGe, query.OpLt, query.OpLe}

func (f filters) predicate(depth int) *query.Expr {
	compare := func() query.Op { return rapid.SampledFrom(comparisons).Draw(f.T, "comparison") }
	texts := func() *query.Expr { return query.Compare(compare(), f.text(depth-1), f.text(depth-1)) }
	numbers := func() *query.Expr { return query.Compare(compare(), f.number(depth-1), f.number(depth-1)) }
	flag := func() *query.Expr { return query.Member("done") }
	flags := func() *query.Expr {
		op := rapid.SampledFrom(comparisons[:2]).Draw(f.T, "equality")
		return query.Compare(op, flag(), query.Boolean(rapid.Bool().Draw(f.T, "flag")))
	}
	nulls := func() *query.Expr {
		op := rapid.SampledFrom(comparisons[:2]).Draw(f.T, "equality")
		name := rapid.SampledFrom([]string{"text", "n", "done"}).Draw(f.T, "name")
		return query.Compare(op, query.Member(name), query.NullValue())
	}
	in := func() *query.Expr {
		args := []*query.Expr{query.Member("text")}
		for range rapid.IntRange(1, 3).Draw(f.T, "constants") {
			args = append(args, query.Text(rapid.SampledFrom(filterTexts).Draw(f.T, "text")))
		}
		return query.Call(query.OpIn, args...)
	}
	if depth <= 1 {
		return f.one("leaf", texts, numbers, flags, nulls, flag, in)
	}
	return f.one("predicate", texts, numbers, flags, nulls, flag, in,
		func() *query.Expr { return query.And(f.predicate(depth-1), f.predicate(depth-1)) },
		func() *query.Expr { return query.Or(f.predicate(depth-1), f.predicate(depth-1)) },
		func() *query.Expr { return query.Not(f.predicate(depth - 1)) })
}

func idsOf(rows [][]byte) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = member(row, "id")
	}
	slices.Sort(ids)
	return ids
}

// alike asks both sides.
func alike(t require.TestingT, d *device, remote datasync.Remote, filter *query.Expr) {
	here, err := d.table.Read(d.t.Context(), query.Query{Filter: filter})
	require.NoError(t, err)
	there, err := remote.Page(d.t.Context(), datasync.PageRequest{Table: d.name, Query: query.Query{Filter: filter, Take: 1000, HasTake: true}})
	require.NoError(t, err)
	require.Equal(t, datasync.Done, there.Verdict, "%s: %s", filter, there.Message)
	assert.Equal(t, idsOf(there.Rows), idsOf(here.Rows), "%s", filter)
}

// filtered is a device and the server with the same rows of every combination.
func filtered(t *testing.T) *device {
	t.Helper()
	d := open(t, node.add(t, soft), setup{})
	numbers := append(slices.Clone(filterNumbers), "null")
	flags := []string{"true", "false", "null"}
	for i, text := range append(slices.Clone(filterTexts), "\x00") {
		quoted := `"` + text + `"`
		if text == "\x00" {
			quoted = "null"
		}
		for j, flag := range flags {
			node.post(t, d.name, fmt.Sprintf(`{"id":"r%02d%d","text":%s,"n":%s,"done":%s}`, i, j, quoted, numbers[(3*i+j)%len(numbers)], flag))
		}
	}
	d.pull()
	require.Len(t, d.rows(), 3*(len(filterTexts)+1))
	return d
}

func TestRandomFiltersFindTheSameRowsOnBothSides(t *testing.T) {
	d := filtered(t)
	remote := remoteOf(t, "classic")
	rapid.Check(t, func(r *rapid.T) {
		alike(r, d, remote, filters{r}.predicate(3))
	})
}

func TestFiltersThatAppsWriteFindTheSameRowsOnBothSides(t *testing.T) {
	d := filtered(t)
	remote := remoteOf(t, "classic")
	times := d.row("r031")["updatedAt"].(string)
	for _, text := range []string{
		"done eq false", "done", "not done", "done ne true", "text eq null", "text ne null", "null eq null",
		"text eq 'it''s'", "text eq 'what ?'", "text eq 'x&y=%2B+'", "text eq '☃'", "text in ('a','b','null')",
		"(done eq true or n gt 2) and not (text eq 'a')", "n ge -2.5 and n le 3.5", "n add 1 gt 2", "n mul n eq 1", "n div 2 eq 1.75",
		"n div 0 eq 1", "n sub 0.5 lt 0", "n lt 2147483648", "n eq 9007199254740993", "tolower(text) eq 'ab'", "trim(text) eq 'a'", "concat(text,'!') eq 'a!'",
		"substring(text,1,1) eq 'b'", "replace(text,'a','z') eq 'z'", "floor(n) eq -3", "ceiling(n) eq 4", "round(n) eq 4",
		"id ge 'r05' and id lt 'r07'", "deleted eq false",
		"updatedAt ge cast(" + times + ",Edm.DateTimeOffset)", "updatedAt lt cast(" + strings.Replace(times, "Z", "+00:00", 1) + ",Edm.DateTimeOffset)",
		"createdAt eq cast(" + times + ",Edm.DateTimeOffset)",
	} {
		t.Run(text, func(t *testing.T) {
			filter, err := query.ParseFilter(text)
			require.NoError(t, err)
			alike(t, d, remote, filter)
		})
	}
}

func TestOrdersAreTheSameOnBothSides(t *testing.T) {
	d := filtered(t)
	remote := remoteOf(t, "classic")
	for _, orders := range [][]query.Order{
		nil, {{Member: "id", Descending: true}}, {{Member: "done"}}, {{Member: "done", Descending: true}, {Member: "n"}},
		{{Member: "n"}}, {{Member: "n", Descending: true}, {Member: "text"}}, {{Member: "text"}}, {{Member: "updatedAt", Descending: true}},
	} {
		t.Run(fmt.Sprint(orders), func(t *testing.T) {
			for _, window := range [][2]int{{0, 1000}, {3, 7}, {30, 50}} {
				q := query.Query{OrderBy: orders, Skip: window[0], Take: window[1], HasTake: true}
				here, err := d.table.Read(t.Context(), q)
				require.NoError(t, err)
				there, err := remote.Page(t.Context(), datasync.PageRequest{Table: d.name, Query: q})
				require.NoError(t, err)
				require.Equal(t, datasync.Done, there.Verdict, there.Message)
				for i := range there.Rows {
					require.Less(t, i, len(here.Rows))
					require.Equal(t, member(there.Rows[i], "id"), member(here.Rows[i], "id"), "row %d", i)
				}
				assert.Len(t, here.Rows, len(there.Rows))
			}
		})
	}
}
