package datasync_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestOrderAfterAnExpiredToken(t *testing.T) {
	s := newShelfServer(t, newShelf(), "todoitem", "lists")
	d := newDevice(t, s)
	var sent []string
	expired := true
	d.options = func(o *datasync.Options) {
		o.Parallel = 1
		through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
			if expired {
				return wire.Response{Status: 401}, nil
			}
			if r.Method != "GET" {
				sent = append(sent, member(r.Body, "id"))
			}
			return on()
		})(o)
	}
	c := d.open()
	lists, err := c.Table("lists")
	require.NoError(t, err)
	for i := range 3 {
		_, err = lists.Insert(ctx, fmt.Appendf(nil, `{"id":"list%d"}`, i))
		require.NoError(t, err)
	}
	for i := range 3 {
		insert(t, c, fmt.Sprint("item", i), "of a list")
	}
	pushFails(t, s, c)
	expired = false
	_, err = push(c)
	require.NoError(t, err)
	require.Equal(t, []string{"list0", "list1", "list2", "item0", "item1", "item2"}, sent)
}
