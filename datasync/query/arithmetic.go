package query

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"

	"tidetable/datasync/jsonrow"
)

func integer(n int) value {
	return value{kind: isNumber, text: jsonrow.AppendInt(nil, int64(n))}
}

// index reads a number as a position or length.
func index(number []byte) (n int, ok bool) {
	d, ok := readFixed(number)
	if !ok || d.scale > 0 || d.units < 0 || d.units > math.MaxInt32 {
		return 0, false
	}
	return int(d.units), true
}

// fixed is the number units / 10^scale.
type fixed struct {
	units int64
	scale int
}

// maxScale is the largest power of ten that an int64 holds.
const maxScale = 18

var powers = func() (p [maxScale + 1]int64) {
	p[0] = 1
	for i := 1; i <= maxScale; i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// readFixed reads a JSON number exactly, without zeros at the end of its fraction. ok is
// false when it does not fit.
func readFixed(number []byte) (d fixed, ok bool) {
	text, exponent := number, 0
	if at := bytes.IndexAny(text, "eE"); at >= 0 {
		var err error
		if exponent, err = strconv.Atoi(string(text[at+1:])); err != nil || exponent < -1000 || exponent > 1000 {
			return fixed{}, false
		}
		text = text[:at]
	}
	if at := bytes.IndexByte(text, '.'); at >= 0 {
		digits := bytes.TrimRight(text[at+1:], "0")
		exponent -= len(digits)
		text = append(append(make([]byte, 0, len(text)), text[:at]...), digits...)
	}
	if d.units, ok = readInteger(text); !ok || d.units == 0 {
		return fixed{}, ok
	}
	for ; exponent < 0 && d.units%10 == 0; exponent++ {
		d.units /= 10
	}
	if exponent > 0 {
		return d.raise(exponent, 0)
	}
	d.scale = -exponent
	return d, d.scale <= maxScale
}

// readInteger reads an integer of 64 bits.
func readInteger(text []byte) (n int64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	for _, c := range text {
		digit := int64(c - '0')
		if n < (math.MinInt64+digit)/10 {
			return 0, false
		}
		// Negative, because that range is the larger one.
		n = n*10 - digit
	}
	if negative {
		return n, true
	}
	return -n, n != math.MinInt64
}

// raise multiplies units by 10^n and sets the scale.
func (d fixed) raise(n, scale int) (fixed, bool) {
	if n > maxScale {
		return fixed{}, false
	}
	units, ok := multiply(d.units, powers[n])
	return fixed{units, scale}, ok
}

func multiply(a, b int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	switch {
	case high != 0:
		return 0, false
	case (a < 0) != (b < 0):
		return -int64(low), low <= -math.MinInt64
	}
	return int64(low), low <= math.MaxInt64
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// align brings two numbers to one scale.
func align(a, b fixed) (x, y fixed, ok bool) {
	scale := max(a.scale, b.scale)
	x, okX := a.raise(scale-a.scale, scale)
	y, okY := b.raise(scale-b.scale, scale)
	return x, y, okX && okY
}

// value is the number as JSON.
func (d fixed) value() value {
	if d.scale == 0 {
		return value{kind: isNumber, text: jsonrow.AppendInt(nil, d.units)}
	}
	text := jsonrow.AppendInt(nil, d.units)
	text = append(text, 'e', '-')
	return value{kind: isNumber, text: jsonrow.AppendInt(text, int64(d.scale))}
}

// onNumbers evaluates an arithmetic operator, exactly where it can.
func (op Op) onNumbers(a, b []byte) value {
	x, okX := readFixed(a)
	y, okY := readFixed(b)
	if okX && okY {
		if op == OpDiv && isInteger(a) && isInteger(b) && y.units != 0 {
			if x.units == math.MinInt64 && y.units == -1 {
				return value{kind: isNumber, text: a[1:]}
			}
			return fixed{units: x.units / y.units}.value()
		}
		if d, ok := op.exact(x, y); ok {
			return d.value()
		}
	}
	f, _ := jsonrow.Float(a)
	g, _ := jsonrow.Float(b)
	return op.onFloats(f, g, isInteger(a) && isInteger(b))
}

// isInteger tells whether a number is written without fraction and exponent.
func isInteger(number []byte) bool {
	return !bytes.ContainsAny(number, ".eE")
}

// exact adds, subtracts, multiplies or takes the rest, where the result fits.
func (op Op) exact(x, y fixed) (fixed, bool) {
	if op == OpMul {
		units, ok := multiply(x.units, y.units)
		return fixed{units, x.scale + y.scale}, ok
	}
	x, y, ok := align(x, y)
	if !ok {
		return fixed{}, false
	}
	switch op {
	case OpSub:
		difference := x.units - y.units
		return fixed{difference, x.scale}, (difference < x.units) == (y.units > 0)
	case OpAdd:
		sum := x.units + y.units
		return fixed{sum, x.scale}, (sum > x.units) == (y.units > 0)
	case OpMod:
		if y.units == 0 {
			return fixed{}, false
		}
		return fixed{x.units % y.units, x.scale}, true
	}
	return fixed{}, false
}

func (op Op) onFloats(a, b float64, integers bool) value {
	var f float64
	switch op {
	case OpAdd:
		f = a + b
	case OpSub:
		f = a - b
	case OpMul:
		f = a * b
	case OpDiv:
		if f = a / b; integers {
			f = math.Trunc(f)
		}
	case OpMod:
		f = math.Mod(a, b)
	}
	return fromFloat(f)
}

// fromFloat is null when f is no number or infinite, which JSON cannot say.
func fromFloat(f float64) value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return value{}
	}
	return value{kind: isNumber, text: strconv.AppendFloat(nil, f, 'g', -1, 64)}
}

// onNumber evaluates an operator on one number. Halves are rounded away from 0.
func (op Op) onNumber(a []byte) value {
	if op == OpNeg {
		if a[0] == '-' {
			return value{kind: isNumber, text: a[1:]}
		}
		return value{kind: isNumber, text: append([]byte{'-'}, a...)}
	}
	if isInteger(a) {
		return value{kind: isNumber, text: a}
	}
	d, ok := readFixed(a)
	if !ok {
		f, _ := jsonrow.Float(a)
		switch op {
		case OpFloor:
			f = math.Floor(f)
		case OpCeiling:
			f = math.Ceil(f)
		default:
			f = math.Round(f)
		}
		return fromFloat(f)
	}
	unit := powers[d.scale]
	whole, rest := d.units/unit, d.units%unit
	switch {
	case op == OpFloor && rest < 0:
		whole--
	case op == OpCeiling && rest > 0:
		whole++
	case op == OpRound && rest >= unit-unit/2:
		whole++
	case op == OpRound && -rest >= unit-unit/2:
		whole--
	}
	return fixed{units: whole}.value()
}
