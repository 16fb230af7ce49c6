//go:build js && wasm

package syncjs

// This file opens and closes clients.

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// session is one open client and what it has going on at the page.
type session struct {
	engine     *Engine
	number     int
	client     *datasync.Client
	hints      *hints
	stopStatus func()
	// declared names the tables, nil when every name can be used.
	declared []string
	pulls    lastPulls

	mu   sync.Mutex
	live map[int]*live
	// refusals counts by operation how often the page was asked about a refused one.
	refusals map[uint64]int
}

// open opens the client of that number.
func (e *Engine) open(ctx context.Context, number int, args arguments) ([]byte, error) {
	settings, options, err := e.optionsOf(number, args)
	if err != nil {
		return nil, err
	}
	s := &session{engine: e, number: number, live: map[int]*live{}, refusals: map[uint64]int{}}
	for name := range options.Tables {
		s.declared = append(s.declared, "'"+name+"'")
		s.pulls.add(name)
	}
	for _, p := range options.SyncPulls {
		s.pulls.add(p.Table)
	}
	slices.Sort(s.declared)
	options.Warn = func(code datasync.Code, table, msg string) {
		e.tell(number, "warning", begin().text("code", string(code)).text("table", table).text("message", msg).end())
	}
	options.Hint = func() { s.hints.tell() }
	mode, err := e.connect(ctx, settings, &options)
	if err != nil {
		return nil, openError(ctx, err)
	}
	s.hints = listen(settings.Database, func() {
		if c := s.client; c != nil {
			c.CatchUp()
			s.tellPulls()
		}
	})
	client, err := datasync.Open(ctx, options)
	if err != nil {
		s.hints.close()
		_ = options.Store.Close() // what matters is why it was of no use
		return nil, openError(ctx, err)
	}
	s.client = client
	tell := func(status datasync.Status) {
		s.tellPulls() // before it says that a pull has ended
		e.tell(number, "status", encodeStatus(status))
	}
	s.stopStatus = client.OnStatus(tell)
	tell(client.Status())
	e.mu.Lock()
	e.sessions[number] = s
	e.mu.Unlock()
	return begin().raw("storage", begin().text("mode", mode).end()).end(), nil
}

// openError gives an error of the parts that Connect brought a code.
func openError(ctx context.Context, err error) error {
	if _, coded := errors.AsType[*datasync.Error](err); coded {
		return err
	}
	if ctx.Err() != nil {
		return &datasync.Error{Code: datasync.CodeCancelled, Op: "open", Msg: "cancelled", Err: err}
	}
	return &datasync.Error{Code: datasync.CodeStore, Op: "open", Msg: "the local database cannot be opened", Err: err}
}

// optionsOf reads what openClient sends.
func (e *Engine) optionsOf(number int, args arguments) (Settings, datasync.Options, error) {
	durability := arguments(args.raw("durability"))
	settings := Settings{
		Database: args.text("database"), URL: args.text("url"),
		Protocol: args.text("protocol"), ApplicationKey: args.text("applicationKey"),
		InstallationID: args.text("installationId"), Features: args.flag("features"),
		Writes: durability.text("writes"), Pulls: durability.text("pulls"),
		Send: e.host.sender.Invoke(number),
	}
	for _, pair := range args.list("params") {
		param := arguments(`{"of":` + string(pair) + `}`).list("of")
		name, _ := jsonrow.Text(param[0])
		value, _ := jsonrow.Text(param[1])
		settings.Params = append(settings.Params, [2]string{name, value})
	}
	options := datasync.Options{
		Clock: clock{}, NewID: newID, Random: rand.Float64, Auto: autoOf(args.raw("auto")),
		Parallel: args.int("parallel"), Tables: tablesOf(args.raw("tables")),
	}
	if lock := e.host.lock; !lock.IsUndefined() {
		options.Locker = webLocks{lock: lock, prefix: "tidetable:" + settings.Database + ":"}
	}
	var err error
	options.SyncPulls, err = pullsOf(args.list("pull"), "openClient")
	return settings, options, err
}

// pullsOf reads what to pull from several tables.
func pullsOf(list [][]byte, call string) ([]datasync.SyncPull, error) {
	var pulls []datasync.SyncPull
	for _, p := range list {
		q, err := queryOf(p, call)
		if err != nil {
			return nil, err
		}
		pulls = append(pulls, datasync.SyncPull{Table: arguments(p).text("table"), QueryID: arguments(p).text("queryId"), Query: q})
	}
	return pulls, nil
}

// tablesOf reads what is declared about tables, nil when nothing is.
func tablesOf(text []byte) map[string]datasync.TableOptions {
	if text == nil {
		return nil
	}
	tables := map[string]datasync.TableOptions{}
	jsonrow.Members(text, func(name, value []byte) bool {
		table := datasync.TableOptions{Conflict: datasync.Policy(arguments(value).text("conflict"))}
		if references := arguments(value).raw("references"); references != nil {
			table.References = map[string]string{}
			jsonrow.Members(references, func(member, parent []byte) bool {
				table.References[string(member)], _ = jsonrow.Text(parent)
				return true
			})
		}
		for _, column := range arguments(value).list("partial") {
			member, _ := jsonrow.Text(column)
			table.Partial = append(table.Partial, member)
		}
		tables[string(name)] = table
		return true
	})
	return tables
}

func autoOf(text []byte) datasync.AutoSync {
	a := arguments(text)
	return datasync.AutoSync{
		Enabled: a.flag("enabled"), Start: a.flag("start"), Online: a.flag("online"), Visible: a.flag("visible"),
		Writes: a.milliseconds("writes"), Timer: a.milliseconds("timer"),
	}
}

// queryOf reads the member 'query'.
func queryOf(args arguments, call string) (query.Query, error) {
	q, err := query.FromJSON(args.raw("query"))
	if err != nil {
		err = &datasync.Error{Code: datasync.CodeInvalidQuery, Op: call, Table: args.text("table"), Msg: err.Error()}
	}
	return q, err
}

// conditionOf reads the table and the query of a call.
func (s *session) conditionOf(args arguments, call string) (*datasync.Table, query.Query, error) {
	q, err := queryOf(args, call)
	if err != nil {
		return nil, q, err
	}
	t, err := s.table(args, call)
	return t, q, err
}

// close ends everything the client has going on. Later calls find it gone.
func (s *session) close() error {
	s.engine.mu.Lock()
	delete(s.engine.sessions, s.number)
	s.engine.mu.Unlock()
	s.stopStatus()
	s.mu.Lock()
	subscriptions := s.live
	s.live = map[int]*live{}
	s.mu.Unlock()
	for _, l := range subscriptions {
		l.end()
	}
	err := s.client.Close()
	s.hints.close()
	return err
}
