package jsonrow

import "math/bits"

// The functions of this file look at eight bytes at a time, which makes long strings
// several times cheaper than byte by byte.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// load8 reads the eight bytes of b from i on, the first one lowest. The compiler makes
// one load of it.
func load8(b []byte, i int) uint64 {
	b = b[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// In the sums below a byte gets its highest bit when it is one that is looked for, or
// not ASCII; borrows reach only bytes behind such a one, so the lowest highest bit is
// right.

// skipPlain returns the index of the first byte from i on that does not stand for itself
// within a string: a quote, a backslash, a control character, or what is not ASCII.
func skipPlain(b []byte, i int) int {
	for i+8 <= len(b) {
		w := load8(b, i)
		found := (w ^ '"'*ones - ones) | (w ^ '\\'*ones - ones) | (w - ' '*ones) | w
		if found &= highs; found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
		i += 8
	}
	for i < len(b) && plain[b[i]] {
		i++
	}
	return i
}

// skipToQuote returns the index of the first quote or backslash from i on.
func skipToQuote(b []byte, i int) int {
	for i+8 <= len(b) {
		w := load8(b, i)
		quotes, backslashes := w^'"'*ones, w^'\\'*ones
		found := ((quotes - ones) &^ quotes) | ((backslashes - ones) &^ backslashes)
		if found &= highs; found != 0 {
			return i + bits.TrailingZeros64(found)>>3
		}
		i += 8
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}
