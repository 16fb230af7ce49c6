package datasync_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// dispute makes a conflict about the row "a" on a server in memory, so that it can be
// played in a bubble of virtual time.
func dispute(t *testing.T) (*server, *device, *datasync.Client) {
	t.Helper()
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	c := d.open()
	present(t, d, c)
	edit(t, c, "a", "ours")
	s.put("todoitem", "a", "theirs")
	s.writes()
	return s, d, c
}

// settled pushes and checks that nothing is left and both sides show the same.
func settled(t *testing.T, s *server, c *datasync.Client, want map[string]string) {
	t.Helper()
	_, err := push(c)
	require.NoError(t, err)
	require.Empty(t, queue(c))
	require.Equal(t, want, s.rows("todoitem"))
	require.Equal(t, want, texts(t, c))
}

func TestHandlersThatTakeTheirTime(t *testing.T) {
	t.Run("a minute, while everything else goes on at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, _, c := dispute(t)
			insert(t, c, "b", "beside")
			onConflict(c, func(_ context.Context, conflict datasync.Conflict) (datasync.Resolution, error) {
				time.Sleep(time.Minute)
				return datasync.Resolution{Kind: datasync.KeepClient}, nil
			})
			start := time.Now()
			ended := make(chan error, 1)
			go func() {
				_, err := push(c)
				ended <- err
			}()
			synctest.Wait()
			require.Equal(t, map[string]string{"a": "theirs", "b": "beside"}, s.rows("todoitem"), "the rest of the push")
			require.Equal(t, []string{"update a conflict"}, queue(c))

			insert(t, c, "c", "written meanwhile")
			_, err := c.Push(ctx, datasync.PushOptions{LeaveConflicts: true})
			require.NoError(t, err)
			require.Equal(t, "written meanwhile", s.rows("todoitem")["c"])
			_, err = table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
			require.NoError(t, err)
			require.Zero(t, time.Since(start), "nobody waits for the handler")

			require.NoError(t, <-ended)
			require.Equal(t, time.Minute, time.Since(start))
			settled(t, s, c, map[string]string{"a": "ours", "b": "beside", "c": "written meanwhile"})
		})
	})

	t.Run("never, until its client is closed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, d, c := dispute(t)
			onConflict(c, func(ctx context.Context, _ datasync.Conflict) (datasync.Resolution, error) {
				<-ctx.Done()
				return datasync.Resolution{Kind: datasync.KeepServer}, nil
			})
			ended := make(chan error, 1)
			go func() {
				_, err := push(c)
				ended <- err
			}()
			synctest.Wait()
			require.Empty(t, ended)
			c = d.reopened(c)
			require.Equal(t, datasync.CodeClosed, code(<-ended))
			require.Equal(t, []string{"update a conflict"}, queue(c), "what it said too late decides nothing")
			require.NoError(t, c.Resolve(ctx, c.Operations()[0].Seq, datasync.Resolution{Kind: datasync.KeepClient}))
			settled(t, s, c, map[string]string{"a": "ours"})
		})
	})

	t.Run("never, for a push that is cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, _, c := dispute(t)
			onConflict(c, func(ctx context.Context, _ datasync.Conflict) (datasync.Resolution, error) {
				<-ctx.Done()
				return datasync.Resolution{}, ctx.Err()
			})
			bounded, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			result, err := c.Push(bounded, datasync.PushOptions{})
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Equal(t, datasync.PushCancelled, result.Reason)
			require.Equal(t, []string{"update a conflict"}, queue(c))
			onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
				return datasync.Resolution{Kind: datasync.KeepServer}, nil
			})
			settled(t, s, c, map[string]string{"a": "theirs"})
		})
	})

	t.Run("one dialog at a time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newShelfServer(t, newShelf())
			c := newDevice(t, s).open()
			for _, id := range []string{"a", "b", "c"} {
				insert(t, c, id, "ours")
				s.post("todoitem", id, "theirs")
			}
			asking, most := 0, 0
			onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
				asking++
				most = max(most, asking)
				time.Sleep(time.Second)
				asking--
				return datasync.Resolution{Kind: datasync.KeepClient}, nil
			})
			ended := make(chan error, 2)
			for range 2 {
				go func() {
					_, err := push(c)
					ended <- err
				}()
			}
			require.NoError(t, <-ended)
			require.NoError(t, <-ended)
			require.Equal(t, 1, most)
			settled(t, s, c, map[string]string{"a": "ours", "b": "ours", "c": "ours"})
		})
	})
}

// TestHandlersThatFail has what is in the queue after a handler threw, and how it goes on.
func TestHandlersThatFail(t *testing.T) {
	s, d, c := dispute(t)
	asked := 0
	onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
		if asked++; asked == 1 {
			return datasync.Resolution{Kind: datasync.KeepServer}, errors.New("thrown")
		}
		return datasync.Resolution{Kind: datasync.KeepClient}, nil
	})
	result, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, datasync.PushComplete, result.Reason)
	require.Equal(t, 1, asked)
	require.Equal(t, "theirs", member(result.Errors[0].Server, "text"))
	require.Equal(t, []string{"update a conflict"}, queue(c))
	require.Equal(t, map[string]string{"a": "ours"}, texts(t, c))
	settled(t, s, c, map[string]string{"a": "ours"})
	require.Equal(t, 2, asked, "the next push asks again")
	require.Equal(t, map[string]string{"a": "ours"}, texts(t, d.reopened(c)))
}

// TestAnsweredFromElsewhere resolves a conflict while the handler is being asked about
// it: the first decision counts, whoever makes it.
func TestAnsweredFromElsewhere(t *testing.T) {
	cases := []struct {
		name          string
		first, second datasync.ResolutionKind
		handler       datasync.Resolution
		text          string
		writes        []string
	}{
		{"take theirs, then ours", datasync.KeepServer, datasync.KeepClient,
			datasync.Resolution{Kind: datasync.MergeRow, Row: []byte(`{"text":"late"}`)}, "theirs", nil},
		{"take ours, then theirs", datasync.KeepClient, datasync.KeepServer,
			datasync.Resolution{Kind: datasync.KeepServer}, "ours", []string{"PUT /tables/todoitem/a 200"}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			s, d, c := dispute(t)
			asked := 0
			onConflict(c, func(_ context.Context, conflict datasync.Conflict) (datasync.Resolution, error) {
				asked++
				s.writes()
				for _, kind := range []datasync.ResolutionKind{test.first, test.second} {
					require.NoError(t, c.Resolve(ctx, conflict.Operation.Seq, datasync.Resolution{Kind: kind}))
				}
				return test.handler, nil
			})
			_, err := push(c)
			require.NoError(t, err)
			require.Equal(t, 1, asked)
			require.Equal(t, test.writes, s.writes())
			settled(t, s, c, map[string]string{"a": test.text})
			require.Equal(t, map[string]string{"a": test.text}, texts(t, d.reopened(c)))
		})
	}

	t.Run("in another tab, by one that does not know it yet", func(t *testing.T) {
		s, d, c := dispute(t)
		pushFails(t, s, c)
		behind := d.open()
		seq := c.Operations()[0].Seq
		require.NoError(t, c.Resolve(ctx, seq, datasync.Resolution{Kind: datasync.KeepClient}))
		require.Equal(t, []string{"update a conflict"}, queue(behind))
		require.NoError(t, behind.Resolve(ctx, seq, datasync.Resolution{Kind: datasync.KeepServer}))
		require.Equal(t, []string{"update a pending"}, queue(behind), "the first decision counts")
		settled(t, s, behind, map[string]string{"a": "ours"})
	})

	t.Run("from another tab", func(t *testing.T) {
		s, d, c := dispute(t)
		other := d.open()
		onConflict(c, func(_ context.Context, conflict datasync.Conflict) (datasync.Resolution, error) {
			other.CatchUp()
			require.NoError(t, other.Resolve(ctx, conflict.Operation.Seq, datasync.Resolution{Kind: datasync.KeepServer}))
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		})
		_, err := push(c)
		require.NoError(t, err)
		settled(t, s, c, map[string]string{"a": "theirs"})
	})
}

// TestARowThatKeepsChanging has another user write the row before each of our requests.
func TestARowThatKeepsChanging(t *testing.T) {
	t.Run("ten times, and the handler decides about each", func(t *testing.T) {
		s, _, c := dispute(t)
		changes := 1 // dispute made the first
		s.setBend(func(r wire.Request) *reply {
			if r.Method == "PUT" && changes < 10 {
				changes++
				s.put("todoitem", "a", "theirs again")
			}
			return nil
		})
		asked := 0
		onConflict(c, func(_ context.Context, conflict datasync.Conflict) (datasync.Resolution, error) {
			asked++
			require.Equal(t, "theirs again", member(conflict.Server, "text"), "the newest row is shown")
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		})
		settled(t, s, c, map[string]string{"a": "ours"})
		require.Equal(t, 9, asked, "once for each answer that was a conflict")
	})

	t.Run("ten times while the handler thinks", func(t *testing.T) {
		s, _, c := dispute(t)
		asked := 0
		onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			if asked++; asked == 1 {
				for range 10 {
					s.put("todoitem", "a", "theirs again")
				}
			}
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		})
		settled(t, s, c, map[string]string{"a": "ours"})
		require.Equal(t, 2, asked, "the decision was about a row that is no more")
	})

	t.Run("for ever, and a policy gives up until the next push", func(t *testing.T) {
		s, d, _ := dispute(t)
		d.options = policy(datasync.PolicyClient)
		c := d.open()
		changes := 0
		s.setBend(func(r wire.Request) *reply {
			if r.Method == "PUT" && changes < 10 {
				changes++
				s.put("todoitem", "a", "theirs again")
			}
			return nil
		})
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, 6, changes)
		require.Equal(t, []string{"update a conflict"}, queue(c))
		require.NoError(t, c.Retry(ctx))
		settled(t, s, c, map[string]string{"a": "ours"})
		require.Equal(t, 10, changes)
	})
}
