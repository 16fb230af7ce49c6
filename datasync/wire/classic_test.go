package wire_test

// This file holds the requests of the classic dialect byte for byte, and what is special
// about its answers.

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

var classic = wire.Options{Dialect: query.Classic}

// systemRow carries all system columns of the classic dialect, and must never go out so.
const systemRow = `{"id":"id-001","createdAt":"2024-01-01T00:00:00.000Z","updatedAt":"2024-01-02T00:00:00.000Z","version":"b2xk","deleted":true,"text":"milk","big":9007199254740993,"none":null}`

func TestClassicWritesAreByteForByte(t *testing.T) {
	ctx := context.Background()
	for _, test := range []struct {
		name string
		call func(r *wire.Remote) (datasync.Answer, error)
		want string
	}{
		{"insert leaves out what the server sets", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Insert(ctx, "todo", []byte(systemRow))
		}, `POST https://example.com/tables/todo
Accept: application/json
ZUMO-API-VERSION: 2.0.0
Content-Type: application/json

{"id":"id-001","text":"milk","big":9007199254740993,"none":null}`},
		{"update is a patch under its version", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Update(ctx, "todo", rowID, []byte(systemRow), "dj+/MQ==")
		}, `PATCH https://example.com/tables/todo/id-001
Accept: application/json
ZUMO-API-VERSION: 2.0.0
If-Match: "dj+/MQ=="
Content-Type: application/json

{"id":"id-001","text":"milk","big":9007199254740993,"none":null}`},
		{"C51 a quote in a version is escaped", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Update(ctx, "todo", rowID, []byte(sentRow), `versi"on`)
		}, `PATCH https://example.com/tables/todo/id-001
Accept: application/json
ZUMO-API-VERSION: 2.0.0
If-Match: "versi\"on"
Content-Type: application/json

{"id":"id-001","text":"milk"}`},
		{"C24 nothing stands for any version", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Update(ctx, "todo", rowID, []byte(sentRow), "")
		}, `PATCH https://example.com/tables/todo/id-001
Accept: application/json
ZUMO-API-VERSION: 2.0.0
Content-Type: application/json

{"id":"id-001","text":"milk"}`},
		{"delete", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Delete(ctx, "todo", "a/b c'ü", "MQ==")
		}, `DELETE https://example.com/tables/todo/a%2Fb%20c%27%C3%BC
Accept: application/json
ZUMO-API-VERSION: 2.0.0
If-Match: "MQ=="
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote, s := open(t, classic, jsonReply(200, storedRow))
			_, err := test.call(remote)
			require.NoError(t, err)
			require.Len(t, s.requests, 1)
			assert.Equal(t, test.want, onWire(s.requests[0]))
		})
	}
}

func TestClassicListsAreByteForByte(t *testing.T) {
	const page = "https://example.com/tables/todo?"
	since, err := query.ParseFilter("updatedAt ge 2024-08-23T20:22:54.291Z")
	require.NoError(t, err)
	byTime := []query.Order{{Member: "updatedAt"}}
	for _, test := range []struct {
		name  string
		query query.Query
		want  string
	}{
		{"a page of 50 in order of id", query.Query{}, "$orderby=id&$top=50&__includeDeleted=true"},
		{"C44 a pull", query.Query{Filter: since, OrderBy: byTime, Count: true},
			"$filter=updatedAt%20ge%20datetimeoffset%272024-08-23T20:22:54.291Z%27&$orderby=updatedAt,id&$top=50&$inlinecount=allpages&__includeDeleted=true"},
		{"C41 no more than 1,000 rows", query.Query{OrderBy: byTime, Take: 5000, HasTake: true}, "$orderby=updatedAt,id&$top=1000&__includeDeleted=true"},
		{"an order of its own", query.Query{OrderBy: []query.Order{{Member: "id", Descending: true}, {Member: "n"}}, Skip: 3, Take: 7, HasTake: true},
			"$orderby=id%20desc,n&$skip=3&$top=7&__includeDeleted=true"},
		{"a count without rows asks for one", query.Query{HasTake: true, Count: true}, "$orderby=id&$top=1&$inlinecount=allpages&__includeDeleted=true"},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote, s := open(t, classic, jsonReply(200, `[]`))
			_, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todo", Query: test.query})
			require.NoError(t, err)
			assert.Equal(t, page+test.want, s.requests[0].URL)
		})
	}
	t.Run("a caller's order is not touched", func(t *testing.T) {
		orders := make([]query.Order, 1, 4)
		orders[0] = query.Order{Member: "updatedAt"}
		remote, _ := open(t, classic, jsonReply(200, `[]`))
		_, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todo", Query: query.Query{OrderBy: orders}})
		require.NoError(t, err)
		assert.Equal(t, []query.Order{{Member: "updatedAt"}, {}, {}, {}}, orders[:4])
	})
	t.Run("lookup shows deleted rows", func(t *testing.T) {
		remote, s := open(t, classic, jsonReply(200, `[{"id":"o'neil+1","deleted":true}]`))
		a, err := remote.Lookup(context.Background(), "todo", "o'neil+1")
		require.NoError(t, err)
		assert.Equal(t, datasync.Done, a.Verdict)
		assert.Equal(t, page+"$filter=id%20eq%20%27o%27%27neil%2B1%27&$top=1&__includeDeleted=true", s.requests[0].URL)
	})
}

func TestACountWithoutRowsHasNone(t *testing.T) {
	remote, _ := open(t, classic, jsonReply(200, `{"results":[`+storedRow+`],"count":130}`).with("Link", "http://x/?$top=1&$skip=1; rel=next"))
	p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todo", Query: query.Query{HasTake: true, Count: true}})
	require.NoError(t, err)
	assert.Equal(t, 130, p.Count)
	assert.Empty(t, p.Rows)
	assert.False(t, p.More)
	assert.False(t, p.Known)
}

func TestMembersTheServerDoesNotKnowHideNoRows(t *testing.T) {
	ctx := context.Background()
	request := datasync.PageRequest{Table: "todo", Query: query.Query{Select: []string{"id", "deleted", "text"}, OrderBy: []query.Order{{Member: "updatedAt"}}}}
	const (
		narrow = "https://example.com/tables/todo?$orderby=updatedAt,id&$top=50&$select=id,deleted,text&$inlinecount=allpages&__includeDeleted=true"
		wide   = "https://example.com/tables/todo?$orderby=updatedAt,id&$top=50&__includeDeleted=true"
	)
	t.Run("a table without tombstones is read whole, and then always", func(t *testing.T) {
		remote, s := open(t, classic, jsonReply(200, `[]`), jsonReply(200, `[{"n":1,"id":"a","text":"x"}]`), jsonReply(200, `[]`))
		p, err := remote.Page(ctx, request)
		require.NoError(t, err)
		require.Len(t, p.Rows, 1)
		assert.Equal(t, `{"id":"a","text":"x"}`, string(p.Rows[0]))
		_, err = remote.Page(ctx, request)
		require.NoError(t, err)
		require.Len(t, s.requests, 3)
		assert.Equal(t, []string{narrow, wide, wide}, []string{s.requests[0].URL, s.requests[1].URL, s.requests[2].URL})
	})
	t.Run("an empty list with its count is just empty", func(t *testing.T) {
		remote, s := open(t, classic, jsonReply(200, `{"results":[],"count":0}`))
		p, err := remote.Page(ctx, request)
		require.NoError(t, err)
		assert.Equal(t, 0, p.Count)
		assert.Len(t, s.requests, 1)
	})
	t.Run("a table that is not there yet is asked for narrowly again", func(t *testing.T) {
		remote, s := open(t, classic, jsonReply(200, `[]`), jsonReply(200, `[]`), jsonReply(200, `{"results":[{"id":"a"}],"count":1}`))
		for range 2 {
			_, err := remote.Page(ctx, request)
			require.NoError(t, err)
		}
		assert.Equal(t, narrow, s.requests[2].URL)
	})
	t.Run("a failure stays one", func(t *testing.T) {
		remote, _ := open(t, classic, jsonReply(200, `[]`), reply{status: 503})
		p, err := remote.Page(ctx, request)
		require.NoError(t, err)
		assert.Equal(t, datasync.Unavailable, p.Verdict)
		remote, _ = open(t, classic, jsonReply(200, `[]`), reply{err: errDown})
		_, err = remote.Page(ctx, request)
		assert.ErrorIs(t, err, errDown)
	})
	t.Run("the legacy option names system columns by itself", func(t *testing.T) {
		remote, s := open(t, legacy, jsonReply(200, `[]`))
		_, err := remote.Page(ctx, datasync.PageRequest{Table: "todo", Query: query.Query{Select: request.Query.Select}})
		require.NoError(t, err)
		require.Len(t, s.requests, 1)
		assert.Equal(t, "https://example.com/tables/todo?$orderby=id&$skip=0&$top=50&$select=id%2Ctext&__includeDeleted=true"+
			"&__systemproperties=__updatedAt%2C__deleted%2C__version", s.requests[0].URL)
		assert.Equal(t, []string{"id", "deleted", "text"}, request.Query.Select)
	})
}

func TestAnUpdateOfNothingIsNotSent(t *testing.T) {
	ctx := context.Background()
	const bare = `{"id":"id-001","updatedAt":"2024-01-02T00:00:00.000Z","version":"djE=","deleted":false}`
	for _, test := range []struct {
		name    string
		reply   reply
		verdict datasync.Verdict
		row     bool
	}{
		{"of the row as it is", jsonReply(200, `[{"id":"id-001","version":"djE=","text":"milk"}]`), datasync.Done, true},
		{"of a row that was changed", jsonReply(200, `[{"id":"id-001","version":"djI=","text":"milk"}]`), datasync.Mismatch, true},
		{"of a deleted row", jsonReply(200, `[{"id":"id-001","version":"djE=","deleted":true}]`), datasync.Gone, false},
		{"of a row that is not there", jsonReply(200, `[]`), datasync.Gone, false},
		{"of a row that is none", jsonReply(200, `[{"id":"id-001","version":7}]`), datasync.NotATableServer, false},
		{"of a table that is not there", reply{status: 404}, datasync.Refused, false},
		{"while the server is away", reply{status: 503}, datasync.Unavailable, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote, s := open(t, classic, test.reply)
			a, err := remote.Update(ctx, "todo", rowID, []byte(bare), "djE=")
			require.NoError(t, err)
			assert.Equal(t, test.verdict, a.Verdict, a.Message)
			assert.Equal(t, test.row, a.Row != nil && a.Verdict != datasync.NotATableServer)
			require.Len(t, s.requests, 1)
			assert.Equal(t, "GET", s.requests[0].Method)
		})
	}
	t.Run("without a version any row will do", func(t *testing.T) {
		remote, _ := open(t, classic, jsonReply(200, `[{"id":"id-001","version":"djI="}]`))
		a, err := remote.Update(ctx, "todo", rowID, []byte(bare), "")
		require.NoError(t, err)
		assert.Equal(t, datasync.Done, a.Verdict)
	})
}

func TestUndeletingOnClassicTakesTwoRequests(t *testing.T) {
	ctx := context.Background()
	undelete := func(t *testing.T, row string, replies ...reply) (datasync.Answer, []wire.Request) {
		remote, s := open(t, classic, replies...)
		a, err := remote.Undelete(ctx, "todo", rowID, []byte(row), "djI=")
		require.NoError(t, err)
		return a, s.requests
	}
	back := jsonReply(201, `{"id":"id-001","version":"djM=","updatedAt":"2024-08-23T20:22:54.291Z","deleted":false,"text":"old"}`)
	t.Run("the second gives the row its content", func(t *testing.T) {
		a, requests := undelete(t, systemRow, back, jsonReply(200, storedRow))
		assert.Equal(t, datasync.Done, a.Verdict)
		assert.Equal(t, storedRow, string(a.Row))
		require.Len(t, requests, 2)
		assert.Equal(t, `POST https://example.com/tables/todo/id-001
Accept: application/json
ZUMO-API-VERSION: 2.0.0
If-Match: "djI="
`, onWire(requests[0]))
		assert.Equal(t, `PATCH https://example.com/tables/todo/id-001
Accept: application/json
ZUMO-API-VERSION: 2.0.0
If-Match: "djM="
Content-Type: application/json

{"id":"id-001","text":"milk","big":9007199254740993,"none":null}`, onWire(requests[1]))
	})
	t.Run("a row that has its content already needs none", func(t *testing.T) {
		a, requests := undelete(t, `{"id":"id-001","text":"old"}`, back)
		assert.Equal(t, datasync.Done, a.Verdict)
		assert.Len(t, requests, 1)
	})
	t.Run("a row without content is never patched", func(t *testing.T) {
		_, requests := undelete(t, `{"id":"id-001"}`, back)
		assert.Len(t, requests, 1)
	})
	t.Run("the version may come in the tag", func(t *testing.T) {
		_, requests := undelete(t, sentRow, jsonReply(200, `{"id":"id-001","text":"old"}`).with("ETag", `"djM="`), jsonReply(200, storedRow))
		require.Len(t, requests, 2)
		assert.Contains(t, requests[1].Header, [2]string{"If-Match", `"djM="`})
	})
	for name, first := range map[string]reply{
		"stale": jsonReply(412, storedRow), "unknown": jsonReply(404, `{"error":"The item does not exist"}`),
		"not offered": jsonReply(405, `{"message":"The requested resource does not support http method 'POST'."}`),
		"unavailable": {status: 503}, "a portal": htmlReply(200, loginPage),
	} {
		t.Run("nothing follows when the first is "+name, func(t *testing.T) {
			a, requests := undelete(t, sentRow, first)
			assert.NotEqual(t, datasync.Done, a.Verdict)
			assert.Len(t, requests, 1)
		})
	}
	t.Run("what becomes of the second is the answer", func(t *testing.T) {
		a, _ := undelete(t, sentRow, back, jsonReply(412, storedRow))
		assert.Equal(t, datasync.Mismatch, a.Verdict)
		remote, _ := open(t, classic, back, reply{err: errScriptOver})
		_, err := remote.Undelete(ctx, "todo", rowID, []byte(sentRow), "djI=")
		assert.ErrorIs(t, err, errScriptOver)
	})
}

func TestLinksOnlyTellThatThereIsMore(t *testing.T) {
	for link, more := range map[string]bool{
		"":                                       false,
		"http://localhost/?%24skip=50; rel=next": true, // as the Node server has it: no port, no path
		"https://elsewhere.example/tables/todo?$skip=50;rel=next":      true,
		`<https://example.com/tables/todo?$skip=50>; rel="next"`:       true,
		"https://example.com/?a=1 ; REL = Next":                        true,
		`</a>; rel="prev", </b>; rel=next`:                             true,
		"https://example.com/?$filter=a%20eq%20'; rel=next'; rel=prev": false,
		"https://example.com/; rel=prev":                               false,
		"rel=next":                                                     false,
		"https://example.com/?rel=next":                                false,
	} {
		t.Run(link, func(t *testing.T) {
			remote, s := open(t, classic, jsonReply(200, `[`+storedRow+`]`).with("Link", link))
			p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todo"})
			require.NoError(t, err)
			assert.Equal(t, more, p.More)
			assert.Equal(t, more, p.Known)
			assert.Len(t, s.requests, 1)
		})
	}
}

func TestLogsOfServersMayKnowTheCaller(t *testing.T) {
	ctx := context.Background()
	options := wire.Options{Dialect: query.Classic, InstallationID: "3f2a", ClientVersion: "ZUMO/2.0 (lang=Web)", Features: true}
	features := func(t *testing.T, options wire.Options, call func(r *wire.Remote) error) [][2]string {
		remote, s := open(t, options, jsonReply(200, `[]`))
		require.NoError(t, call(remote))
		return s.requests[0].Header[2:]
	}
	page := func(q query.Query) func(r *wire.Remote) error {
		return func(r *wire.Remote) error {
			_, err := r.Page(ctx, datasync.PageRequest{Table: "todo", Query: q})
			return err
		}
	}
	deletion := func(r *wire.Remote) error {
		_, err := r.Delete(ctx, "todo", "a", "MQ==")
		return err
	}
	assert.Equal(t, [][2]string{{"X-ZUMO-INSTALLATION-ID", "3f2a"}, {"X-ZUMO-VERSION", "ZUMO/2.0 (lang=Web)"}, {"X-ZUMO-FEATURES", "OL,IP"}},
		features(t, options, page(query.Query{OrderBy: []query.Order{{Member: "updatedAt"}}})))
	assert.Equal(t, [][2]string{{"X-ZUMO-FEATURES", "OL"}}, features(t, wire.Options{Dialect: query.Classic, Features: true}, page(query.Query{})))
	assert.Equal(t, [][2]string{{"X-ZUMO-FEATURES", "OL,OC,QS"}, {"If-Match", `"MQ=="`}},
		features(t, wire.Options{Dialect: query.Classic, Features: true, Params: [][2]string{{"a", "b"}}}, deletion))
	assert.Empty(t, features(t, classic, page(query.Query{})))
}
