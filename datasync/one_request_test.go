package datasync_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/wire"
)

func TestOneRequestOfARowAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShelfServer(t, newShelf())
		d := newDevice(t, s)
		onWire, most := 0, 0
		d.options = through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
			switch {
			case r.Method != "PUT":
				return on()
			case strings.HasSuffix(r.URL, "/b"):
				time.Sleep(time.Second) // its end makes the push look for more to send
				return on()
			}
			onWire++
			most = max(most, onWire)
			time.Sleep(time.Minute)
			response, err := on()
			onWire--
			return response, err
		})
		c := d.open()
		insert(t, c, "b", "text")
		settled(t, s, c, map[string]string{"b": "text"}) // the server is known to answer
		present(t, d, c)
		edit(t, c, "a", "first")
		edit(t, c, "b", "first")
		ended := make(chan error, 1)
		go func() {
			_, err := push(c)
			ended <- err
		}()
		synctest.Wait()
		for _, o := range c.Operations() {
			if o.ID == "a" {
				require.NoError(t, c.Discard(ctx, o.Seq))
			}
		}
		edit(t, c, "a", "second")
		require.NoError(t, <-ended)
		require.Equal(t, 1, most)
		settled(t, s, c, map[string]string{"a": "second", "b": "first"})
	})
}
