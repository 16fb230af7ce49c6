package query

import (
	"strings"

	"tidetable/datasync/jsonrow"
)

// token is one word of a filter.
type token struct {
	kind tokenKind
	// text is the token as it was written; of a name, the name.
	text string
	// value is the constant, for a tokenValue.
	value Value
	pos   int
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenName
	tokenValue
	// tokenMark is one of ( ) , - ?
	tokenMark
)

// lexer cuts a text into tokens.
type lexer struct {
	text string
	pos  int
}

func (l *lexer) fail(pos int, msg string) error {
	return &Error{Text: l.text, Pos: pos, Msg: msg}
}

func (l *lexer) next() (token, error) {
	for l.pos < len(l.text) && isSpace(l.text[l.pos]) {
		l.pos++
	}
	start := l.pos
	if start == len(l.text) {
		return token{kind: tokenEnd, pos: start}, nil
	}
	rest := l.text[start:]
	switch c := rest[0]; {
	case c == '\'':
		text, err := l.quoted()
		return token{kind: tokenValue, value: Value{Kind: String, Text: text}, pos: start}, err
	case guidLength(rest) > 0:
		l.pos += guidLength(rest)
		return l.value(guidValue(rest[:l.pos-start]), start)
	case isDigit(c):
		return l.digits()
	case isNameStart(c):
		return l.name()
	case strings.IndexByte("(),-?", c) >= 0:
		l.pos++
		return token{kind: tokenMark, text: rest[:1], pos: start}, nil
	}
	return token{}, l.fail(start, "unexpected '"+firstRune(rest)+"'")
}

// value is the token of a constant that was written from start up to the position.
func (l *lexer) value(v Value, start int) (token, error) {
	if l.pos < len(l.text) && (isNamePart(l.text[l.pos]) || l.text[l.pos] == '.') {
		return token{}, l.fail(l.pos, "unexpected '"+firstRune(l.text[l.pos:])+"' after a constant")
	}
	return token{kind: tokenValue, text: l.text[start:l.pos], value: v, pos: start}, nil
}

// quoted reads a text in quotes; a doubled quote within stands for one.
func (l *lexer) quoted() (string, error) {
	start := l.pos
	l.pos++
	from := l.pos
	var out []byte
	for {
		at := strings.IndexByte(l.text[l.pos:], '\'')
		if at < 0 {
			return "", l.fail(start, "text is not closed")
		}
		l.pos += at + 1
		if l.pos == len(l.text) || l.text[l.pos] != '\'' {
			break
		}
		out = append(out, l.text[from:l.pos]...)
		l.pos++
		from = l.pos
	}
	last := l.text[from : l.pos-1]
	if out == nil {
		return last, nil
	}
	return string(append(out, last...)), nil
}

// name reads a name, or a constant in the form name'text'.
func (l *lexer) name() (token, error) {
	start := l.pos
	l.pos += nameLength(l.text[start:])
	name := l.text[start:l.pos]
	if l.pos == len(l.text) || l.text[l.pos] != '\'' {
		return token{kind: tokenName, text: name, pos: start}, nil
	}
	text, err := l.quoted()
	if err != nil {
		return token{}, err
	}
	v, problem := prefixed(name, text)
	if problem != "" {
		return token{}, l.fail(start, problem)
	}
	return token{kind: tokenValue, text: l.text[start:l.pos], value: v, pos: start}, nil
}

// digits reads what starts with a digit: a date, a time of day, an instant or a number.
func (l *lexer) digits() (token, error) {
	start := l.pos
	rest := l.text[start:]
	switch {
	case shaped(rest, "0000-00-00T"):
		return l.bareInstant()
	case shaped(rest, "0000-00-00"):
		l.pos += len("0000-00-00")
		if !isDate(rest[:10]) {
			return token{}, l.fail(start, "'"+rest[:10]+"' is no date")
		}
		return l.value(Value{Kind: String, Text: rest[:10], Type: TypeDate}, start)
	case shaped(rest, "00:00"):
		for l.pos < len(l.text) && (isDigit(l.text[l.pos]) || l.text[l.pos] == ':' || l.text[l.pos] == '.') {
			l.pos++
		}
		text := l.text[start:l.pos]
		if !isTimeOfDay(text) {
			return token{}, l.fail(start, "'"+text+"' is no time of day")
		}
		return l.value(Value{Kind: String, Text: text, Type: TypeTimeOfDay}, start)
	}
	return l.number()
}

// bareInstant reads an instant that has no quotes around it.
func (l *lexer) bareInstant() (token, error) {
	start := l.pos
	for l.pos < len(l.text) && strings.IndexByte("0123456789-+:.TtZz", l.text[l.pos]) >= 0 {
		l.pos++
	}
	text := l.text[start:l.pos]
	utc, ok := jsonrow.Instant([]byte(text))
	if !ok {
		return token{}, l.fail(start, "'"+text+"' is no instant: it has to be like 2024-01-31T12:00:00Z")
	}
	return l.value(Value{Kind: Instant, Text: string(utc)}, start)
}

// number reads a number without its sign.
func (l *lexer) number() (token, error) {
	start := l.pos
	l.pos += digitsIn(l.text[l.pos:])
	whole := l.pos
	if l.pos < len(l.text) && l.text[l.pos] == '.' {
		n := digitsIn(l.text[l.pos+1:])
		if n == 0 {
			return token{}, l.fail(l.pos+1, "a digit is missing after '.'")
		}
		l.pos += 1 + n
	}
	if l.pos < len(l.text) && l.text[l.pos]|0x20 == 'e' {
		at := l.pos + 1
		if at < len(l.text) && (l.text[at] == '+' || l.text[at] == '-') {
			at++
		}
		n := digitsIn(l.text[at:])
		if n == 0 {
			return token{}, l.fail(at, "a digit is missing in the exponent")
		}
		l.pos = at + n
	}
	text := l.text[start:l.pos]
	for len(text) > 1 && text[0] == '0' && isDigit(text[1]) {
		text = text[1:]
	}
	if l.pos < len(l.text) {
		switch suffix := l.text[l.pos] | 0x20; {
		case suffix == 'l' && l.pos == whole, suffix == 'f', suffix == 'm', suffix == 'd':
			l.pos++
		}
	}
	return l.value(Value{Kind: Number, Text: text}, start)
}

func digitsIn(text string) int {
	n := 0
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n'
}

func isDigit(c byte) bool {
	return '0' <= c && c <= '9'
}

func isNameStart(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c == '@'
}

func isNamePart(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || isDigit(c)
}

// firstRune returns the first character of a text that is not empty.
func firstRune(text string) string {
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}
