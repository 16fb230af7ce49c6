package datasync_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
)

func TestAHandlerThatIsDeafHoldsUpNoCancelledPush(t *testing.T) {
	_, _, c := dispute(t)
	never, asking := make(chan struct{}), make(chan struct{})
	defer close(never)
	onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
		close(asking)
		<-never
		return datasync.Resolution{}, nil
	})
	cancelled, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		_, err := c.Push(cancelled, datasync.PushOptions{})
		ended <- err
	}()
	<-asking
	cancel()
	select {
	case err := <-ended:
		require.Equal(t, datasync.CodePushFailed, code(err))
	case <-time.After(5 * time.Second):
		t.Error("the push does not return")
	}
}
