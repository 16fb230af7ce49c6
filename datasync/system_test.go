package datasync_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

func TestSystemTables(t *testing.T) {
	s := newServer(t)
	d := newDevice(t, s)
	c := d.open()
	present(t, d, c)
	edit(t, c, "a", "ours")
	insert(t, c, "b", "new")
	s.setBend(func(r wire.Request) *reply {
		if r.Method == "PUT" {
			return &reply{status: 422, contentType: "application/json", body: `{"error":"too long"}`}
		}
		return nil
	})
	_, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	insert(t, c, "c", "newer")
	for _, reopen := range []bool{false, true} {
		if reopen {
			c = d.reopened(c)
		}
		read := func(name, filter string) []string {
			t.Helper()
			e, err := query.ParseFilter(filter)
			require.NoError(t, err)
			result, err := c.ReadSystem(ctx, name, query.Query{Filter: e, Count: true})
			require.NoError(t, err)
			require.Equal(t, len(result.Rows), result.Count)
			var rows []string
			for _, row := range result.Rows {
				rows = append(rows, string(row))
			}
			return rows
		}
		require.Equal(t, []string{
			`{"id":1,"table":"todoitem","itemId":"a","tableKind":0,"action":"update","state":"parked","tries":1,"properties":{"revision":0}}`,
			`{"id":3,"table":"todoitem","itemId":"c","tableKind":0,"action":"insert","state":"pending","tries":0,"properties":{"revision":0}}`,
		}, read("operations", "id gt 0"))
		require.Equal(t, []string{
			`{"id":3,"table":"todoitem","itemId":"c","tableKind":0,"action":"insert","state":"pending","tries":0,"properties":{"revision":0}}`,
		}, read("MS_TableOperations", "state eq 'pending'"))
		require.Equal(t, []string{
			`{"id":"1","operationId":1,"tableKind":0,"properties":{"code":"refused","status":422,"message":"too long","table":"todoitem","itemId":"a"}}`,
		}, read("errors", "operationId eq 1"))
		require.Len(t, read("MS_TableConfig", "key eq 'all'"), 1)
	}
	edit(t, c, "a", "shorter")
	result, err := c.ReadSystem(ctx, "errors", query.Query{})
	require.NoError(t, err)
	require.Empty(t, result.Rows, "an edit clears the error")
	_, err = c.ReadSystem(ctx, "nosuch", query.Query{})
	require.Equal(t, datasync.CodeUnknownTable, code(err))
}
