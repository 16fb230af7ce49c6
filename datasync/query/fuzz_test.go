package query

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParseFilter expects that nothing panics, that errors have a position in the text,
// and that what was read is read again from its own text and from that of each dialect.
func FuzzParseFilter(f *testing.F) {
	for _, sample := range samples {
		f.Add(sample[0])
	}
	row := []byte(`{"a":1,"b":"x","c":true,"t":"2024-01-01T00:00:00.1234567Z","n":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseFilter(text)
		if err != nil {
			var refused *Error
			require.ErrorAs(t, err, &refused)
			require.True(t, 0 <= refused.Pos && refused.Pos <= len(text), "%v", err)
			require.Equal(t, text, refused.Text)
			require.NotEmpty(t, err.Error())
			return
		}
		canonical := e.String()
		// The canonical text may need more parentheses, and so may be too deep.
		again, err := ParseFilter(canonical)
		if err != nil {
			require.True(t, len(canonical) > maxDepth, "%s: %v", canonical, err)
			return
		}
		require.Equal(t, withoutPos(e), withoutPos(again), canonical)
		require.Equal(t, canonical, again.String())
		for _, d := range []Dialect{Datasync, Classic, Legacy} {
			againstDialect(t, d, e)
		}
		if p, err := Compile(e); err == nil {
			matches := p.Match(row)
			p, err = Compile(again)
			require.NoError(t, err)
			require.Equal(t, matches, p.Match(row))
		}
	})
}

// againstDialect expects that what a dialect says can be read, and is said the same way
// again.
func againstDialect(t *testing.T, d Dialect, e *Expr) {
	text, err := d.Filter(e)
	if err != nil {
		return
	}
	parsed, err := ParseFilter(text)
	if err != nil {
		require.True(t, len(text) > maxDepth, "%s: %v", text, err)
		return
	}
	again, err := d.Filter(parsed)
	require.NoError(t, err, text)
	require.Equal(t, text, again)
}
