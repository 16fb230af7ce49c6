package jsonrow

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckAcceptsWhatRFC8259Allows(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `null`, `true`, `false`, `""`, `0`, `-0`, `12`, `-1.5`, `1e5`, `1E+5`, `0.0e-10`,
		" \t\r\n{ \"a\" : [ 1 , 2 ] } \n", `"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\ud800"`, `"é😀` + "\u2028" + `"`,
		"\"\x7f\"", `{"":0}`, `{"a":1,"a":2}`, strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
	} {
		t.Run(short(text), func(t *testing.T) { require.NoError(t, Check([]byte(text))) })
	}
}

func TestCheckRefusesEverythingElseAndSaysWhere(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
		msg    string
	}{
		{"", 0, "a value is missing"},
		{"  ", 2, "a value is missing"},
		{"\ufeff{}", 0, "a value is missing"},
		{"{} {}", 3, "unexpected text after the value"},
		{"tru", 0, "expected true"},
		{"nulls", 4, "unexpected text after the value"},
		{"01", 0, "a number starts with a needless 0"},
		{"-", 1, "a digit is missing"},
		{"+1", 0, "a value is missing"},
		{".5", 0, "a value is missing"},
		{"1.", 2, "a digit is missing"},
		{"1.e1", 2, "a digit is missing"},
		{"1e", 2, "a digit is missing"},
		{"1e+", 3, "a digit is missing"},
		{"0x1", 1, "unexpected text after the value"},
		{"NaN", 0, "a value is missing"},
		{`"a`, 2, "text is not closed"},
		{`"\x"`, 1, "invalid escape"},
		{`"\u12g4"`, 1, "invalid escape"},
		{`"\`, 1, "invalid escape"},
		{`"\"`, 3, "text is not closed"},
		{"\"a\nb\"", 2, "control character in a text"},
		{"\"a\x00\"", 2, "control character in a text"},
		{"\"\xff\"", 1, "invalid UTF-8"},
		{"\"\xc0\x80\"", 1, "invalid UTF-8"},
		{"\"\xed\xa0\x80\"", 1, "invalid UTF-8"},
		{`{"a"}`, 4, "expected ':'"},
		{`{"a":}`, 5, "a value is missing"},
		{`{"a":1,}`, 7, "the name of a member is missing"},
		{`{a:1}`, 1, "the name of a member is missing"},
		{`{"a":1 "b":2}`, 7, "expected ',' or '}'"},
		{`{"a":1`, 6, "expected ',' or '}'"},
		{`[1,]`, 3, "a value is missing"},
		{`[1 2]`, 3, "expected ',' or ']'"},
		{`[1}`, 2, "expected ',' or ']'"},
		{strings.Repeat("[", maxDepth+1), maxDepth, "nested too deeply"},
		{strings.Repeat(`{"":`, maxDepth+1), 4 * maxDepth, "nested too deeply"},
	} {
		t.Run(short(c.text), func(t *testing.T) {
			err := Check([]byte(c.text))
			require.Equal(t, &SyntaxError{c.offset, c.msg}, err)
			require.Contains(t, err.Error(), c.msg)
		})
	}
}

func TestKindIsToldByTheFirstByte(t *testing.T) {
	for text, kind := range map[string]Kind{
		"null": Null, "true": Bool, "false": Bool, "-1": Number, "0": Number, "9": Number, `"x"`: String,
		"{}": Object, "[]": Array, "": Invalid, " 1": Invalid, "+1": Invalid, "'x'": Invalid, "]": Invalid,
	} {
		require.Equal(t, kind, KindOf([]byte(text)), "%q", text)
	}
}

func short(text string) string {
	if len(text) > 20 {
		return text[:20]
	}
	return text
}
