package datasync_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestAHeldOperationWaitsForTheRunOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelfServer(t, newShelf(), "lists", "items")
		d := newDevice(t, s)
		var mu sync.Mutex
		var answered []string
		note := func(what string) {
			mu.Lock()
			defer mu.Unlock()
			answered = append(answered, what)
		}
		d.options = func(o *datasync.Options) {
			o.Tables = map[string]datasync.TableOptions{"lists": {}, "items": {References: map[string]string{"list": "lists"}}}
			through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
				id := member(r.Body, "id")
				if strings.Contains(id, "slow") {
					time.Sleep(time.Minute)
				}
				if id == "item" {
					note("item leaves")
				}
				response, err := on()
				note(id)
				return response, err
			})(o)
		}
		c := d.open()
		lists, err := c.Table("lists")
		require.NoError(t, err)
		items, err := c.Table("items")
		require.NoError(t, err)
		for _, row := range []string{"first", "item", "parent", "slow"} {
			if row == "item" {
				_, err = items.Insert(ctx, []byte(`{"id":"item","list":"parent"}`))
			} else {
				_, err = lists.Insert(ctx, []byte(`{"id":"`+row+`"}`))
			}
			require.NoError(t, err)
		}
		_, err = push(c)
		require.NoError(t, err)
		require.Equal(t, []string{"first", "parent", "slow", "item leaves", "item"}, answered)
	})
}
