package jsonrow

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzCheck holds the package against encoding/json.
func FuzzCheck(f *testing.F) {
	for _, text := range []string{
		`{"id":"a","n":9007199254740993,"d":-1.50e+3,"t":"\u00e9\n\"","o":{"a":[1,{}]},"a":1,"a":null} `,
		`[1, "x", [], {"":""}]`, `"\ud83d\ude00\ud800"`, `{"a":1,}`, "\"\xff\"", string(benchRow),
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		valid := json.Valid(text) && utf8.Valid(text) && depthOf(text) <= maxDepth
		err := Check(text)
		require.Equal(t, valid, err == nil, "%v", err)
		switch {
		case !valid:
			survive(text)
		case bytes.TrimSpace(text)[0] == '{':
			againstMap(t, text)
		case bytes.TrimSpace(text)[0] == '[':
			againstSlice(t, text)
		case bytes.TrimSpace(text)[0] == '"':
			againstString(t, text)
		}
		if valid {
			againstValues(t, text)
		}
		require.Equal(t, before, text, "the input is left alone")
	})
}

// depthOf returns how deep the brackets outside of strings are nested.
func depthOf(text []byte) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == '{' || c == '['):
			depth++
			deepest = max(deepest, depth)
		case !quoted && (c == '}' || c == ']'):
			depth--
		}
	}
	return deepest
}

// survive calls everything that takes its arguments to be valid with some that are not.
func survive(text []byte) {
	Get(text, "a")
	Set(text, "a", []byte("1"))
	Remove(text, "a")
	Merge(text, text)
	other := append(bytes.Clone(text), '1')
	Equal(text, other)
	Same(text, other)
	Covers(text, other)
	Text(text)
	Float(text)
	CompareNumberBytes(text, other)
	Instant(text)
	CompareInstants(text, other)
	Members(text, func(_, _ []byte) bool { return true })
}

func againstMap(t *testing.T, text []byte) {
	want := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal(text, &want))
	got := map[string]json.RawMessage{}
	var names []string
	require.NoError(t, Each(text, func(name, value []byte) bool {
		require.NoError(t, Check(value))
		names = append(names, string(name))
		got[string(name)] = bytes.Clone(value)
		return true
	}))
	require.Equal(t, want, got)
	Members(text, func(name, value []byte) bool {
		require.Equal(t, names[0], string(name))
		names = names[1:]
		return true
	})
	require.Empty(t, names)

	_, err := Scan(text)
	if _, ok := want["id"]; !ok || want["id"][0] == '"' {
		for _, name := range []string{"version", "updatedAt", "deleted"} {
			ok = ok && want[name] == nil
		}
		require.True(t, !ok || err == nil, "%v", err)
	}
	for name, value := range want {
		raw, ok := Get(text, name)
		require.True(t, ok)
		require.Equal(t, string(value), string(raw))
		againstEdits(t, text, name, want)
		break
	}
	againstEdits(t, text, "not there", want)
}

func againstEdits(t *testing.T, text []byte, name string, members map[string]json.RawMessage) {
	without := maps.Clone(members)
	delete(without, name)
	decode := func(text []byte) map[string]json.RawMessage {
		require.NoError(t, Check(text))
		got := map[string]json.RawMessage{}
		require.NoError(t, json.Unmarshal(text, &got))
		return got
	}
	require.Equal(t, without, decode(Remove(text, name)))
	with := maps.Clone(members)
	with[name] = json.RawMessage(`[true]`)
	set := Set(text, name, with[name])
	require.Equal(t, with, decode(set))
	require.Equal(t, 1, strings.Count(string(Set(set, name, []byte(`"only once ☺"`))), "only once ☺")-strings.Count(string(set), "only once ☺"))
	require.Equal(t, with, decode(Merge(text, set)))
	require.True(t, Covers(set, text, name))
}

func againstSlice(t *testing.T, text []byte) {
	var want []json.RawMessage
	require.NoError(t, json.Unmarshal(text, &want))
	got := []json.RawMessage{}
	require.NoError(t, Elements(text, func(value []byte) bool {
		got = append(got, bytes.Clone(value))
		return true
	}))
	require.Equal(t, want, got)
}

func againstString(t *testing.T, text []byte) {
	var want string
	require.NoError(t, json.Unmarshal(text, &want))
	got, ok := Text(bytes.TrimSpace(text))
	require.True(t, ok)
	require.Equal(t, want, got)
	require.True(t, Same(text, AppendText(nil, want)) || hasHalves(text))
}

// hasHalves tells whether there may be surrogates without their other half, which
// encoding/json does not keep.
func hasHalves(text []byte) bool {
	return bytes.Contains(bytes.ToLower(text), []byte(`\ud`))
}

// againstValues writes the document anew and expects it to be equal still.
func againstValues(t *testing.T, text []byte) {
	require.True(t, Equal(text, append([]byte(" "), text...)))
	if hasHalves(text) {
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var exact any
	require.NoError(t, decoder.Decode(&exact))
	written, err := json.Marshal(exact)
	require.NoError(t, err)
	require.True(t, Equal(text, written), "%s", written)
	require.True(t, Same(written, text), "%s", written)

	var doubles any
	if json.Unmarshal(text, &doubles) == nil {
		written, err = json.Marshal(doubles)
		require.NoError(t, err)
		require.True(t, Same(text, written), "%s", written)
	}
}
