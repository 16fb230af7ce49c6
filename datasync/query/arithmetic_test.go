package query

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func rational(t require.TestingT, number []byte) *big.Rat {
	r, ok := new(big.Rat).SetString(string(number))
	require.True(t, ok, "%s", number)
	return r
}

// exactly is what an operator should give.
func exactly(op Op, a, b *big.Rat) *big.Rat {
	switch op {
	case OpAdd:
		return new(big.Rat).Add(a, b)
	case OpSub:
		return new(big.Rat).Sub(a, b)
	case OpMul:
		return new(big.Rat).Mul(a, b)
	}
	quotient := new(big.Rat).Quo(a, b)
	if op == OpMod {
		whole := new(big.Int).Quo(quotient.Num(), quotient.Denom())
		return new(big.Rat).Sub(a, new(big.Rat).Mul(b, new(big.Rat).SetInt(whole)))
	}
	if a.IsInt() && b.IsInt() {
		return new(big.Rat).SetInt(new(big.Int).Quo(quotient.Num(), quotient.Denom()))
	}
	return quotient
}

func TestArithmeticOnShortDecimalsIsExact(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,4})(\.[0-9]{1,4})?(e[+-]?[0-3])?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := []byte(number.Draw(t, "a")), []byte(number.Draw(t, "b"))
		op := rapid.SampledFrom([]Op{OpAdd, OpSub, OpMul, OpMod}).Draw(t, "op")
		got := op.onNumbers(a, b)
		x, y := rational(t, a), rational(t, b)
		if op == OpMod && y.Sign() == 0 {
			require.Equal(t, isNull, got.kind)
			return
		}
		require.Zero(t, exactly(op, x, y).Cmp(rational(t, got.text)), "%s %s %s is not %s", a, op, b, got.text)
	})
}

func TestArithmeticOnLongNumbersIsNearTheTruth(t *testing.T) {
	number := rapid.OneOf(rapid.StringMatching(`-?[1-9][0-9]{14,20}(\.[0-9]{1,6})?`), rapid.StringMatching(`-?[1-9][0-9]{0,3}(\.[0-9]{1,6})?`),
		rapid.SampledFrom([]string{"9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e18", "-1", "0"}))
	rapid.Check(t, func(t *rapid.T) {
		a, b := []byte(number.Draw(t, "a")), []byte(number.Draw(t, "b"))
		op := rapid.SampledFrom([]Op{OpAdd, OpSub, OpMul, OpDiv}).Draw(t, "op")
		got := op.onNumbers(a, b)
		x, y := rational(t, a), rational(t, b)
		if op == OpDiv && y.Sign() == 0 {
			require.Equal(t, isNull, got.kind)
			return
		}
		if op == OpDiv && isInteger(a) != isInteger(b) {
			// Written as a decimal, so the fraction stays whatever the value.
			return
		}
		want := exactly(op, x, y)
		size := new(big.Rat).Add(new(big.Rat).Abs(x), new(big.Rat).Abs(y))
		if op == OpMul {
			size = new(big.Rat).Abs(want)
		}
		slack := size.Mul(size, big.NewRat(1, 1e15))
		if isInteger(a) && isInteger(b) {
			slack.Add(slack, big.NewRat(1, 1)) // a quotient of doubles may be cut on the other side of an integer
		}
		off := new(big.Rat).Sub(want, rational(t, got.text))
		require.LessOrEqual(t, off.Abs(off).Cmp(slack), 0, "%s %s %s is not %s", a, op, b, got.text)
	})
}

func TestIntegersOf64BitsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		a, b := new(big.Int).SetInt64(x), new(big.Int).SetInt64(y)
		for op, want := range map[Op]*big.Int{OpAdd: new(big.Int).Add(a, b), OpSub: new(big.Int).Sub(a, b), OpMul: new(big.Int).Mul(a, b)} {
			got := op.onNumbers([]byte(a.String()), []byte(b.String()))
			if want.IsInt64() {
				require.Equal(t, want.String(), string(got.text), "%d %s %d", x, op, y)
			}
		}
		if y != 0 {
			require.Equal(t, new(big.Int).Quo(a, b).String(), string(OpDiv.onNumbers([]byte(a.String()), []byte(b.String())).text))
			require.Equal(t, new(big.Int).Rem(a, b).String(), string(OpMod.onNumbers([]byte(a.String()), []byte(b.String())).text))
		}
		require.Equal(t, a.String(), string(OpAdd.onNumbers([]byte(a.String()), []byte("0")).text))
		require.Equal(t, a.String(), string(OpSub.onNumbers([]byte(a.String()), []byte("-0.0")).text))
	})
}

func TestRoundingIsExact(t *testing.T) {
	half := big.NewRat(1, 2)
	floor := func(r *big.Rat) *big.Rat {
		// Euclidean division, whose rest is never negative.
		return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
	}
	rapid.Check(t, func(t *rapid.T) {
		a := []byte(rapid.StringMatching(`-?(0|[1-9][0-9]{0,9})(\.[05][0-9]{0,6})?(e[+-]?[0-2])?`).Draw(t, "a"))
		x := rational(t, a)
		negative := new(big.Rat).Neg(x)
		rounded := floor(new(big.Rat).Add(x, half))
		if x.Sign() < 0 {
			rounded = new(big.Rat).Neg(floor(new(big.Rat).Add(negative, half)))
		}
		for op, want := range map[Op]*big.Rat{OpFloor: floor(x), OpCeiling: new(big.Rat).Neg(floor(negative)), OpRound: rounded, OpNeg: negative} {
			require.Zero(t, want.Cmp(rational(t, op.onNumber(a).text)), "%s of %s is not %s", op, a, op.onNumber(a).text)
		}
	})
}

func TestNumbersAreReadAsFarAsTheyFit(t *testing.T) {
	for text, want := range map[string]fixed{
		"0": {}, "-0.00": {}, "0e-99": {}, "0e99": {}, "100e-2": {1, 0}, "1.50": {15, 1}, "-1e18": {-1e18, 0}, "1e-18": {1, 18},
		"1.000000000000000001": {1000000000000000001, 18}, "9223372036854775807": {9223372036854775807, 0},
		"-9223372036854775808": {-9223372036854775808, 0}, "1200e-3": {12, 1}, "12E+2": {1200, 0},
	} {
		got, ok := readFixed([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"9223372036854775808", "-9223372036854775809", "1e19", "1e-19", "10000000000000000000", "1e1001", "1e-1001",
		"1e-9223372036854775808", "1.5e-9223372036854775808", "1e9223372036854775807", "1e99999999999999999999"} {
		_, ok := readFixed([]byte(text))
		require.False(t, ok, text)
	}
}
