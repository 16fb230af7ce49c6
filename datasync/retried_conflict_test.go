package datasync_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
)

func TestARetriedConflictIsSentAgain(t *testing.T) {
	s, _, c := dispute(t)
	pushFails(t, s, c)
	s.put("todoitem", "a", "ours") // somebody made it what we want
	s.writes()
	require.NoError(t, c.Retry(ctx))
	_, err := push(c)
	require.NoError(t, err)
	require.NotEmpty(t, s.writes())
	require.Empty(t, queue(c))
}

func TestAnOldConflictDoesNotFailAPushThatAsksNobodyAboutIt(t *testing.T) {
	s, _, c := dispute(t)
	pushFails(t, s, c)
	_, err := push(c)
	require.NoError(t, err, "without handlers")
	c.SetPushHandlers(datasync.PushHandlers{Error: func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
		t.Error("there is nothing to ask about")
		return datasync.Resolution{}, nil
	}})
	_, err = push(c)
	require.NoError(t, err, "with a handler for errors only")
}
