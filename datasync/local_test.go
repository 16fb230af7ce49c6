package datasync_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
)

var ctx = context.Background()

func TestLocalWrites(t *testing.T) {
	t.Run("an insert without id gets one and is queued", func(t *testing.T) {
		c := newDevice(t, newServer(t)).open()
		row, err := table(t, c).Insert(ctx, []byte(`{"text":"milk"}`))
		require.NoError(t, err)
		require.NotEmpty(t, member(row, "id"))
		found, err := table(t, c).Lookup(ctx, member(row, "id"))
		require.NoError(t, err)
		require.JSONEq(t, string(row), string(found))
		require.Equal(t, 1, c.Pending())
	})

	t.Run("writes survive a reopen with numbers beyond a double", func(t *testing.T) {
		d := newDevice(t, newServer(t))
		c := d.open()
		_, err := table(t, c).Insert(ctx, []byte(`{"id":"a","n":9007199254740993,"price":1.10}`))
		require.NoError(t, err)
		// What JavaScript writes back after reading it as doubles.
		row, err := table(t, c).Update(ctx, []byte(`{"id":"a","n":9007199254740992,"price":1.1,"text":"x"}`))
		require.NoError(t, err)
		require.Equal(t, `{"id":"a","n":9007199254740993,"price":1.10,"text":"x"}`, string(row))
		c = d.reopened(c)
		found, err := table(t, c).Lookup(ctx, "a")
		require.NoError(t, err)
		require.Equal(t, string(row), string(found))
		require.Equal(t, []string{"insert a pending"}, queue(c))
	})

	t.Run("an update that changes nothing queues nothing", func(t *testing.T) {
		s := newServer(t)
		s.post("todoitem", "a", "milk")
		c := newDevice(t, s).open()
		_, err := pull(c)
		require.NoError(t, err)
		edit(t, c, "a", "milk")
		require.Zero(t, c.Pending())
	})

	t.Run("replace drops members and keeps the system columns", func(t *testing.T) {
		s := newServer(t)
		s.post("todoitem", "a", "milk")
		c := newDevice(t, s).open()
		_, err := pull(c)
		require.NoError(t, err)
		before, err := table(t, c).Lookup(ctx, "a")
		require.NoError(t, err)
		row, err := table(t, c).Replace(ctx, []byte(`{"id":"a","complete":true}`))
		require.NoError(t, err)
		require.Equal(t, member(before, "version"), member(row, "version"))
		require.Empty(t, member(row, "text"))
		require.Equal(t, "true", member(row, "complete"))
	})

	t.Run("queries see local rows in order", func(t *testing.T) {
		c := newDevice(t, newServer(t)).open()
		insert(t, c, "a", "pears")
		insert(t, c, "b", "apples")
		insert(t, c, "c", "milk")
		remove(t, c, "c")
		filter, err := query.ParseFilter("text ne 'milk'")
		require.NoError(t, err)
		result, err := table(t, c).Read(ctx, query.Query{Filter: filter, OrderBy: []query.Order{{Member: "text"}}, Count: true})
		require.NoError(t, err)
		require.Equal(t, 2, result.Count)
		require.Equal(t, "apples", member(result.Rows[0], "text"))
		require.Equal(t, "pears", member(result.Rows[1], "text"))
	})
}

func TestBadInputChangesNothing(t *testing.T) {
	d := newDevice(t, newServer(t))
	d.options = func(o *datasync.Options) {
		o.Tables = map[string]datasync.TableOptions{"todoitem": {}}
	}
	c := d.open()
	insert(t, c, "here", "milk")
	todos := table(t, c)
	insertRow := func(row string) error { _, err := todos.Insert(ctx, []byte(row)); return err }
	updateRow := func(row string) error { _, err := todos.Update(ctx, []byte(row)); return err }
	cases := []struct {
		name string
		err  error
		code datasync.Code
		says string
	}{
		{"id is a number", insertRow(`{"id":7}`), datasync.CodeInvalidID, "string"},
		{"id has a slash", insertRow(`{"id":"a/b"}`), datasync.CodeInvalidID, "letter"},
		{"id is too long", insertRow(`{"id":"` + strings.Repeat("x", 128) + `"}`), datasync.CodeInvalidID, "127"},
		{"row is an array", insertRow(`[1]`), datasync.CodeInvalidRow, "object"},
		{"row is broken", insertRow(`{"text":`), datasync.CodeInvalidRow, "JSON"},
		{"reserved member", insertRow(`{"__proto__":1}`), datasync.CodeInvalidRow, "__proto__"},
		{"row is too large", insertRow(`{"text":"` + strings.Repeat("x", 4<<20) + `"}`), datasync.CodeRowTooLarge, "4 MB"},
		{"insert of a row that is here", insertRow(`{"id":"here"}`), datasync.CodeExists, "already"},
		{"update without id", updateRow(`{"text":"x"}`), datasync.CodeInvalidID, "id"},
		{"update of a row that is not here", updateRow(`{"id":"gone"}`), datasync.CodeNotFound, "insert"},
		{"delete of a row that is not here", todos.Delete(ctx, "gone"), datasync.CodeNotFound, "no row"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.code, code(test.err))
			require.ErrorContains(t, test.err, test.says)
			require.ErrorContains(t, test.err, "todoitem")
			require.Equal(t, map[string]string{"here": "milk"}, texts(t, c))
			require.Equal(t, 1, c.Pending())
		})
	}
	t.Run("a table that was not declared", func(t *testing.T) {
		_, err := c.Table("other")
		require.Equal(t, datasync.CodeUnknownTable, code(err))
		require.ErrorContains(t, err, "'other'")
	})
	t.Run("a query that cannot be", func(t *testing.T) {
		_, err := todos.Read(ctx, query.Query{Skip: -1})
		require.Equal(t, datasync.CodeInvalidQuery, code(err))
	})
	t.Run("a closed client", func(t *testing.T) {
		require.NoError(t, c.Close())
		require.NoError(t, c.Close())
		require.Equal(t, datasync.CodeClosed, code(insertRow(`{"text":"x"}`)))
		_, err := push(c)
		require.Equal(t, datasync.CodeClosed, code(err))
		_, err = pull(c)
		require.Equal(t, datasync.CodeClosed, code(err))
	})
}
