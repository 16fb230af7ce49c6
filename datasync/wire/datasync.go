package wire

// This file is the dialect of Azure Mobile Apps v6 and CommunityToolkit.Datasync: PUT
// replaces a row, lists are {items, count, nextLink}, and queries are OData v4.

import (
	"strconv"
	"strings"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// includeDeleted is the option that shows soft-deleted rows. Servers compare its name
// in any case; this is the spelling of their documentation.
const includeDeleted = "__includedeleted"

type datasyncDialect struct{}

// header names the version of the protocol: v6 refuses requests without it, and the
// toolkit ignores it.
func (datasyncDialect) header() [][2]string {
	return [][2]string{{versionName, "3.0.0"}}
}

// plain keeps brackets, commas and colons, which a query allows: filters stay readable
// in a log.
func (datasyncDialect) plain() string { return "(),:" }

// insert leaves out the columns that the server sets.
func (datasyncDialect) insert(table string, row []byte) (call, string) {
	body := jsonrow.Remove(row, "version", "updatedAt", "deleted")
	return call{method: "POST", table: table, body: body}, ""
}

// update sends the whole row: a member that is left out is erased on the server. That
// goes for createdAt too, which these servers do not have as a column of theirs, so a
// table with that member has it as its own. The version travels in If-Match, and
// deleted is left out because servers apply it.
func (datasyncDialect) update(table, id string, row []byte, version string) (call, string) {
	body := jsonrow.Remove(row, "version", "updatedAt", "deleted")
	return call{method: "PUT", table: table, id: id, version: version, body: body}, ""
}

func (datasyncDialect) remove(table, id, version string) call {
	return call{method: "DELETE", table: table, id: id, version: version}
}

// undelete replaces the tombstone by the row, as the toolkit has it. v6 answers 410 to
// any PUT of a deleted row, and takes it in a PATCH.
func (datasyncDialect) undelete(table, id string, row []byte, version string) (call, string) {
	body := jsonrow.Set(jsonrow.Remove(row, "version", "updatedAt"), "deleted", []byte("false"))
	patch := call{method: "PATCH", table: table, id: id, version: version, body: body}
	return call{method: "PUT", table: table, id: id, version: version, body: body,
		params: [][2]string{{includeDeleted, "true"}},
		next:   func(a datasync.Answer) (call, bool) { return patch, a.Status == 410 && a.Verdict == datasync.Gone }}, ""
}

// lookup asks by filter, not by address: a list that has no row is an answer that only a
// table server gives, while a 404 may come from anything between here and there.
func (d datasyncDialect) lookup(table, id string) (call, error) { return d.list(table, lookupOf(id)) }

func (datasyncDialect) list(table string, q query.Query) (call, error) {
	q.IncludeDeleted = true
	params, err := query.Datasync.Options(q)
	if err != nil {
		return call{}, err
	}
	return call{method: "GET", table: table, params: params, incremental: byTime(q)}, nil
}

// readPage reads {items, count, nextLink}. Only the presence of nextLink is of use: its
// address may be that of an inner host, and the engine asks for its next page itself.
func (datasyncDialect) readPage(body []byte, _ Response) (page, string) {
	if jsonrow.KindOf(body) != jsonrow.Object {
		return page{}, "JSON without items"
	}
	var items, count, nextLink []byte
	err := jsonrow.Each(body, func(name, value []byte) bool {
		switch string(name) {
		case "items":
			items = value
		case "count":
			count = value
		case "nextLink":
			nextLink = value
		}
		return true
	})
	switch {
	case err != nil:
		return page{}, "broken JSON"
	case jsonrow.KindOf(items) != jsonrow.Array:
		return page{}, "JSON without items"
	}
	p := page{count: -1}
	var problem string
	if p.rows, problem = readRows(items); problem != "" {
		return page{}, problem
	}
	if p.count, problem = readCount(count); problem != "" {
		return page{}, problem
	}
	p.more, p.known, problem = readNextLink(nextLink)
	return p, problem
}

// readCount reads the number of matches, -1 when it was not told.
func readCount(value []byte) (count int, problem string) {
	switch jsonrow.KindOf(value) {
	case jsonrow.Invalid, jsonrow.Null:
		return -1, ""
	case jsonrow.Number:
		if n, err := strconv.Atoi(string(value)); err == nil && n >= 0 {
			return n, ""
		}
	}
	return -1, "a page whose count is not a number of rows"
}

// readNextLink tells an absent link from a null one: the first says nothing, the second
// that this was the last page.
func readNextLink(value []byte) (more, known bool, problem string) {
	switch jsonrow.KindOf(value) {
	case jsonrow.Invalid:
		return false, false, ""
	case jsonrow.Null:
		return false, true, ""
	case jsonrow.String:
		link, _ := jsonrow.Text(value)
		return strings.TrimSpace(link) != "", true, ""
	}
	return false, false, "a page whose nextLink is not a text"
}

func (datasyncDialect) normal(row []byte) []byte { return row }

func (datasyncDialect) stored(row []byte, system jsonrow.System) bool {
	return hasSystemColumns(row, system)
}

// wrongQuery: these servers answer a wrong query with 400.
func (datasyncDialect) wrongQuery(string) bool { return false }
