package datasync_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// opStates are the states an operation can be in between two pushes, by how to get there.
var opStates = map[string]func(*testing.T, *server, *datasync.Client){
	"pending": func(*testing.T, *server, *datasync.Client) {},
	"sent": func(t *testing.T, s *server, c *datasync.Client) {
		s.setAfter(func(wire.Request, int) error { return errLink })
		pushFails(t, s, c)
		pushFails(t, s, c)
	},
	"attempted": func(t *testing.T, s *server, c *datasync.Client) {
		s.setBend(func(wire.Request) *reply { return &reply{status: 401} })
		pushFails(t, s, c)
	},
	"parked": func(t *testing.T, s *server, c *datasync.Client) {
		s.setBend(func(wire.Request) *reply { return &reply{status: 403} })
		pushFails(t, s, c)
	},
	"conflict": func(t *testing.T, s *server, c *datasync.Client) {
		for _, id := range []string{"a", "b"} {
			if _, there := s.rows("todoitem")[id]; there {
				s.put("todoitem", id, "theirs")
			} else {
				s.post("todoitem", id, "theirs")
			}
		}
		pushFails(t, s, c)
	},
}

func pushFails(t *testing.T, s *server, c *datasync.Client) {
	t.Helper()
	_, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	s.writes()
}

// decided brings the operations of two rows into a state and gives the client.
func decided(t *testing.T, action, state string) (*shelf, *server, *device, *datasync.Client) {
	t.Helper()
	rows := newShelf()
	s := newShelfServer(t, rows)
	d := newDevice(t, s)
	// One at a time, so that a lost answer stops the push where it happened.
	d.options = func(o *datasync.Options) { o.Parallel = 1 }
	c := d.open()
	queued(t, s, c, action)
	opStates[state](t, s, c)
	s.mend()
	return rows, s, d, c
}

// failed tells whether an operation has an error to show.
func failed(o datasync.Operation) bool {
	return o.State == datasync.Attempted || o.State == datasync.Parked || o.State == datasync.Conflicted
}

// states lists the states of the operations.
func states(c *datasync.Client) []string {
	list := []string{}
	for _, o := range c.Operations() {
		list = append(list, o.State.String())
	}
	return list
}

// after is what the two operations look like in a state: a push that stops has sent one.
func after(state string) []string {
	if state == "sent" {
		return []string{"sent", "pending"}
	}
	return []string{state, state}
}

// TestRetryAtAnyTime makes operations of every state be sent again, one of them and all.
func TestRetryAtAnyTime(t *testing.T) {
	for state := range opStates {
		for _, action := range []string{"insert", "update", "delete"} {
			for _, all := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s of a %s operation, all: %v", state, action, all), func(t *testing.T) {
					_, _, d, c := decided(t, action, state)
					before := after(state)
					require.Equal(t, before, states(c))
					var seqs []uint64
					if !all {
						seqs = []uint64{c.Operations()[1].Seq}
					}
					require.NoError(t, c.Retry(ctx, seqs...))
					want := before
					if state == "parked" || state == "conflict" {
						want = []string{state, "pending"}
						if all {
							want = []string{"pending", "pending"}
						}
					}
					require.Equal(t, want, states(c))
					for _, o := range c.Operations() {
						require.Equal(t, failed(o), o.Error != nil, "a retry clears the error of %s", o.ID)
					}
					c = d.reopened(c)
					require.Equal(t, want, states(c))
				})
			}
		}
	}
}

// TestDiscardAtAnyTime drops operations of every state, one of them and all: the server's
// row is shown, and nothing of them is left.
func TestDiscardAtAnyTime(t *testing.T) {
	for state := range opStates {
		for _, action := range []string{"insert", "update", "delete"} {
			for _, all := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s of a %s operation, all: %v", state, action, all), func(t *testing.T) {
					rows, s, d, c := decided(t, action, state)
					want := texts(t, c)
					operations := c.Operations()
					if !all {
						operations = operations[1:]
					}
					for _, o := range operations {
						require.NoError(t, c.Discard(ctx, o.Seq))
						switch {
						case state == "conflict":
							want[o.ID] = "theirs"
						case action == "insert":
							delete(want, o.ID)
						default:
							want[o.ID] = "old"
						}
					}
					require.Equal(t, want, texts(t, c))
					require.Equal(t, after(state)[:2-len(operations)], states(c))
					errors, err := c.ReadSystem(ctx, "errors", query.Query{})
					require.NoError(t, err)
					for _, row := range errors.Rows {
						require.Equal(t, fmt.Sprint(c.Operations()[0].Seq), member(row, "operationId"), "no error outlives its operation")
					}
					c = d.reopened(c)
					require.Equal(t, want, texts(t, c))
					require.Equal(t, datasync.CodeNotFound, code(c.Discard(ctx, operations[0].Seq)))

					require.NoError(t, c.Retry(ctx))
					onConflict(c, keep(datasync.KeepClient))
					_, err = push(c)
					require.NoError(t, err)
					_, err = pull(c)
					require.NoError(t, err)
					require.Empty(t, queue(c))
					require.Equal(t, rows.texts("todoitem"), texts(t, c))
					require.NotContains(t, fmt.Sprint(s.writes()), "/b ", "what was discarded is not sent")
				})
			}
		}
	}
}

// TestResolveAtAnyTime decides about operations of every state: those that wait for a
// decision follow it, the others stay as they are.
func TestResolveAtAnyTime(t *testing.T) {
	for state := range opStates {
		for _, action := range []string{"insert", "update", "delete"} {
			for _, kind := range []datasync.ResolutionKind{datasync.KeepClient, datasync.KeepServer} {
				t.Run(fmt.Sprintf("%s of a %s operation, kind %d", state, action, kind), func(t *testing.T) {
					rows, _, d, c := decided(t, action, state)
					waits := state == "parked" || state == "conflict"
					want := texts(t, c)
					for _, o := range c.Operations() {
						require.NoError(t, c.Resolve(ctx, o.Seq, datasync.Resolution{Kind: kind}))
						require.NoError(t, c.Resolve(ctx, o.Seq, datasync.Resolution{Kind: datasync.KeepClient}), "the first decision counts")
						switch {
						case !waits || kind == datasync.KeepClient:
						case state == "conflict":
							want[o.ID] = "theirs"
						case action == "insert":
							delete(want, o.ID)
						default:
							want[o.ID] = "old"
						}
					}
					switch {
					case !waits:
						require.Equal(t, after(state), states(c))
					case kind == datasync.KeepClient:
						require.Equal(t, []string{"pending", "pending"}, states(c))
					default:
						require.Empty(t, states(c))
					}
					c = d.reopened(c)
					require.Equal(t, want, texts(t, c))
					_, err := push(c)
					require.NoError(t, err)
					require.Empty(t, queue(c))
					require.Equal(t, want, rows.texts("todoitem"))
					require.Equal(t, want, texts(t, c))
				})
			}
		}
	}
	t.Run("an operation that is not there", func(t *testing.T) {
		c := newDevice(t, newShelfServer(t, newShelf())).open()
		require.NoError(t, c.Resolve(ctx, 7, datasync.Resolution{Kind: datasync.KeepClient}))
		require.NoError(t, c.Retry(ctx, 7))
		require.Equal(t, datasync.CodeNotFound, code(c.Discard(ctx, 7)))
	})
}

// TestEditAtAnyTime edits rows whose operations are in every state: the edit is never
// refused, clears the error, and is what the server ends with.
func TestEditAtAnyTime(t *testing.T) {
	for state := range opStates {
		for _, action := range []string{"insert", "update"} {
			t.Run(fmt.Sprintf("%s of a %s operation", state, action), func(t *testing.T) {
				rows, _, d, c := decided(t, action, state)
				for _, id := range []string{"a", "b"} {
					edit(t, c, id, "edited")
				}
				for _, o := range c.Operations() {
					require.False(t, failed(o), "%s", o.ID)
					require.Nil(t, o.Error, "%s", o.ID)
				}
				c = d.reopened(c)
				onConflict(c, keep(datasync.KeepClient))
				_, err := push(c)
				require.NoError(t, err)
				want := map[string]string{"a": "edited", "b": "edited"}
				require.Equal(t, want, rows.texts("todoitem"))
				require.Equal(t, want, texts(t, c))
			})
		}
	}
}

// keep is a handler that always decides the same.
func keep(kind datasync.ResolutionKind) datasync.FailureHandler {
	return func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
		return datasync.Resolution{Kind: kind}, nil
	}
}
