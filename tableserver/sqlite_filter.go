package tableserver

import (
	"strconv"
	"strings"
	"time"

	"tidetable/datasync/query"
)

// condition is a part of a WHERE clause. Its text is made of constants of this file.
type condition struct {
	text string
	args []any
	// exact tells that the condition holds for the right rows, and not just for them and
	// maybe more.
	exact bool
}

var (
	// anyRow says nothing: the filter itself has to be asked.
	anyRow = condition{text: "1"}
	// allRows and noRows are conditions that are the same for every row.
	allRows = condition{text: "1", exact: true}
	noRows  = condition{text: "0", exact: true}
)

// maxTests is how many comparisons of a filter become SQL. SQLite limits the depth of an
// expression and the number of parameters; what is left over is up to the filter itself.
const maxTests = 200

// narrow turns a filter into SQL for the rows for which it is true, or, when want is
// false, those for which it is false; with three-valued logic these are not all.
func narrow(filter *query.Expr, want bool) condition {
	n := narrower{left: maxTests}
	return n.narrow(filter, want)
}

type narrower struct{ left int }

func (n *narrower) narrow(e *query.Expr, want bool) condition {
	if n.left--; n.left < 0 {
		return anyRow
	}
	switch e.Op {
	case query.OpNot:
		return n.narrow(e.Args[0], !want)
	case query.OpAnd, query.OpOr:
		a, b := n.narrow(e.Args[0], want), n.narrow(e.Args[1], want)
		if (e.Op == query.OpAnd) == want {
			return join(a, " AND ", b)
		}
		return join(a, " OR ", b)
	case query.OpLiteral:
		if e.Value.Kind == query.Bool && e.Value.Bool == want {
			return allRows
		}
		return noRows
	case query.OpMember:
		return isBool(e.Name, want)
	case query.OpEq, query.OpNe, query.OpGt, query.OpGe, query.OpLt, query.OpLe:
		return comparison(e, want)
	case query.OpIn:
		return n.list(e, want)
	case query.OpStartsWith, query.OpContains, query.OpEndsWith:
		return find(e, want)
	}
	return anyRow
}

// join combines two conditions. A condition that is true for too many rows stays that
// under AND and OR, which is why negations are resolved further down.
func join(a condition, operator string, b condition) condition {
	return condition{
		text:  "(" + a.text + operator + b.text + ")",
		args:  append(append([]any{}, a.args...), b.args...),
		exact: a.exact && b.exact,
	}
}

// test is a condition about one member, with its path before the other arguments.
func test(name, text string, args ...any) condition {
	path := memberPath(name)
	all := make([]any, 0, len(args)+2)
	for range strings.Count(text, "(doc, ?)") {
		all = append(all, path)
	}
	return condition{text: text, args: append(all, args...), exact: true}
}

// isBool is the condition that a member is true, or that it is false.
func isBool(name string, want bool) condition {
	column, ok := columns[name]
	switch {
	case name == "deleted":
		return condition{text: column + " = ?", args: []any{want}, exact: true}
	case ok:
		return noRows
	}
	return test(name, "json_type(doc, ?) = ?", strconv.FormatBool(want))
}

// operators are the comparisons, and what is true where they are false.
var operators = map[query.Op]struct {
	sql             string
	negated, turned query.Op
}{
	query.OpEq: {" = ?", query.OpNe, query.OpEq},
	query.OpNe: {" <> ?", query.OpEq, query.OpNe},
	query.OpGt: {" > ?", query.OpLe, query.OpLt},
	query.OpGe: {" >= ?", query.OpLt, query.OpLe},
	query.OpLt: {" < ?", query.OpGe, query.OpGt},
	query.OpLe: {" <= ?", query.OpGt, query.OpGe},
}

// comparison narrows a comparison of a member with a constant, either way round.
func comparison(e *query.Expr, want bool) condition {
	op, member, constant := e.Op, e.Args[0], e.Args[1]
	if member.Op == query.OpLiteral {
		op, member, constant = operators[op].turned, constant, member
	}
	if member.Op != query.OpMember || constant.Op != query.OpLiteral {
		return anyRow
	}
	name, v := member.Name, constant.Value
	if v.Kind == query.Null {
		return isNull(name, op, want)
	}
	if !want {
		op = operators[op].negated // false only where both sides have an order, as below
	}
	if column, ok := columns[name]; ok {
		return compareColumn(name, column, op, v)
	}
	switch v.Kind {
	case query.Bool:
		return compareBool(func(b bool) condition { return isBool(name, b) }, op, v.Bool)
	case query.Number:
		return compareNumber(name, op, v.Text)
	case query.String:
		return test(name, "(json_type(doc, ?) = 'text' AND json_extract(doc, ?)"+operators[op].sql+")", v.Text)
	}
	// A text is compared with an instant after reading it, which SQL cannot do.
	c := test(name, "json_type(doc, ?) = 'text'")
	c.exact = false
	return c
}

// isNull narrows a comparison with the constant null, which is a test for it with eq and
// ne, and never true nor false otherwise.
func isNull(name string, op query.Op, want bool) condition {
	if op != query.OpEq && op != query.OpNe {
		return noRows
	}
	null := (op == query.OpEq) == want
	if _, ok := columns[name]; ok {
		if null {
			return noRows
		}
		return allRows
	}
	if null {
		return test(name, "COALESCE(json_type(doc, ?), 'null') = 'null'")
	}
	return test(name, "COALESCE(json_type(doc, ?), 'null') <> 'null'")
}

// compareBool picks those of false and true that compare as wanted; false is the smaller.
func compareBool(is func(bool) condition, op query.Op, constant bool) condition {
	holds := func(b bool) bool {
		switch op {
		case query.OpEq:
			return b == constant
		case query.OpNe:
			return b != constant
		case query.OpGt:
			return b && !constant
		case query.OpGe:
			return b || !constant
		case query.OpLt:
			return !b && constant
		default:
			return !b || constant
		}
	}
	result := noRows
	for _, b := range []bool{false, true} {
		if holds(b) {
			result = join(result, " OR ", is(b))
		}
	}
	return result
}

// compareNumber finds a little more than the numbers that compare as wanted: SQLite reads
// what is not an integer of 64 bits as a double, and not always the nearest one, while
// filters compare all digits.
func compareNumber(name string, op query.Op, text string) condition {
	const slack, largest = 1e-14, 1e300
	c := test(name, "json_type(doc, ?) IN ('integer', 'real')")
	c.exact = false
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f > largest || f < -largest || op == query.OpNe {
		return c
	}
	margin := max(f, -f)*slack + 1/largest
	low, high := test(name, "json_extract(doc, ?) >= ?", f-margin), test(name, "json_extract(doc, ?) <= ?", f+margin)
	switch op {
	case query.OpGt, query.OpGe:
		return join(c, " AND ", low)
	case query.OpLt, query.OpLe:
		return join(c, " AND ", high)
	}
	return join(c, " AND ", join(low, " AND ", high))
}

// compareColumn compares a system column, none of which is ever null.
func compareColumn(name, column string, op query.Op, v query.Value) condition {
	switch {
	case name == "deleted" && v.Kind == query.Bool:
		return compareBool(func(b bool) condition { return isBool(name, b) }, op, v.Bool)
	case name == "updatedAt" && v.Kind == query.Instant:
		return compareTime(column, op, v.Text)
	case name != "deleted" && name != "updatedAt" && v.Kind == query.String:
		return condition{text: column + operators[op].sql, args: []any{v.Text}, exact: true}
	case name != "deleted" && (v.Kind == query.String || v.Kind == query.Instant):
		return anyRow // compared as the text on the wire, or after reading it
	}
	return noRows // different kinds have no order
}

// compareTime compares updatedAt, which has whole milliseconds, with an instant in UTC of
// any number of digits.
func compareTime(column string, op query.Op, text string) condition {
	const second = "2006-01-02T15:04:05"
	at, err := time.Parse(second, text[:min(len(second), len(text))])
	if err != nil {
		return anyRow
	}
	fraction := strings.Trim(text[len(second):], ".Z") + "000"
	digits, err := strconv.ParseInt(fraction[:3], 10, 64)
	if err != nil {
		return anyRow
	}
	if strings.Trim(fraction[3:], "0") != "" {
		// Between two milliseconds: no row is equal, and those up to the first are before it.
		switch op {
		case query.OpEq:
			return noRows
		case query.OpNe:
			return allRows
		case query.OpGe:
			op = query.OpGt
		case query.OpLt:
			op = query.OpLe
		}
	}
	return condition{text: column + operators[op].sql, args: []any{at.UnixMilli() + digits}, exact: true}
}

// list narrows in: a list of texts is told exactly, others are left to the filter.
func (n *narrower) list(e *query.Expr, want bool) condition {
	member, constants := e.Args[0], e.Args[1:]
	n.left -= len(constants)
	if member.Op != query.OpMember || len(constants) == 0 || n.left < 0 {
		return anyRow
	}
	marks := strings.Repeat(", ?", len(constants))[2:]
	operator := " IN ("
	if !want {
		operator = " NOT IN ("
	}
	args := make([]any, len(constants))
	for i, constant := range constants {
		if constant.Value.Kind != query.String {
			return anyRow
		}
		args[i] = constant.Value.Text
	}
	switch column, ok := columns[member.Name]; {
	case member.Name == "id" || member.Name == "version":
		return condition{text: column + operator + marks + ")", args: args, exact: true}
	case ok:
		return anyRow
	}
	return test(member.Name, "(json_type(doc, ?) = 'text' AND json_extract(doc, ?)"+operator+marks+"))", args...)
}

// find narrows a search of a constant in a text member. instr counts characters, but
// compares bytes.
func find(e *query.Expr, want bool) condition {
	member, part := e.Args[0], e.Args[1]
	if member.Op != query.OpMember || part.Op != query.OpLiteral || part.Value.Kind != query.String {
		return anyRow
	}
	if _, ok := columns[member.Name]; ok {
		return anyRow
	}
	var operator string
	switch {
	case e.Op == query.OpContains && want, e.Op == query.OpEndsWith && want:
		operator = " > 0)"
	case e.Op == query.OpContains:
		operator = " = 0)"
	case e.Op == query.OpEndsWith:
		operator = " >= 0)"
	case want:
		operator = " = 1)"
	default:
		operator = " <> 1)"
	}
	c := test(member.Name, "(json_type(doc, ?) = 'text' AND instr(json_extract(doc, ?), ?)"+operator, part.Value.Text)
	c.exact = e.Op != query.OpEndsWith
	return c
}
