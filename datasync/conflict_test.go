package datasync_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/wire"
)

// contested makes a conflict: the row is edited here and changed on the server.
func contested(t *testing.T, options func(*datasync.Options)) (*server, *device, *datasync.Client) {
	s := newServer(t)
	d := newDevice(t, s)
	d.options = options
	c := d.open()
	present(t, d, c)
	edit(t, c, "a", "ours")
	s.put("todoitem", "a", "theirs")
	s.writes()
	return s, d, c
}

func policy(p datasync.Policy) func(*datasync.Options) {
	return func(o *datasync.Options) {
		o.Tables = map[string]datasync.TableOptions{"todoitem": {Conflict: p}}
	}
}

func TestConflicts(t *testing.T) {
	t.Run("fail keeps the operation, shows all records, and the rest goes on", func(t *testing.T) {
		s, d, c := contested(t, nil)
		insert(t, c, "b", "other")
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushComplete, result.Reason)
		require.Equal(t, 1, result.Sent)
		require.Equal(t, "ours", member(result.Errors[0].Client, "text"))
		require.Equal(t, "theirs", member(result.Errors[0].Server, "text"))
		require.Equal(t, map[string]string{"a": "ours", "b": "other"}, texts(t, c))
		require.Equal(t, "theirs", s.rows("todoitem")["a"])
		c = d.reopened(c)
		list, err := c.Conflicts(ctx)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, "one", member(list[0].Base, "text"))
		require.Equal(t, "ours", member(list[0].Client, "text"))
		require.Equal(t, "theirs", member(list[0].Server, "text"))
		require.Equal(t, []string{"update a conflict"}, queue(c))
	})

	t.Run("policy client sends ours on top of theirs", func(t *testing.T) {
		s, _, c := contested(t, policy(datasync.PolicyClient))
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "ours"}, s.rows("todoitem"))
		require.Equal(t, []string{"PUT /tables/todoitem/a 412", "PUT /tables/todoitem/a 200"}, s.writes())
	})

	t.Run("policy server takes theirs", func(t *testing.T) {
		s, _, c := contested(t, policy(datasync.PolicyServer))
		_, err := push(c)
		require.NoError(t, err)
		require.Empty(t, queue(c))
		require.Equal(t, map[string]string{"a": "theirs"}, texts(t, c))
		require.Equal(t, "theirs", s.rows("todoitem")["a"])
	})

	t.Run("a policy gives up on a server that always changes the row", func(t *testing.T) {
		s, _, c := contested(t, policy(datasync.PolicyClient))
		changes := 0
		s.setBend(func(r wire.Request) *reply {
			if r.Method == "PUT" {
				changes++
				s.put("todoitem", "a", "theirs again")
			}
			return nil
		})
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, 6, changes, "the first try and five more")
		require.Equal(t, []string{"update a conflict"}, queue(c))
	})

	t.Run("rows that say the same are no conflict", func(t *testing.T) {
		s, _, c := contested(t, nil)
		s.put("todoitem", "a", "ours")
		_, err := push(c)
		require.NoError(t, err)
		require.Empty(t, queue(c))
	})

	t.Run("an edit un-parks a conflict", func(t *testing.T) {
		_, _, c := contested(t, nil)
		_, err := push(c)
		require.Error(t, err)
		edit(t, c, "a", "ours again")
		require.Equal(t, []string{"update a pending"}, queue(c))
	})

	t.Run("discard shows theirs", func(t *testing.T) {
		_, d, c := contested(t, nil)
		_, err := push(c)
		require.Error(t, err)
		require.NoError(t, c.Discard(ctx, c.Operations()[0].Seq))
		require.Equal(t, map[string]string{"a": "theirs"}, texts(t, c))
		require.Equal(t, map[string]string{"a": "theirs"}, texts(t, d.reopened(c)))
	})

	t.Run("the row was deleted on the server", func(t *testing.T) {
		for _, kind := range []datasync.ResolutionKind{datasync.KeepClient, datasync.KeepServer} {
			s := newServer(t)
			d := newDevice(t, s)
			c := d.open()
			present(t, d, c)
			edit(t, c, "a", "ours")
			s.remove("todoitem", "a")
			result, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Nil(t, result.Errors[0].Server)
			_, err = pull(c)
			require.NoError(t, err)
			require.Equal(t, map[string]string{"a": "ours"}, texts(t, c))
			require.NoError(t, c.Resolve(ctx, c.Operations()[0].Seq, datasync.Resolution{Kind: kind}))
			_, err = push(c)
			require.NoError(t, err)
			want := map[string]string{}
			if kind == datasync.KeepClient {
				want["a"] = "ours"
			}
			require.Equal(t, want, s.rows("todoitem"))
			require.Equal(t, want, texts(t, c))
		}
	})

	t.Run("the row was changed on the server and deleted here", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		present(t, d, c)
		remove(t, c, "a")
		s.put("todoitem", "a", "theirs")
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Nil(t, result.Errors[0].Client)
		require.Equal(t, "theirs", member(result.Errors[0].Server, "text"))
		seq := c.Operations()[0].Seq
		require.NoError(t, c.Resolve(ctx, seq, datasync.Resolution{Kind: datasync.KeepClient}))
		_, err = push(c)
		require.NoError(t, err)
		require.Empty(t, s.rows("todoitem"))
	})

	t.Run("an insert whose id another row has", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		insert(t, c, "a", "ours")
		s.post("todoitem", "a", "theirs")
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, []string{"insert a conflict"}, queue(c))
		require.NoError(t, c.Resolve(ctx, c.Operations()[0].Seq, datasync.Resolution{Kind: datasync.MergeRow, Row: []byte(`{"text":"both"}`)}))
		_, err = push(c)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "both"}, s.rows("todoitem"))
		require.Equal(t, map[string]string{"a": "both"}, texts(t, c))
	})
}

func TestDecisionAboutARowThatIsNoMore(t *testing.T) {
	s, _, c := contested(t, nil)
	_, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	list, err := c.Conflicts(ctx)
	require.NoError(t, err)
	s.put("todoitem", "a", "newest")
	_, err = table(t, c).Pull(ctx, datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
	require.NoError(t, err)
	decision := datasync.Resolution{Kind: datasync.KeepClient, Seen: member(list[0].Server, "version")}
	require.Equal(t, datasync.CodeConflict, code(c.Resolve(ctx, list[0].Operation.Seq, decision)))
	require.Equal(t, []string{"update a conflict"}, queue(c))
	list, err = c.Conflicts(ctx)
	require.NoError(t, err)
	require.Equal(t, "newest", member(list[0].Server, "text"))
	decision.Seen = member(list[0].Server, "version")
	require.NoError(t, c.Resolve(ctx, list[0].Operation.Seq, decision))
	_, err = push(c)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "ours"}, s.rows("todoitem"))
}

func TestConflictHandler(t *testing.T) {
	t.Run("is asked again as long as the server changes the row", func(t *testing.T) {
		s, _, c := contested(t, nil)
		asked := 0
		onConflict(c, func(_ context.Context, conflict datasync.Conflict) (datasync.Resolution, error) {
			if asked++; asked < 8 {
				s.put("todoitem", "a", "theirs again")
			}
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		})
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, 8, asked)
		require.Equal(t, map[string]string{"a": "ours"}, s.rows("todoitem"))
	})

	t.Run("that wants to decide later is not asked twice", func(t *testing.T) {
		_, _, c := contested(t, nil)
		asked := 0
		onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			asked++
			return datasync.Resolution{}, nil
		})
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, 1, asked)
		require.Equal(t, []string{"update a conflict"}, queue(c))
	})

	t.Run("that fails leaves the conflict", func(t *testing.T) {
		_, _, c := contested(t, nil)
		onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			return datasync.Resolution{}, errors.New("oops")
		})
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, []string{"update a conflict"}, queue(c))
	})

	t.Run("that never returns holds no lock and ends with its push", func(t *testing.T) {
		s, _, c := contested(t, nil)
		asking := make(chan struct{})
		onConflict(c, func(ctx context.Context, _ datasync.Conflict) (datasync.Resolution, error) {
			close(asking)
			<-ctx.Done()
			return datasync.Resolution{}, ctx.Err()
		})
		cancelled, cancel := context.WithCancel(ctx)
		ended := make(chan error)
		go func() {
			_, err := c.Push(cancelled, datasync.PushOptions{})
			ended <- err
		}()
		<-asking
		insert(t, c, "b", "meanwhile")
		_, err := c.Push(ctx, datasync.PushOptions{Tables: []string{"todoitem"}, LeaveConflicts: true})
		require.NoError(t, err)
		require.Equal(t, "meanwhile", s.rows("todoitem")["b"])
		cancel()
		require.Equal(t, datasync.CodePushFailed, code(<-ended))
		require.Equal(t, []string{"update a conflict"}, queue(c))
	})

	t.Run("whose row is edited meanwhile decides nothing", func(t *testing.T) {
		s, _, c := contested(t, nil)
		asked := 0
		onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			if asked++; asked == 1 {
				edit(t, c, "a", "newest")
				return datasync.Resolution{Kind: datasync.KeepServer}, nil
			}
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		})
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "newest"}, s.rows("todoitem"))
	})

	t.Run("whose decision comes after a pull brought a newer row is asked about that one", func(t *testing.T) {
		s, _, c := contested(t, nil)
		var shown []string
		onConflict(c, func(_ context.Context, conflict datasync.Conflict) (datasync.Resolution, error) {
			text, _ := jsonrow.Get(conflict.Server, "text")
			shown = append(shown, string(text))
			if len(shown) == 1 {
				s.put("todoitem", "a", "theirs, newer")
				_, err := table(t, c).Pull(ctx, datasync.PullOptions{Push: datasync.PushNone})
				require.NoError(t, err)
			}
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		})
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, []string{`"theirs"`, `"theirs, newer"`}, shown)
		require.Equal(t, map[string]string{"a": "ours"}, s.rows("todoitem"))
	})

	t.Run("can cancel the push", func(t *testing.T) {
		_, _, c := contested(t, nil)
		onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			return datasync.Resolution{Kind: datasync.CancelPush}, nil
		})
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushCancelled, result.Reason)
	})
}

// onConflict sets who decides conflicts.
func onConflict(c *datasync.Client, handler datasync.FailureHandler) {
	c.SetPushHandlers(datasync.PushHandlers{Conflict: handler})
}
