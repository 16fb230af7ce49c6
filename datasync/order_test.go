package datasync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

// orderTables are four tables that refer to each other, one also to itself.
var orderTables = map[string]datasync.TableOptions{
	"lists":  {},
	"orders": {References: map[string]string{"list": "lists"}},
	"lines":  {References: map[string]string{"order": "orders", "list": "lists"}},
	"tags":   {References: map[string]string{"line": "lines", "parent": "tags"}},
}

var orderNames = []string{"lists", "orders", "lines", "tags"}

// exchange is one write on its way, from when it left until its answer was there.
type exchange struct {
	row        orderRow
	method     string
	start, end time.Time
	// refers lists the rows that the body refers to.
	refers []orderRow
}

// orderRow names a row.
type orderRow struct{ table, id string }

// orderRun is one push of many operations and what the server saw of it.
type orderRun struct {
	t      *testing.T
	random *dice
	rows   *shelf
	server *server
	client *datasync.Client

	// referred holds what the server's rows referred to before the push.
	referred map[orderRow][]orderRow

	mu   sync.Mutex
	log  []*exchange // in the order in which they left
	more int         // edits still to be made while their row is on its way
}

// TestOrderOfARandomPush proves from the server's log that the order of operations holds
// per row, across tables and along references, with six requests on the wire at once.
func TestOrderOfARandomPush(t *testing.T) {
	for round := range uint64(3) {
		seed := uint64(time.Now().UnixNano()) + round
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { orderOfARandomPush(t, seed) })
		})
	}
}

func orderOfARandomPush(t *testing.T, seed uint64) {
	r := &orderRun{t: t, random: newDice(seed), rows: newShelf(), more: 40, referred: map[orderRow][]orderRow{}}
	r.server = newShelfServer(t, r.rows, orderNames...)
	d := newDevice(t, r.server)
	d.options = func(o *datasync.Options) {
		o.Tables, o.Parallel = orderTables, 6
		through(r.server, r.carry)(o)
	}
	r.client = d.open()
	r.fill()
	before := r.client.Operations()
	require.Len(t, before, 300)

	_, err := push(r.client)
	require.NoError(t, err)
	require.Empty(t, queue(r.client))
	require.Zero(t, r.more, "rows edited while they were on their way")
	require.Len(t, r.log, 340, "one request for each operation")
	for _, name := range orderNames {
		require.Equal(t, r.rows.texts(name), r.texts(name), name)
	}
	r.checkRows(before)
	r.checkReferences()
	r.checkRuns()
	r.checkQueue(before)
}

// fill queues 100 inserts, 100 updates and 100 deletes in random order, in short runs of
// one table. A row refers to rows with smaller numbers, so there are no cycles.
func (r *orderRun) fill() {
	var todo [4][]func()
	for number := range 300 {
		n := number % 4
		name, id := orderNames[n], fmt.Sprintf("r%03d", number)
		tbl, err := r.client.Table(name)
		require.NoError(r.t, err)
		row := r.row(name, id, number)
		if number%3 != 0 {
			status, _, body := r.server.exchange("POST", "http://server/tables/"+name, [][2]string{{"Content-Type", "application/json"}}, row)
			require.Equal(r.t, 201, status, string(body))
			r.referred[orderRow{name, id}] = references(name, row)
		}
		todo[n] = append(todo[n], func() {
			var err error
			switch number % 3 {
			case 0:
				_, err = tbl.Insert(ctx, row)
			case 1:
				_, err = tbl.Update(ctx, r.row(name, id, number))
			case 2:
				err = tbl.Delete(ctx, id)
			}
			require.NoError(r.t, err)
		})
	}
	for _, name := range orderNames {
		tbl, err := r.client.Table(name)
		require.NoError(r.t, err)
		_, err = tbl.Pull(ctx, datasync.PullOptions{QueryID: "all"})
		require.NoError(r.t, err)
	}
	shuffle := rand.New(rand.NewPCG(uint64(r.random.IntN(1<<30)), 2))
	for _, list := range todo {
		shuffle.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	for left := 300; left > 0; {
		n := r.random.IntN(4)
		for range min(1+r.random.IntN(12), len(todo[n])) {
			todo[n][0]()
			todo[n] = todo[n][1:]
			left--
		}
	}
}

// row makes a row that refers to random rows with smaller numbers.
func (r *orderRun) row(name, id string, number int) []byte {
	row := fmt.Sprintf(`{"id":"%s","text":"%d"`, id, r.random.IntN(1<<30))
	for member, parent := range orderTables[name].References {
		n := slices.Index(orderNames, parent)
		if parents := (number - n + 3) / 4; parents > 0 { // those with a smaller number
			row += fmt.Sprintf(`,"%s":"r%03d"`, member, n+4*r.random.IntN(parents))
		}
	}
	return []byte(row + "}")
}

// carry takes a random time both ways and notes when a write left and was answered.
func (r *orderRun) carry(_ context.Context, request wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
	if request.Method == "GET" {
		return on()
	}
	path := strings.Split(strings.TrimPrefix(request.URL, "http://server/tables/"), "/")
	e := &exchange{row: orderRow{path[0], member(request.Body, "id")}, method: request.Method, start: time.Now()}
	if len(path) > 1 {
		e.row.id = path[1]
	}
	e.refers = references(e.row.table, request.Body)
	r.mu.Lock()
	r.log = append(r.log, e)
	edits := request.Method != "DELETE" && r.more > 0 && r.random.IntN(4) == 0
	if edits {
		r.more--
	}
	r.mu.Unlock()
	time.Sleep(time.Duration(1+r.random.IntN(20)) * time.Millisecond)
	if edits {
		tbl, err := r.client.Table(e.row.table)
		require.NoError(r.t, err)
		_, err = tbl.Update(ctx, fmt.Appendf(nil, `{"id":"%s","text":"edited on the way %d"}`, e.row.id, r.random.IntN(1<<30)))
		require.NoError(r.t, err)
	}
	response, err := on()
	require.Less(r.t, response.Status, 300, "%s %v: %s", e.method, e.row, response.Body)
	time.Sleep(time.Duration(1+r.random.IntN(20)) * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	e.end = time.Now()
	return response, err
}

func (r *orderRun) texts(name string) map[string]string {
	tbl, err := r.client.Table(name)
	require.NoError(r.t, err)
	result, err := tbl.Read(ctx, query.Query{})
	require.NoError(r.t, err)
	found := map[string]string{}
	for _, row := range result.Rows {
		found[member(row, "id")] = member(row, "text")
	}
	return found
}

// references lists the rows that a row refers to.
func references(table string, row []byte) []orderRow {
	var list []orderRow
	for name, parent := range orderTables[table].References {
		if id := member(row, name); id != "" {
			list = append(list, orderRow{parent, id})
		}
	}
	return list
}

// checkRows checks that the requests of each row left in order, one after the other.
func (r *orderRun) checkRows(before []datasync.Operation) {
	first := map[orderRow]string{}
	for _, o := range before {
		first[orderRow{o.Table, o.ID}] = map[datasync.Action]string{datasync.Insert: "POST", datasync.Update: "PUT", datasync.Delete: "DELETE"}[o.Action]
	}
	last := map[orderRow]*exchange{}
	for _, e := range r.log {
		if previous := last[e.row]; previous == nil {
			require.Equal(r.t, first[e.row], e.method, "%v", e.row)
		} else {
			require.Equal(r.t, "PUT", e.method, "%v", e.row)
			require.False(r.t, e.start.Before(previous.end), "%v", e.row)
		}
		last[e.row] = e
	}
	require.Len(r.t, last, len(before))
}

// checkReferences checks that parents were inserted before their children, and children
// moved or deleted before their parents were deleted.
func (r *orderRun) checkReferences() {
	inserts, first := map[orderRow]*exchange{}, map[orderRow]*exchange{}
	for _, e := range r.log {
		if e.method == "POST" {
			inserts[e.row] = e
		}
		if first[e.row] == nil {
			first[e.row] = e
		}
	}
	waited := 0
	ordered := func(one, other *exchange) {
		if one != nil {
			waited++
			require.False(r.t, other.start.Before(one.end), "%s %v left before the answer to %s %v", other.method, other.row, one.method, one.row)
		}
	}
	for _, e := range r.log {
		for _, parent := range e.refers {
			ordered(inserts[parent], e)
		}
		for _, parent := range r.referred[e.row] {
			if d := first[parent]; d != nil && d.method == "DELETE" && first[e.row] == e {
				ordered(e, d)
			}
		}
	}
	require.Greater(r.t, waited, 30)
}

// checkRuns checks that requests of two tables are never on the wire at once.
func (r *orderRun) checkRuns() {
	for i, e := range r.log {
		for _, earlier := range r.log[:i] {
			if earlier.row.table != e.row.table {
				require.False(r.t, e.start.Before(earlier.end), "%s %v left before the answer to %s %v", e.method, e.row, earlier.method, earlier.row)
			}
		}
	}
}

// checkQueue checks that the queue's order holds across tables: what was queued earlier
// for another table has been answered, unless it had to wait for a row at some time after
// this run of the table began.
func (r *orderRun) checkQueue(before []datasync.Operation) {
	first, place := map[orderRow]*exchange{}, map[*exchange]int{}
	for i, o := range before {
		row := orderRow{o.Table, o.ID}
		at := slices.IndexFunc(r.log, func(e *exchange) bool { return e.row == row })
		first[row], place[r.log[at]] = r.log[at], i
	}
	var run *exchange
	for i, e := range r.log {
		if run == nil || run.row.table != e.row.table {
			run = e
		}
		position, known := place[e]
		if !known {
			position = len(before) // an edit made during the push
		}
		for _, later := range r.log[i+1:] {
			queued, known := place[later]
			if known && queued < position && later.row.table != e.row.table {
				require.True(r.t, r.waitedBetween(later, first, run.start, e.start), "%s %v was overtaken by %s %v", later.method, later.row, e.method, e.row)
			}
		}
	}
}

// waitedBetween tells whether an operation had to wait at some time. What it waits for
// changes when something is answered.
func (r *orderRun) waitedBetween(e *exchange, first map[orderRow]*exchange, from, to time.Time) bool {
	if r.waited(e, first, from) {
		return true
	}
	for _, other := range r.log {
		if other.end.After(from) && !other.end.After(to) && r.waited(e, first, other.end) {
			return true
		}
	}
	return false
}

// waited tells whether an operation had to wait for one of another row at that time.
func (r *orderRun) waited(e *exchange, first map[orderRow]*exchange, at time.Time) bool {
	for _, parent := range e.refers {
		if p := first[parent]; p != nil && p.method == "POST" && p.end.After(at) {
			return true
		}
	}
	if e.method != "DELETE" {
		return false
	}
	refers, pending := map[orderRow][]orderRow{}, map[orderRow]bool{}
	for child, parents := range r.referred {
		refers[child] = parents
	}
	for _, c := range r.log {
		switch {
		case !c.end.After(at):
			refers[c.row] = c.refers
		case c.method != "POST":
			pending[c.row] = true
		}
	}
	for child, parents := range refers {
		if pending[child] && slices.Contains(parents, e.row) {
			return true
		}
	}
	return false
}
