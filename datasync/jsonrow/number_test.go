package jsonrow

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNumbersAreComparedExactly(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1", "1.0", 0}, {"1", "1e0", 0}, {"1", "10e-1", 0}, {"1", "0.1E+1", 0}, {"0", "-0", 0}, {"0.0", "-0e5", 0},
		{"0e999999999999999999999", "0", 0}, {"100", "1e2", 0}, {"0.001", "1e-3", 0}, {"120", "1.20e2", 0},
		{"9007199254740993", "9007199254740992", 1}, {"9007199254740993", "9007199254740993.0", 0},
		{"123456789012345678901234567890", "123456789012345678901234567891", -1},
		{"0.1", "0.10000000000000000000001", -1}, {"-1", "1", -1}, {"-2", "-1", -1}, {"-1", "-2", 1}, {"0", "1e-400", -1},
		{"-1e-400", "0", -1}, {"1e400", "1e401", -1}, {"2e400", "1e401", -1}, {"9.99e400", "1e401", -1},
		{"999999999999999999", "1000000000000000000", -1}, {"-1000000000000000000", "-999999999999999999", -1},
		{"12", "1.2e1", 0}, {"12.5", "12.50", 0}, {"12.5", "12.49", 1}, {"0.05", "0.5", -1}, {"0.0500", "5e-2", 0},
		{"1e99999999999999999999", "1e5", 1}, {"1e-99999999999999999999", "1e-5", -1}, {"10", "9", 1}, {"1", "1.5", -1},
	} {
		require.Equal(t, c.want, CompareNumbers(c.a, c.b), "%s and %s", c.a, c.b)
		require.Equal(t, -c.want, CompareNumbers(c.b, c.a), "%s and %s", c.b, c.a)
	}
}

func TestNumbersCompareAsRationalsDo(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, ok := new(big.Rat).SetString(a)
		require.True(t, ok)
		y, ok := new(big.Rat).SetString(b)
		require.True(t, ok)
		require.Equal(t, x.Cmp(y), CompareNumbers(a, b))
		if !strings.ContainsAny(a, "eE") {
			require.Zero(t, CompareNumbers(a, a+"e0"))
		}
	})
}

func TestFloatReadsNumbersAsJavaScriptDoes(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "-1.5": -1.5, "9007199254740993": 9007199254740992, "1e400": math.Inf(1), "-1e400": math.Inf(-1), "1e-400": 0,
		"123456789012345678901234567890123456789": 1.2345678901234568e38,
	} {
		f, ok := Float([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, want, f, text)
	}
	for _, text := range []string{"", "x", "1x", "0x10", "1_0", "inf", "01", `"1"`, "1 ", "-", "1."} {
		_, ok := Float([]byte(text))
		require.False(t, ok, text)
	}
}
