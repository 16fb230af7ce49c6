package datasync

import (
	"context"
	"errors"
	"time"

	"tidetable/datasync/journal"
	"tidetable/datasync/query"
)

// Code names a kind of failure. Codes are stable: apps may compare them.
type Code string

// The codes. docs/error-codes.md says for each what happened and what to do.
const (
	// CodeInvalidOptions: the options of a call or of Open are wrong; the message names which.
	CodeInvalidOptions Code = "invalid-options"
	// CodeInvalidID: an id is not a string of 1–127 allowed characters.
	CodeInvalidID Code = "invalid-id"
	// CodeInvalidRow: a row is not a JSON object, or has members that may not be written.
	CodeInvalidRow Code = "invalid-row"
	// CodeInvalidQuery: a query cannot be parsed, or asks for what its call does not allow.
	CodeInvalidQuery Code = "invalid-query"
	// CodeUnknownTable: the table was not declared when the client was opened.
	CodeUnknownTable Code = "unknown-table"
	// CodeExists: a row with that id is already here.
	CodeExists Code = "exists"
	// CodeNotFound: there is no row with that id here.
	CodeNotFound Code = "not-found"
	// CodeDeleted: the row is deleted here and the deletion is not pushed yet.
	CodeDeleted Code = "deleted"
	// CodeRowTooLarge: a row is larger than 4 MB.
	CodeRowTooLarge Code = "row-too-large"

	// CodeClosed: the client was closed. A write that was under way may be there.
	CodeClosed Code = "closed"
	// CodeCancelled: the caller's signal was aborted.
	CodeCancelled Code = "cancelled"
	// CodeStore: the local store failed; the cause says how.
	CodeStore Code = "store"
	// CodeQuota: the browser refuses to store more. Nothing was changed.
	CodeQuota Code = "quota"
	// CodeUpdateRequired: the database was written by a later version of Tidetable.
	CodeUpdateRequired Code = "update-required"
	// CodeInternal: a fault of Tidetable itself.
	CodeInternal Code = "internal"

	// CodeNetwork: no answer came from the server.
	CodeNetwork Code = "network"
	// CodeAuth: the server wants a (fresh) sign-in: 401.
	CodeAuth Code = "auth"
	// CodeServer: the server cannot serve anybody right now: 408, 429, 5xx.
	CodeServer Code = "server"
	// CodeNotATableServer: whatever answered at the URL is not a table server.
	CodeNotATableServer Code = "not-a-table-server"
	// CodeTableNotFound: the server has no table of that name.
	CodeTableNotFound Code = "table-not-found"
	// CodeRefused: the server rejected this operation for good: other 4xx.
	CodeRefused Code = "refused"
	// CodeConflict: the row was changed on the server meanwhile.
	CodeConflict Code = "conflict"
	// CodeHeld: the operation waits for one of another row that failed.
	CodeHeld Code = "held"
	// CodeNoVersion: the table's rows carry no version, so conflicts cannot be found.
	CodeNoVersion Code = "no-version"
	// CodePushFailed: not everything was sent; see the result that comes with it.
	CodePushFailed Code = "push-failed"
	// CodePending: rows with pending operations stand in the way.
	CodePending Code = "pending-operations"
	// CodeNoTime: rows carry no updatedAt, so the table is read as a whole each time.
	CodeNoTime Code = "no-time"
	// CodePullStuck: the server's pages make no progress.
	CodePullStuck Code = "pull-stuck"
)

// Error is what every call fails with.
type Error struct {
	// Code is the kind of failure.
	Code Code
	// Op is the call that failed: "insert", "pull", …
	Op string
	// Table and ID say where, when it concerns one.
	Table, ID string
	// Msg says what happened and what to do about it.
	Msg string
	// Err is the cause, if there is one.
	Err error
	// RetryAfter is how long the server asked to wait, zero when it did not.
	RetryAfter time.Duration
	// Push is the result of a push that failed, with CodePushFailed.
	Push *PushResult
	// Pull is the result of the pull that ran all the same, with CodePushFailed.
	Pull *PullResult
}

// Error gives the call, the place and the message in one line.
func (e *Error) Error() string {
	s := "tidetable: "
	if e.Op != "" {
		s += e.Op + ": "
	}
	if e.Table != "" {
		s += "table '" + e.Table + "': "
	}
	if e.ID != "" {
		s += "row '" + e.ID + "': "
	}
	s += e.Msg
	if e.Msg == "" {
		s += string(e.Code)
	}
	if e.Err != nil {
		s += " (" + e.Err.Error() + ")"
	}
	return s
}

// of is the error of a push as the call that pushed first fails with it.
func (e *Error) of(op string, pulled *PullResult) *Error {
	named := *e
	named.Op, named.Pull = op, pulled
	return &named
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of err: "" for nil, CodeInternal when it carries none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// storeCodes gives the causes that have a code of their own.
var storeCodes = []struct {
	cause error
	code  Code
	msg   string
}{
	{context.Canceled, CodeCancelled, "cancelled"},
	{context.DeadlineExceeded, CodeCancelled, "the time given is up"},
	{journal.ErrClosed, CodeClosed, "the local store is closed; open the client again"},
	{journal.ErrQuota, CodeQuota, "the browser refuses to store more; free some space and try again"},
	{journal.ErrUpdateRequired, CodeUpdateRequired, "the database was written by a later version; reload the page to get it"},
}

// wrap gives err the code it lacks and names the call and the place, once.
func wrap(err error, op, table, id string) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		named := *e
		if named.Op == "" {
			named.Op = op
		}
		if named.Table == "" {
			named.Table = table
		}
		if named.ID == "" {
			named.ID = id
		}
		return &named
	}
	if q, ok := errors.AsType[*query.Error](err); ok {
		return &Error{Code: CodeInvalidQuery, Op: op, Table: table, Msg: q.Error()}
	}
	for _, s := range storeCodes {
		if errors.Is(err, s.cause) {
			return &Error{Code: s.code, Op: op, Table: table, ID: id, Msg: s.msg, Err: err}
		}
	}
	return &Error{Code: CodeStore, Op: op, Table: table, ID: id, Msg: "the local store failed", Err: err}
}
