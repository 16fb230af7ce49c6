package query

import (
	"strconv"
	"strings"
)

// String returns the filter as canonical OData text, from which [ParseFilter] makes the
// same tree. It says more than any one dialect can: it is for identity, messages and
// tests. The nil filter is the empty text.
func (e *Expr) String() string {
	if e == nil {
		return ""
	}
	r := renderer{canonical: true}
	r.node(e)
	return string(r.out)
}

// Filter returns the filter as text for $filter, not percent-encoded. The digits of
// instants behind those that the dialect sends are cut. A tree that is no filter, or
// that the dialect has no words for, is an *[Error]. The nil filter is the empty text.
func (d Dialect) Filter(e *Expr) (string, error) {
	if e == nil {
		return "", nil
	}
	r := renderer{dialect: d}
	if r.node(e); r.err != nil {
		return "", r.err
	}
	return string(r.out), nil
}

// renderer writes a tree. It keeps the first error and goes on.
type renderer struct {
	dialect   Dialect
	canonical bool
	out       []byte
	err       error
}

func (r *renderer) put(texts ...string) {
	for _, text := range texts {
		r.out = append(r.out, text...)
	}
}

func (r *renderer) refuse(e *Expr, msg string) {
	if r.err == nil {
		r.err = refuse(e, msg)
	}
}

func (r *renderer) node(e *Expr) {
	if r.err != nil {
		return
	}
	if err := checkNode(e); err != nil {
		if r.err = err; r.canonical {
			r.err = nil
			r.put("<", strings.TrimPrefix(err.Error(), "query: "), ">")
		}
		return
	}
	switch {
	case e.Op == OpLiteral:
		r.literal(e)
	case e.Op == OpMember:
		r.member(e.Name)
	case e.Op == OpIn:
		r.in(e)
	case e.Op == OpNot:
		r.put("not ")
		r.operand(e.Args[0], e.Args[0].Op == OpMember || functionOf(e.Args[0].Op) != nil)
	case e.Op == OpNeg:
		r.put("-")
		r.operand(e.Args[0], e.Args[0].Op == OpMember || functionOf(e.Args[0].Op) != nil)
	case functionOf(e.Op) != nil:
		r.call(e)
	default:
		r.infix(e)
	}
}

// operand writes an argument, in parentheses unless it is bare.
func (r *renderer) operand(e *Expr, bare bool) {
	if bare {
		r.node(e)
		return
	}
	r.put("(")
	r.node(e)
	r.put(")")
}

// infix writes an operator between its arguments. Operators of a chain group from the
// left. Comparisons of comparisons get parentheses on both sides, because servers differ
// in how tightly eq and gt hold.
func (r *renderer) infix(e *Expr) {
	level := e.Op.level()
	strict := level == levelEquality || level == levelRelation
	for i, arg := range e.Args {
		inner := levelPrimary
		if arg != nil {
			inner = r.level(arg)
		}
		bare := inner > level || inner == level && i == 0
		if strict && (inner == levelEquality || inner == levelRelation) {
			bare = false
		}
		if i > 0 {
			r.put(" ", e.Op.String(), " ")
		}
		r.operand(arg, bare)
	}
}

// level is how tightly a node holds as it is written in the dialect.
func (r *renderer) level(e *Expr) int {
	if e.Op == OpIn && !r.writesIn(e) {
		if len(e.Args) > 2 {
			return levelOr
		}
		return levelEquality
	}
	return e.Op.level()
}

// writesIn tells whether the dialect has a list for these constants: only the newest
// one, for texts and numbers.
func (r *renderer) writesIn(e *Expr) bool {
	if r.canonical {
		return true
	}
	if r.dialect != Datasync || len(e.Args) < 2 {
		return false
	}
	for _, arg := range e.Args[1:] {
		if arg == nil || arg.Value.Type != TypeNone || arg.Value.Kind != String && arg.Value.Kind != Number {
			return false
		}
	}
	return true
}

func (r *renderer) in(e *Expr) {
	if !r.writesIn(e) {
		r.node(anyOf(e))
		return
	}
	r.operand(e.Args[0], e.Args[0] != nil && r.level(e.Args[0]) == levelPrimary)
	r.put(" in (")
	for i, arg := range e.Args[1:] {
		if i > 0 {
			r.put(",")
		}
		r.node(arg)
	}
	r.put(")")
}

// anyOf says an OpIn in other words: equal to the first constant, or to the second, and
// so on. With no constant it is never true.
func anyOf(e *Expr) *Expr {
	var either *Expr
	for _, arg := range e.Args[1:] {
		equal := &Expr{Op: OpEq, Args: []*Expr{e.Args[0], arg}, Pos: e.Pos}
		if either == nil {
			either = equal
		} else {
			either = &Expr{Op: OpOr, Args: []*Expr{either, equal}, Pos: e.Pos}
		}
	}
	if either == nil {
		return Compare(OpEq, Num("1"), Num("0"))
	}
	return either
}

func (r *renderer) call(e *Expr) {
	name, args := e.Op.String(), e.Args
	if !r.canonical {
		switch {
		case e.Op == OpReplace && r.dialect == Datasync:
			r.refuse(e, "this kind of server has no function 'replace'")
		case e.Op == OpReplace:
			r.checkReplace(e)
		case e.Op == OpContains && r.dialect != Datasync:
			name, args = "substringof", []*Expr{args[1], args[0]}
		}
	}
	r.put(name, "(")
	for i, arg := range args {
		if i > 0 {
			r.put(",")
		}
		r.node(arg)
	}
	r.put(")")
}

// maxReplacement is the longest text that the older servers put in for another.
const maxReplacement = 100

// checkReplace refuses what the older servers do not do with replace.
func (r *renderer) checkReplace(e *Expr) {
	if by := e.Args[2]; by == nil || by.Op != OpLiteral || by.Value.Kind != String || len(by.Value.Text) > maxReplacement {
		r.refuse(e, "the third argument of 'replace' has to be a text constant of at most "+
			strconv.Itoa(maxReplacement)+" bytes for this kind of server")
	}
	for _, arg := range e.Args {
		if arg != nil && arg.Op == OpReplace {
			r.refuse(e, "'replace' within 'replace' is not possible with this kind of server")
		}
	}
}

func (r *renderer) member(name string) {
	if !r.canonical && r.dialect == Legacy && isSystem(name) {
		r.put("__")
	}
	r.put(name)
}
