package jsonrow

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Text decodes a JSON string; ok is false when value is none. An escaped surrogate
// without its other half becomes U+FFFD.
func Text(value []byte) (text string, ok bool) {
	decoded, ok := TextBytes(value)
	return string(decoded), ok
}

// TextBytes is [Text] as bytes: a part of value itself when there is nothing to decode,
// so the result must not be changed.
func TextBytes(value []byte) (text []byte, ok bool) {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return nil, false
	}
	text = value[1 : len(value)-1]
	if bytes.IndexByte(text, '\\') < 0 {
		return text, true
	}
	return appendDecoded(make([]byte, 0, len(text)), text, false), true
}

// appendDecoded appends the text of a JSON string, given without its quotes. With halves,
// surrogates without their other half stay distinct, as invalid UTF-8, so that different
// texts stay different; otherwise they become U+FFFD.
func appendDecoded(dst, text []byte, halves bool) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			dst = append(dst, c)
			i++
			continue
		}
		c = text[i+1]
		i += 2
		if at := bytes.IndexByte([]byte("bfnrt"), c); at >= 0 {
			dst = append(dst, "\b\f\n\r\t"[at])
			continue
		}
		r, ok := rune(0), false
		if c == 'u' {
			r, ok = hex4(text[i:])
		}
		if !ok {
			dst = append(dst, c)
			continue
		}
		i += 4
		if utf16.IsSurrogate(r) {
			if low, ok := escapedUnit(text[i:]); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					dst = utf8.AppendRune(dst, pair)
					i += 6
					continue
				}
			}
			if halves {
				dst = append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
				continue
			}
			r = utf8.RuneError
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// escapedUnit reads a \uXXXX at the start of b.
func escapedUnit(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	return hex4(b[2:])
}

// hex4 reads four hexadecimal digits at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// AppendText appends s as a JSON string. The result is valid JSON whatever s holds
// (invalid UTF-8 becomes U+FFFD), and valid JavaScript too: U+2028 and U+2029, which end
// a line there, are escaped.
func AppendText(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			if (r != utf8.RuneError || size > 1) && r != '\u2028' && r != '\u2029' {
				i += size
				continue
			}
			dst = append(dst, s[start:i]...)
			if r == utf8.RuneError {
				dst = utf8.AppendRune(dst, r)
			} else {
				dst = append(dst, '\\', 'u', '2', '0', '2', digits[r&0xF])
			}
		} else {
			dst = append(dst, s[start:i]...)
			if at := bytes.IndexByte([]byte("\"\\\b\f\n\r\t"), c); at >= 0 {
				dst = append(dst, '\\', `"\bfnrt`[at])
			} else {
				dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xF])
			}
		}
		i += size
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// AppendInt appends n as a JSON number.
func AppendInt(dst []byte, n int64) []byte {
	return strconv.AppendInt(dst, n, 10)
}
