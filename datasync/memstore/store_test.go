package memstore_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/journal"
	"tidetable/datasync/memstore"
	"tidetable/datasync/storetest"
)

// conformer is a database with all the abilities that the suite can use.
type conformer struct {
	*memstore.Database
	mu    sync.Mutex
	asked []journal.Durability
}

var (
	_ storetest.Aborter            = (*conformer)(nil)
	_ storetest.Crasher            = (*conformer)(nil)
	_ storetest.DurabilityRecorder = (*conformer)(nil)
)

func newConformer(*testing.T) storetest.Database {
	c := &conformer{Database: memstore.NewDatabase()}
	c.Observe(func(commit memstore.Commit) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked = append(c.asked, commit.Durability)
	})
	return c
}

func (c *conformer) Open(*testing.T) journal.Store { return c.Database.Open() }

func (c *conformer) AbortNext(*testing.T) { c.FailNext(errors.New("aborted by the test")) }

func (c *conformer) Crash(t *testing.T, s journal.Store) {
	store, ok := s.(*memstore.Store)
	require.True(t, ok)
	c.LoseTab(store)
}

func (c *conformer) Durabilities() []journal.Durability {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]journal.Durability(nil), c.asked...)
}

func TestStoreKeepsTheContract(t *testing.T) { storetest.Run(t, newConformer) }
