package datasync_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestDiscardingTheSecondOperationKeepsTheFirst(t *testing.T) {
	d := newDevice(t, newShelfServer(t, newShelf()))
	c := d.open()
	present(t, d, c)
	edit(t, c, "a", "first")
	d.server.cut()
	pushFails(t, d.server, c)
	edit(t, c, "a", "second")
	require.NoError(t, c.Discard(ctx, c.Operations()[1].Seq))
	require.Equal(t, []string{"update a sent"}, queue(c))
	require.Equal(t, map[string]string{"a": "first"}, texts(t, c))
	d.server.mend()
	settled(t, d.server, c, map[string]string{"a": "first"})
}

func TestAnEditAfterADiscardOnTheWayIsNoConflict(t *testing.T) {
	for _, first := range []string{"insert", "update"} {
		t.Run(first, func(t *testing.T) {
			d := newDevice(t, newShelfServer(t, newShelf()))
			c := d.open()
			if first == "insert" {
				insert(t, c, "a", "first")
			} else {
				present(t, d, c)
				edit(t, c, "a", "first")
			}
			once := false
			d.server.setAfter(func(wire.Request, int) error {
				if !once {
					once = true
					require.NoError(t, c.Discard(ctx, c.Operations()[0].Seq))
					second(t, c, first)
				}
				return nil
			})
			_, err := push(c)
			require.NotEqual(t, datasync.CodePushFailed, code(err))
			settled(t, d.server, c, map[string]string{"a": "second"})
		})
	}
}
