package wire_test

// This file replays what the two servers of the dialect are known to answer, by the
// number of the conformance vector. Those that are about a server alone (which rows a
// filter finds, conditions that are never sent here) are not a matter of this package.

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

const problemDocument = `{"type":"https://tools.ietf.org/html/rfc7231","title":"Not Found","status":404,"traceId":"00-1"}`

func problem(status int, body string) reply {
	return reply{status: status, body: body, header: map[string]string{"Content-Type": "application/problem+json; charset=utf-8"}}
}

func TestConformanceVectors(t *testing.T) {
	tombstone := `{"deleted":true,"updatedAt":"2024-08-23T20:22:54.291+00:00","version":"djI=","id":"id-001","text":"milk"}`
	changed := `{"deleted":false,"updatedAt":"2024-08-23T20:22:54.291Z","version":"AAAAAAAAB9E=","id":"id-001","text":"MILK"}`
	for _, test := range []struct {
		name    string
		op      operation
		reply   reply
		verdict datasync.Verdict
		row     string
		says    string
	}{
		{"D1 a version gate that is not passed", pageOp, problem(400, `{"title":"Missing ZUMO-API-VERSION","status":400,"detail":"Use 3.0.0"}`),
			datasync.NotATableServer, "", "Missing ZUMO-API-VERSION: Use 3.0.0"},
		{"D3 created", insertOp, jsonReply(201, changed).with("Location", "http://inner/tables/movies/id-001").with("ETag", `"AAAAAAAAB9E="`),
			datasync.Done, changed, ""},
		{"D4 the id exists", insertOp, jsonReply(409, changed).with("ETag", `"AAAAAAAAB9E="`), datasync.Mismatch, changed, ""},
		{"D5 the id exists deleted", insertOp, jsonReply(409, tombstone), datasync.Mismatch, tombstone, ""},
		{"D6 the id exists out of view", insertOp, reply{status: 400}, datasync.Refused, "", "no reason"},
		{"D7 and D31 hooks change rows", insertOp, jsonReply(201, changed), datasync.Done, changed, ""},
		{"D8 another media type", insertOp, reply{status: 415}, datasync.Refused, "", "no reason"},
		{"D9 a rule of the model, toolkit", insertOp, jsonReply(400, `[{"memberNames":["Duration"],"errorMessage":"must be 60-360"}]`),
			datasync.Refused, "", "must be 60-360"},
		{"D9 a rule of the model, v6", updateOp, problem(400, `{"title":"Invalid.","status":400,"errors":{"Duration":["must be 60-360"]}}`),
			datasync.Refused, "", "Invalid.: Duration: must be 60-360"},
		{"D18 replaced", updateOp, jsonReply(200, changed), datasync.Done, changed, ""},
		{"D19 stale", updateOp, jsonReply(412, changed).with("ETag", `"AAAAAAAAB9E="`), datasync.Mismatch, changed, ""},
		{"D19 a race in the database", updateOp, jsonReply(409, changed), datasync.Mismatch, changed, ""},
		{"D20 another id in the body", updateOp, reply{status: 400}, datasync.Refused, "", "no reason"},
		{"D20 no such row, toolkit", updateOp, reply{status: 404}, datasync.Gone, "", ""},
		{"D20 no such row, v6", updateOp, problem(404, problemDocument), datasync.Gone, "", "Not Found"},
		{"D21 a deleted row", updateOp, reply{status: 410}, datasync.Gone, "", ""},
		{"D22 undeleted", undeleteOp, jsonReply(200, changed), datasync.Done, changed, ""},
		{"D27 deleted", deleteOp, reply{status: 204}, datasync.Done, "", ""},
		{"D28 stale delete", deleteOp, jsonReply(412, changed), datasync.Mismatch, changed, ""},
		{"D29 deleted before", deleteOp, reply{status: 410}, datasync.Gone, "", ""},
		{"D30 and D49 no row to delete", deleteOp, reply{status: 404}, datasync.Gone, "", ""},
		{"D31 not allowed", deleteOp, reply{status: 401}, datasync.Unauthorized, "", ""},
		{"D31 not allowed by law", deleteOp, reply{status: 451}, datasync.Refused, "", "no reason"},
		{"D38 a query that is wrong, toolkit", pageOp, jsonReply(400, `{"error":{"code":"","message":"Could not find a property named 'missing'"}}`),
			datasync.Refused, "", "property named 'missing'"},
		{"D38 a query that is wrong, v6", pageOp, jsonReply(400, `"The query specified in the URI is not valid."`),
			datasync.Refused, "", "The query specified in the URI is not valid."},
		{"D45 the tag stands in", updateOp, jsonReply(200, `{"id":"id-001"}`).with("ETag", `"YWJjZGVmZ2g="`),
			datasync.Done, `{"id":"id-001","version":"YWJjZGVmZ2g="}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := answerTo(t, test.op, test.reply)
			assert.Equal(t, test.verdict, a.Verdict, a.Message)
			assert.Equal(t, test.row, string(a.Row))
			assert.Contains(t, a.Message, test.says)
		})
	}
}

func TestConformanceVectorsOfPages(t *testing.T) {
	for _, test := range []struct {
		name        string
		body        string
		rows, count int
		more, known bool
	}{
		{"D32 and D43 the toolkit's link is a query", `{"items":[{"id":"id-000"}],"count":null,"nextLink":"$skip=100"}`, 1, -1, true, true},
		{"D33 a count and what is left of the top", `{"items":[{"id":"id-000"}],"count":138,"nextLink":"$count=true&$filter=%28year%20sub%201900%29%20ge%2080&$skip=100&$top=25"}`, 1, 138, true, true},
		{"D34 behind the last row", `{"items":[],"count":null,"nextLink":null}`, 0, -1, false, true},
		{"D35 the top is used up", `{"items":[{"id":"id-000"}],"count":null,"nextLink":null}`, 1, -1, false, true},
		{"D42 the link of v6 is absolute", `{"items":[{"id":"id-000"}],"nextLink":"http://localhost/tables/movies?$skip=100","count":null}`, 1, -1, true, true},
		{"D42 or a path", `{"items":[{"id":"id-000"}],"nextLink":"/tables/movies?$skip=100"}`, 1, -1, true, true},
		{"D39 deleted rows and those without a time", `{"items":[{"id":"id-000","deleted":true},{"id":"id-001","updatedAt":null}],"count":153,"nextLink":"__includedeleted=true&$skip=100"}`, 2, 153, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := pageOf(t, jsonReply(200, test.body))
			require.Equal(t, datasync.Done, p.Verdict, p.Message)
			assert.Len(t, p.Rows, test.rows)
			assert.Equal(t, test.count, p.Count)
			assert.Equal(t, test.more, p.More)
			assert.Equal(t, test.known, p.Known)
		})
	}
	t.Run("D44 the shape of the older protocol is not this one", func(t *testing.T) {
		assert.Equal(t, datasync.NotATableServer, answerTo(t, pageOp, jsonReply(200, `{"results":[],"count":0}`)).Verdict)
		assert.Equal(t, datasync.NotATableServer, answerTo(t, pageOp, jsonReply(200, `[]`)).Verdict)
	})
}

func TestD22AndD25UndeletingOnV6TakesAPatch(t *testing.T) {
	remote, s := open(t, wire.Options{}, problem(410, `{"title":"Gone","status":410}`), jsonReply(200, storedRow))
	a, err := undeleteOp.run(remote)
	require.NoError(t, err)
	assert.Equal(t, datasync.Done, a.Verdict)
	require.Len(t, s.requests, 2)
	assert.Equal(t, `PATCH https://example.com/tables/movies/id-001
Accept: application/json
ZUMO-API-VERSION: 3.0.0
If-Match: "djE="
Content-Type: application/json

{"id":"id-001","text":"milk","deleted":false}`, onWire(s.requests[1]))

	for name, last := range map[string]reply{"gone for good": {status: 410}, "stale": jsonReply(412, storedRow), "refused": {status: 405}} {
		remote, s := open(t, wire.Options{}, reply{status: 410}, last)
		a, err := undeleteOp.run(remote)
		require.NoError(t, err, name)
		assert.Equal(t, last.status, a.Status, name)
		assert.Len(t, s.requests, 2, name)
	}
}

func TestD46WeakTagsNeverReachTheServer(t *testing.T) {
	remote, s := open(t, wire.Options{},
		jsonReply(200, `{"id":"id-001","updatedAt":"2024-08-23T20:22:54.291Z"}`).with("ETag", `W/"abc"`), reply{status: 204})
	a, err := updateOp.run(remote)
	require.NoError(t, err)
	assert.Equal(t, `{"id":"id-001","updatedAt":"2024-08-23T20:22:54.291Z"}`, string(a.Row), "no version is made of a weak tag")
	_, err = remote.Delete(context.Background(), "movies", rowID, "MQ==")
	require.NoError(t, err)
	assert.Contains(t, s.requests[1].Header, [2]string{"If-Match", `"MQ=="`})
}

func TestD48TheFirstRequestsOfAPull(t *testing.T) {
	remote, s := open(t, wire.Options{}, jsonReply(200, `{"items":[]}`), jsonReply(200, `{"items":[]}`))
	q := query.Query{OrderBy: []query.Order{{Member: "updatedAt"}}, Count: true}
	_, err := remote.Page(context.Background(), datasync.PageRequest{Table: "movies", Query: q})
	require.NoError(t, err)
	q.Filter, err = query.ParseFilter("updatedAt ge 2024-08-23T20:22:54.291Z")
	require.NoError(t, err)
	_, err = remote.Page(context.Background(), datasync.PageRequest{Table: "movies", Query: q})
	require.NoError(t, err)
	assert.Equal(t, "https://example.com/tables/movies?$orderby=updatedAt&$count=true&__includedeleted=true", s.requests[0].URL)
	assert.Equal(t, "https://example.com/tables/movies?$filter=updatedAt%20ge%20cast(2024-08-23T20:22:54.291Z,Edm.DateTimeOffset)"+
		"&$orderby=updatedAt&$count=true&__includedeleted=true", s.requests[1].URL)
}
