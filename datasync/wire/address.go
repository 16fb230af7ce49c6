package wire

// This file writes URLs: path segments and query parameters, percent-encoded.

import "strings"

const upperHex = "0123456789ABCDEF"

// address is the URL of a call: base, path, the call's parameters, then those of the app.
func (s *speaker) address(c call) string {
	b := make([]byte, 0, len(s.base)+128)
	b = append(b, s.base...)
	b = append(b, "/tables/"...)
	b = appendEscaped(b, c.table, "")
	if c.id != "" {
		b = append(b, '/')
		b = appendEscaped(b, c.id, "")
	}
	separator := byte('?')
	for _, params := range [2][][2]string{c.params, s.params} {
		for _, p := range params {
			b = append(b, separator)
			// Servers know their options by the bare dollar sign.
			b = appendEscaped(b, p[0], "$")
			b = append(b, '=')
			b = appendEscaped(b, p[1], s.dialect.plain())
			separator = '&'
		}
	}
	return string(b)
}

// appendEscaped appends s with everything percent-encoded but the unreserved characters
// and those in plain. A space becomes %20 and a plus %2B, which mean the same to every
// server.
func appendEscaped(b []byte, s, plain string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '.', c == '_', c == '~', strings.IndexByte(plain, c) >= 0:
			b = append(b, c)
		default:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return b
}

// segmentProblem says why a name cannot be a segment of a path, "" when it can. Dots
// alone would be resolved away, encoded or not, and hit another address.
func segmentProblem(s string) string {
	switch s {
	case "":
		return "is empty"
	case ".", "..":
		return "is '" + s + "', which no URL can name"
	}
	return ""
}
