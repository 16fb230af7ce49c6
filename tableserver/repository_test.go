package tableserver

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/query"
)

// everything asks for a whole table.
var everything = query.Query{IncludeDeleted: true}

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// Now is the time that was set last.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// opener opens the same database each time it is called. Closing is up to the test.
type opener func(now func() time.Time) Repository

// put is a decision to store members whatever is there.
func put(members string) func(*Row) (Change, error) {
	return func(*Row) (Change, error) { return Change{Members: []byte(members)}, nil }
}

// testRepository is what every Repository has to pass: one subtest per sentence of its
// contract. newDatabase makes an empty database and returns what opens it.
func testRepository(t *testing.T, newDatabase func(t *testing.T) opener) {
	ctx := context.Background()
	open := func(t *testing.T) (Repository, *clock) {
		c := &clock{now: noon}
		rows := newDatabase(t)(c.Now)
		t.Cleanup(func() { require.NoError(t, rows.Close()) })
		return rows, c
	}
	write := func(t *testing.T, rows Repository, id, members string) Row {
		row, err := rows.Write(ctx, "things", id, put(members))
		require.NoError(t, err)
		return row
	}
	read := func(t *testing.T, rows Repository, id string) *Row {
		row, err := rows.Row(ctx, "things", id)
		require.NoError(t, err)
		return row
	}

	t.Run("a table without rows is empty", func(t *testing.T) {
		rows, _ := open(t)
		page, err := rows.Page(ctx, "never-named", everything)
		require.NoError(t, err)
		require.Equal(t, Page{}, page)
		require.Nil(t, read(t, rows, "x"))
		require.NoError(t, rows.Ping(ctx))
	})
	t.Run("a write is stamped, given a version and read back with its text", func(t *testing.T) {
		rows, _ := open(t)
		written := write(t, rows, "x", `{"n":9007199254740993,"s":"\u00e9"}`)
		require.Equal(t, "x", written.ID)
		require.Equal(t, noon, written.UpdatedAt)
		raw, err := base64.StdEncoding.DecodeString(written.Version)
		require.NoError(t, err)
		require.Len(t, raw, 8)
		require.Equal(t, &written, read(t, rows, "x"))
		require.Equal(t, `{"n":9007199254740993,"s":"\u00e9"}`, string(written.Members))
	})
	t.Run("decide sees the stored row and its error leaves it as it is", func(t *testing.T) {
		rows, _ := open(t)
		first := write(t, rows, "x", `{"n":1}`)
		refusal := errors.New("no")
		_, err := rows.Write(ctx, "things", "x", func(stored *Row) (Change, error) {
			require.Equal(t, &first, stored)
			return Change{}, refusal
		})
		require.Equal(t, refusal, err)
		require.Equal(t, &first, read(t, rows, "x"))
		require.Equal(t, noon.Add(time.Millisecond), write(t, rows, "y", `{}`).UpdatedAt, "a refused write takes no stamp")
	})
	t.Run("each write has another version and a later time, whatever the clock does", func(t *testing.T) {
		rows, c := open(t)
		last := write(t, rows, "x", `{}`)
		versions := map[string]bool{last.Version: true}
		for i, now := range []time.Time{noon, noon.Add(-time.Hour), noon.Add(999 * time.Microsecond), noon.Add(time.Minute), noon} {
			c.set(now)
			row := write(t, rows, fmt.Sprint("y", i), `{}`)
			require.True(t, row.UpdatedAt.After(last.UpdatedAt))
			require.False(t, versions[row.Version])
			versions[row.Version] = true
			last = row
		}
		require.Equal(t, noon.Add(time.Minute+time.Millisecond), last.UpdatedAt)
	})
	t.Run("times are per table", func(t *testing.T) {
		rows, _ := open(t)
		write(t, rows, "x", `{}`)
		row, err := rows.Write(ctx, "others", "x", put(`{"other":1}`))
		require.NoError(t, err)
		require.Equal(t, noon, row.UpdatedAt)
		require.Equal(t, `{}`, string(read(t, rows, "x").Members))
	})
	t.Run("a tombstone is a row that lists leave out unless asked", func(t *testing.T) {
		rows, _ := open(t)
		write(t, rows, "x", `{"n":1}`)
		dead, err := rows.Write(ctx, "things", "x", func(stored *Row) (Change, error) {
			return Change{Members: stored.Members, Deleted: true}, nil
		})
		require.NoError(t, err)
		require.True(t, dead.Deleted)
		require.Equal(t, &dead, read(t, rows, "x"))
		page, err := rows.Page(ctx, "things", query.Query{Count: true})
		require.NoError(t, err)
		require.Equal(t, Page{}, page)
		page, err = rows.Page(ctx, "things", everything)
		require.NoError(t, err)
		require.Equal(t, []Row{dead}, page.Rows)
	})
	t.Run("a removed row is gone but its time is not given out again", func(t *testing.T) {
		rows, _ := open(t)
		first := write(t, rows, "x", `{}`)
		removed, err := rows.Write(ctx, "things", "x", func(*Row) (Change, error) { return Change{Remove: true}, nil })
		require.NoError(t, err)
		require.Equal(t, Row{}, removed)
		require.Nil(t, read(t, rows, "x"))
		require.True(t, write(t, rows, "x", `{}`).UpdatedAt.After(first.UpdatedAt))
	})
	t.Run("ids are compared exactly", func(t *testing.T) {
		rows, _ := open(t)
		write(t, rows, "a", `{"n":1}`)
		write(t, rows, "A", `{"n":2}`)
		require.Equal(t, `{"n":1}`, string(read(t, rows, "a").Members))
		require.Equal(t, `{"n":2}`, string(read(t, rows, "A").Members))
	})
	t.Run("a page is filtered, ordered, skipped and taken", func(t *testing.T) {
		rows, _ := open(t)
		for i := range 10 {
			write(t, rows, fmt.Sprint("r", i), fmt.Sprintf(`{"n":%d}`, i%3))
		}
		for _, filter := range []string{"n ne 1 and id ge ''", "n mul 2 ne 2", "id ne 'r1' and id ne 'r4' and id ne 'r7'"} {
			q := query.Query{OrderBy: []query.Order{{Member: "n", Descending: true}}, Skip: 2, Take: 3, HasTake: true, Count: true}
			var err error
			q.Filter, err = query.ParseFilter(filter)
			require.NoError(t, err)
			page, err := rows.Page(ctx, "things", q)
			require.NoError(t, err)
			require.Equal(t, []string{"r8", "r0", "r3"}, ids(page), filter)
			require.Equal(t, 7, page.Count)
			require.True(t, page.More)
			q.Skip, q.Count = 4, false
			page, err = rows.Page(ctx, "things", q)
			require.NoError(t, err)
			require.Equal(t, []string{"r3", "r6", "r9"}, ids(page), filter)
			require.Zero(t, page.Count)
			require.False(t, page.More)
			q.HasTake = false
			page, err = rows.Page(ctx, "things", q)
			require.NoError(t, err)
			require.Len(t, page.Rows, 3)
		}
	})
	t.Run("values of all kinds sort as everywhere", func(t *testing.T) {
		rows, _ := open(t)
		order := []string{`{}`, `{"v":null}`, `{"v":false}`, `{"v":true}`, `{"v":-1e3}`, `{"v":9007199254740992}`, `{"v":9007199254740993}`,
			`{"v":1e300}`, `{"v":""}`, `{"v":"2"}`, `{"v":"Z"}`, `{"v":"a"}`, `{"v":"\u00e9"}`, `{"v":"\ud83d\ude00"}`, `{"v":[1]}`, `{"v":{"a":0}}`}
		for i, members := range order {
			write(t, rows, fmt.Sprintf("r%02d", i), members)
		}
		q := query.Query{OrderBy: []query.Order{{Member: "v"}}}
		page, err := rows.Page(ctx, "things", q)
		require.NoError(t, err)
		sorter := query.NewSorter(q.OrderBy)
		for i, row := range page.Rows {
			require.Equal(t, order[i], string(row.Members))
			if i > 0 {
				before := page.Rows[i-1]
				require.True(t, sorter.Less(sorter.Key(before.AppendJSON(nil), before.ID), sorter.Key(row.AppendJSON(nil), row.ID)))
			}
		}
	})
	t.Run("everything is there after closing and opening again", func(t *testing.T) {
		database := newDatabase(t)
		c := &clock{now: noon}
		rows := database(c.Now)
		kept := write(t, rows, "x", `{"n":1}`)
		_, err := rows.Write(ctx, "things", "y", put(`{}`))
		require.NoError(t, err)
		_, err = rows.Write(ctx, "things", "y", func(*Row) (Change, error) { return Change{Remove: true}, nil })
		require.NoError(t, err)
		require.NoError(t, rows.Close())

		c.set(noon.Add(-time.Hour))
		rows = database(c.Now)
		defer func() { require.NoError(t, rows.Close()) }()
		require.Equal(t, &kept, read(t, rows, "x"))
		require.Equal(t, noon.Add(3*time.Millisecond), write(t, rows, "z", `{}`).UpdatedAt, "also after the last row was removed")
	})
	t.Run("a cancelled call writes nothing", func(t *testing.T) {
		rows, _ := open(t)
		cancelled, cancel := context.WithCancel(ctx)
		_, err := rows.Write(cancelled, "things", "x", func(*Row) (Change, error) {
			cancel()
			return Change{Members: []byte(`{}`)}, nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Nil(t, read(t, rows, "x"))
	})
	t.Run("writes from many goroutines are all there, one after another", func(t *testing.T) {
		rows, _ := open(t)
		testConcurrentWrites(t, rows)
	})
}

// testConcurrentWrites lets 64 goroutines count up a few shared rows and insert rows of
// their own, while readers walk behind the newest time that they have seen.
func testConcurrentWrites(t *testing.T, rows Repository) {
	const goroutines, rounds, shared = 64, 3, 4
	ctx := context.Background()
	stop := make(chan struct{})
	var writers, readers sync.WaitGroup
	errs := make(chan error, goroutines+1)
	readers.Go(func() { errs <- followTimes(ctx, rows, stop) })
	for g := range goroutines {
		writers.Go(func() {
			for round := range rounds {
				id := fmt.Sprintf("own-%d-%d", g, round)
				if _, err := rows.Write(ctx, "things", id, put(`{}`)); err != nil {
					errs <- err
					return
				}
				_, err := rows.Write(ctx, "things", fmt.Sprint("shared-", g%shared), func(stored *Row) (Change, error) {
					count := 0
					if stored != nil {
						fmt.Sscanf(string(stored.Members), `{"n":%d}`, &count)
					}
					return Change{Members: fmt.Appendf(nil, `{"n":%d}`, count+1)}, nil
				})
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	page, err := rows.Page(ctx, "things", everything)
	require.NoError(t, err)
	require.Len(t, page.Rows, goroutines*rounds+shared, "nothing is lost")
	times, versions := map[time.Time]bool{}, map[string]bool{}
	for _, row := range page.Rows {
		times[row.UpdatedAt], versions[row.Version] = true, true
	}
	require.Len(t, times, len(page.Rows), "no two rows share a time")
	require.Len(t, versions, len(page.Rows), "no two rows share a version")
	for i := range shared {
		row, err := rows.Row(ctx, "things", fmt.Sprint("shared-", i))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf(`{"n":%d}`, goroutines/shared*rounds), string(row.Members))
	}
}

// followTimes reads what is newer than all it has seen, again and again, as an
// incremental pull with no overlap does. In the end it must know all rows.
func followTimes(ctx context.Context, rows Repository, stop <-chan struct{}) error {
	seen := map[string]string{}
	token := time.UnixMilli(0)
	for last := false; ; {
		select {
		case <-stop:
			last = true
		default:
		}
		q := query.Query{OrderBy: []query.Order{{Member: "updatedAt"}}, IncludeDeleted: true,
			Filter: query.Compare(query.OpGt, query.Member("updatedAt"), query.At(token.UTC().Format(time.RFC3339Nano)))}
		page, err := rows.Page(ctx, "things", q)
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			if !row.UpdatedAt.After(token) {
				return fmt.Errorf("row %s of %v came after %v was seen", row.ID, row.UpdatedAt, token)
			}
			token, seen[row.ID] = row.UpdatedAt, row.Version
		}
		if !last {
			continue
		}
		page, err = rows.Page(ctx, "things", everything)
		for _, row := range page.Rows {
			if seen[row.ID] != row.Version {
				return errors.Join(err, fmt.Errorf("the reader never saw version %s of row %s", row.Version, row.ID))
			}
		}
		return err
	}
}

func ids(page Page) []string {
	var ids []string
	for _, row := range page.Rows {
		ids = append(ids, row.ID)
	}
	return ids
}
