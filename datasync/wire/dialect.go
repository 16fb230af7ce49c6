package wire

// This file says what a dialect is to the rest of the package.

import (
	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// call is one request as a dialect sees it: without the base, the headers that every
// request has and the parameters of the app.
type call struct {
	method string
	table  string
	// id is empty for requests to the table itself.
	id     string
	params [][2]string
	// version makes the request conditional when it is not empty.
	version string
	body    []byte

	// nothing is set when there is nothing to send: the update would change no member.
	nothing bool
	// next makes the request that has to follow an answer, if one has to.
	next func(a datasync.Answer) (c call, more bool)
	// countOnly is set for a page of which only the count was asked for, where the
	// dialect cannot ask for no row.
	countOnly bool
	// mayHide is set for a list that is empty, and lacks the count that was asked for,
	// when the server does not know one of the members that were named.
	mayHide bool
	// incremental is set for the pages of a pull.
	incremental bool
}

// filtered tells whether the call carries a filter.
func (c call) filtered() bool {
	for _, p := range c.params {
		if p[0] == "$filter" {
			return true
		}
	}
	return false
}

// page is an answer to a list request, taken apart.
type page struct {
	rows  [][]byte
	count int
	// more tells of a further page; known is false when the answer does not say.
	more, known bool
}

// dialect renders requests for one family of servers and reads its answers. It is all
// that differs between families; implementations keep no state.
//
// Rows given to a dialect are objects whose id is the operation's. A problem says why a
// row cannot be sent at all.
type dialect interface {
	// header is sent with every request.
	header() [][2]string
	// plain are the characters that values of parameters keep, besides the unreserved.
	plain() string

	insert(table string, row []byte) (c call, problem string)
	update(table, id string, row []byte, version string) (c call, problem string)
	remove(table, id, version string) call
	undelete(table, id string, row []byte, version string) (c call, problem string)
	// lookup asks for a page that holds the row, deleted or not, and no other.
	lookup(table, id string) (call, error)
	list(table string, q query.Query) (call, error)

	// readPage takes the JSON of a list answer apart; problem says what is wrong with
	// it, in words that continue "the answer is".
	readPage(body []byte, resp Response) (p page, problem string)
	// normal is a row of the server with its system columns under the names that the
	// engine knows. What is not an object is returned as it is.
	normal(row []byte) []byte
	// stored tells a row of the server, in normal form, from one that was sent.
	stored(row []byte, system jsonrow.System) bool
	// wrongQuery tells whether a failure (5xx) to answer a query is, by the words that
	// came with it, the query's own fault.
	wrongQuery(message string) bool
}

// dialectOf is nil for a dialect that is not spoken here.
func (s speaker) dialectOf(d query.Dialect) dialect {
	switch d {
	case query.Datasync:
		return datasyncDialect{}
	case query.Classic:
		return classicDialect{}
	case query.Legacy:
		return legacyDialect{key: s.key, unversioned: s.unversioned}
	}
	return nil
}

// hasSystemColumns is how the rows of most servers are told from those that are sent.
func hasSystemColumns(row []byte, system jsonrow.System) bool {
	_, marked := jsonrow.Get(row, "deleted")
	return marked || system.HasUpdatedAt
}
