package wire_test

// This file holds the requests of the legacy dialect against the documented ones, byte
// for byte: no server of that kind is left to try them on. What the documents show with
// a space goes out with %20.

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

var legacy = wire.Options{ApplicationKey: "secret-key"}

func TestLegacyRequestsAreTheDocumentedOnes(t *testing.T) {
	ctx := context.Background()
	firstPull := query.Query{OrderBy: []query.Order{{Member: "updatedAt"}}, Count: true}
	later, err := query.ParseFilter("updatedAt ge 2014-03-06T19:15:32.5Z")
	require.NoError(t, err)
	type call func(r *wire.Remote) error
	page := func(q query.Query) call {
		return func(r *wire.Remote) error {
			_, err := r.Page(ctx, datasync.PageRequest{Table: "TodoItem", Query: q})
			return err
		}
	}
	unversioned := wire.Options{ApplicationKey: "secret-key", Unversioned: map[string]bool{"TodoItem": true}}
	for _, test := range []struct {
		name    string
		options wire.Options
		call    call
		want    string
	}{
		{"the first request of a pull", unversioned, page(firstPull),
			`GET https://example.com/tables/TodoItem?$filter=(__updatedAt%20ge%20datetimeoffset'1970-01-01T00:00:00.0000000%2B00:00')&$orderby=__updatedAt&$skip=0&$top=50&__includeDeleted=true&__systemproperties=__updatedAt%2C__deleted
Accept: application/json
X-ZUMO-APPLICATION: secret-key
`},
		{"the same where conflicts are looked for", legacy, page(firstPull),
			`GET https://example.com/tables/TodoItem?$filter=(__updatedAt%20ge%20datetimeoffset'1970-01-01T00:00:00.0000000%2B00:00')&$orderby=__updatedAt&$skip=0&$top=50&__includeDeleted=true&__systemproperties=__updatedAt%2C__deleted%2C__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
`},
		{"a later one", legacy, page(query.Query{Filter: later, OrderBy: firstPull.OrderBy, Take: 20, HasTake: true, Count: true}),
			`GET https://example.com/tables/TodoItem?$filter=(__updatedAt%20ge%20datetimeoffset'2014-03-06T19:15:32.5000000%2B00:00')&$orderby=__updatedAt&$skip=0&$top=20&$inlinecount=allpages&__includeDeleted=true&__systemproperties=__updatedAt%2C__deleted%2C__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
`},
		{"a page in no order", legacy, page(query.Query{Skip: 5, Take: 2000, HasTake: true}),
			`GET https://example.com/tables/TodoItem?$orderby=id&$skip=5&$top=1000&__includeDeleted=true&__systemproperties=__updatedAt%2C__deleted%2C__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
`},
		{"lookup", legacy, func(r *wire.Remote) error {
			_, err := r.Lookup(ctx, "TodoItem", "o'neil")
			return err
		}, `GET https://example.com/tables/TodoItem?$filter=(id%20eq%20'o''neil')&$skip=0&$top=1&__includeDeleted=true&__systemproperties=__updatedAt%2C__deleted%2C__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
`},
		{"insert", legacy, func(r *wire.Remote) error {
			_, err := r.Insert(ctx, "TodoItem", []byte(systemRow))
			return err
		}, `POST https://example.com/tables/TodoItem?__systemproperties=__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
Content-Type: application/json

{"id":"id-001","text":"milk","big":9007199254740993,"none":null}`},
		{"update", legacy, func(r *wire.Remote) error {
			_, err := r.Update(ctx, "TodoItem", rowID, []byte(systemRow), "AAAAAAAAB9E=")
			return err
		}, `PATCH https://example.com/tables/TodoItem/id-001?__systemproperties=__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
If-Match: "AAAAAAAAB9E="
Content-Type: application/json

{"id":"id-001","text":"milk","big":9007199254740993,"none":null}`},
		{"update where the last write wins", unversioned, func(r *wire.Remote) error {
			_, err := r.Update(ctx, "TodoItem", rowID, []byte(sentRow), "")
			return err
		}, `PATCH https://example.com/tables/TodoItem/id-001
Accept: application/json
X-ZUMO-APPLICATION: secret-key
Content-Type: application/json

{"id":"id-001","text":"milk"}`},
		{"delete", legacy, func(r *wire.Remote) error {
			_, err := r.Delete(ctx, "TodoItem", rowID, "AAAAAAAAB9E=")
			return err
		}, `DELETE https://example.com/tables/TodoItem/id-001
Accept: application/json
X-ZUMO-APPLICATION: secret-key
If-Match: "AAAAAAAAB9E="
`},
		{"a server without a key", wire.Options{Dialect: query.Legacy}, func(r *wire.Remote) error {
			_, err := r.Delete(ctx, "TodoItem", rowID, "")
			return err
		}, `DELETE https://example.com/tables/TodoItem/id-001
Accept: application/json
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote, s := open(t, test.options, jsonReply(200, `[]`))
			require.NoError(t, test.call(remote))
			require.Len(t, s.requests, 1)
			assert.Equal(t, test.want, onWire(s.requests[0]))
		})
	}
}

func TestUndeletingOnLegacyTakesTwoRequests(t *testing.T) {
	remote, s := open(t, legacy,
		jsonReply(201, `{"id":"id-001","text":"old","__version":"djM="}`), jsonReply(200, `{"id":"id-001","text":"milk","__version":"djQ="}`))
	a, err := remote.Undelete(context.Background(), "TodoItem", rowID, []byte(sentRow), "djI=")
	require.NoError(t, err)
	assert.Equal(t, datasync.Done, a.Verdict)
	assert.Equal(t, `{"id":"id-001","text":"milk","version":"djQ="}`, string(a.Row))
	require.Len(t, s.requests, 2)
	assert.Equal(t, `POST https://example.com/tables/TodoItem/id-001?__systemproperties=__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
If-Match: "djI="
`, onWire(s.requests[0]))
	assert.Equal(t, `PATCH https://example.com/tables/TodoItem/id-001?__systemproperties=__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
If-Match: "djM="
Content-Type: application/json

{"id":"id-001","text":"milk"}`, onWire(s.requests[1]))
}

func TestLegacyColumnsLoseTheirUnderscores(t *testing.T) {
	for name, test := range map[string]struct{ row, want string }{
		"all of them": {`{"id":"a","__createdAt":"c","__updatedAt":"2014-03-06T19:15:32.5+00:00","__version":"v","__deleted":true,"n":1.10}`,
			`{"id":"a","n":1.10,"createdAt":"c","updatedAt":"2014-03-06T19:15:32.5+00:00","version":"v","deleted":true}`},
		"an escaped name":           {`{"id":"a","\u005f_version":"v"}`, `{"id":"a","version":"v"}`},
		"none":                      {`{"id":"a", "version_":1}`, `{"id":"a", "version_":1}`},
		"other names keep theirs":   {`{"id":"a","__etag":"x"}`, `{"id":"a","__etag":"x"}`},
		"a column of the same name": {`{"version":"mine","id":"a","__version":"v"}`, `{"version":"v","id":"a"}`},
		"null":                      {`{"id":"a","__updatedAt":null}`, `{"id":"a","updatedAt":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, body := range []string{`[` + test.row + `]`, `{"results":[` + test.row + `],"count":1}`} {
				remote, _ := open(t, legacy, jsonReply(200, body))
				p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "TodoItem"})
				require.NoError(t, err)
				require.Equal(t, datasync.Done, p.Verdict, p.Message)
				require.Len(t, p.Rows, 1)
				assert.Equal(t, test.want, string(p.Rows[0]))
			}
		})
	}
}

func TestLegacyAnswersToWrites(t *testing.T) {
	const (
		row    = `{"id":"id-001","text":"milk","__version":"djI="}`
		normal = `{"id":"id-001","text":"milk","version":"djI="}`
	)
	for _, test := range []struct {
		name    string
		op      operation
		reply   reply
		verdict datasync.Verdict
		row     string
	}{
		{"inserted", insertOp, jsonReply(201, row), datasync.Done, normal},
		{"updated", updateOp, jsonReply(200, row), datasync.Done, normal},
		{"updated, the version in the tag", updateOp, jsonReply(200, sentRow).with("ETag", `"djI="`), datasync.Done, normal},
		{"deleted", deleteOp, reply{status: 204}, datasync.Done, ""},
		{"stale", updateOp, jsonReply(412, row), datasync.Mismatch, normal},
		{"stale delete", deleteOp, jsonReply(412, row).with("ETag", `"djI="`), datasync.Mismatch, normal},
		{"the request sent back", insertOp, jsonReply(409, sentRow).with("ETag", `"djI="`), datasync.Mismatch, ""},
		{"a message", insertOp, jsonReply(409, `{"code":409,"error":"Could not insert the item"}`), datasync.Mismatch, ""},
		{"no row", updateOp, jsonReply(404, `{"code":404,"error":"An item with id 'id-001' does not exist"}`), datasync.Gone, ""},
		{"a wrong key", updateOp, jsonReply(401, `{"code":401,"error":"Unauthorized"}`), datasync.Unauthorized, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote, _ := open(t, legacy, test.reply)
			a, err := test.op.run(remote)
			require.NoError(t, err)
			assert.Equal(t, test.verdict, a.Verdict, a.Message)
			assert.Equal(t, test.row, string(a.Row))
		})
	}
}

func TestNamesOfTheLegacyServerAreNotSent(t *testing.T) {
	ctx := context.Background()
	own := []byte(`{"id":"id-001","__etag":"x"}`)
	for name, call := range map[string]func(r *wire.Remote) (datasync.Answer, error){
		"insert":   func(r *wire.Remote) (datasync.Answer, error) { return r.Insert(ctx, "t", own) },
		"update":   func(r *wire.Remote) (datasync.Answer, error) { return r.Update(ctx, "t", rowID, own, "v") },
		"undelete": func(r *wire.Remote) (datasync.Answer, error) { return r.Undelete(ctx, "t", rowID, own, "v") },
	} {
		remote, s := open(t, legacy)
		a, err := call(remote)
		require.NoError(t, err, name)
		assert.Equal(t, datasync.Refused, a.Verdict, name)
		assert.Contains(t, a.Message, "'__etag'", name)
		assert.Empty(t, s.requests, name)
	}
}

func TestAKeySelectsLegacy(t *testing.T) {
	for name, options := range map[string]wire.Options{
		"alone": {ApplicationKey: "k"}, "over auto": {ApplicationKey: "k", Auto: true}, "named": {ApplicationKey: "k", Dialect: query.Legacy},
	} {
		remote, _ := open(t, options)
		d, known := remote.Detected()
		assert.True(t, known, name)
		assert.Equal(t, query.Legacy, d, name)
	}
}
