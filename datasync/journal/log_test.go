package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/journal"
	"tidetable/datasync/memstore"
)

var ctx = context.Background()

// names makes ids that no other log makes.
func names(prefix string) func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("%s%d", prefix, n) }
}

func entry(data string) journal.Entry {
	return journal.Entry{Origin: 7, Changes: []journal.Change{{Kind: 2, Table: "t", Key: "k", Data: []byte(data)}}}
}

func TestLog(t *testing.T) {
	t.Run("another log reads what one has written", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, two := journal.NewLog(db.Open(), names("a")), journal.NewLog(db.Open(), names("b"))
		for i := range 3 {
			position, err := one.Append(ctx, entry(fmt.Sprint("data ", i)), nil, journal.Strict)
			require.NoError(t, err)
			require.Equal(t, journal.Position(i+1), position)
		}
		caught, err := two.CatchUp(ctx)
		require.NoError(t, err)
		entries := caught.Entries
		require.Len(t, entries, 3)
		require.Equal(t, "data 2", string(entries[2].Changes[0].Data))
		require.Equal(t, uint8(7), entries[2].Origin)
		require.Equal(t, one.Author(), entries[2].Author)
		require.Zero(t, two.Position(), "reading is not folding")
		two.Folded(entries[2])
		require.Equal(t, journal.Position(3), two.Position())
		again, err := two.CatchUp(ctx)
		require.NoError(t, err)
		require.Empty(t, again.Entries)
	})

	t.Run("who is behind is told so and writes nothing", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, two := journal.NewLog(db.Open(), names("a")), journal.NewLog(db.Open(), names("b"))
		_, err := one.Append(ctx, entry("first"), nil, journal.Strict)
		require.NoError(t, err)
		pages := []journal.Named{{Name: two.NewName(), Kind: journal.KindRows, Data: []byte("rows")}}
		_, err = two.Append(ctx, entry("second"), pages, journal.Strict)
		require.ErrorIs(t, err, journal.ErrTaken)
		require.Empty(t, db.PageNames())
		caught, err := two.CatchUp(ctx)
		require.NoError(t, err)
		two.Folded(caught.Entries[0])
		_, err = two.Append(ctx, entry("second"), pages, journal.Strict)
		require.NoError(t, err)
	})

	t.Run("entries and pages of any size survive in records of bounded size", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, two := journal.NewLog(db.Open(), names("a")), journal.NewLog(db.Open(), names("b"))
		large := string(bytes.Repeat([]byte("0123456789"), 30_000))
		page := bytes.Repeat([]byte("page"), 100_000)
		name := one.NewName()
		_, err := one.Append(ctx, entry(large), []journal.Named{{Name: name, Kind: journal.KindRows, Data: page}}, journal.Relaxed)
		require.NoError(t, err)
		require.Greater(t, len(db.PageNames()), 10)
		caught, err := two.CatchUp(ctx)
		require.NoError(t, err)
		require.Equal(t, large, string(caught.Entries[0].Changes[0].Data))
		payloads, err := two.ReadPages(ctx, []string{name, "gone"})
		require.NoError(t, err)
		require.True(t, bytes.Equal(page, payloads[0]))
		require.Nil(t, payloads[1])
	})

	t.Run("many pages are read a few at a time", func(t *testing.T) {
		db := memstore.NewDatabase()
		log := journal.NewLog(db.Open(), names("a"))
		var pages []journal.Named
		var list []string
		for i := range 30 {
			name := log.NewName()
			list = append(list, name)
			pages = append(pages, journal.Named{Name: name, Kind: journal.KindRows, Data: []byte{byte(i)}})
		}
		_, err := log.Append(ctx, entry("names them"), pages, journal.Relaxed)
		require.NoError(t, err)
		payloads, err := log.ReadPages(ctx, list)
		require.NoError(t, err)
		for i, payload := range payloads {
			require.Equal(t, []byte{byte(i)}, payload)
		}
	})

	t.Run("a damaged entry is an error", func(t *testing.T) {
		db := memstore.NewDatabase()
		require.NoError(t, db.Open().Append(ctx, journal.Append{Entry: []byte("not a record")}))
		_, err := journal.NewLog(db.Open(), names("a")).CatchUp(ctx)
		require.ErrorIs(t, err, journal.ErrDamaged)
	})

	t.Run("a compaction leaves what makes the state anew, and no garbage", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, two := journal.NewLog(db.Open(), names("a")), journal.NewLog(db.Open(), names("b"))
		large := string(bytes.Repeat([]byte("0123456789"), 30_000))
		for round := range 3 {
			_, err := one.Append(ctx, entry(large), nil, journal.Strict)
			require.NoError(t, err)
			root := []journal.Change{{Kind: 1, Key: "round", Data: []byte{byte(round)}}, {Kind: 1, Key: large}}
			require.NoError(t, one.Compact(ctx, root, nil, nil))
			require.Less(t, len(db.PageNames()), 10, "the root's chunks only")
			require.Zero(t, one.Backlog())
		}
		_, err := one.Append(ctx, entry("after"), nil, journal.Strict)
		require.NoError(t, err)
		caught, err := two.CatchUp(ctx)
		require.NoError(t, err)
		require.True(t, caught.Compacted)
		require.Equal(t, journal.Position(3), caught.Floor)
		require.Equal(t, []byte{2}, caught.Root[0].Data)
		require.Equal(t, "after", string(caught.Entries[0].Changes[0].Data))
	})

	t.Run("who is behind a compaction cannot append", func(t *testing.T) {
		db := memstore.NewDatabase()
		one, two := journal.NewLog(db.Open(), names("a")), journal.NewLog(db.Open(), names("b"))
		_, err := one.Append(ctx, entry("first"), nil, journal.Strict)
		require.NoError(t, err)
		require.NoError(t, one.Compact(ctx, nil, nil, nil))
		_, err = two.Append(ctx, entry("void"), nil, journal.Strict)
		require.ErrorIs(t, err, journal.ErrBehind)
		require.ErrorIs(t, two.Compact(ctx, nil, nil, nil), journal.ErrTaken)
	})
}
