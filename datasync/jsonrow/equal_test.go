package jsonrow

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each pair of values is put in one of three classes: equal as JSON (and so the same for
// JavaScript), only the same for JavaScript, or different.
func TestValuesAreEqualTheSameOrDifferent(t *testing.T) {
	for class, pairs := range map[string][][2]string{
		"equal": {
			{`1`, `1.0`}, {`1`, `1e0`}, {`-0`, `0`}, {` 1 `, `1`}, {`"a"`, `"\u0061"`}, {`"\ud83d\ude00"`, `"😀"`},
			{`null`, ` null`}, {`[]`, `[ ]`}, {`{"a":1,"b":[2]}`, `{ "b":[2.0], "a":1 }`}, {`{"\u0061":1}`, `{"a":1}`},
			{`{"a":1,"a":2}`, `{"a":2}`}, {`{"a":1,"b":0,"a":2}`, `{"a":3,"b":0,"a":2}`}, {`{"a":{"b":{"c":[{"d":null}]}}}`, `{"a":{"b":{"c":[ {"d":null}]}}}`},
			{`"\ud800"`, `"\uD800"`}, {`12345678901234567890.5`, `1.23456789012345678905e19`},
		},
		"same": {
			{`9007199254740993`, `9007199254740992`}, {`0.1`, `0.1000000000000000000001`}, {`1e400`, `1e500`},
			{`"2024-01-01T00:00:00Z"`, `"2024-01-01T00:00:00.000Z"`}, {`"2024-01-01T01:00:00+01:00"`, `"2024-01-01T00:00:00.000Z"`},
			{`"2024-01-01T00:00:00.1234567Z"`, `"2024-01-01T00:00:00.123Z"`}, {`"2024-01-01T00:00:00.1Z"`, `"2024-01-01T00:00:00.100Z"`},
			{`"2024-01-01T00:00:00.12345Z"`, `"2024-01-01T00:00:00.1234567Z"`},
			{`{"a":[9007199254740993],"b":1}`, `{"b":1,"a":[9007199254740992]}`},
		},
		"different": {
			{`1`, `2`}, {`1`, `"1"`}, {`1`, `true`}, {`true`, `false`}, {`null`, `0`}, {`""`, `null`}, {`"a"`, `"A"`}, {`"a"`, `"a "`},
			{`[1,2]`, `[2,1]`}, {`[1]`, `[1,1]`}, {`{}`, `[]`}, {`{"a":null}`, `{}`}, {`{"a":1}`, `{"b":1}`}, {`{"a":1}`, `{"a":1,"b":1}`},
			{`{"a":2,"a":1}`, `{"a":2}`}, {`{"a":1,"a":2}`, `{"a":1,"a":3}`}, {`{"a":1,"b":1}`, `{"a":1}`}, {`"\ud800"`, `"\udfff"`}, {`"\ud800"`, `"\ufffd"`},
			{`"2024-01-01T00:00:00.123Z"`, `"2024-01-01T00:00:00.124Z"`}, {`"2024-01-01T00:00:00Z"`, `"2024-01-01T00:00:00.5Z"`},
			{`"2024-01-01T00:00:00.1Z"`, `"2024-01-01T00:00:00.12Z"`}, {`"2024-01-01T00:00:00.1234567Z"`, `"2024-01-01T00:00:00.1234568Z"`},
			{`"2024-01-01T00:00:00Z"`, `"2024-01-01T00:00:01Z"`}, {`"2024-01-01"`, `"2024-01-01T00:00:00Z"`},
			{`9007199254740993`, `9007199254740995`}, {`""`, ``}, {`[1,]`, `[1]`},
		},
	} {
		for _, pair := range pairs {
			a, b := []byte(pair[0]), []byte(pair[1])
			require.Equal(t, class == "equal", Equal(a, b), "%s and %s", a, b)
			require.Equal(t, class == "equal", Equal(b, a), "%s and %s", b, a)
			require.Equal(t, class != "different", Same(a, b), "%s and %s", a, b)
			require.Equal(t, class != "different", Same(b, a), "%s and %s", b, a)
		}
	}
}

func TestARowCoversWhatWasSent(t *testing.T) {
	const server = `{"id":"1","text":"a","n":9007199254740993,"due":"2024-01-01T00:00:00.1234567Z","o":{"x":1},"none":null,` +
		`"version":"v2","updatedAt":"2024-01-02T00:00:00Z","createdAt":"2024-01-01T00:00:00Z","deleted":false}`
	for sent, want := range map[string]bool{
		`{}`:                                 true,
		server:                               true,
		`{"id":"1","text":"a"}`:              true,
		`{"id":"2","text":"a"}`:              false,
		`{"text":"b"}`:                       false,
		`{"n":9007199254740992}`:             true,
		`{"n":9007199254740996}`:             false,
		`{"due":"2024-01-01T00:00:00.123Z"}`: true,
		`{"due":"2024-01-01T00:00:00.124Z"}`: false,
		`{"absent":null,"none":null}`:        true,
		`{"absent":0}`:                       false,
		`{"text":null}`:                      false,
		`{"o":{"x":1}}`:                      true,
		`{"o":{"x":1,"y":null}}`:             false,
		`{"version":"v1","updatedAt":null,"createdAt":1,"deleted":true}`: true,
		`{"text":"a","text":"b"}`: false,
	} {
		require.Equal(t, want, Covers([]byte(server), []byte(sent)), sent)
	}
	t.Run("but for members that are ignored", func(t *testing.T) {
		sent := []byte(`{"text":"b","rank":7}`)
		require.False(t, Covers([]byte(server), sent, "text"))
		require.True(t, Covers([]byte(server), sent, "rank", "text"))
	})
}

func TestDeepValuesAreComparedOnce(t *testing.T) {
	for _, pattern := range [][2]string{{`{"a":`, `}`}, {`{"x":0,"a":`, `,"y":1}`}, {`[`, `]`}} {
		nest := func(inner, open, closing string) []byte {
			return []byte(strings.Repeat(open, maxDepth-1) + inner + strings.Repeat(closing, maxDepth-1))
		}
		a, b := nest("1", pattern[0], pattern[1]), nest("2", pattern[0], pattern[1])
		require.False(t, Equal(a, b))
		require.True(t, Equal(a, nest("1.0", pattern[0], pattern[1])))
	}
	turned := []byte(strings.Repeat(`{"y":1,"a":`, 100) + "1" + strings.Repeat(`,"x":0}`, 100))
	require.True(t, Same(turned, []byte(strings.Repeat(`{"x":0,"a":`, 100)+"1.0"+strings.Repeat(`,"y":1}`, 100))))
}
