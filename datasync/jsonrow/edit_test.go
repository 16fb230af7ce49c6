package jsonrow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSetKeepsEveryOtherByte(t *testing.T) {
	for _, c := range []struct{ object, name, value, want string }{
		{`{}`, "a", `1`, `{"a":1}`},
		{` { } `, "a", `1`, ` {"a":1 } `},
		{`{"a" : 1.0 , "b":2 }`, "a", `"x"`, `{"a" : "x" , "b":2 }`},
		{`{"a":1, "b":2 }`, "c", `{"d":[]}`, `{"a":1, "b":2,"c":{"d":[]} }`},
		{`{"n":9007199254740993,"a":1}`, "a", `2`, `{"n":9007199254740993,"a":2}`},
		{`{"a":1,"b":2,"a":3 , "c":4}`, "a", `9`, `{"a":9,"b":2 , "c":4}`},
		{`{"\u0061":1}`, "a", `2`, `{"\u0061":2}`},
		{`{"x":{"a":1}}`, "a", `2`, `{"x":{"a":1},"a":2}`},
		{`{}`, "a\"\n", `1`, `{"a\"\n":1}`},
		{`nonsense`, "a", `1`, `{"a":1}`},
		{``, "a", `1`, `{"a":1}`},
	} {
		object := []byte(c.object)
		require.Equal(t, c.want, string(Set(object, c.name, []byte(c.value))), c.object)
		require.Equal(t, c.object, string(object), "the argument is left alone")
	}
}

func TestRemoveTakesOutMembersAndTheirCommas(t *testing.T) {
	for _, c := range []struct{ object, names, want string }{
		{`{"a":1}`, "a", `{}`},
		{`{ "a":1 }`, "a", `{ }`},
		{`{"a":1,"b":2}`, "a", `{"b":2}`},
		{`{"a":1, "b":2}`, "b", `{"a":1}`},
		{`{"a":1 , "b":2 ,"c":3}`, "b", `{"a":1 ,"c":3}`},
		{`{"a":1 , "b":2 ,"c":3 }`, "a b", `{"c":3 }`},
		{`{"a":1,"b":2,"c":3}`, "a c", `{"b":2}`},
		{`{"a":1,"b":2,"a":3}`, "a", `{"b":2}`},
		{`{"a":1}`, "x", `{"a":1}`},
		{`{"a":{"b":1},"b":2}`, "b", `{"a":{"b":1}}`},
		{`[]`, "a", `{}`},
	} {
		require.Equal(t, c.want, string(Remove([]byte(c.object), strings.Fields(c.names)...)), c.object)
	}
}

func TestMergeSetsEveryMemberOfThePatch(t *testing.T) {
	for _, c := range []struct{ object, patch, want string }{
		{`{"a":1,"b":2}`, `{"b":3,"c":4}`, `{"a":1,"b":3,"c":4}`},
		{`{"a":1}`, `{}`, `{"a":1}`},
		{`{"a":1}`, ` { "a" : null } `, `{"a":null}`},
		{`{"a":1}`, `{"b":1,"b":2}`, `{"a":1,"b":2}`},
		{`{"a":{"x":1}}`, `{"a":{"y":2}}`, `{"a":{"y":2}}`},
		{`{}`, `{"a":1,"b":2}`, `{"a":1,"b":2}`},
		{`{"a":1}`, `null`, `{"a":1}`},
	} {
		require.Equal(t, c.want, string(Merge([]byte(c.object), []byte(c.patch))), c.object)
	}
}

func TestEditsOfManyMembersAgreeWithEditsOfEach(t *testing.T) {
	const n = 3 * indexFrom
	object, patch, want := []byte(`{"keep":0}`), []byte(`{}`), []byte(`{"keep":0}`)
	var names []string
	for i := range n {
		name := fmt.Sprint("m", i)
		names = append(names, name)
		patch = Set(patch, name, AppendInt(nil, int64(i)))
		want = Set(want, name, AppendInt(nil, int64(i)))
	}
	merged := Merge(object, patch)
	require.Equal(t, string(want), string(merged))
	require.Equal(t, `{"keep":0}`, string(Remove(merged, names...)))
	require.True(t, Covers(merged, patch))
	reversed := []byte(`{}`)
	for i := range n {
		name := names[n-1-i]
		value, _ := Get(patch, name)
		reversed = Set(reversed, name, value)
	}
	require.True(t, Equal(reversed, patch))
	require.False(t, Equal(Set(reversed, names[7], []byte("-1")), patch))
}
