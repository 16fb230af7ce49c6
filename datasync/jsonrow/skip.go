package jsonrow

import "unicode/utf8"

// The functions of this file validate a value while they step over it.

// plain holds the bytes that stand for themselves within a JSON string: ASCII except
// quote, backslash and control characters.
var plain = func() (table [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the index after the value that starts at b[i]. depth is the number
// of objects and arrays around it.
func skipValue(b []byte, i, depth int) (int, *SyntaxError) {
	if i >= len(b) {
		return i, &SyntaxError{i, "a value is missing"}
	}
	switch c := b[i]; c {
	case '"':
		return skipString(b, i+1)
	case '{':
		return skipObject(b, i, depth)
	case '[':
		return skipArray(b, i, depth)
	case 't':
		return skipWord(b, i, "true")
	case 'f':
		return skipWord(b, i, "false")
	case 'n':
		return skipWord(b, i, "null")
	default:
		if c == '-' || '0' <= c && c <= '9' {
			return skipNumber(b, i)
		}
		return i, &SyntaxError{i, "a value is missing"}
	}
}

func skipWord(b []byte, i int, word string) (int, *SyntaxError) {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return i, &SyntaxError{i, "expected " + word}
	}
	return i + len(word), nil
}

// skipString returns the index after the closing quote; b[i] is the first byte after
// the opening one.
func skipString(b []byte, i int) (int, *SyntaxError) {
	for {
		i = skipPlain(b, i)
		if i >= len(b) {
			return i, &SyntaxError{i, "text is not closed"}
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\':
			n := escapeLength(b[i:])
			if n == 0 {
				return i, &SyntaxError{i, "invalid escape"}
			}
			i += n
		case c < 0x20:
			return i, &SyntaxError{i, "control character in a text"}
		default:
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size == 1 {
				return i, &SyntaxError{i, "invalid UTF-8"}
			}
			i += size
		}
	}
}

// escapeLength is the length of the escape that b starts with, 0 when it is none.
func escapeLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b[2:]); ok {
			return 6
		}
	}
	return 0
}

func skipNumber(b []byte, i int) (int, *SyntaxError) {
	if b[i] == '-' {
		i++
	}
	start := i
	if i = skipDigits(b, i); i == start {
		return i, &SyntaxError{i, "a digit is missing"}
	}
	if b[start] == '0' && i > start+1 {
		return i, &SyntaxError{start, "a number starts with a needless 0"}
	}
	if i < len(b) && b[i] == '.' {
		start = i + 1
		if i = skipDigits(b, start); i == start {
			return i, &SyntaxError{i, "a digit is missing"}
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(b, start); i == start {
			return i, &SyntaxError{i, "a digit is missing"}
		}
	}
	return i, nil
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

func skipObject(b []byte, i, depth int) (int, *SyntaxError) {
	if depth == maxDepth {
		return i, &SyntaxError{i, "nested too deeply"}
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, nil
	}
	for {
		var err *SyntaxError
		if i, err = skipName(b, i); err != nil {
			return i, err
		}
		if i, err = skipValue(b, i, depth+1); err != nil {
			return i, err
		}
		var more bool
		if i, more, err = skipComma(b, i, '}'); !more {
			return i, err
		}
	}
}

// skipName returns the index of the value of the member whose name starts at b[i].
func skipName(b []byte, i int) (int, *SyntaxError) {
	if i >= len(b) || b[i] != '"' {
		return i, &SyntaxError{i, "the name of a member is missing"}
	}
	i, err := skipString(b, i+1)
	if err != nil {
		return i, err
	}
	return skipColon(b, i)
}

func skipColon(b []byte, i int) (int, *SyntaxError) {
	i = skipSpace(b, i)
	if i >= len(b) || b[i] != ':' {
		return i, &SyntaxError{i, "expected ':'"}
	}
	return skipSpace(b, i+1), nil
}

func skipArray(b []byte, i, depth int) (int, *SyntaxError) {
	if depth == maxDepth {
		return i, &SyntaxError{i, "nested too deeply"}
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for {
		var err *SyntaxError
		if i, err = skipValue(b, i, depth+1); err != nil {
			return i, err
		}
		var more bool
		if i, more, err = skipComma(b, i, ']'); !more {
			return i, err
		}
	}
}

// skipComma steps over what follows a member or element: a comma and the space after
// it, when there is more to come, or the closing bracket.
func skipComma(b []byte, i int, closing byte) (next int, more bool, err *SyntaxError) {
	i = skipSpace(b, i)
	switch {
	case i < len(b) && b[i] == ',':
		return skipSpace(b, i+1), true, nil
	case i < len(b) && b[i] == closing:
		return i + 1, false, nil
	case closing == '}':
		return i, false, &SyntaxError{i, "expected ',' or '}'"}
	default:
		return i, false, &SyntaxError{i, "expected ',' or ']'"}
	}
}
