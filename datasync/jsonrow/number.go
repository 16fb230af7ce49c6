package jsonrow

import (
	"bytes"
	"cmp"
	"strconv"
)

// Float reads a JSON number as JavaScript does: as the nearest double, an infinity when
// it is too large for one. ok is false when value is no number.
func Float(value []byte) (f float64, ok bool) {
	if KindOf(value) != Number {
		return 0, false
	}
	if end, err := skipNumber(value, 0); err != nil || end != len(value) {
		return 0, false
	}
	// The only error left is one of range, which comes with the infinity.
	f, _ = strconv.ParseFloat(string(value), 64)
	return f, true
}

// CompareNumbers compares two JSON numbers exactly, however many digits they have:
// negative when a is less than b, zero when they are equal (1, 1.0 and 10e-1 are),
// positive when a is greater. Exponents beyond ±10^15 count as that.
func CompareNumbers(a, b string) int {
	return CompareNumberBytes([]byte(a), []byte(b))
}

// CompareNumberBytes is [CompareNumbers] for raw values.
func CompareNumberBytes(a, b []byte) int {
	if x, ok := smallInt(a); ok {
		if y, ok := smallInt(b); ok {
			return cmp.Compare(x, y)
		}
	}
	x, y := readDecimal(a), readDecimal(b)
	if x.sign != y.sign || x.sign == 0 {
		return cmp.Compare(x.sign, y.sign)
	}
	return x.sign * compareMagnitudes(x, y)
}

// smallInt reads an integer of at most 18 digits, which cannot overflow.
func smallInt(b []byte) (int64, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	if negative {
		n = -n
	}
	return n, true
}

// decimal is 0.DIGITS × 10^exponent, where DIGITS is whole and then fraction, and its
// first digit is not 0.
type decimal struct {
	sign            int
	whole, fraction []byte
	exponent        int64
}

// maxExponent bounds exponents so that adding lengths to them cannot overflow.
const maxExponent = 1_000_000_000_000_000

func readDecimal(b []byte) decimal {
	d := decimal{sign: 1}
	if len(b) > 0 && b[0] == '-' {
		d.sign = -1
		b = b[1:]
	}
	end := skipDigits(b, 0)
	d.whole = bytes.TrimLeft(b[:end], "0")
	d.exponent = int64(len(d.whole))
	if end < len(b) && b[end] == '.' {
		start := end + 1
		end = skipDigits(b, start)
		d.fraction = bytes.TrimRight(b[start:end], "0")
		if len(d.whole) == 0 {
			digits := bytes.TrimLeft(d.fraction, "0")
			d.exponent -= int64(len(d.fraction) - len(digits))
			d.fraction = digits
		}
	}
	if len(d.whole) == 0 && len(d.fraction) == 0 {
		return decimal{}
	}
	d.exponent += readExponent(b[end:])
	return d
}

// readExponent reads the exponent that may follow the digits of a number.
func readExponent(b []byte) int64 {
	if len(b) < 2 {
		return 0
	}
	b = b[1:]
	negative := b[0] == '-'
	if negative || b[0] == '+' {
		b = b[1:]
	}
	var n int64
	for _, c := range b {
		if c -= '0'; c > 9 {
			break
		}
		n = min(n*10+int64(c), maxExponent)
	}
	if negative {
		return -n
	}
	return n
}

func compareMagnitudes(x, y decimal) int {
	if x.exponent != y.exponent {
		return cmp.Compare(x.exponent, y.exponent)
	}
	for i := 0; ; i++ {
		a, moreA := x.digit(i)
		b, moreB := y.digit(i)
		if a != b || !moreA && !moreB {
			return cmp.Compare(a, b)
		}
	}
}

// digit returns digit i, and 0 and false behind the last.
func (d decimal) digit(i int) (byte, bool) {
	if i < len(d.whole) {
		return d.whole[i], true
	}
	if i -= len(d.whole); i < len(d.fraction) {
		return d.fraction[i], true
	}
	return '0', false
}
