package datasync

import (
	"context"
	"time"

	"tidetable/datasync/query"
)

// Verdict classifies a server's answer by what the engine has to do about it.
type Verdict uint8

// The verdicts.
const (
	// Done: the server did what was asked, or had done it before.
	Done Verdict = iota
	// Mismatch: the row on the server is not the one the caller knew: 409, 412.
	Mismatch
	// Gone: the server has no such row (404) or only its tombstone (410).
	Gone
	// Refused: this operation was rejected for good: other 4xx.
	Refused
	// Unauthorized: 401. A fresh token may help.
	Unauthorized
	// Unavailable: nobody can be served right now: 408, 429, 5xx.
	Unavailable
	// NotATableServer: the answer is not one that a table server gives: HTML, a login
	// page, a captive portal, a redirect, the wrong shape. Nothing may be concluded.
	NotATableServer
)

// Answer is what came back for one operation.
type Answer struct {
	Verdict Verdict
	// Status is the HTTP status code.
	Status int
	// Row is the row as the server has it now: after a Done insert or update, and with
	// a Mismatch when the answer carried the server's row (and not an echo of the
	// request). Otherwise nil. Its "id" is always the operation's.
	Row []byte
	// Message is the server's own explanation, or what was wrong with the answer.
	Message string
	// RetryAfter is how long the server asked to wait; zero when it did not say.
	RetryAfter time.Duration
}

// PageRequest asks for one page of a table, deleted rows included.
type PageRequest struct {
	Table string
	// Query is the filter, order, skip, take and count of this request.
	Query query.Query
}

// PageAnswer is one page of a table.
type PageAnswer struct {
	Answer
	// Rows are the page's rows, each a JSON object with a valid string id, in the
	// server's order.
	Rows [][]byte
	// Count is the number of rows that match the filter, -1 when it was not told.
	Count int
	// More tells whether the server says that there is a further page; Known is false
	// when it does not say.
	More, Known bool
}

// Traits is what differs between servers and matters to the engine.
type Traits struct {
	// PageSize is the number of rows to ask for at a time; 0 leaves it to the server.
	PageSize int
	// ReplacesRows tells that an update replaces the whole row: members that are not sent
	// are erased.
	ReplacesRows bool
}

// Describer is a Remote that can describe its server.
type Describer interface {
	// Traits are those of the server; ok is false as long as it is not known which kind of
	// server it is.
	Traits() (t Traits, ok bool)
}

// Learner is a Remote that finds out what kind of server it has. The client remembers it
// in the store, so that this is found out once.
type Learner interface {
	// Recall gives back what was learned before; what cannot be understood is ignored.
	Recall(known string)
	// Learned sets who is told once something was learned. It may be called by any goroutine.
	Learned(tell func(known string))
}

// Remote is the table server as the engine sees it. Package wire implements it for
// every dialect over a Transport.
//
// A non-nil error means that no answer came: the network failed, the time was up or
// ctx was cancelled; whether the server has seen the request is then unknown. Every
// answer that did come is an Answer with a Verdict, also a broken one.
type Remote interface {
	// Insert sends a new row (its id included; system columns other than id left out).
	Insert(ctx context.Context, table string, row []byte) (Answer, error)
	// Update replaces the row, on condition that the server still has version; an empty
	// version makes it unconditional.
	Update(ctx context.Context, table, id string, row []byte, version string) (Answer, error)
	// Delete removes the row, on the same condition.
	Delete(ctx context.Context, table, id, version string) (Answer, error)
	// Undelete brings back a soft-deleted row with the given content, on the same condition.
	Undelete(ctx context.Context, table, id string, row []byte, version string) (Answer, error)
	// Lookup reads one row, soft-deleted ones included: Done with Row, or Gone.
	Lookup(ctx context.Context, table, id string) (Answer, error)
	// Page reads rows, soft-deleted ones included.
	Page(ctx context.Context, request PageRequest) (PageAnswer, error)
}
