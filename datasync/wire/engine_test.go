package wire_test

// This file has the engine speak the dialects that no server is at hand for, and shows that
// it works on while nobody knows which one to speak.

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/memstore"
	"tidetable/datasync/wire"
)

// stopped is a clock that stands still.
type stopped struct{}

func (stopped) Now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func (stopped) AfterFunc(time.Duration, func()) (stop func()) { return func() {} }

// engineOn opens a client over a scripted server.
func engineOn(t *testing.T, store *memstore.Database, options wire.Options, replies ...reply) (*datasync.Table, *datasync.Client, *script) {
	t.Helper()
	remote, s := open(t, options, replies...)
	made := 0
	client, err := datasync.Open(context.Background(), datasync.Options{
		Store: store.Open(), Remote: remote, Clock: stopped{}, Parallel: 1,
		NewID:  func() string { made++; return "made-" + strconv.Itoa(made) },
		Random: func() float64 { return 0 },
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	table, err := client.Table("TodoItem")
	require.NoError(t, err)
	return table, client, s
}

func TestAPullFromALegacyServer(t *testing.T) {
	const (
		first = `{"id":"a","text":"x","__updatedAt":"2014-03-06T19:15:32.5+00:00","__deleted":false,"__version":"djE="}`
		gone  = `{"id":"b","text":"y","__updatedAt":"2014-03-06T19:15:33+00:00","__deleted":true,"__version":"djI="}`
	)
	table, _, s := engineOn(t, memstore.NewDatabase(), legacy, jsonReply(200, `[`+first+`,`+gone+`]`),
		jsonReply(200, `[`+gone+`]`), jsonReply(200, `[`+gone+`]`), jsonReply(200, `[]`), jsonReply(200, `[]`))
	_, err := table.Pull(context.Background(), datasync.PullOptions{QueryID: "all"})
	require.NoError(t, err)
	assert.Equal(t, `GET https://example.com/tables/TodoItem?$filter=(__updatedAt%20ge%20datetimeoffset'1970-01-01T00:00:00.0000000%2B00:00')&$orderby=__updatedAt&$skip=0&$top=50&__includeDeleted=true&__systemproperties=__updatedAt%2C__deleted%2C__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
`, onWire(s.requests[0]))
	assert.Contains(t, s.requests[1].URL, "$filter=(__updatedAt%20ge%20datetimeoffset'2014-03-06T19:15:33.0000000%2B00:00')&$orderby=__updatedAt&$skip=0&$top=50")

	row, err := table.Lookup(context.Background(), "a")
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":"a","text":"x","updatedAt":"2014-03-06T19:15:32.5+00:00","deleted":false,"version":"djE="}`, string(row))
	_, err = table.Lookup(context.Background(), "b")
	assert.Equal(t, datasync.CodeNotFound, datasync.CodeOf(err))
}

func TestAPushToALegacyServer(t *testing.T) {
	ctx := context.Background()
	table, client, s := engineOn(t, memstore.NewDatabase(), legacy,
		jsonReply(201, `{"id":"a","text":"x","__version":"djE="}`), jsonReply(200, `{"id":"a","text":"y","__version":"djI="}`), reply{status: 204})
	push := func() {
		t.Helper()
		_, err := client.Push(ctx, datasync.PushOptions{})
		require.NoError(t, err)
	}
	_, err := table.Insert(ctx, []byte(`{"id":"a","text":"x"}`))
	require.NoError(t, err)
	push()
	_, err = table.Update(ctx, []byte(`{"id":"a","text":"y"}`))
	require.NoError(t, err)
	push()
	require.NoError(t, table.Delete(ctx, "a"))
	push()
	require.Len(t, s.requests, 3)
	assert.Equal(t, `PATCH https://example.com/tables/TodoItem/a?__systemproperties=__version
Accept: application/json
X-ZUMO-APPLICATION: secret-key
If-Match: "djE="
Content-Type: application/json

{"id":"a","text":"y"}`, onWire(s.requests[1]))
	assert.Equal(t, `DELETE https://example.com/tables/TodoItem/a
Accept: application/json
X-ZUMO-APPLICATION: secret-key
If-Match: "djI="
`, onWire(s.requests[2]))
}

func TestWorkGoesOnWhileTheDialectIsNotKnown(t *testing.T) {
	ctx := context.Background()
	store := memstore.NewDatabase()
	table, client, s := engineOn(t, store, auto, reply{err: errDown}, reply{err: errDown})
	_, err := table.Insert(ctx, []byte(`{"id":"a","text":"x"}`))
	require.NoError(t, err)
	_, err = table.Update(ctx, []byte(`{"id":"a","text":"y"}`))
	require.NoError(t, err)
	assert.Empty(t, s.requests, "nothing of that needs the server")

	result, err := client.Push(ctx, datasync.PushOptions{})
	assert.Equal(t, datasync.CodePushFailed, datasync.CodeOf(err))
	assert.Equal(t, datasync.PushNetwork, result.Reason)
	_, err = table.Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
	assert.Equal(t, datasync.CodeNetwork, datasync.CodeOf(err))
	row, err := table.Lookup(ctx, "a")
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":"a","text":"y"}`, string(row))
	require.NoError(t, client.Close())

	// The next start finds the server there, and the one after it need not ask.
	stored := `{"id":"a","text":"y","version":"djE=","updatedAt":"2024-08-23T20:22:54.291Z","deleted":false}`
	_, client, s = engineOn(t, store, auto, jsonReply(400, classicV2), jsonReply(200, `[]`), jsonReply(201, stored))
	_, err = client.Push(ctx, datasync.PushOptions{})
	require.NoError(t, err)
	assert.Equal(t, "POST https://example.com/tables/TodoItem", s.requests[2].Method+" "+s.requests[2].URL)
	require.NoError(t, client.Close())

	table, client, s = engineOn(t, store, auto, jsonReply(200, stored))
	require.NoError(t, table.Delete(ctx, "a"))
	_, err = client.Push(ctx, datasync.PushOptions{})
	require.NoError(t, err)
	require.Len(t, s.requests, 1)
	assert.Contains(t, s.requests[0].Header, [2]string{"ZUMO-API-VERSION", "2.0.0"})
}
