package query

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTextAndTreeAreTheSameFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := draw{T: t, digits: 9}.condition(4)
		parsed, err := ParseFilter(e.String())
		require.NoError(t, err, e)
		require.Equal(t, e, withoutPos(parsed))
		require.Equal(t, e.String(), parsed.String())
	})
}

func TestEveryDialectAsksForTheSameRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw{T: t, digits: 3}
		e := d.condition(3)
		original, err := Compile(e)
		require.NoError(t, err)
		rows := [][]byte{d.row(), d.row(), d.row()}
		for _, dialect := range []Dialect{Datasync, Classic, Legacy} {
			text, err := dialect.Filter(e)
			require.NoError(t, err)
			parsed, err := ParseFilter(text)
			require.NoError(t, err, text)
			rendered, err := Compile(parsed)
			require.NoError(t, err, text)
			for _, row := range rows {
				require.Equal(t, original.Match(row), rendered.Match(row), "%s and %s for %s", e, text, row)
			}
		}
	})
}

// A filter, its negation and whether neither holds split all rows in three.
func TestThreeValuedLogicSplitsTheRowsInThree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw{T: t, digits: 7}
		e := d.condition(3)
		row := d.row()
		matches := func(e *Expr) bool {
			p, err := Compile(e)
			require.NoError(t, err)
			return p.Match(row)
		}
		holds, fails, open := matches(e), matches(Not(e)), matches(Compare(OpEq, e, NullValue()))
		count := 0
		for _, is := range []bool{holds, fails, open} {
			if is {
				count++
			}
		}
		require.Equal(t, 1, count, "%v %v %v: %s for %s", holds, fails, open, e, row)
		require.Equal(t, holds, matches(Or(e, Boolean(false))))
		require.Equal(t, holds, matches(And(Boolean(true), e)))
		require.Equal(t, holds, matches(Not(Not(e))))
		require.True(t, matches(Or(e, Boolean(true))))
		require.False(t, matches(And(e, Boolean(false))))
	})
}

func TestSortingIsATotalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw{T: t, digits: 3}
		s := NewSorter([]Order{{Member: rapid.SampledFrom([]string{"s", "n", "f"}).Draw(t, "first"), Descending: rapid.Bool().Draw(t, "descending")},
			{Member: "m"}})
		a, b, c := s.Key(d.row(), "a"), s.Key(d.row(), "b"), s.Key(d.row(), "c")
		require.False(t, s.Less(a, a))
		require.NotEqual(t, s.Less(a, b), s.Less(b, a))
		if s.Less(a, b) && s.Less(b, c) {
			require.True(t, s.Less(a, c))
		}
	})
}
