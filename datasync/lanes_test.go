package datasync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// manyInserts queues n inserts.
func manyInserts(t *testing.T, c *datasync.Client, n int) {
	t.Helper()
	rows := make([][]byte, n)
	for i := range rows {
		rows[i] = fmt.Appendf(nil, `{"id":"r%04d","text":"x"}`, i)
	}
	count, err := table(t, c).Import(ctx, rows)
	require.NoError(t, err)
	require.Equal(t, n, count)
}

// TestParallelPush measures a push over a simulated link of 20 ms, in virtual time.
func TestParallelPush(t *testing.T) {
	took := func(parallel int) (d time.Duration) {
		s := newServer(t)
		dev := newDevice(t, s)
		dev.options = func(o *datasync.Options) { o.Parallel = parallel }
		c := dev.open()
		manyInserts(t, c, 1000)
		handler := s.handler
		require.NoError(t, c.Close())
		synctest.Test(t, func(t *testing.T) {
			virtual := newDevice(t, &server{t: t, handler: handler})
			virtual.db = dev.db
			virtual.options = dev.options
			c := virtual.open()
			virtual.server.setBend(func(r wire.Request) *reply {
				time.Sleep(20 * time.Millisecond) // of the bubble's clock: no real time passes
				row := strings.TrimSuffix(string(r.Body), "}")
				return &reply{status: 201, contentType: "application/json", body: row + `,"version":"AAAA","updatedAt":"2026-01-01T00:00:00.000Z","deleted":false}`}
			})
			start := time.Now()
			_, err := push(c)
			require.NoError(t, err)
			d = time.Since(start)
			require.NoError(t, c.Close())
		})
		return d
	}
	serial, parallel := took(1), took(6)
	t.Logf("1,000 inserts: %v one at a time, %v in six lanes: %.2f times faster", serial, parallel, serial.Seconds()/parallel.Seconds())
	require.Greater(t, serial.Seconds()/parallel.Seconds(), 5.0)
}

func TestOrderOfSending(t *testing.T) {
	sent := func(s *server) []string {
		var order []string
		for _, line := range s.writes() {
			order = append(order, line[:strings.LastIndex(line, " ")])
		}
		return order
	}
	write := func(t *testing.T, c *datasync.Client, name, row string) {
		t.Helper()
		tbl, err := c.Table(name)
		require.NoError(t, err)
		_, err = tbl.Insert(ctx, []byte(row))
		require.NoError(t, err)
	}

	t.Run("a table's run ends before the next table's begins", func(t *testing.T) {
		s := newServer(t, "todoitem", "lists")
		c := newDevice(t, s).open()
		for i := range 4 {
			write(t, c, "lists", fmt.Sprintf(`{"id":"l%d"}`, i))
		}
		for i := range 4 {
			write(t, c, "todoitem", fmt.Sprintf(`{"id":"t%d"}`, i))
		}
		write(t, c, "lists", `{"id":"last"}`)
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, []string{
			"POST /tables/lists", "POST /tables/lists", "POST /tables/lists", "POST /tables/lists",
			"POST /tables/todoitem", "POST /tables/todoitem", "POST /tables/todoitem", "POST /tables/todoitem",
			"POST /tables/lists"}, sent(s))
	})

	orders := func(o *datasync.Options) {
		o.Tables = map[string]datasync.TableOptions{
			"orders": {}, "lines": {References: map[string]string{"orderId": "orders"}},
		}
	}

	t.Run("an insert waits for the row it refers to, which was inserted later", func(t *testing.T) {
		s := newServer(t, "orders", "lines")
		d := newDevice(t, s)
		d.options = orders
		c := d.open()
		write(t, c, "lines", `{"id":"line","orderId":"order"}`)
		write(t, c, "orders", `{"id":"order"}`)
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, []string{"POST /tables/orders", "POST /tables/lines"}, sent(s))
	})

	t.Run("a parked parent holds its children, which follow when it is sent", func(t *testing.T) {
		s := newServer(t, "orders", "lines")
		d := newDevice(t, s)
		d.options = orders
		c := d.open()
		write(t, c, "orders", `{"id":"order"}`)
		write(t, c, "lines", `{"id":"line","orderId":"order"}`)
		write(t, c, "lines", `{"id":"free"}`)
		s.setBend(func(r wire.Request) *reply {
			if r.Method == "POST" && strings.HasSuffix(r.URL, "/orders") {
				return &reply{status: 422, contentType: "application/json", body: `{"error":"no"}`}
			}
			return nil
		})
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, 1, result.Sent)
		require.Len(t, result.Errors, 2)
		require.Equal(t, datasync.CodeHeld, result.Errors[1].Operation.Error.Code)
		require.Contains(t, result.Errors[1].Operation.Error.Message, "'order'")
		s.mend()
		require.NoError(t, c.Retry(ctx))
		s.writes()
		_, err = push(c)
		require.NoError(t, err)
		require.Equal(t, []string{"POST /tables/orders", "POST /tables/lines"}, sent(s))
	})

	t.Run("a delete waits for the deletes of what refers to it", func(t *testing.T) {
		s := newServer(t, "orders", "lines")
		d := newDevice(t, s)
		d.options = orders
		c := d.open()
		write(t, c, "orders", `{"id":"order"}`)
		write(t, c, "lines", `{"id":"line","orderId":"order"}`)
		_, err := push(c)
		require.NoError(t, err)
		s.writes()
		for _, pair := range [][2]string{{"orders", "order"}, {"lines", "line"}} {
			tbl, err := c.Table(pair[0])
			require.NoError(t, err)
			require.NoError(t, tbl.Delete(ctx, pair[1]))
		}
		_, err = push(c)
		require.NoError(t, err)
		require.Equal(t, []string{"DELETE /tables/lines/line", "DELETE /tables/orders/order"}, sent(s))
	})

	t.Run("a table that refers to itself is sent one by one", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		d.options = func(o *datasync.Options) {
			o.Tables = map[string]datasync.TableOptions{"todoitem": {References: map[string]string{"parent": "todoitem"}}}
		}
		c := d.open()
		var mu sync.Mutex
		now, most := 0, 0
		s.setBend(func(wire.Request) *reply { mu.Lock(); defer mu.Unlock(); now++; most = max(most, now); return nil })
		s.setAfter(func(wire.Request, int) error { mu.Lock(); defer mu.Unlock(); now--; return nil })
		for i := range 10 {
			write(t, c, "todoitem", fmt.Sprintf(`{"id":"t%d","parent":"t%d"}`, i, i/2))
		}
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, 1, most)
	})
}

func TestPoison(t *testing.T) {
	poison := func(id string, answer reply) func(wire.Request) *reply {
		return func(r wire.Request) *reply {
			if r.Method != "GET" && strings.Contains(string(r.Body), `"`+id+`"`) {
				return &answer
			}
			return nil
		}
	}
	t.Run("401 for one row while others are taken parks it", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		for _, id := range []string{"bad", "b", "c"} {
			insert(t, c, id, "text")
		}
		s.setBend(poison("bad", reply{status: 401}))
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushComplete, result.Reason)
		require.Equal(t, []string{"insert bad parked"}, queue(c))
		require.Len(t, s.rows("todoitem"), 2)
	})
	t.Run("401 for all stops and parks nothing", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		for _, id := range []string{"a", "b", "c"} {
			insert(t, c, id, "text")
		}
		s.setBend(func(wire.Request) *reply { return &reply{status: 401} })
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushAuth, result.Reason)
		require.Equal(t, []string{"insert a attempted", "insert b attempted", "insert c pending"}, queue(c))
	})
	t.Run("500 for one row, three times, parks it and the others go on", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		for _, id := range []string{"bad", "b", "c"} {
			insert(t, c, id, "text")
		}
		s.setBend(poison("bad", reply{status: 500, contentType: "application/json", body: `{"error":"oops"}`}))
		for range 2 {
			result, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
			require.Equal(t, datasync.PushServer, result.Reason)
			c = d.reopened(c)
		}
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, []string{"insert bad parked"}, queue(c))
		require.Len(t, s.rows("todoitem"), 2)
	})
	t.Run("503 parks nothing however often", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		insert(t, c, "a", "text")
		s.setBend(poison("a", reply{status: 503}))
		for range 5 {
			_, err := push(c)
			require.Equal(t, datasync.CodePushFailed, code(err))
		}
		require.Equal(t, []string{"insert a sent"}, queue(c))
	})
	t.Run("what is refused beside others is tried once more alone", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		insert(t, c, "first", "text")
		_, err := push(c)
		require.NoError(t, err)
		// The server takes a child only once its parent is there.
		for _, id := range []string{"parent", "child"} {
			insert(t, c, id, "text")
		}
		arrived := make(chan struct{})
		s.setBend(func(r wire.Request) *reply {
			switch {
			case strings.Contains(string(r.Body), `"parent"`):
				<-arrived
			case strings.Contains(string(r.Body), `"child"`) && s.rows("todoitem")["parent"] == "":
				close(arrived)
				return &reply{status: 400, contentType: "application/json", body: `{"error":"no parent"}`}
			}
			return nil
		})
		result, err := push(c)
		require.NoError(t, err)
		require.Equal(t, 2, result.Sent)
	})
}

func TestPushHandlers(t *testing.T) {
	t.Run("onOperation sends, changes and leaves operations", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		for _, id := range []string{"a", "b", "c"} {
			insert(t, c, id, "text")
		}
		var completed datasync.PushResult
		c.SetPushHandlers(datasync.PushHandlers{
			Operation: func(ctx context.Context, call *datasync.OperationCall) error {
				switch call.Operation.ID {
				case "a":
					row, err := call.Send(ctx, []byte(`{"text":"changed"}`))
					require.Equal(t, "changed", member(row, "text"))
					return err
				case "b":
					return nil // stays queued
				}
				_, err := call.Send(ctx, nil)
				return err
			},
			Complete: func(_ context.Context, r datasync.PushResult) { completed = r },
		})
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, 2, completed.Sent)
		require.Equal(t, map[string]string{"a": "changed", "c": "text"}, s.rows("todoitem"))
		require.Equal(t, "changed", texts(t, c)["a"])
		require.Equal(t, []string{"insert b pending"}, queue(c))
	})
	t.Run("onOperation that fails leaves the operation and says so", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		insert(t, c, "a", "text")
		c.SetPushHandlers(datasync.PushHandlers{Operation: func(context.Context, *datasync.OperationCall) error {
			return errors.New("not today")
		}})
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Contains(t, result.Errors[0].Operation.Error.Message, "not today")
		require.Equal(t, []string{"insert a pending"}, queue(c))
	})
	t.Run("onOperation cancels the push", func(t *testing.T) {
		s := newServer(t)
		c := newDevice(t, s).open()
		insert(t, c, "a", "text")
		insert(t, c, "b", "text")
		c.SetPushHandlers(datasync.PushHandlers{Operation: func(ctx context.Context, call *datasync.OperationCall) error {
			_, err := call.Send(ctx, nil)
			call.CancelPush()
			return err
		}})
		result, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, datasync.PushCancelled, result.Reason)
		require.Equal(t, []string{"insert b pending"}, queue(c))
	})

	refused := func(t *testing.T) (*server, *device, *datasync.Client) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		present(t, d, c)
		edit(t, c, "a", "ours")
		s.setBend(func(r wire.Request) *reply {
			if r.Method == "PUT" {
				return &reply{status: 422, contentType: "application/json", body: `{"error":"too long"}`}
			}
			return nil
		})
		return s, d, c
	}
	cases := []struct {
		name       string
		resolution datasync.Resolution
		mend       bool
		local      map[string]string
		remote     map[string]string
	}{
		{"discard", datasync.Resolution{Kind: datasync.KeepServer}, false, map[string]string{"a": "one"}, map[string]string{"a": "one"}},
		{"cancel", datasync.Resolution{Kind: datasync.CancelOperation}, false, map[string]string{"a": "ours"}, map[string]string{"a": "one"}},
		{"cancel and update", datasync.Resolution{Kind: datasync.CancelAndUpdate, Row: []byte(`{"text":"shown"}`)}, false, map[string]string{"a": "shown"}, map[string]string{"a": "one"}},
		{"update", datasync.Resolution{Kind: datasync.MergeRow, Row: []byte(`{"text":"short"}`)}, true, map[string]string{"a": "short"}, map[string]string{"a": "short"}},
		{"change the action", datasync.Resolution{Kind: datasync.ChangeAction, Action: datasync.Delete}, false, map[string]string{}, map[string]string{}},
	}
	for _, test := range cases {
		t.Run("onError can "+test.name, func(t *testing.T) {
			s, d, c := refused(t)
			asked := 0
			c.SetPushHandlers(datasync.PushHandlers{Error: func(_ context.Context, failed datasync.Conflict) (datasync.Resolution, error) {
				asked++
				require.Equal(t, datasync.Parked, failed.Operation.State)
				require.Equal(t, "too long", failed.Operation.Error.Message)
				if test.mend {
					s.mend()
				}
				return test.resolution, nil
			}})
			_, err := push(c)
			require.NoError(t, err)
			require.Equal(t, 1, asked)
			require.Empty(t, queue(c))
			require.Equal(t, test.local, texts(t, c))
			require.Equal(t, test.remote, s.rows("todoitem"))
			require.Equal(t, test.local, texts(t, d.reopened(c)))
		})
	}

	t.Run("a row deleted on the server can be inserted again", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		present(t, d, c)
		edit(t, c, "a", "ours")
		s.remove("todoitem", "a")
		onConflict(c, func(_ context.Context, failed datasync.Conflict) (datasync.Resolution, error) {
			return datasync.Resolution{Kind: datasync.ChangeAction, Action: datasync.Insert}, nil
		})
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "ours"}, s.rows("todoitem"))
	})
}

func TestMergePolicy(t *testing.T) {
	merge := func(t *testing.T, ours, theirs string) (*server, *datasync.Client, error) {
		s := newServer(t)
		d := newDevice(t, s)
		d.options = policy(datasync.PolicyMerge)
		c := d.open()
		present(t, d, c)
		_, err := table(t, c).Update(ctx, []byte(ours))
		require.NoError(t, err)
		s.putRow("todoitem", "a", theirs)
		_, err = push(c)
		return s, c, err
	}
	t.Run("members changed on one side each come together", func(t *testing.T) {
		s, c, err := merge(t, `{"id":"a","text":"ours"}`, `{"note":"theirs"}`)
		require.NoError(t, err)
		row, err := table(t, c).Lookup(ctx, "a")
		require.NoError(t, err)
		require.Equal(t, "ours", member(row, "text"))
		require.Equal(t, "theirs", member(row, "note"))
		require.Equal(t, "ours", s.rows("todoitem")["a"])
	})
	t.Run("the same change on both sides is none", func(t *testing.T) {
		_, _, err := merge(t, `{"id":"a","text":"same"}`, `{"text":"same","note":"x"}`)
		require.NoError(t, err)
	})
	t.Run("one member changed on both sides is for the app to decide", func(t *testing.T) {
		s, c, err := merge(t, `{"id":"a","text":"ours"}`, `{"text":"theirs"}`)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, []string{"update a conflict"}, queue(c))
		require.Equal(t, "theirs", s.rows("todoitem")["a"])
	})
	t.Run("none lets the last write win", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		d.options = policy(datasync.PolicyNone)
		c := d.open()
		present(t, d, c)
		edit(t, c, "a", "ours")
		s.put("todoitem", "a", "theirs")
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "ours"}, s.rows("todoitem"))
	})
}

func TestImport(t *testing.T) {
	s := newServer(t)
	s.post("todoitem", "same", "text")
	s.post("todoitem", "other", "theirs")
	c := newDevice(t, s).open()
	rows := [][]byte{[]byte(`{"id":"same","text":"text"}`), []byte(`{"id":"other","text":"ours"}`), []byte(`{"id":"new","text":"text"}`)}
	_, err := table(t, c).Import(ctx, append(rows, []byte(`{"id":"new"}`)))
	require.Equal(t, datasync.CodeExists, code(err))
	require.ErrorContains(t, err, "row 3")
	require.Zero(t, c.Pending(), "all or none")
	count, err := table(t, c).Import(ctx, rows)
	require.NoError(t, err)
	require.Equal(t, 3, count)
	result, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, 2, result.Sent)
	require.Equal(t, []string{"insert other conflict"}, queue(c))
	require.Equal(t, map[string]string{"same": "text", "other": "theirs", "new": "text"}, s.rows("todoitem"))
}
