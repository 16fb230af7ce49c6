package wire_test

// This file replays what classic servers are known to answer, by the number of the
// conformance vector: those of the .NET Framework server above all, since the Node server
// was recorded. Vectors about a server alone (C3–C6, C16–C19, C33–C42, C45, C46, C48–C50:
// which rows a list has, requests that are never sent here) are no matter of this package.

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

func TestClassicConformanceVectors(t *testing.T) {
	// The .NET Framework server drops the zeros of a fraction, and the dot with them.
	item := `{"text":"milk","id":"id-001","version":"AAAAAAAAB9E=","createdAt":"2016-02-01T10:00:00Z","updatedAt":"2016-02-01T10:00:00.5Z","deleted":false}`
	hard := `{"text":"milk","id":"id-001","createdAt":"2016-02-01T10:00:00.000Z","updatedAt":"2016-02-01T10:00:00.500Z","version":"MQ=="}`
	message := func(text string) string { return `{"message":"` + text + `"}` }
	for _, test := range []struct {
		name    string
		op      operation
		reply   reply
		verdict datasync.Verdict
		row     string
		says    string
	}{
		{"C1 C2 F the version gate", updateOp, jsonReply(400, message("An invalid ZUMO-API-VERSION was given; use 2.0.0")), datasync.NotATableServer, "", "use 2.0.0"},
		{"C1 C2 N the version gate", insertOp, jsonReply(400, classicV2), datasync.NotATableServer, "", "protocol to 'auto'"},
		{"C7 F created, with a Location", insertOp, jsonReply(201, item).with("Location", "http://inner/tables/movies/id-001"), datasync.Done, item, ""},
		{"C7 F created, by an action that returns the item", insertOp, jsonReply(200, item), datasync.Done, item, ""},
		{"C8 a table without tombstones", insertOp, jsonReply(201, hard), datasync.Done, hard, ""},
		{"C9 N a column of the server's", insertOp, jsonReply(400, `{"error":"Cannot insert item with property createdAt as it is reserved"}`), datasync.Refused, "", "reserved"},
		{"C10 F a member that the model lacks", insertOp, jsonReply(400, message("Could not find member 'x' on object of type 'TodoItem'.")), datasync.Refused, "", "member 'x'"},
		{"C12 N another media type", insertOp, jsonReply(500, `{"error":"An item to insert was not provided"}`), datasync.Unavailable, "", "not provided"},
		{"C13 N the id exists: the request comes back", insertOp, jsonReply(409, sentRow).with("ETag", `W/"1e-DKzoi"`), datasync.Mismatch, "", ""},
		{"C14 F the id exists: a message", insertOp, jsonReply(409, message("The operation failed due to a conflict: 'PK_TodoItems'.")), datasync.Mismatch, "", "due to a conflict"},
		{"C15 F an id that is too long", insertOp, jsonReply(400, message("The field Id must be a string with a maximum length of 128.")), datasync.Refused, "", "maximum length"},
		{"C20 changed", updateOp, jsonReply(200, item).with("ETag", `"AAAAAAAAB9E="`), datasync.Done, item, ""},
		{"C21 F stale, without a tag", updateOp, jsonReply(412, item), datasync.Mismatch, item, ""},
		{"C21 N stale, in a table without tombstones", updateOp, jsonReply(412, hard).with("ETag", `"MQ=="`), datasync.Mismatch, hard, ""},
		{"C22 stale by the version in the body", updateOp, jsonReply(409, item), datasync.Mismatch, item, ""},
		{"C25 F a version that is not base64", updateOp, jsonReply(400, message("The 'If-Match' header is not valid.")), datasync.Refused, "", "If-Match"},
		{"C26 another id in the body", updateOp, jsonReply(400, `{"error":"The item ids do not match"}`), datasync.Refused, "", "do not match"},
		{"C27 F no such row", updateOp, jsonReply(404, message("Not found")), datasync.Gone, "", "Not found"},
		{"C28 N a patch without members", updateOp, jsonReply(500, `{"error":"SQLITE_ERROR: near \"WHERE\": syntax error"}`), datasync.Unavailable, "", "syntax error"},
		{"C30 N deleted", deleteOp, jsonReply(200, item), datasync.Done, "", ""},
		{"C31 F deleted", deleteOp, reply{status: 204}, datasync.Done, "", ""},
		{"C31 F a stale delete", deleteOp, jsonReply(412, item), datasync.Mismatch, item, ""},
		{"C32 C35 nothing to delete", deleteOp, jsonReply(404, `{"error":"The item does not exist"}`), datasync.Gone, "", "does not exist"},
		{"C38 F no undelete", undeleteOp, jsonReply(405, message("The requested resource does not support http method 'POST'.")), datasync.Refused, "", "POST"},
		{"C41 N too many rows", pageOp, jsonReply(400, `{"error":"You cannot request more than 1000 records"}`), datasync.Refused, "", "1000 records"},
		{"C47 no token", pageOp, htmlReply(401, "You must be logged in to use this application"), datasync.Unauthorized, "", "must be logged in"},
		{"C47 N a broken token, on any table", pageOp, jsonReply(401, `{"name":"JsonWebTokenError","message":"invalid signature"}`), datasync.Unauthorized, "", "invalid signature"},
		{"C47 an operation that is turned off", deleteOp, htmlReply(405, "Method insert is not allowed"), datasync.Refused, "", "Method insert is not allowed"},
		{"C52 a row that is not ours", deleteOp, jsonReply(404, `{"error":"The item does not exist"}`), datasync.Gone, "", ""},
		{"put is not routed", updateOp, htmlReply(404, "<title>Error</title><pre>Cannot PATCH /tables/movies/id-001</pre>"), datasync.NotATableServer, "", "an HTML page titled 'Error'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote, s := open(t, classic, test.reply)
			a, err := test.op.run(remote)
			require.NoError(t, err)
			require.Len(t, s.requests, 1)
			assert.Equal(t, test.verdict, a.Verdict, a.Message)
			assert.Equal(t, test.row, string(a.Row))
			assert.Contains(t, a.Message, test.says)
		})
	}
}

func TestC43AndC44FailuresOverAFilterAreRefusals(t *testing.T) {
	ctx := context.Background()
	filter, err := query.ParseFilter("n eq 1")
	require.NoError(t, err)
	const parse = `{"error":"Expression expected (at index 12)"}`
	page := func(t *testing.T, options wire.Options, q query.Query, r reply) datasync.Answer {
		remote, _ := open(t, options, r)
		p, err := remote.Page(ctx, datasync.PageRequest{Table: "todo", Query: q})
		require.NoError(t, err)
		return p.Answer
	}
	for _, text := range []string{
		"Expression expected (at index 12)", "Unknown identifier 'cast' (at index 14)", "Unterminated string literal (at index 3)",
		"Unbalanced parentheses in (a", "Too many arguments for ?", "Too few arguments for n eq ?", "Invocation of unsupported method foo",
		"SQLITE_ERROR: no such function: LEN", "Function 'substring' requires 2 or 3 parameters.", "Function 'length' requires 1 parameter(s).",
		"a-b is not a valid identifier. Identifiers must be under 128 characters in length, start with a letter or underscore, and can contain only alpha-numeric and underscore characters.",
	} {
		a := page(t, classic, query.Query{Filter: filter}, jsonReply(500, `{"error":"`+text+`"}`))
		assert.Equal(t, datasync.Refused, a.Verdict, text)
		assert.Equal(t, text, a.Message)
		assert.Equal(t, 500, a.Status)
	}
	for name, a := range map[string]datasync.Answer{
		"a database that is busy":    page(t, classic, query.Query{Filter: filter}, jsonReply(500, `{"error":"SQLITE_BUSY: database is locked"}`)),
		"a connection that is lost":  page(t, classic, query.Query{Filter: filter}, jsonReply(500, `{"error":"Failed to connect to db.example:1433 - read ECONNRESET"}`)),
		"a list without a filter":    page(t, classic, query.Query{}, jsonReply(500, parse)),
		"an overloaded server":       page(t, classic, query.Query{Filter: filter}, jsonReply(503, parse)),
		"a page of a proxy":          page(t, classic, query.Query{Filter: filter}, htmlReply(500, parse)),
		"the words in plain text":    page(t, classic, query.Query{Filter: filter}, textReply(500, "Expression expected (at index 12)")),
		"a server of another family": page(t, wire.Options{}, query.Query{Filter: filter}, jsonReply(500, parse)),
	} {
		assert.Equal(t, datasync.Unavailable, a.Verdict, name)
	}
}

func TestATableThatIsNotThereIsNoRowThatIsGone(t *testing.T) {
	page := htmlReply(404, "<title>Error</title><pre>Cannot GET /tables/movies</pre>").with("X-ZUMO-Server-Version", "node-4.0.2")
	for _, op := range everyOp {
		a := answerOf(t, classic, op, page)
		want := datasync.Refused
		if op.name == "insert" || op.name == "page" {
			want = datasync.Gone // of the table; the engine asks further
		}
		assert.Equal(t, want, a.Verdict, op.name)
		assert.Equal(t, 404, a.Status)
		assert.Equal(t, "the server has no table of that name", a.Message)
	}
	t.Run("and without the header nothing is known", func(t *testing.T) {
		for _, op := range everyOp {
			assert.Equal(t, datasync.NotATableServer, answerOf(t, classic, op, htmlReply(404, "<title>Error</title>")).Verdict, op.name)
		}
	})
}

// answerOf runs an operation in a dialect against one scripted answer.
func answerOf(t testing.TB, options wire.Options, op operation, r reply) datasync.Answer {
	t.Helper()
	remote, s := open(t, options, r)
	answer, err := op.run(remote)
	require.NoError(t, err)
	require.Len(t, s.requests, 1)
	return answer
}
