package datasync_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
)

func TestACancelledPushOfHandedOperationsSaysSo(t *testing.T) {
	s := newShelfServer(t, newShelf())
	c := newDevice(t, s).open()
	insert(t, c, "a", "text")
	insert(t, c, "b", "text")
	cancelled, cancel := context.WithCancel(ctx)
	c.SetPushHandlers(datasync.PushHandlers{Operation: func(ctx context.Context, call *datasync.OperationCall) error {
		cancel()
		_, err := call.Send(ctx, nil)
		return err
	}})
	result, err := c.Push(cancelled, datasync.PushOptions{})
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, datasync.PushCancelled, result.Reason)
	require.Equal(t, []string{"insert a pending", "insert b pending"}, queue(c))
}
