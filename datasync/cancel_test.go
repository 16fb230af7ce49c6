package datasync_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/journal"
	"tidetable/datasync/wire"
)

// awaits counts the places where a push waits for something outside, and does something
// at one of them.
type awaits struct {
	mu sync.Mutex
	// only is the place that counts, "" for all of them; left is how many more are let pass.
	only string
	left int
	do   func()
	// met is the place where it was done.
	met string
	// sent holds the ids whose requests have left.
	sent map[string]bool
}

// from makes the awaits do something at the place that is at-th from now on.
func (a *awaits) from(at int, only string, do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.only, a.left, a.do = only, at, do
}

func (a *awaits) pass(place string) {
	a.mu.Lock()
	var do func()
	if a.only == "" || a.only == place {
		if a.left--; a.left == 0 {
			a.met, do = place, a.do
		}
	}
	a.mu.Unlock()
	if do != nil {
		do()
	}
}

// leaves notes a request on its way.
func (a *awaits) leaves(r wire.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := member(r.Body, "id")
	if _, path, ok := strings.Cut(r.URL, "/todoitem/"); ok {
		id = path
	}
	a.sent[id] = true
}

// awaitedStore is a store whose calls are counted, before and after.
type awaitedStore struct {
	journal.Store
	awaits *awaits
}

// Tail is counted.
func (s awaitedStore) Tail(ctx context.Context, after journal.Position) (journal.Tail, error) {
	s.awaits.pass("before tail")
	defer s.awaits.pass("after tail")
	return s.Store.Tail(ctx, after)
}

// Append is counted.
func (s awaitedStore) Append(ctx context.Context, a journal.Append) error {
	s.awaits.pass("before append")
	defer s.awaits.pass("after append")
	return s.Store.Append(ctx, a)
}

// awaitedLocker is a locker whose calls are counted.
type awaitedLocker struct {
	datasync.Locker
	awaits *awaits
}

// Lock is counted.
func (l awaitedLocker) Lock(ctx context.Context, name string) (func(), error) {
	l.awaits.pass("before lock")
	defer l.awaits.pass("after lock")
	return l.Locker.Lock(ctx, name)
}

// interrupted is a push that is disturbed at one of the places where it waits.
type interrupted struct {
	parallel int
	// applied: an answer that comes after the cancellation is lost, but the server did
	// what was asked; otherwise the request did not get there.
	applied bool
	// handed: the app sends each operation itself.
	handed bool
	awaits *awaits

	rows   *shelf
	server *server
	device *device
	client *datasync.Client
	want   map[string]string
	writes []string
}

// newInterrupted queues inserts, updates, deletes and one update that is in conflict.
func newInterrupted(t *testing.T, variant interrupted) *interrupted {
	i := &variant
	i.rows, i.awaits = newShelf(), &awaits{sent: map[string]bool{}}
	i.server = newShelfServer(t, i.rows)
	i.device = newDevice(t, i.server)
	for _, id := range []string{"update0", "update1", "delete0", "delete1", "contested"} {
		i.server.post("todoitem", id, "old")
	}
	c := i.device.open()
	_, err := pull(c)
	require.NoError(t, err)
	for n := range 2 {
		insert(t, c, fmt.Sprint("insert", n), "new")
		edit(t, c, fmt.Sprint("update", n), "new")
		remove(t, c, fmt.Sprint("delete", n))
		i.writes = append(i.writes, fmt.Sprintf("todoitem insert%d: new", n), fmt.Sprintf("todoitem update%d: new", n), fmt.Sprintf("todoitem delete%d: deleted", n))
	}
	edit(t, c, "contested", "new")
	i.writes = append(i.writes, "todoitem contested: new")
	i.server.put("todoitem", "contested", "theirs")
	i.want = texts(t, c)
	i.rows = i.rows.copied() // forgets what was written so far
	i.server.serve(i.rows, []string{"todoitem"})
	require.NoError(t, c.Close())
	return i
}

// open opens the client whose waiting is counted; conflicts are decided by the policy
// or, when that leaves them open, by a handler.
func (i *interrupted) open(p datasync.Policy) {
	i.device.options = func(o *datasync.Options) {
		policy(p)(o)
		o.Parallel = i.parallel
		o.Locker = awaitedLocker{newSharedLocker(), i.awaits}
		o.Store = awaitedStore{o.Store, i.awaits}
		through(i.server, i.carry)(o)
	}
	i.client = i.device.open()
	handlers := datasync.PushHandlers{Conflict: func(ctx context.Context, _ datasync.Conflict) (datasync.Resolution, error) {
		i.awaits.pass("handler")
		return datasync.Resolution{Kind: datasync.KeepClient}, ctx.Err()
	}}
	if i.handed {
		handlers.Operation = func(ctx context.Context, call *datasync.OperationCall) error {
			i.awaits.pass("operation")
			_, err := call.Send(ctx, nil)
			if call.Operation.ID == "contested" {
				return nil // the conflict's own handler has it
			}
			return err
		}
	}
	i.client.SetPushHandlers(handlers)
	i.device.options = func(o *datasync.Options) { o.Parallel = i.parallel }
}

// carry is a transport that gives up with its context.
func (i *interrupted) carry(ctx context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
	i.awaits.leaves(r)
	i.awaits.pass("request")
	if ctx.Err() != nil && !i.applied {
		return wire.Response{}, ctx.Err()
	}
	response, err := i.server.Do(context.WithoutCancel(ctx), r)
	i.awaits.pass("answer")
	if ctx.Err() != nil {
		return wire.Response{}, ctx.Err()
	}
	return response, err
}

// consistent checks what an interrupted push left behind, and that the next one ends well.
func (i *interrupted) consistent(t *testing.T) {
	t.Helper()
	c := i.client
	require.Equal(t, i.want, texts(t, c), "local rows")
	for _, o := range c.Operations() {
		switch o.State {
		case datasync.Sent:
			require.True(t, i.awaits.sent[o.ID], "%s of %s is said to be sent", o.Action, o.ID)
		case datasync.Conflicted:
			require.Equal(t, "contested", o.ID)
		default:
			require.Equal(t, datasync.Pending, o.State)
		}
	}
	left := queue(c)
	c = i.device.reopened(c)
	require.Equal(t, left, queue(c))
	onConflict(c, func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
		return datasync.Resolution{Kind: datasync.KeepClient}, nil
	})
	_, err := push(c)
	require.NoError(t, err)
	require.Empty(t, queue(c))
	require.Equal(t, i.want, i.rows.texts("todoitem"))
	require.Equal(t, i.want, texts(t, c))
	require.ElementsMatch(t, i.writes, i.rows.done(), "each operation applied once")
}

// TestCancelledAtEachAwait cancels a push at each place where it waits: for the lock, the
// store, a request, an answer, a handler.
func TestCancelledAtEachAwait(t *testing.T) {
	met := map[string]bool{}
	for _, variant := range []interrupted{
		{parallel: 1, applied: true}, {parallel: 1, applied: false},
		{parallel: 3, applied: true}, {parallel: 3, applied: false},
		{parallel: 3, applied: true, handed: true},
	} {
		for at, reached := 1, true; reached; at++ {
			t.Run(fmt.Sprintf("place %d, parallel %d, applied %v, handed %v", at, variant.parallel, variant.applied, variant.handed), func(t *testing.T) {
				i := newInterrupted(t, variant)
				i.open(datasync.PolicyFail)
				cancelled, cancel := context.WithCancel(ctx)
				defer cancel()
				i.awaits.from(at, "", cancel)
				result, err := i.client.Push(cancelled, datasync.PushOptions{})
				if reached = cancelled.Err() != nil; reached {
					met[i.awaits.met] = true
				}
				if err != nil {
					require.Equal(t, datasync.CodePushFailed, code(err))
					require.Equal(t, datasync.PushCancelled, result.Reason, err)
				} else {
					require.Empty(t, queue(i.client), "a push that says it is complete")
				}
				i.consistent(t)
			})
		}
	}
	require.Equal(t, map[string]bool{"before lock": true, "after lock": true, "before tail": true, "after tail": true,
		"before append": true, "after append": true, "request": true, "answer": true, "handler": true, "operation": true}, met)
}

// TestStoreFailsAtEachCommit lets each commit of a push fail, as when the disk is full.
func TestStoreFailsAtEachCommit(t *testing.T) {
	for _, parallel := range []int{1, 3} {
		for at, failed := 1, true; failed; at++ {
			t.Run(fmt.Sprintf("commit %d, parallel %d", at, parallel), func(t *testing.T) {
				i := newInterrupted(t, interrupted{parallel: parallel, applied: true})
				i.open(datasync.PolicyClient)
				failed = false
				i.awaits.from(at, "before append", func() {
					failed = true
					i.device.db.FailNext(journal.ErrQuota)
				})
				result, err := push(i.client)
				if failed {
					require.Equal(t, datasync.CodePushFailed, code(err))
					require.Equal(t, datasync.PushStore, result.Reason)
					require.ErrorIs(t, err, journal.ErrQuota)
				} else {
					require.NoError(t, err)
				}
				i.consistent(t)
			})
		}
	}
}
