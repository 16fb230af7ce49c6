package tableserver

import (
	"context"
	"errors"
	"time"

	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
)

// ErrBusy is returned by a [Repository] that could not get at its database in time;
// nothing was written and the same call may succeed later.
var ErrBusy = errors.New("the database is busy")

// Row is one stored row.
type Row struct {
	// ID is unique in its table and compared exactly.
	ID string
	// UpdatedAt is when the row was last written, in UTC and whole milliseconds. No two
	// rows of a table share it.
	UpdatedAt time.Time
	// Version is standard base64 text that no other write of the row has had.
	Version string
	// Deleted marks a tombstone: a row that was soft-deleted.
	Deleted bool
	// Members is the JSON object of everything but the system columns, with the text
	// that was stored.
	Members []byte
}

// Change is what a write does to its row.
type Change struct {
	// Members and Deleted replace those of the row.
	Members []byte
	Deleted bool
	// Remove drops the row without a tombstone.
	Remove bool
}

// Page is a part of a table in a given order.
type Page struct {
	// Rows are the rows of the page.
	Rows []Row
	// Count is how many rows match in all; only set when the query asks for it.
	Count int
	// More tells that rows follow after the last one of the page.
	More bool
}

// Repository keeps the rows of all tables. Reads see committed state only, and one read
// sees one state. Writes of one table are serial: each sees all earlier ones, and a
// reader that sees a write also sees every write of the table with a smaller UpdatedAt.
// A table exists once it is named; the server decides which names are allowed.
// All methods may be called from several goroutines.
type Repository interface {
	// Page reads the rows that q asks for: filtered, without tombstones unless
	// q.IncludeDeleted, ordered with ties in order of id, then q.Skip rows left out and at
	// most q.Take returned when q.HasTake. Filters mean what query.Compile makes of them.
	// Select is left to the caller.
	Page(ctx context.Context, table string, q query.Query) (Page, error)

	// Row reads one row, tombstones included; nil when there is none.
	Row(ctx context.Context, table, id string) (*Row, error)

	// Write changes one row. It calls decide with the stored row, or nil, and stores what
	// decide returns under a new UpdatedAt and Version, in one transaction. An error of
	// decide is returned as it is and nothing is written. decide may be called again when
	// a transaction is retried, so it must have no effects of its own. The result is the
	// row as stored; after Remove it is the zero Row.
	Write(ctx context.Context, table, id string, decide func(stored *Row) (Change, error)) (Row, error)

	// Ping tells whether the database answers.
	Ping(ctx context.Context) error

	// Close waits for running calls and releases the database.
	Close() error
}

// TimeFormat prints UpdatedAt as it is on the wire: UTC with exactly three fraction
// digits, cut, not rounded.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// AppendJSON appends the row as a JSON object to dst: the system columns, then the
// members in the order they were stored in.
func (r *Row) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"id":`...)
	dst = jsonrow.AppendText(dst, r.ID)
	dst = append(dst, `,"updatedAt":"`...)
	dst = r.UpdatedAt.UTC().AppendFormat(dst, TimeFormat)
	dst = append(dst, `","version":`...)
	dst = jsonrow.AppendText(dst, r.Version)
	if r.Deleted {
		dst = append(dst, `,"deleted":true`...)
	} else {
		dst = append(dst, `,"deleted":false`...)
	}
	if len(r.Members) > len("{}") {
		dst = append(dst, ',')
		return append(dst, r.Members[1:]...)
	}
	return append(dst, '}')
}
