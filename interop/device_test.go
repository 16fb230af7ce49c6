package interop

// This file puts our side together: the engine on a store in memory, over the protocol, over
// HTTP. Between the last two is a link that the tests read and bend.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/memstore"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
	"tidetable/internal/nethttp"
)

// clock is a time that only tests move. Nothing here waits for it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) AfterFunc(time.Duration, func()) (stop func()) { return func() {} }

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var errLost = errors.New("the answer is lost")

// link is a transport that keeps a log and does to requests and answers what tests want.
type link struct {
	next wire.Transport

	mu sync.Mutex
	// log has "PATCH /tables/t/a 200", without the server's address and the query.
	log []string
	// urls are those of the requests.
	urls []string
	// before may change a request or, with an error, keep it from leaving; lose may lose
	// an answer.
	before func(r *wire.Request) error
	lose   func(r wire.Request, status int) bool
}

func (l *link) Do(ctx context.Context, r wire.Request) (wire.Response, error) {
	l.mu.Lock()
	before := l.before
	l.mu.Unlock()
	if before != nil {
		if err := before(&r); err != nil {
			return wire.Response{}, err
		}
	}
	answer, err := l.next.Do(ctx, r)
	l.mu.Lock()
	defer l.mu.Unlock()
	path, _, _ := strings.Cut(strings.TrimPrefix(r.URL, node.address), "?")
	l.log = append(l.log, fmt.Sprintf("%s %s %d", r.Method, path, answer.Status))
	l.urls = append(l.urls, r.URL)
	if err == nil && l.lose != nil && l.lose(r, answer.Status) {
		return wire.Response{}, errLost
	}
	return answer, err
}

// loseAnswers loses the answers to one method until mended.
func (l *link) loseAnswers(method string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose = func(r wire.Request, _ int) bool { return r.Method == method }
}

func (l *link) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose, l.before = nil, nil
}

// take returns the log since the last call, without reads unless they are wanted.
func (l *link) take(reads bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []string
	for _, line := range l.log {
		if reads || !strings.HasPrefix(line, "GET ") {
			list = append(list, line)
		}
	}
	l.log, l.urls = nil, nil
	return list
}

// device is one device with one client.
type device struct {
	*datasync.Client
	t     *testing.T
	name  string
	table *datasync.Table
	link  *link
	clock *clock
}

// setup is what tests change about a device.
type setup struct {
	protocol string
	policy   datasync.Policy
	partial  []string
	store    *memstore.Database
}

// deviceIDs makes the ids that devices make up unique over all of them.
var deviceIDs atomic.Int64

// open makes a device with a table of the server.
func open(t *testing.T, table string, s setup) *device {
	t.Helper()
	d := &device{t: t, name: table, link: &link{next: nethttp.New(nil, nethttp.Options{})}, clock: &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}
	options := wire.Options{BaseURL: node.address}
	if s.protocol == "" {
		s.protocol = "classic"
	}
	require.True(t, options.Speak(s.protocol))
	remote, err := wire.New(d.link, options)
	require.NoError(t, err)
	if s.store == nil {
		s.store = memstore.NewDatabase()
	}
	d.Client, err = datasync.Open(context.Background(), datasync.Options{
		Store: s.store.Open(), Remote: remote, Clock: d.clock,
		NewID:  func() string { return fmt.Sprintf("made-%d", deviceIDs.Add(1)) },
		Random: func() float64 { return 0 },
		Tables: map[string]datasync.TableOptions{table: {Conflict: s.policy, Partial: s.partial}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	d.table, err = d.Table(table)
	require.NoError(t, err)
	return d
}

func (d *device) insert(body string) string {
	d.t.Helper()
	stored, err := d.table.Insert(d.t.Context(), []byte(body))
	require.NoError(d.t, err)
	return member(stored, "id")
}

func (d *device) update(body string) {
	d.t.Helper()
	_, err := d.table.Update(d.t.Context(), []byte(body))
	require.NoError(d.t, err)
}

func (d *device) remove(id string) {
	d.t.Helper()
	require.NoError(d.t, d.table.Delete(d.t.Context(), id))
}

// push sends everything, and everything is taken.
func (d *device) push() {
	d.t.Helper()
	_, err := d.Push(d.t.Context(), datasync.PushOptions{})
	require.NoError(d.t, err)
	require.Empty(d.t, d.Operations())
}

// pushFails sends everything, and something is not taken.
func (d *device) pushFails() datasync.PushResult {
	d.t.Helper()
	result, err := d.Push(d.t.Context(), datasync.PushOptions{})
	require.Error(d.t, err)
	require.Equal(d.t, datasync.CodePushFailed, datasync.CodeOf(err))
	return result
}

func (d *device) pull() datasync.PullResult {
	d.t.Helper()
	result, err := d.table.Pull(d.t.Context(), datasync.PullOptions{QueryID: "all"})
	require.NoError(d.t, err)
	return result
}

// row reads a local row; nil when there is none.
func (d *device) row(id string) row {
	d.t.Helper()
	text, err := d.table.Lookup(d.t.Context(), id)
	if datasync.CodeOf(err) == datasync.CodeNotFound {
		return nil
	}
	require.NoError(d.t, err)
	var members row
	require.NoError(d.t, json.Unmarshal(text, &members))
	return members
}

// rows reads all local rows by id.
func (d *device) rows() map[string]row {
	d.t.Helper()
	result, err := d.table.Read(d.t.Context(), query.Query{})
	require.NoError(d.t, err)
	all := map[string]row{}
	for _, text := range result.Rows {
		var members row
		require.NoError(d.t, json.Unmarshal(text, &members))
		all[members["id"].(string)] = members
	}
	return all
}

// queue describes the operations: "update a parked".
func (d *device) queue() []string {
	var list []string
	for _, o := range d.Operations() {
		list = append(list, o.Action.String()+" "+o.ID+" "+o.State.String())
	}
	return list
}

func member(text []byte, name string) string {
	value, _ := jsonrow.Get(text, name)
	decoded, _ := jsonrow.Text(value)
	return decoded
}
