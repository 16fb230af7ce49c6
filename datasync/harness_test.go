package datasync_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/journal"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/memstore"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
	"tidetable/tableserver"
)

// clock is a time that only tests move.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers map[int]timer
	next   int
}

type timer struct {
	due time.Time
	fn  func()
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), timers: map[int]timer{}}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) AfterFunc(d time.Duration, fn func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.next
	c.next++
	c.timers[id] = timer{due: c.now.Add(d), fn: fn}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, id)
	}
}

// advance moves the time and fires what is due.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []func()
	for id, t := range c.timers {
		if !t.due.After(c.now) {
			due = append(due, t.fn)
			delete(c.timers, id)
		}
	}
	c.mu.Unlock()
	for _, fn := range due {
		go fn()
	}
}

// waiting counts the timers that are set.
func (c *clock) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.timers)
}

// server is the real table server behind a link that tests can cut and bend.
type server struct {
	t       *testing.T
	handler http.Handler

	mu sync.Mutex
	// log has one line per request that reached the server: "PUT /tables/todoitem/a 200".
	log []string
	// bend is asked about each request first; nil or a nil answer lets it through.
	bend func(r wire.Request) *reply
	// after sees each answer and may lose it.
	after func(r wire.Request, status int) error
}

// reply is an answer a test gives instead of the server.
type reply struct {
	err         error
	status      int
	contentType string
	body        string
	header      map[string]string
}

var errLink = errors.New("the link is down")

func newServer(t *testing.T, tables ...string) *server {
	t.Helper()
	s := &server{t: t}
	repository, err := tableserver.OpenSQLite(context.Background(), tableserver.SQLiteOptions{Path: filepath.Join(t.TempDir(), "server.db")})
	require.NoError(t, err)
	t.Cleanup(func() { _ = repository.Close() })
	if len(tables) == 0 {
		tables = []string{"todoitem"}
	}
	s.serve(repository, tables)
	return s
}

func (s *server) serve(repository tableserver.Repository, tables []string) {
	handler, err := tableserver.New(tableserver.Options{Repository: repository, Tables: tables, PageSize: 7})
	require.NoError(s.t, err)
	s.handler = handler
}

// Do carries a request to the server in this process.
func (s *server) Do(ctx context.Context, r wire.Request) (wire.Response, error) {
	if err := ctx.Err(); err != nil {
		return wire.Response{}, err
	}
	s.mu.Lock()
	bend, after := s.bend, s.after
	s.mu.Unlock()
	if bend != nil {
		if a := bend(r); a != nil {
			if a.err != nil {
				return wire.Response{}, a.err
			}
			header := http.Header{"Content-Type": {a.contentType}}
			for name, value := range a.header {
				header.Set(name, value)
			}
			return wire.Response{Status: a.status, Header: header.Get, Body: []byte(a.body)}, nil
		}
	}
	status, header, body := s.exchange(r.Method, r.URL, r.Header, r.Body)
	if after != nil {
		if err := after(r, status); err != nil {
			return wire.Response{}, err
		}
	}
	return wire.Response{Status: status, Header: header.Get, Body: body}, nil
}

func (s *server) exchange(method, address string, header [][2]string, body []byte) (int, http.Header, []byte) {
	request := httptest.NewRequest(method, address, bytes.NewReader(body))
	for _, h := range header {
		request.Header.Set(h[0], h[1])
	}
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, request)
	s.mu.Lock()
	s.log = append(s.log, method+" "+request.URL.Path+" "+strconv.Itoa(recorder.Code))
	s.mu.Unlock()
	return recorder.Code, recorder.Header(), recorder.Body.Bytes()
}

// cut makes every request fail before it reaches the server.
func (s *server) cut() { s.setBend(func(wire.Request) *reply { return &reply{err: errLink} }) }

// mend lets requests through again.
func (s *server) mend() { s.setBend(nil); s.setAfter(nil) }

func (s *server) setBend(bend func(wire.Request) *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bend = bend
}

func (s *server) setAfter(after func(wire.Request, int) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = after
}

// loseAnswers lets the server do what it is asked but loses the answers to one method.
func (s *server) loseAnswers(method string) {
	s.setAfter(func(r wire.Request, _ int) error {
		if r.Method == method {
			return errLink
		}
		return nil
	})
}

// writes lists the requests that were not GET since the last call, by method, path and status.
func (s *server) writes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, line := range s.log {
		if !strings.HasPrefix(line, "GET ") {
			list = append(list, line)
		}
	}
	s.log = nil
	return list
}

// requests counts all requests that reached the server since the last call of writes.
func (s *server) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.log)
}

// rows returns the texts of the server's live rows by id.
func (s *server) rows(table string) map[string]string {
	s.t.Helper()
	texts := map[string]string{}
	for skip := 0; ; {
		status, _, body := s.exchange("GET", fmt.Sprintf("http://server/tables/%s?$skip=%d", table, skip), nil, nil)
		require.Equal(s.t, 200, status, string(body))
		items, _ := jsonrow.Get(body, "items")
		count := 0
		require.NoError(s.t, jsonrow.Elements(items, func(row []byte) bool {
			count++
			texts[member(row, "id")] = member(row, "text")
			return true
		}))
		if skip += count; count == 0 {
			return texts
		}
	}
}

// put writes a row on the server as another user would, on condition of its version.
func (s *server) put(table, id, text string) {
	s.t.Helper()
	s.putRow(table, id, string(append(jsonrow.AppendText([]byte(`{"text":`), text), '}')))
}

// putRow changes members of a row on the server as another user would.
func (s *server) putRow(table, id, members string) {
	s.t.Helper()
	_, _, body := s.exchange("GET", "http://server/tables/"+table+"/"+id, nil, nil)
	version := member(body, "version")
	row := jsonrow.Merge(body, []byte(members))
	status, _, answer := s.exchange("PUT", "http://server/tables/"+table+"/"+id, [][2]string{
		{"Content-Type", "application/json"}, {"If-Match", `"` + version + `"`}}, row)
	require.Equal(s.t, 200, status, string(answer))
}

// post inserts a row on the server as another user would.
func (s *server) post(table, id, text string) {
	s.t.Helper()
	row := []byte(`{"id":"` + id + `","text":"` + text + `"}`)
	status, _, answer := s.exchange("POST", "http://server/tables/"+table, [][2]string{{"Content-Type", "application/json"}}, row)
	require.Equal(s.t, 201, status, string(answer))
}

// remove deletes a row on the server as another user would.
func (s *server) remove(table, id string) {
	s.t.Helper()
	status, _, answer := s.exchange("DELETE", "http://server/tables/"+table+"/"+url.PathEscape(id), nil, nil)
	require.Equal(s.t, 204, status, string(answer))
}

// device is one database with the clients (tabs) opened on it.
type device struct {
	t      *testing.T
	db     *memstore.Database
	server *server
	clock  *clock
	names  atomic.Int64
	// options is changed by tests before open.
	options func(*datasync.Options)
}

var devices atomic.Int64

func newDevice(t *testing.T, s *server) *device {
	return &device{t: t, db: memstore.NewDatabase(), server: s, clock: newClock()}
}

// open opens one more client on the device.
func (d *device) open() *datasync.Client {
	d.t.Helper()
	remote, err := wire.New(d.server, wire.Options{BaseURL: "http://server"})
	require.NoError(d.t, err)
	number := devices.Add(1)
	options := datasync.Options{
		Store: d.db.Open(), Remote: remote, Clock: d.clock,
		NewID:  func() string { return fmt.Sprintf("id-%d-%d", number, d.names.Add(1)) },
		Random: func() float64 { return 0 },
		Writes: journal.Strict,
	}
	if d.options != nil {
		d.options(&options)
	}
	c, err := datasync.Open(context.Background(), options)
	require.NoError(d.t, err)
	d.t.Cleanup(func() { _ = c.Close() })
	return c
}

// reopened closes a client and opens the same database again.
func (d *device) reopened(c *datasync.Client) *datasync.Client {
	d.t.Helper()
	require.NoError(d.t, c.Close())
	return d.open()
}

func table(t *testing.T, c *datasync.Client) *datasync.Table {
	t.Helper()
	todos, err := c.Table("todoitem")
	require.NoError(t, err)
	return todos
}

// insert adds a row with a given id.
func insert(t *testing.T, c *datasync.Client, id, text string) {
	t.Helper()
	_, err := table(t, c).Insert(context.Background(), []byte(`{"id":"`+id+`","text":"`+text+`"}`))
	require.NoError(t, err)
}

// edit changes a row's text.
func edit(t *testing.T, c *datasync.Client, id, text string) {
	t.Helper()
	_, err := table(t, c).Update(context.Background(), []byte(`{"id":"`+id+`","text":"`+text+`"}`))
	require.NoError(t, err)
}

func remove(t *testing.T, c *datasync.Client, id string) {
	t.Helper()
	require.NoError(t, table(t, c).Delete(context.Background(), id))
}

// texts returns the client's rows by id.
func texts(t *testing.T, c *datasync.Client) map[string]string {
	t.Helper()
	result, err := table(t, c).Read(context.Background(), query.Query{})
	require.NoError(t, err)
	found := map[string]string{}
	for _, row := range result.Rows {
		found[member(row, "id")] = member(row, "text")
	}
	return found
}

func push(c *datasync.Client) (datasync.PushResult, error) {
	return c.Push(context.Background(), datasync.PushOptions{})
}

func pull(c *datasync.Client) (datasync.PullResult, error) {
	t, err := c.Table("todoitem")
	if err != nil {
		return datasync.PullResult{}, err
	}
	return t.Pull(context.Background(), datasync.PullOptions{QueryID: "all"})
}

// queue describes the operations: "update a parked".
func queue(c *datasync.Client) []string {
	var list []string
	for _, o := range c.Operations() {
		list = append(list, o.Action.String()+" "+o.ID+" "+o.State.String())
	}
	return list
}

func member(row []byte, name string) string {
	value, _ := jsonrow.Get(row, name)
	text, ok := jsonrow.Text(value)
	if !ok {
		return string(value)
	}
	return text
}

func code(err error) datasync.Code { return datasync.CodeOf(err) }
