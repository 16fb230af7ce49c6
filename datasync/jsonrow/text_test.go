package jsonrow

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTextDecodesStrings(t *testing.T) {
	for raw, want := range map[string]string{
		`""`: "", `"\u00Ff\uABCD"`: "ÿ\uabcd", `"a"`: "a", `"é"`: "é", `"\u00E9\/\\\"\b\f\n\r\t"`: "é/\\\"\b\f\n\r\t",
		`"\ud83d\ude00"`: "😀", `"\ud800"`: "\ufffd", `"\ude00x"`: "\ufffdx", `"\ud83d\ud83d\ude00"`: "\ufffd😀",
		`"\ud83d\n"`: "\ufffd\n", `"\ud83dxude00"`: "\ufffdxude00", `"\ud83d\\ude00"`: "\ufffd\\ude00",
	} {
		text, ok := Text([]byte(raw))
		require.True(t, ok, raw)
		require.Equal(t, want, text, raw)
		var std string
		require.NoError(t, json.Unmarshal([]byte(raw), &std))
		require.Equal(t, std, text, raw)
	}
	for _, raw := range []string{``, `"`, `a`, `"a`, `1`, `null`, `{}`, `'a'`} {
		_, ok := Text([]byte(raw))
		require.False(t, ok, raw)
	}
}

func TestTextBytesIsAPartOfAPlainString(t *testing.T) {
	raw := []byte(`"plain é"`)
	text, ok := TextBytes(raw)
	require.True(t, ok)
	require.Same(t, &raw[1], &text[0])
}

func TestAppendTextWritesJSONThatIsJavaScriptToo(t *testing.T) {
	require.Equal(t, `x"a\"\\\n\u0001/é\u2028\u2029`+"\u007f\ufffd😀\"",
		string(AppendText([]byte("x"), "a\"\\\n\x01/é\u2028\u2029\x7f\xff😀")))
	require.Equal(t, `"\b\f\r\t"`, string(AppendText(nil, "\b\f\r\t")))
}

func TestTextUndoesAppendText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		raw := AppendText(nil, s)
		require.NoError(t, Check(raw))
		got, ok := Text(raw)
		require.True(t, ok)
		if utf8.ValidString(s) {
			require.Equal(t, s, got)
		} else {
			require.Equal(t, string([]rune(s)), got)
		}
	})
}

func TestAppendIntWritesTheSmallestAndTheLargest(t *testing.T) {
	require.Equal(t, "-9223372036854775808,9223372036854775807",
		string(AppendInt(append(AppendInt(nil, -1<<63), ','), 1<<63-1)))
}
