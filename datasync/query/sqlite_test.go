//go:build !js

package query

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the driver
	"pgregory.net/rapid"

	"tidetable/datasync/jsonrow"
)

// SQLite is asked the same question about the same row, and gives the same of the three
// answers.
func TestEvaluationAgreesWithSQLite(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	defer db.Close()
	rapid.Check(t, func(t *rapid.T) {
		d := draw{T: t, plain: true}
		e, row := d.condition(3), d.row()
		p, err := Compile(e)
		require.NoError(t, err)
		values := make([]value, len(p.members))
		load(row, p.members, values)

		var from []string
		var args []any
		for _, name := range []string{"s", "z", "n", "m", "f", "g"} {
			from = append(from, "? AS "+name)
			args = append(args, forSQL(row, name))
		}
		statement := "SELECT " + inSQL(e) + " FROM (SELECT " + strings.Join(from, ",") + ")"
		var answer sql.NullBool
		require.NoError(t, db.QueryRow(statement, args...).Scan(&answer), statement)
		want := isNull
		if answer.Valid {
			want = truth(answer.Bool)
		}
		require.Equal(t, want, p.root.eval(values).kind, "%s for %s is %s", e, row, statement)
	})
}

// forSQL is a member as a parameter.
func forSQL(row []byte, name string) any {
	raw, ok := jsonrow.Get(row, name)
	if !ok {
		return nil
	}
	switch v := fromJSON(raw); v.kind {
	case isString:
		return string(v.text)
	case isNumber:
		n, _ := readFixed(v.text)
		return n.units
	case isTrue, isFalse:
		return v.kind == isTrue
	}
	return nil
}

// inSQL writes a tree of a plain draw in SQL. N in a pattern stands for argument N.
func inSQL(e *Expr) string {
	switch e.Op {
	case OpMember:
		return e.Name
	case OpLiteral:
		switch e.Value.Kind {
		case Null:
			return "NULL"
		case Bool:
			return map[bool]string{true: "1", false: "0"}[e.Value.Bool]
		case String:
			return "'" + strings.ReplaceAll(e.Value.Text, "'", "''") + "'"
		}
		return e.Value.Text
	case OpIn:
		return inSQL(anyOf(e))
	}
	pattern := sqlPatterns[e.Op]
	if e.Op == OpSubstring && len(e.Args) == 3 {
		pattern = "CASE WHEN {1} < 0 OR {2} < 0 THEN NULL ELSE substr({0}, {1} + 1, {2}) END"
	}
	if e.Op == OpEq || e.Op == OpNe {
		for i, arg := range e.Args {
			if arg.Op == OpLiteral && arg.Value.Kind == Null {
				other := map[int]string{0: "{1}", 1: "{0}"}[i]
				pattern = other + map[Op]string{OpEq: " IS NULL", OpNe: " IS NOT NULL"}[e.Op]
			}
		}
	}
	for i, arg := range e.Args {
		pattern = strings.ReplaceAll(pattern, "{"+string(rune('0'+i))+"}", inSQL(arg))
	}
	return "(" + pattern + ")"
}

var sqlPatterns = map[Op]string{
	OpAnd: "{0} AND {1}", OpOr: "{0} OR {1}", OpNot: "NOT {0}",
	OpEq: "{0} = {1}", OpNe: "{0} <> {1}", OpGt: "{0} > {1}", OpGe: "{0} >= {1}", OpLt: "{0} < {1}", OpLe: "{0} <= {1}",
	OpAdd: "{0} + {1}", OpSub: "{0} - {1}", OpMul: "{0} * {1}", OpDiv: "{0} / {1}", OpMod: "{0} % {1}", OpNeg: "- {0}",
	OpToLower: "lower({0})", OpToUpper: "upper({0})", OpTrim: "trim({0})", OpLength: "length({0})",
	OpIndexOf: "instr({0}, {1}) - 1", OpConcat: "{0} || {1}", OpReplace: "replace({0}, {1}, {2})",
	OpSubstring:  "CASE WHEN {1} < 0 THEN NULL ELSE substr({0}, {1} + 1) END",
	OpStartsWith: "substr({0}, 1, length({1})) = {1}", OpContains: "instr({0}, {1}) > 0",
	OpEndsWith: "length({0}) >= length({1}) AND substr({0}, length({0}) - length({1}) + 1) = {1}",
}
