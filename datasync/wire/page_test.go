package wire_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

func pageOf(t testing.TB, r reply) datasync.PageAnswer {
	t.Helper()
	remote, _ := open(t, wire.Options{}, r)
	p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "movies"})
	require.NoError(t, err)
	return p
}

func TestPagesKeepTheirRowsAsTheyCame(t *testing.T) {
	p := pageOf(t, jsonReply(200, "\ufeff{ \"@odata.context\": [1], \"items\": [ {\"n\":9007199254740993, \"id\":\"A\\u0031\", \"d\":1.10} ,\n{\"id\":\"a1\",\"id\":\"a2\",\"updatedAt\":null,\"x\":{\"id\":1}}], \"count\": 248, \"nextLink\": null }"))
	require.Equal(t, datasync.Done, p.Verdict, p.Message)
	require.Len(t, p.Rows, 2)
	assert.Equal(t, `{"n":9007199254740993, "id":"A\u0031", "d":1.10}`, string(p.Rows[0]))
	assert.Equal(t, `{"id":"a1","id":"a2","updatedAt":null,"x":{"id":1}}`, string(p.Rows[1]))
	assert.Equal(t, 248, p.Count)
	assert.Nil(t, p.Row)
}

func TestPagesTellWhetherThereAreMore(t *testing.T) {
	for name, test := range map[string]struct {
		members     string
		more, known bool
		count       int
	}{
		"nothing said":                {``, false, false, -1},
		"a null link is the end":      {`,"count":null,"nextLink":null`, false, true, -1},
		"an empty link is the end":    {`,"nextLink":""`, false, true, -1},
		"a link with a query only":    {`,"nextLink":"$count=true&$skip=100"`, true, true, -1},
		"a link with a path":          {`,"nextLink":"/tables/movies?$skip=100"`, true, true, -1},
		"a link to another host":      {`,"nextLink":"http://inner:81/tables/movies?$skip=100"`, true, true, -1},
		"a count":                     {`,"count":0`, false, false, 0},
		"a count beyond 32 bits":      {`,"count":4294967296`, false, false, 1 << 32},
		"the last of two, as in JSON": {`,"nextLink":"x","nextLink":null`, false, true, -1},
	} {
		t.Run(name, func(t *testing.T) {
			p := pageOf(t, jsonReply(200, `{"items":[{"id":"a"}]`+test.members+`}`))
			require.Equal(t, datasync.Done, p.Verdict, p.Message)
			assert.Equal(t, test.more, p.More)
			assert.Equal(t, test.known, p.Known)
			assert.Equal(t, test.count, p.Count)
		})
	}
}

func TestAnswersThatAreNoPageHaveNoRows(t *testing.T) {
	for name, r := range map[string]reply{
		"refused":     jsonReply(400, `{"error":"bad filter","items":[{"id":"a"}],"count":1}`),
		"unavailable": jsonReply(503, `{"items":[{"id":"a"}],"count":1,"nextLink":"x"}`),
		"foreign":     jsonReply(200, `{"items":[{"id":"a"},{}],"count":1,"nextLink":"x"}`),
	} {
		t.Run(name, func(t *testing.T) {
			p := pageOf(t, r)
			assert.NotEqual(t, datasync.Done, p.Verdict)
			assert.Nil(t, p.Rows)
			assert.Equal(t, -1, p.Count)
			assert.False(t, p.More)
			assert.False(t, p.Known)
		})
	}
}

func TestAQueryThatCannotBeSaidIsAnErrorOfTheQuery(t *testing.T) {
	remote, s := open(t, wire.Options{})
	_, err := remote.Page(context.Background(), datasync.PageRequest{Table: "movies",
		Query: query.Query{Filter: &query.Expr{Op: query.OpInvalid}}})
	var wrong *query.Error
	assert.ErrorAs(t, err, &wrong)
	assert.Empty(t, s.requests)
}

func TestLookups(t *testing.T) {
	page := func(items string) reply { return jsonReply(200, `{"items":[`+items+`],"count":null,"nextLink":null}`) }
	deleted := `{"id":"id-001","deleted":true,"version":"djI="}`
	for _, test := range []struct {
		name    string
		reply   reply
		verdict datasync.Verdict
		status  int
		row     string
		says    string
	}{
		{"find the row", page(storedRow), datasync.Done, 200, storedRow, ""},
		{"find a deleted row", page(deleted), datasync.Done, 200, deleted, ""},
		{"find the row among others", page(`{"id":"x"},` + deleted), datasync.Done, 200, deleted, ""},
		{"find an escaped id", page(`{"id":"id\u002d001"}`), datasync.Done, 200, `{"id":"id\u002d001"}`, ""},
		{"find nothing", page(""), datasync.Gone, 200, "", ""},
		{"find the id in other letters", page(`{"id":"ID-001"}`), datasync.Refused, 200, "", "ignore case"},
		{"are answered with another row", page(`{"id":"x"}`), datasync.NotATableServer, 200, "", "about the row 'x'"},
		{"of a table that is not there", reply{status: 404}, datasync.Refused, 404, "", "no table of that name"},
		{"of a table that is gone", jsonReply(410, `{"message":"moved away"}`), datasync.Refused, 410, "", "moved away"},
		{"are answered with the row alone", jsonReply(200, storedRow), datasync.NotATableServer, 200, "", "JSON without items"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := answerTo(t, lookupOp, test.reply)
			assert.Equal(t, test.verdict, a.Verdict, a.Message)
			assert.Equal(t, test.status, a.Status)
			assert.Equal(t, test.row, string(a.Row))
			assert.Contains(t, a.Message, test.says)
		})
	}
}
