package memstore_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/journal"
	"tidetable/datasync/memstore"
)

var errDisk = errors.New("disk on fire")

func entry(base journal.Position, text string) journal.Append {
	return journal.Append{Base: base, Entry: []byte(text)}
}

func entries(t *testing.T, db *memstore.Database) []string {
	t.Helper()
	tail, err := db.Open().Tail(t.Context(), 0)
	require.NoError(t, err)
	texts := make([]string, len(tail.Entries))
	for i, e := range tail.Entries {
		texts[i] = string(e)
	}
	return texts
}

func TestFailNextAbortsTheNextWriteThatWouldSucceed(t *testing.T) {
	db := memstore.NewDatabase()
	s := db.Open()
	db.FailNext(errDisk)
	db.FailNext(journal.ErrQuota)
	_, err := s.Tail(t.Context(), 0)
	require.NoError(t, err, "a read must not take the failure of a write")
	require.ErrorIs(t, s.Append(t.Context(), entry(0, "one")), errDisk)
	require.ErrorIs(t, s.Append(t.Context(), entry(0, "one")), journal.ErrQuota)
	require.NoError(t, s.Append(t.Context(), entry(0, "one")))
	db.FailNext(errDisk)
	require.ErrorIs(t, s.Append(t.Context(), entry(0, "late")), journal.ErrTaken, "an append that fails by itself takes no failure")
	require.ErrorIs(t, s.Compact(t.Context(), journal.Compaction{Upto: 1}), errDisk)
	require.Equal(t, []string{"one"}, entries(t, db))
}

func TestFailNextReadFailsOneRead(t *testing.T) {
	db := memstore.NewDatabase()
	s := db.Open()
	db.FailNextRead(errDisk)
	require.NoError(t, s.Append(t.Context(), entry(0, "one")), "a write must not take the failure of a read")
	_, err := s.Tail(t.Context(), 0)
	require.ErrorIs(t, err, errDisk)
	db.FailNextRead(errDisk)
	_, err = s.Pages(t.Context(), []string{"p"})
	require.ErrorIs(t, err, errDisk)
	require.Equal(t, []string{"one"}, entries(t, db))
}

func TestCloneIsWhatADiskWouldHold(t *testing.T) {
	db := memstore.NewDatabase()
	s := db.Open()
	require.NoError(t, s.Append(t.Context(), journal.Append{Entry: []byte("one"), Pages: []journal.Page{{Name: "p"}}}))
	clone := db.Clone()
	require.NoError(t, s.Append(t.Context(), entry(1, "two")))
	require.NoError(t, s.Compact(t.Context(), journal.Compaction{Upto: 1, Root: []byte("root"), Remove: []string{"p"}}))
	require.Equal(t, []string{"one"}, entries(t, clone))
	require.Equal(t, []string{"p"}, clone.PageNames())
	require.Empty(t, db.PageNames())
	require.NoError(t, clone.Open().Append(t.Context(), entry(1, "another two")))
	require.Equal(t, []string{"two"}, entries(t, db))
	require.NoError(t, s.Close())
	require.Equal(t, []string{"one", "another two"}, entries(t, clone), "a clone does not close with its original")
}

func TestAnObserverSeesEveryCommitInOrderAndCanCutThere(t *testing.T) {
	db := memstore.NewDatabase()
	s := db.Open()
	var commits []memstore.Commit
	var cuts []*memstore.Database
	db.Observe(func(c memstore.Commit) {
		commits = append(commits, c)
		cuts = append(cuts, c.Clone())
	})
	require.NoError(t, s.Append(t.Context(), journal.Append{Entry: []byte("one"), Durability: journal.Strict}))
	require.ErrorIs(t, s.Append(t.Context(), entry(0, "late")), journal.ErrTaken)
	require.NoError(t, s.Append(t.Context(), entry(1, "two")))
	require.NoError(t, s.Compact(t.Context(), journal.Compaction{Upto: 1}))
	db.Observe(nil)
	require.NoError(t, s.Append(t.Context(), entry(2, "three")))

	require.Len(t, commits, 3)
	require.Same(t, s, commits[0].Store)
	require.Equal(t, journal.Position(1), commits[0].Position)
	require.Equal(t, journal.Strict, commits[0].Durability)
	require.Equal(t, journal.Position(2), commits[1].Position)
	require.Equal(t, journal.Relaxed, commits[1].Durability)
	require.Zero(t, commits[2].Position)
	require.Equal(t, uint64(1), commits[2].Generation)
	require.Equal(t, []string{"one"}, entries(t, cuts[0]))
	require.Equal(t, []string{"one", "two"}, entries(t, cuts[1]))
	require.Equal(t, []string{"two"}, entries(t, cuts[2]))
}

func TestHeldTransactionsRunInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.NewDatabase()
		s := db.Open()
		outer, inner := db.Hold(), db.Hold()
		outcomes := make([]error, 3)
		for i := range outcomes {
			go func() { outcomes[i] = s.Append(t.Context(), entry(0, "one")) }()
			synctest.Wait()
			require.Equal(t, i+1, db.Waiting())
		}
		outer()
		outer()
		synctest.Wait()
		require.Equal(t, 3, db.Waiting(), "a hold released twice must not release another")
		inner()
		synctest.Wait()
		require.NoError(t, outcomes[0])
		require.ErrorIs(t, outcomes[1], journal.ErrTaken)
		require.ErrorIs(t, outcomes[2], journal.ErrTaken)
		require.Equal(t, []string{"one"}, entries(t, db))
	})
}

func TestCancellingAnIssuedTransactionDoesNotStopIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.NewDatabase()
		release := db.Hold()
		ctx, cancel := context.WithCancel(t.Context())
		outcome := make(chan error, 1)
		go func() { outcome <- db.Open().Append(ctx, entry(0, "one")) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		require.Empty(t, outcome, "the call must wait for its transaction")
		release()
		require.NoError(t, <-outcome)
		require.Equal(t, []string{"one"}, entries(t, db))
	})
}

func TestClosingWaitsForHeldTransactions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.NewDatabase()
		s := db.Open()
		release := db.Hold()
		appended, closed := make(chan error, 1), make(chan error, 1)
		go func() { appended <- s.Append(t.Context(), entry(0, "one")) }()
		synctest.Wait()
		go func() { closed <- s.Close() }()
		synctest.Wait()
		require.Empty(t, closed)
		require.ErrorIs(t, s.Append(t.Context(), entry(0, "two")), journal.ErrClosed)
		release()
		require.NoError(t, <-closed)
		require.NoError(t, <-appended)
	})
}

func TestALostTabIsGoneWithWhatItHadNotCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memstore.NewDatabase()
		lost, other := db.Open(), db.Open()
		require.NoError(t, lost.Append(t.Context(), entry(0, "one")))
		release := db.Hold()
		outcomes := make(chan error, 1)
		go func() { outcomes <- lost.Append(t.Context(), entry(1, "never")) }()
		synctest.Wait()
		others := make(chan error, 1)
		go func() { others <- other.Append(t.Context(), entry(1, "two")) }()
		synctest.Wait()
		db.LoseTab(lost)
		require.ErrorIs(t, <-outcomes, journal.ErrClosed)
		require.ErrorIs(t, lost.Append(t.Context(), entry(1, "never")), journal.ErrClosed)
		require.NoError(t, lost.Close())
		release()
		require.NoError(t, <-others)
		require.Equal(t, []string{"one", "two"}, entries(t, db))
	})
}

func TestLosingATabOfAnotherDatabasePanics(t *testing.T) {
	require.Panics(t, func() { memstore.NewDatabase().LoseTab(memstore.NewDatabase().Open()) })
}

func TestABaseBeyondTheEndIsRefused(t *testing.T) {
	db := memstore.NewDatabase()
	err := db.Open().Append(t.Context(), entry(3, "four"))
	require.Error(t, err)
	for _, sentinel := range []error{journal.ErrTaken, journal.ErrBehind} {
		require.NotErrorIs(t, err, sentinel, "a writer would try again for ever")
	}
	require.Empty(t, entries(t, db))
}
