package wire_test

// This file holds requests against what goes over the wire, byte for byte.

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// onWire prints a request the way HTTP has it.
func onWire(r wire.Request) string {
	text := r.Method + " " + r.URL + "\n"
	for _, h := range r.Header {
		text += h[0] + ": " + h[1] + "\n"
	}
	if r.Body != nil {
		text += "\n" + string(r.Body)
	}
	return text
}

func TestRequestsAreByteForByte(t *testing.T) {
	ctx := context.Background()
	type call func(r *wire.Remote) error
	for _, test := range []struct {
		name string
		call call
		want string
	}{
		{"insert leaves out what the server sets", func(r *wire.Remote) error {
			_, err := r.Insert(ctx, "movies", []byte(`{"id":"a","version":"djE=","title":"x","updatedAt":"2024-01-01T00:00:00.000Z","createdAt":"its own","deleted":false,"big":9007199254740993}`))
			return err
		}, `POST https://example.com/tables/movies
Accept: application/json
ZUMO-API-VERSION: 3.0.0
Content-Type: application/json

{"id":"a","title":"x","createdAt":"its own","big":9007199254740993}`},
		{"update sends the whole row under its version", func(r *wire.Remote) error {
			_, err := r.Update(ctx, "movies", "a", []byte(`{"id":"a","title":"x","createdAt":"its own","n":1.10,"none":null,"version":"b2xk","updatedAt":"2024-01-01T00:00:00.000Z","deleted":false}`), "dj+/MQ==")
			return err
		}, `PUT https://example.com/tables/movies/a
Accept: application/json
ZUMO-API-VERSION: 3.0.0
If-Match: "dj+/MQ=="
Content-Type: application/json

{"id":"a","title":"x","createdAt":"its own","n":1.10,"none":null}`},
		{"update without a version is unconditional", func(r *wire.Remote) error {
			_, err := r.Update(ctx, "movies", "a", []byte(`{"id":"a"}`), "")
			return err
		}, `PUT https://example.com/tables/movies/a
Accept: application/json
ZUMO-API-VERSION: 3.0.0
Content-Type: application/json

{"id":"a"}`},
		{"delete goes under its version and without a body", func(r *wire.Remote) error {
			_, err := r.Delete(ctx, "movies", "a", "djE=")
			return err
		}, `DELETE https://example.com/tables/movies/a
Accept: application/json
ZUMO-API-VERSION: 3.0.0
If-Match: "djE="
`},
		{"delete without a version is unconditional", func(r *wire.Remote) error {
			_, err := r.Delete(ctx, "movies", "a", "")
			return err
		}, `DELETE https://example.com/tables/movies/a
Accept: application/json
ZUMO-API-VERSION: 3.0.0
`},
		{"a quote in a version is escaped", func(r *wire.Remote) error {
			_, err := r.Delete(ctx, "movies", "a", `versi"on`)
			return err
		}, `DELETE https://example.com/tables/movies/a
Accept: application/json
ZUMO-API-VERSION: 3.0.0
If-Match: "versi\"on"
`},
		{"undelete replaces the tombstone", func(r *wire.Remote) error {
			_, err := r.Undelete(ctx, "movies", "a", []byte(`{"id":"a","deleted":true,"title":"x","version":"b2xk"}`), "djI=")
			return err
		}, `PUT https://example.com/tables/movies/a?__includedeleted=true
Accept: application/json
ZUMO-API-VERSION: 3.0.0
If-Match: "djI="
Content-Type: application/json

{"id":"a","deleted":false,"title":"x"}`},
		{"lookup asks by filter, deleted rows included", func(r *wire.Remote) error {
			_, err := r.Lookup(ctx, "movies", "o'neil+1")
			return err
		}, `GET https://example.com/tables/movies?$filter=id%20eq%20%27o%27%27neil%2B1%27&$top=1&__includedeleted=true
Accept: application/json
ZUMO-API-VERSION: 3.0.0
`},
		{"a page without a query shows deleted rows", func(r *wire.Remote) error {
			_, err := r.Page(ctx, datasync.PageRequest{Table: "movies"})
			return err
		}, `GET https://example.com/tables/movies?__includedeleted=true
Accept: application/json
ZUMO-API-VERSION: 3.0.0
`},
		{"ids and table names are percent-encoded", func(r *wire.Remote) error {
			_, err := r.Delete(ctx, "my table", "a/b?c#d%e|f:g é+h", "")
			return err
		}, `DELETE https://example.com/tables/my%20table/a%2Fb%3Fc%23d%25e%7Cf%3Ag%20%C3%A9%2Bh
Accept: application/json
ZUMO-API-VERSION: 3.0.0
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote, s := open(t, wire.Options{}, jsonReply(500, `{}`))
			require.NoError(t, test.call(remote))
			require.Len(t, s.requests, 1)
			assert.Equal(t, test.want, onWire(s.requests[0]))
		})
	}
}

func TestPageRequestsCarryTheQuery(t *testing.T) {
	filter, err := query.ParseFilter("updatedAt gt 2024-08-23T20:22:54.291Z and text eq 'a+b & c'")
	require.NoError(t, err)
	remote, s := open(t, wire.Options{}, jsonReply(200, `{"items":[]}`))
	_, err = remote.Page(context.Background(), datasync.PageRequest{Table: "movies", Query: query.Query{
		Filter: filter, OrderBy: []query.Order{{Member: "updatedAt"}, {Member: "id", Descending: true}},
		Skip: 5, Take: 50, HasTake: true, Count: true, IncludeDeleted: true,
	}})
	require.NoError(t, err)
	assert.Equal(t, "https://example.com/tables/movies"+
		"?$filter=updatedAt%20gt%20cast(2024-08-23T20:22:54.291Z,Edm.DateTimeOffset)%20and%20text%20eq%20%27a%2Bb%20%26%20c%27"+
		"&$orderby=updatedAt,id%20desc&$skip=5&$top=50&$count=true&__includedeleted=true", s.requests[0].URL)
}

func TestOptionsShapeEveryRequest(t *testing.T) {
	options := wire.Options{BaseURL: "HTTPS://Example.com:8443/api/v1//", Params: [][2]string{{"code", "k+/="}, {"tenant", "a b"}}}
	remote, s := open(t, options, jsonReply(200, `{"items":[]}`), reply{status: 204})
	_, err := remote.Page(context.Background(), datasync.PageRequest{Table: "movies"})
	require.NoError(t, err)
	_, err = remote.Delete(context.Background(), "movies", "a", "")
	require.NoError(t, err)
	assert.Equal(t, "https://Example.com:8443/api/v1/tables/movies?__includedeleted=true&code=k%2B%2F%3D&tenant=a%20b", s.requests[0].URL)
	assert.Equal(t, "https://Example.com:8443/api/v1/tables/movies/a?code=k%2B%2F%3D&tenant=a%20b", s.requests[1].URL)
}

func TestWhatCannotBeSentIsRefusedHere(t *testing.T) {
	ctx := context.Background()
	row := []byte(sentRow)
	for _, test := range []struct {
		name string
		call func(r *wire.Remote) (datasync.Answer, error)
		says string
	}{
		{"delete of an empty id, which is the whole table", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Delete(ctx, "movies", "", "")
		}, "the id is empty"},
		{"delete of an id that is a path of its own", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Delete(ctx, "movies", "..", "")
		}, "no URL can name"},
		{"update under another id", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Update(ctx, "movies", "other", row, "")
		}, "'id-001'"},
		{"update with what is no row", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Update(ctx, "movies", rowID, []byte(`{"id":"id-001"`), "")
		}, "not valid"},
		{"insert of a row without an id", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Insert(ctx, "movies", []byte(`{"text":"x"}`))
		}, "the id is empty"},
		{"insert of an array", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Insert(ctx, "movies", []byte(`[]`))
		}, "not valid"},
		{"a table without a name", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Insert(ctx, "", row)
		}, "table's name is empty"},
		{"a lookup without an id", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Lookup(ctx, "movies", "")
		}, "the id is empty"},
		{"a version that would end the header", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Update(ctx, "movies", rowID, row, "a\r\nX-Evil: 1")
		}, "cannot be sent"},
		{"a version that no browser sends", func(r *wire.Remote) (datasync.Answer, error) {
			return r.Delete(ctx, "movies", rowID, "é")
		}, "cannot be sent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote, s := open(t, wire.Options{})
			answer, err := test.call(remote)
			require.NoError(t, err)
			assert.Equal(t, datasync.Refused, answer.Verdict)
			assert.Zero(t, answer.Status)
			assert.Contains(t, answer.Message, test.says)
			assert.Empty(t, s.requests)
		})
	}
}
