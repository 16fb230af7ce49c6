package datasync_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestAnErrorHandlerThatAlwaysSendsAgainEnds(t *testing.T) {
	s := newShelfServer(t, newShelf())
	c := newDevice(t, s).open()
	insert(t, c, "a", "text")
	s.setBend(func(wire.Request) *reply { return &reply{status: 422, contentType: jsonType, body: `{}`} })
	c.SetPushHandlers(datasync.PushHandlers{Error: keep(datasync.KeepClient)})
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := c.Push(bounded, datasync.PushOptions{})
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.NoError(t, bounded.Err(), "the push ended by itself")
}

// The same with a server that says 412 whatever version it is sent.
func TestAConflictHandlerThatAlwaysSendsAgainEnds(t *testing.T) {
	s, _, c := dispute(t)
	s.setBend(func(r wire.Request) *reply {
		if r.Method == "PUT" {
			return &reply{status: 412}
		}
		return nil
	})
	onConflict(c, keep(datasync.KeepClient))
	bounded, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := c.Push(bounded, datasync.PushOptions{})
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.NoError(t, bounded.Err(), "the push ended by itself")
}
