package datasync_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/journal"
)

func TestADecisionThatCannotBeStoredIsAFailureOfTheStore(t *testing.T) {
	_, d, c := dispute(t)
	onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
		d.db.FailNext(journal.ErrQuota)
		return datasync.Resolution{Kind: datasync.KeepClient}, nil
	})
	result, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, datasync.PushStore, result.Reason)
	require.ErrorIs(t, err, journal.ErrQuota)
	require.Equal(t, []string{"update a conflict"}, queue(c))
}
