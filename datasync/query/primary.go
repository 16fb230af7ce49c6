package query

import "strings"

// primary reads a constant, a member, a function or something in parentheses.
func (p *parser) primary() (*Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	e, err := p.nested()
	p.depth--
	return e, err
}

func (p *parser) nested() (*Expr, error) {
	switch {
	case p.isMark("("):
		if err := p.advance(); err != nil {
			return nil, err
		}
		e, err := p.binary(levelOr)
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	case p.tok.kind == tokenValue || p.isMark("?"):
		return p.constant()
	case p.tok.kind != tokenName:
		return nil, p.unexpected("a value")
	}
	switch p.tok.text {
	case "true", "false", "null":
		return p.constant()
	}
	e := &Expr{Op: OpMember, Name: plainName(p.tok.text), Pos: p.tok.pos}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.isMark("(") {
		return p.call(p.lex.text[e.Pos:e.Pos+nameLength(p.lex.text[e.Pos:])], e.Pos)
	}
	return e, nil
}

// constant reads a constant, a question mark or a cast.
func (p *parser) constant() (*Expr, error) {
	e := &Expr{Op: OpLiteral, Pos: p.tok.pos}
	switch {
	case p.tok.kind == tokenValue:
		e.Value = p.tok.value
	case p.isMark("?"):
		if p.used == len(p.args) {
			return nil, p.fail(e.Pos, "there is no value for this '?'")
		}
		e.Value = p.args[p.used]
		p.used++
	case p.isMark("-"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.tok.kind != tokenValue || p.tok.value.Kind != Number {
			return nil, p.unexpected("a number")
		}
		e.Value = Value{Kind: Number, Text: "-" + p.tok.value.Text}
	case p.tok.kind == tokenName && p.tok.text == "cast":
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.cast(e.Pos)
	case p.tok.kind == tokenName && p.tok.text == "true":
		e.Value = Value{Kind: Bool, Bool: true}
	case p.tok.kind == tokenName && p.tok.text == "false":
		e.Value = Value{Kind: Bool}
	case p.tok.kind == tokenName && p.tok.text == "null":
	default:
		return nil, p.unexpected("a constant")
	}
	return e, p.advance()
}

// call reads the arguments of a function whose name stands at pos.
func (p *parser) call(name string, pos int) (*Expr, error) {
	if name == "cast" {
		return p.cast(pos)
	}
	op := OpInvalid
	for _, f := range functions {
		if f.name == name {
			op = f.op
		}
	}
	if name == "substringof" {
		op = OpContains
	}
	if op == OpInvalid {
		msg := "unknown function '" + name + "'"
		if lower := strings.ToLower(name); lower != name {
			msg += ": functions are written in lower case"
		}
		return nil, p.fail(pos, msg)
	}
	args, err := p.list(nil, func(p *parser) (*Expr, error) { return p.binary(levelOr) })
	if err != nil {
		return nil, err
	}
	e := &Expr{Op: op, Args: args, Pos: pos}
	if problem := wrongCount(e); problem != "" {
		return nil, p.fail(pos, problem)
	}
	if name == "substringof" {
		args[0], args[1] = args[1], args[0]
	}
	return e, nil
}

// cast reads (constant,Edm.Type).
func (p *parser) cast(pos int) (*Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	at := p.tok.pos
	e, err := p.constant()
	if err != nil {
		return nil, err
	}
	if !p.isMark(",") {
		return nil, p.unexpected("','")
	}
	typ, err := p.typeName()
	if err != nil {
		return nil, err
	}
	v, problem := castTo(e.Value, typ)
	if problem != "" {
		return nil, p.fail(at, problem)
	}
	return &Expr{Op: OpLiteral, Value: v, Pos: pos}, p.expect(")")
}

// typeName reads a type such as Edm.Guid, whose dot no other token has, and returns it
// without the prefix.
func (p *parser) typeName() (string, error) {
	const prefix = "Edm."
	for p.lex.pos < len(p.lex.text) && isSpace(p.lex.text[p.lex.pos]) {
		p.lex.pos++
	}
	rest := p.lex.text[p.lex.pos:]
	if !strings.HasPrefix(rest, prefix) {
		return "", p.fail(p.lex.pos, "expected a type such as Edm.DateTimeOffset")
	}
	n := len(prefix)
	for n < len(rest) && isNamePart(rest[n]) {
		n++
	}
	p.lex.pos += n
	return rest[len(prefix):n], p.advance()
}

// nameLength is the length of the name that text starts with, 0 when it is none.
func nameLength(text string) int {
	if text == "" || !isNameStart(text[0]) {
		return 0
	}
	n := 1
	for n < len(text) && isNamePart(text[n]) {
		n++
	}
	return n
}

// plainName turns a system column of the legacy dialect into its name elsewhere.
func plainName(name string) string {
	if strings.HasPrefix(name, "__") && isSystem(name[2:]) {
		return name[2:]
	}
	return name
}

// isSystem tells whether legacy servers write the column with two underscores.
func isSystem(name string) bool {
	switch name {
	case "createdAt", "updatedAt", "version", "deleted":
		return true
	}
	return false
}
