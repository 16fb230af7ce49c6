package wire

// This file is the dialect of Azure Mobile Apps v2, whose servers were written for Node
// and for the .NET Framework: PATCH changes a row, lists are arrays, or {results, count}
// when the count was asked for, and queries are OData v3.

import (
	"strings"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// The page that is asked for when the caller names no size, and the largest one: the Node
// server refuses more.
const (
	classicPage    = 50
	classicMaxPage = 1000
)

// serverColumns are set by the server alone. The Node server refuses rows that carry
// them, except version, which it would store.
var serverColumns = []string{"createdAt", "updatedAt", "version", "deleted"}

type classicDialect struct{}

// header names the version of the protocol, which both servers insist on.
func (classicDialect) header() [][2]string {
	return [][2]string{{versionName, "2.0.0"}}
}

// plain keeps filters readable in a log.
func (classicDialect) plain() string { return "(),:" }

func (classicDialect) insert(table string, row []byte) (call, string) {
	return call{method: "POST", table: table, body: jsonrow.Remove(row, serverColumns...)}, ""
}

// update sends every member but those of the server. Members that row lacks stay as they
// are there.
func (classicDialect) update(table, id string, row []byte, version string) (call, string) {
	body := jsonrow.Remove(row, serverColumns...)
	return call{method: "PATCH", table: table, id: id, version: version, body: body, nothing: onlyID(body)}, ""
}

// onlyID tells whether a body has no member to set, which the Node server answers with a
// broken SQL statement.
func onlyID(body []byte) bool {
	only := true
	jsonrow.Members(body, func(name, _ []byte) bool {
		only = string(name) == "id"
		return only
	})
	return only
}

func (classicDialect) remove(table, id, version string) call {
	return call{method: "DELETE", table: table, id: id, version: version}
}

// undelete takes two requests: the first has no content, and a deleted row cannot be
// changed before it.
func (d classicDialect) undelete(table, id string, row []byte, version string) (call, string) {
	return call{method: "POST", table: table, id: id, version: version,
		next: contentFor(row, func(version string) (call, string) { return d.update(table, id, row, version) })}, ""
}

// contentFor makes the request that gives a row its content once it is back, unless it
// has it already.
func contentFor(row []byte, update func(version string) (call, string)) func(datasync.Answer) (call, bool) {
	return func(a datasync.Answer) (call, bool) {
		if a.Verdict != datasync.Done || jsonrow.Covers(a.Row, row) {
			return call{}, false
		}
		value, _ := jsonrow.Get(a.Row, "version")
		version, _ := jsonrow.Text(value)
		c, problem := update(version)
		return c, problem == "" && !c.nothing
	}
}

// lookup asks by filter: the Node server shows a deleted row in lists only.
func (d classicDialect) lookup(table, id string) (call, error) {
	params, err := query.Classic.Options(lookupOf(id))
	return call{method: "GET", table: table, params: params}, err
}

func lookupOf(id string) query.Query {
	byID := query.Compare(query.OpEq, query.Member("id"), query.Text(id))
	return query.Query{Filter: byID, Take: 1, HasTake: true, IncludeDeleted: true}
}

// list adds the order of ids that the Node server leaves to chance.
func (classicDialect) list(table string, q query.Query) (call, error) {
	if !orderedByID(q.OrderBy) {
		q.OrderBy = append(q.OrderBy[:len(q.OrderBy):len(q.OrderBy)], query.Order{Member: "id"})
	}
	c := call{method: "GET", table: table, incremental: byTime(q), mayHide: len(q.Select) > 0}
	q.Count = q.Count || c.mayHide
	q, c.countOnly = sized(q)
	var err error
	c.params, err = query.Classic.Options(q)
	return c, err
}

func orderedByID(orders []query.Order) bool {
	for _, o := range orders {
		if o.Member == "id" {
			return true
		}
	}
	return false
}

// byTime tells whether a query is a page of a pull, which goes by time.
func byTime(q query.Query) bool {
	return len(q.OrderBy) > 0 && q.OrderBy[0].Member == "updatedAt"
}

// sized gives a query the number of rows that the older servers understand. They take
// zero for no number at all, so a count without rows is asked for with one.
func sized(q query.Query) (sized query.Query, countOnly bool) {
	countOnly = q.HasTake && q.Take == 0
	switch {
	case countOnly:
		q.Take = 1
	case !q.HasTake:
		q.Take, q.HasTake = classicPage, true
	default:
		q.Take = min(q.Take, classicMaxPage)
	}
	q.IncludeDeleted = true
	return q, countOnly
}

// readPage reads an array, or {results, count}. A Link tells that there is more: the
// Node server sends it with every full page, to an address that does not exist, and its
// older versions and pages under a cap of the server have none, so without one nothing
// is known.
func (d classicDialect) readPage(body []byte, resp Response) (page, string) {
	rows, count, problem := readList(body)
	if problem != "" {
		return page{}, problem
	}
	p := page{count: count}
	if p.rows, problem = readRows(rows); problem != "" {
		return page{}, problem
	}
	p.more = linksToNext(header(resp, "Link"))
	p.known = p.more
	return p, ""
}

// readList finds the rows and the count, -1 when there is none, in a list of the older
// servers.
func readList(body []byte) (rows []byte, count int, problem string) {
	if jsonrow.KindOf(body) == jsonrow.Array {
		return body, -1, ""
	}
	const noList = "JSON that is no list of rows"
	if jsonrow.KindOf(body) != jsonrow.Object {
		return nil, -1, noList
	}
	var number []byte
	err := jsonrow.Each(body, func(name, value []byte) bool {
		switch string(name) {
		case "results":
			rows = value
		case "count":
			number = value
		}
		return true
	})
	switch {
	case err != nil:
		return nil, -1, "broken JSON"
	case jsonrow.KindOf(rows) != jsonrow.Array:
		return nil, -1, noList
	}
	count, problem = readCount(number)
	return rows, count, problem
}

// linksToNext tells whether a Link header has the relation next. These servers write it
// without angle brackets and mostly without quotes. Where it leads is not looked at.
func linksToNext(link string) bool {
	for _, part := range strings.Split(link, ";")[1:] {
		name, value, _ := strings.Cut(part, "=")
		value, _, _ = strings.Cut(value, ",")
		if strings.EqualFold(strings.TrimSpace(name), "rel") && strings.EqualFold(strings.Trim(value, "\" \t"), "next") {
			return true
		}
	}
	return false
}

func (classicDialect) normal(row []byte) []byte { return row }

func (classicDialect) stored(row []byte, system jsonrow.System) bool {
	return hasSystemColumns(row, system)
}

// wrongQuery knows what the Node server says about filters and orders that it cannot
// read or that its database cannot run: it answers all of them with status 500.
func (classicDialect) wrongQuery(message string) bool {
	if strings.HasSuffix(message, ")") && strings.Contains(message, " (at index ") {
		return true
	}
	for _, begin := range []string{
		"Unbalanced parentheses in ", "Too few arguments for ", "Too many arguments for ", "Unsupported operator ",
		"Unsupported literal value ", "Invocation of unsupported method ", "SQLITE_ERROR: ",
	} {
		if strings.HasPrefix(message, begin) {
			return true
		}
	}
	return strings.Contains(message, "is not a valid identifier.") ||
		strings.HasPrefix(message, "Function '") && strings.Contains(message, "' requires ")
}
