package wire_test

// This file has the faults that real servers have, and shows that each is either borne or
// named in every dialect that it occurs in.

import (
	"context"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// family is a dialect with rows as its servers send them.
type family struct {
	options wire.Options
	// stored and plain are the row as the server sends it and as the engine gets it.
	stored, plain string
	// list makes a page of rows.
	list func(rows string) string
}

var families = map[string]family{
	"datasync": {wire.Options{}, storedRow, storedRow, func(rows string) string { return `{"items":[` + rows + `],"count":null,"nextLink":null}` }},
	"classic":  {classic, storedRow, storedRow, func(rows string) string { return `[` + rows + `]` }},
	"legacy": {legacy,
		`{"id":"id-001","text":"milk","__version":"dGVzdA==","__updatedAt":"2024-08-23T20:22:54.291+00:00","__deleted":false}`,
		`{"id":"id-001","text":"milk","version":"dGVzdA==","updatedAt":"2024-08-23T20:22:54.291+00:00","deleted":false}`,
		func(rows string) string { return `[` + rows + `]` }},
}

func pageFrom(t *testing.T, f family, q query.Query, r reply) datasync.PageAnswer {
	t.Helper()
	remote, s := open(t, f.options, r)
	p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "movies", Query: q})
	require.NoError(t, err)
	require.Len(t, s.requests, 1)
	return p
}

func TestFaultsOfServersAreBorne(t *testing.T) {
	for name, f := range families {
		t.Run(name, func(t *testing.T) {
			t.Run("a page shorter than asked for does not mean the end", func(t *testing.T) {
				p := pageFrom(t, f, query.Query{Take: 100, HasTake: true}, jsonReply(200, f.list(f.stored)))
				require.Equal(t, datasync.Done, p.Verdict)
				if name != "datasync" {
					assert.False(t, p.Known)
				}
				assert.False(t, p.More)
			})
			t.Run("a page longer than asked for is taken whole", func(t *testing.T) {
				p := pageFrom(t, f, query.Query{Take: 1, HasTake: true}, jsonReply(200, f.list(f.stored+`,`+f.stored)))
				assert.Len(t, p.Rows, 2)
			})
			t.Run("a weak tag is no version", func(t *testing.T) {
				a := answerOf(t, f.options, updateOp, jsonReply(200, sentRow).with("ETag", `W/"29ea-qtH"`))
				assert.Equal(t, sentRow, string(a.Row))
				a = answerOf(t, f.options, updateOp, jsonReply(200, f.stored).with("ETag", `W/"29ea-qtH"`))
				assert.Equal(t, f.plain, string(a.Row))
			})
			t.Run("a duplicate answered with the request", func(t *testing.T) {
				a := answerOf(t, f.options, insertOp, jsonReply(409, sentRow).with("ETag", `W/"1a-VMo"`))
				assert.Equal(t, datasync.Mismatch, a.Verdict)
				assert.Nil(t, a.Row, "the request is not taken for the server's row")
			})
			t.Run("a duplicate answered with nothing", func(t *testing.T) {
				a := answerOf(t, f.options, insertOp, reply{status: 409})
				assert.Equal(t, datasync.Mismatch, a.Verdict)
				assert.Nil(t, a.Row)
			})
			t.Run("a race in the database answered with 409", func(t *testing.T) {
				for _, op := range []operation{updateOp, deleteOp} {
					a := answerOf(t, f.options, op, jsonReply(409, f.stored))
					assert.Equal(t, datasync.Mismatch, a.Verdict, op.name)
					assert.Equal(t, f.plain, string(a.Row), op.name)
				}
			})
			t.Run("rows without a time", func(t *testing.T) {
				p := pageFrom(t, f, query.Query{}, jsonReply(200, f.list(`{"id":"a","updatedAt":null},{"id":"b"}`)))
				assert.Equal(t, datasync.Done, p.Verdict)
				assert.Len(t, p.Rows, 2)
			})
			t.Run("headers that are not exposed", func(t *testing.T) {
				a := answerOf(t, f.options, updateOp, reply{status: 200, body: f.stored})
				assert.Equal(t, f.plain, string(a.Row))
				a = answerOf(t, f.options, updateOp, reply{status: 412, body: f.stored})
				assert.Equal(t, f.plain, string(a.Row))
			})
			t.Run("401 for one row", func(t *testing.T) {
				assert.Equal(t, datasync.Unauthorized, answerOf(t, f.options, updateOp, reply{status: 401}).Verdict)
			})
			t.Run("a filter that breaks the server", func(t *testing.T) {
				filter := query.Compare(query.OpEq, query.Member("n"), query.Num("1"))
				p := pageFrom(t, f, query.Query{Filter: filter}, jsonReply(500, `{"error":"Syntax error (at index 3)"}`))
				want := datasync.Refused
				if name == "datasync" {
					want = datasync.Unavailable
				}
				assert.Equal(t, want, p.Verdict)
			})
		})
	}
}

func TestNoLinkLeadsAnywhere(t *testing.T) {
	const evil = "https://evil.example/tables/movies?$skip=50"
	for name, f := range families {
		t.Run(name, func(t *testing.T) {
			page := f.list(f.stored)
			if name == "datasync" {
				page = `{"items":[` + f.stored + `],"nextLink":"` + evil + `"}`
			}
			answer := jsonReply(200, page).with("Link", "<"+evil+">; rel=next").with("Location", evil)
			remote, s := open(t, f.options, answer, answer, jsonReply(201, f.stored).with("Location", evil), answer)
			p, err := remote.Page(context.Background(), datasync.PageRequest{Table: "movies"})
			require.NoError(t, err)
			assert.True(t, p.More)
			assert.True(t, p.Known)
			for _, op := range []operation{pageOp, insertOp, lookupOp} {
				a, err := op.run(remote)
				require.NoError(t, err)
				assert.Equal(t, datasync.Done, a.Verdict, op.name)
			}
			for _, request := range s.requests {
				address, err := url.Parse(request.URL)
				require.NoError(t, err)
				assert.Equal(t, "example.com", address.Host)
			}
		})
	}
	t.Run("nor does a redirect", func(t *testing.T) {
		for name, f := range families {
			for _, op := range everyOp {
				a := answerOf(t, f.options, op, reply{status: 307, header: map[string]string{"Location": evil}})
				assert.Equal(t, datasync.NotATableServer, a.Verdict, name+" "+op.name)
			}
		}
	})
}

func TestEveryDialectSendsWhatTheAppAdds(t *testing.T) {
	for name, f := range families {
		options := f.options
		options.Params = [][2]string{{"code", "k+"}}
		options.InstallationID = "3f2a"
		for _, op := range everyOp {
			remote, s := open(t, options, reply{status: 503})
			_, err := op.run(remote)
			require.NoError(t, err)
			address, err := url.Parse(s.requests[0].URL)
			require.NoError(t, err)
			assert.Equal(t, "k+", address.Query().Get("code"), name+" "+op.name)
			assert.Contains(t, s.requests[0].Header, [2]string{"X-ZUMO-INSTALLATION-ID", "3f2a"}, name+" "+op.name)
		}
	}
}
