package query

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQueriesFromJavaScriptAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"":       "",
		" null ": "",
		"{}":     "",
		` {"filter":null,"args":null,"orderBy":null,"select":null,"skip":null,"take":null,"count":null,"includeDeleted":null}`: "",
		`{"filter":"","args":[],"orderBy":[],"select":[],"skip":0,"count":false,"includeDeleted":false}`:                       "",
		`{"args":["it's",{"instant":"2024-01-31T13:00:00.123+01:00"},null,true,9007199254740993,-1.5],
		  "filter":"a eq ? and b lt ? and c ne ? and d eq ? and e in (?,?)"}`: "$filter=a eq 'it''s' and " +
			"b lt cast(2024-01-31T12:00:00.123Z,Edm.DateTimeOffset) and c ne null and d eq true and e in (9007199254740993,-1.5)",
		`{"orderBy":[["text",false],["due",true]],"select":["text","due"],"skip":5,"take":0,"count":true,"includeDeleted":true}`: "$orderby=text,due desc&$select=text,due&$skip=5&$top=0&$count=true&__includedeleted=true",
	} {
		q, err := FromJSON([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, q.String(), text)
		if want == "" {
			require.Zero(t, q)
		}
	}
}

func TestAQueryFromJavaScriptThatIsWrongNamesTheMember(t *testing.T) {
	const number = "a whole number from 0 to 2147483647"
	const args = `'args' has to be an array of texts, numbers, true, false, null and instants such as {"instant": "2024-01-31T12:00:00.000Z"}`
	for text, want := range map[string]string{
		`[]`:                         "the query is not an object",
		`{`:                          "the query is not JSON: jsonrow: the name of a member is missing at byte 1",
		`{"Filter":"a"}`:             "a query has no member 'Filter'",
		`{"top":1}`:                  "a query has no member 'top'",
		`{"filter":1}`:               "'filter' has to be text",
		`{"args":{}}`:                "'args' has to be an array",
		`{"args":[[]]}`:              args,
		`{"args":[{}]}`:              args,
		`{"args":[{"instant":"x"}]}`: args,
		`{"args":[{"instant":1}]}`:   "'args' has to be text",
		`{"orderBy":"a"}`:            "'orderBy' has to be an array",
		`{"orderBy":["a"]}`:          "'orderBy' has to be an array",
		`{"orderBy":[["a"]]}`:        `'orderBy' has to be an array of pairs such as ["text", false]`,
		`{"orderBy":[["a",1]]}`:      `'orderBy' has to be an array of pairs such as ["text", false]`,
		`{"orderBy":[["a b",true]]}`: "cannot order by 'a b': it is no name of a member",
		`{"select":"a"}`:             "'select' has to be an array",
		`{"select":[1]}`:             "'select' has to be text",
		`{"select":["a b"]}`:         "cannot select 'a b': it is no name of a member",
		`{"skip":-1}`:                "'skip' has to be " + number,
		`{"skip":1.5}`:               "'skip' has to be " + number,
		`{"take":"1"}`:               "'take' has to be " + number,
		`{"take":3000000000}`:        "'take' has to be " + number,
		`{"count":1}`:                "'count' has to be true or false",
		`{"includeDeleted":"x"}`:     "'includeDeleted' has to be true or false",
		`{"filter":"a eq"}`:          "expected a value at the end",
		`{"filter":"a eq ?"}`:        "there is no value for this '?'",
		`{"args":[1]}`:               "there are 1 values, but the filter has 0 '?'",
	} {
		q, err := FromJSON([]byte(text))
		var refused *Error
		require.ErrorAs(t, err, &refused, text)
		require.Equal(t, want, refused.Msg, text)
		require.Zero(t, q, text)
	}
}
