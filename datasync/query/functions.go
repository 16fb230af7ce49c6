package query

import (
	"bytes"
	"unicode/utf8"

	"tidetable/datasync/jsonrow"
)

// This file evaluates the functions on texts and instants. Their arguments have the right
// kinds.

func (op Op) onText(a []byte) value {
	switch op {
	case OpToLower:
		return value{kind: isString, text: bytes.ToLower(a)}
	case OpToUpper:
		return value{kind: isString, text: bytes.ToUpper(a)}
	case OpTrim:
		return value{kind: isString, text: bytes.TrimSpace(a)}
	case OpLength:
		return integer(utf8.RuneCount(a))
	}
	return value{}
}

func (op Op) onTexts(a, b []byte) value {
	switch op {
	case OpStartsWith:
		return value{kind: truth(bytes.HasPrefix(a, b))}
	case OpEndsWith:
		return value{kind: truth(bytes.HasSuffix(a, b))}
	case OpContains:
		return value{kind: truth(bytes.Contains(a, b))}
	case OpConcat:
		if len(a)+len(b) > maxText {
			return value{}
		}
		return value{kind: isString, text: append(append(make([]byte, 0, len(a)+len(b)), a...), b...)}
	}
	at := bytes.Index(a, b)
	if at < 0 {
		return integer(-1)
	}
	return integer(utf8.RuneCount(a[:at]))
}

// maxText bounds the texts that concat and replace make, which in a hostile filter could
// outgrow the memory. A longer one is null.
const maxText = 16 << 20

// replace changes nothing when old is empty.
func replace(text, old, by []byte) value {
	if len(old) > 0 {
		if len(text)+bytes.Count(text, old)*len(by) > maxText {
			return value{}
		}
		text = bytes.ReplaceAll(text, old, by)
	}
	return value{kind: isString, text: text}
}

// substring is what starts at code point from, and is count code points long unless count
// is nil. It is null when one of them is negative or no integer; what lies behind the end
// is empty.
func substring(text, from, count []byte) value {
	start, ok := index(from)
	if !ok {
		return value{}
	}
	text = text[bytesOf(text, start):]
	if count != nil {
		n, ok := index(count)
		if !ok {
			return value{}
		}
		text = text[:bytesOf(text, n)]
	}
	return value{kind: isString, text: text}
}

// bytesOf is how many bytes the first n code points of a text take.
func bytesOf(text []byte, n int) int {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}

// onInstant takes a part of an instant, or of a text that is one, or a date, or a time of
// day.
func (op Op) onInstant(a value) value {
	text, isTime := a.text, false
	switch a.kind {
	case isInstant:
	case isString:
		if utc, ok := jsonrow.Instant(text); ok {
			text = utc
		} else if isTime = isTimeOfDay(string(text)); !isTime && !isDate(string(text)) {
			return value{}
		}
	default:
		return value{}
	}
	at, length := 0, 2
	switch op {
	case OpYear:
		length = 4
	case OpMonth:
		at = 5
	case OpDay:
		at = 8
	case OpHour:
		at = 11
	case OpMinute:
		at = 14
	case OpSecond:
		at = 17
	}
	if isTime {
		at -= len("2000-01-01T")
	}
	if at < 0 || at+length > len(text) {
		return value{}
	}
	n, _ := index(text[at : at+length])
	return integer(n)
}
