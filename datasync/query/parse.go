package query

import (
	"strconv"
	"unicode/utf8"
)

// The limits of a filter text. They bound the work and the recursion on texts that come
// from elsewhere.
const (
	maxLength = 64 << 10
	maxDepth  = 100
)

// ParseFilter reads a filter in OData text of any dialect. A text that is empty or blank
// gives nil, the filter that keeps every row. Errors are *[Error].
func ParseFilter(text string) (*Expr, error) {
	return ParseFilterArgs(text, nil)
}

// ParseFilterArgs is [ParseFilter] with values for the question marks that stand outside
// of quotes, in order. There must be as many as there are question marks.
func ParseFilterArgs(text string, args []Value) (*Expr, error) {
	p := parser{lex: lexer{text: text}, args: args}
	if len(text) > maxLength {
		return nil, p.fail(maxLength, "the filter is longer than "+strconv.Itoa(maxLength)+" bytes")
	}
	if !utf8.ValidString(text) {
		return nil, p.fail(validPrefix(text), "invalid UTF-8")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	var e *Expr
	if p.tok.kind != tokenEnd {
		var err error
		if e, err = p.binary(levelOr); err != nil {
			return nil, err
		}
		if p.tok.kind != tokenEnd {
			return nil, p.unexpected("an operator")
		}
	}
	if p.used < len(args) {
		return nil, p.fail(len(text), "there are "+strconv.Itoa(len(args))+" values, but the filter has "+
			strconv.Itoa(p.used)+" '?'")
	}
	return e, nil
}

// validPrefix returns the index of the first byte that is not UTF-8.
func validPrefix(text string) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// parser builds a tree; tok is the token it looks at.
type parser struct {
	lex   lexer
	tok   token
	args  []Value
	used  int
	depth int
}

func (p *parser) advance() (err error) {
	p.tok, err = p.lex.next()
	return err
}

func (p *parser) fail(pos int, msg string) error {
	return p.lex.fail(pos, msg)
}

// unexpected reports that something else was expected where the parser is.
func (p *parser) unexpected(wanted string) error {
	at := p.tok.pos
	if p.tok.kind == tokenEnd {
		return p.fail(at, "expected "+wanted+" at the end")
	}
	found := p.tok.text
	if found == "" {
		found = "a text"
	} else {
		found = "'" + found + "'"
	}
	return p.fail(at, "expected "+wanted+" but found "+found)
}

func (p *parser) isMark(mark string) bool {
	return p.tok.kind == tokenMark && p.tok.text == mark
}

// expect steps over a mark.
func (p *parser) expect(mark string) error {
	if !p.isMark(mark) {
		return p.unexpected("'" + mark + "'")
	}
	return p.advance()
}

// enter counts a level of nesting; the caller leaves with p.depth--.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(p.tok.pos, "the filter is nested more than "+strconv.Itoa(maxDepth)+" levels deep")
	}
	return nil
}

// binary reads operators between two arguments from that level of precedence up. All of
// them group from the left.
func (p *parser) binary(level int) (*Expr, error) {
	left, err := p.unary()
	for err == nil {
		operator := p.infix()
		if operator == nil || operator.level < level {
			return left, nil
		}
		e := &Expr{Op: operator.op, Pos: p.tok.pos}
		if err = p.advance(); err != nil {
			break
		}
		var right *Expr
		if right, err = p.binary(operator.level + 1); err != nil {
			break
		}
		e.Args = []*Expr{left, right}
		left = e
	}
	return nil, err
}

// infix returns the operator that the parser looks at, or nil.
func (p *parser) infix() *infix {
	if p.tok.kind == tokenName {
		for i := range infixes {
			if infixes[i].name == p.tok.text {
				return &infixes[i]
			}
		}
	}
	return nil
}

// unary reads not, - and what they stand before.
func (p *parser) unary() (*Expr, error) {
	op := OpInvalid
	switch {
	case p.isMark("-"):
		op = OpNeg
	case p.tok.kind == tokenName && p.tok.text == "not":
		op = OpNot
	default:
		return p.in()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	e := &Expr{Op: op, Pos: p.tok.pos}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if op == OpNeg && p.tok.kind == tokenValue && p.tok.value.Kind == Number {
		p.depth--
		p.tok.value.Text = "-" + p.tok.value.Text
		p.tok.pos = e.Pos
		return p.in()
	}
	arg, err := p.unary()
	if err != nil {
		return nil, err
	}
	p.depth--
	e.Args = []*Expr{arg}
	return e, nil
}

// in reads a primary and the list of constants that may follow it.
func (p *parser) in() (*Expr, error) {
	e, err := p.primary()
	for err == nil && p.tok.kind == tokenName && p.tok.text == "in" {
		list := &Expr{Op: OpIn, Args: []*Expr{e}, Pos: p.tok.pos}
		if err = p.advance(); err == nil {
			list.Args, err = p.list(list.Args, (*parser).constant)
		}
		e = list
	}
	return e, err
}

// list reads arguments in parentheses, with commas between them.
func (p *parser) list(args []*Expr, read func(*parser) (*Expr, error)) ([]*Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if p.isMark(")") {
		return args, p.advance()
	}
	for {
		arg, err := read(p)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		if p.isMark(")") {
			return args, p.advance()
		}
		if !p.isMark(",") {
			return nil, p.unexpected("',' or ')'")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}
