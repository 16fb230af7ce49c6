package datasync_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
)

func TestParentsDeletedBeforeTheirChildrenArePushedQuickly(t *testing.T) {
	const n = 1000
	s := newShelfServer(t, newShelf(), "lists", "orders")
	d := newDevice(t, s)
	d.options = func(o *datasync.Options) {
		o.Tables = map[string]datasync.TableOptions{"lists": {}, "orders": {References: map[string]string{"list": "lists"}}}
	}
	c := d.open()
	lists, err := c.Table("lists")
	require.NoError(t, err)
	orders, err := c.Table("orders")
	require.NoError(t, err)
	var parents, children [][]byte
	for i := range n {
		parents = append(parents, fmt.Appendf(nil, `{"id":"l%d"}`, i))
		children = append(children, fmt.Appendf(nil, `{"id":"o%d","list":"l%d"}`, i, i))
	}
	_, err = lists.Import(ctx, parents)
	require.NoError(t, err)
	_, err = orders.Import(ctx, children)
	require.NoError(t, err)
	start := time.Now()
	_, err = push(c)
	require.NoError(t, err)
	inserts := time.Since(start)
	for i := range n {
		require.NoError(t, lists.Delete(ctx, fmt.Sprint("l", i)))
	}
	for i := range n {
		require.NoError(t, orders.Delete(ctx, fmt.Sprint("o", i)))
	}
	start = time.Now()
	_, err = push(c)
	require.NoError(t, err)
	require.Less(t, time.Since(start), 10*inserts+time.Second)
}
