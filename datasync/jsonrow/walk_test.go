package jsonrow

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachHandsOutNamesDecodedAndValuesRaw(t *testing.T) {
	object := []byte(" {\"a\" : 1.50 ,\t\"b\\u0063\":{ \"x\" : [ ] }, \"a\":\"\\n\" , \"é\":null}\n")
	var got []string
	require.NoError(t, Each(object, func(name, value []byte) bool {
		got = append(got, string(name), string(value))
		return true
	}))
	want := []string{"a", "1.50", "bc", `{ "x" : [ ] }`, "a", `"\n"`, "é", "null"}
	require.Equal(t, want, got)

	t.Run("as Members does", func(t *testing.T) {
		got = nil
		Members(object, func(name, value []byte) bool {
			got = append(got, string(name), string(value))
			return true
		})
		require.Equal(t, want, got)
	})
	t.Run("until it is told to stop", func(t *testing.T) {
		calls := 0
		stop := func(_, _ []byte) bool { calls++; return false }
		require.NoError(t, Each([]byte(`{"a":1,broken`), stop))
		Members(object, stop)
		require.Equal(t, 2, calls)
	})
	t.Run("without copying a plain name", func(t *testing.T) {
		text := []byte(`{"name":1}`)
		require.NoError(t, Each(text, func(name, _ []byte) bool { return &name[0] == &text[2] }))
		require.Zero(t, testing.AllocsPerRun(10, func() {
			_ = Each(text, func(_, _ []byte) bool { return true })
		}))
	})
	t.Run("so that appending to a value leaves the object alone", func(t *testing.T) {
		text := []byte(`{"a":1,"b":2}`)
		require.NoError(t, Each(text, func(_, value []byte) bool { _ = append(value, "xxx"...); return true }))
		Members(text, func(_, value []byte) bool { _ = append(value, "xxx"...); return true })
		require.Equal(t, `{"a":1,"b":2}`, string(text))
	})
}

func TestEachRefusesWhatIsNoObject(t *testing.T) {
	for text, want := range map[string]SyntaxError{
		``:                {0, "expected an object"},
		` []`:             {1, "expected an object"},
		`{`:               {1, "the name of a member is missing"},
		`{"a":1}x`:        {7, "unexpected text after the value"},
		`{}{}`:            {2, "unexpected text after the value"},
		`{"a":1;}`:        {6, "expected ',' or '}'"},
		`{"a" 1}`:         {5, "expected ':'"},
		`{"a\q":1}`:       {3, "invalid escape"},
		`{"a":[1,}`:       {8, "a value is missing"},
		`{"a":1,"b":tru}`: {11, "expected true"},
	} {
		require.Equal(t, &want, Each([]byte(text), func(_, _ []byte) bool { return true }), text)
	}
}

func TestElementsHandsOutValuesRaw(t *testing.T) {
	var got []string
	collect := func(value []byte) bool { got = append(got, string(value)); return len(got) < 4 }
	require.NoError(t, Elements([]byte(` [ 1 ,"a,]" , {"b":[2]},[ ]]`), collect))
	require.Equal(t, []string{"1", `"a,]"`, `{"b":[2]}`, "[ ]"}, got)
	require.NoError(t, Elements([]byte("[ ]"), func([]byte) bool { panic("no element") }))

	got = nil
	for text, want := range map[string]SyntaxError{
		`{}`:    {0, "expected an array"},
		`[`:     {1, "a value is missing"},
		`[1`:    {2, "expected ',' or ']'"},
		`[]]`:   {2, "unexpected text after the value"},
		`[1]1`:  {3, "unexpected text after the value"},
		`["a`:   {3, "text is not closed"},
		`[1,2,`: {5, "a value is missing"},
	} {
		require.Equal(t, &want, Elements([]byte(text), func([]byte) bool { return true }), text)
	}
}

func TestGetFindsTheLastMemberOfThatName(t *testing.T) {
	object := []byte(`{"a":1,"b":{"a":2},"a":[3] ,"c\u0064":"x"}`)
	for name, want := range map[string]string{"a": "[3]", "b": `{"a":2}`, "cd": `"x"`} {
		value, ok := Get(object, name)
		require.True(t, ok)
		require.Equal(t, want, string(value))
	}
	value, ok := Get([]byte(`{"a":"","":[""],"b":{"":"]"},"c":"\"","d":1}`), "d")
	require.True(t, ok)
	require.Equal(t, "1", string(value))
	_, ok = Get(object, "x")
	require.False(t, ok)
}

func TestNothingPanicsOnGarbage(t *testing.T) {
	for _, text := range []string{
		"", "{", `{"`, `{"a`, `{"a"`, `{"a":`, `{"a":"`, `{"a":"\`, `{"a":{`, `{"a":[}`, `{"a":1,`, `{"\`, `{"\u`, `{"\u12`,
		"}", "[", "null", `"`, `{"a":}`, `{"a":1}}`, "\xff", `{"a":1 2}`, "-", `{"a"}`, `{,}`, `{"a":,"b":1}`,
	} {
		b := []byte(text)
		Get(b, "a")
		Set(b, "a", []byte("1"))
		Remove(b, "a")
		Merge(b, b)
		Equal(b, b[:len(b):len(b)])
		Equal(append(b[:len(b):len(b)], ' ', 'x'), b)
		Same(b, append([]byte{' '}, b...))
		Covers(b, b)
		Text(b)
		Float(b)
		Instant(b)
		CompareNumbers(text, text+"1")
		CompareInstants(b, b)
		_, err := Scan(b)
		require.Error(t, err, "%q", text)
	}
}
