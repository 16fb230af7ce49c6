//go:build js && wasm

package idbstore

// This file turns what IndexedDB reports into the errors of the contract.

import (
	"errors"
	"syscall/js"

	"tidetable/datasync/journal"
	"tidetable/internal/jsbridge"
)

var (
	// ErrUnavailable means that the browser offers no IndexedDB here.
	ErrUnavailable = errors.New("idbstore: no IndexedDB here")
	// ErrTimeout means that the browser did not answer in time. What was asked for may
	// still happen.
	ErrTimeout = errors.New("idbstore: the browser does not answer")
	// ErrBlocked means that another context has the database open and does not let go.
	ErrBlocked = errors.New("idbstore: blocked by another context")
	// ErrForeign means that the database of that name was made by something else.
	ErrForeign = errors.New("idbstore: not a database of this store")

	errAborted  = errors.New("the browser aborted the transaction")
	errPosition = errors.New("no position is that high")
	errUpto     = errors.New("the new floor lies outside the journal")
)

// callError says which call failed.
type callError struct {
	call string
	err  error
}

func (e *callError) Error() string { return "idbstore: " + e.call + ": " + e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

func wrap(call string, err error) error {
	if err == nil {
		return nil
	}
	return &callError{call, err}
}

// abortReason tells why a transaction aborted, from its error or that of a request.
func abortReason(reason js.Value) error {
	if !reason.Truthy() {
		return errAborted
	}
	return classify(jsbridge.ErrorOf(reason))
}

// classify gives the errors that the contract names their sentinel and leaves others.
func classify(err error) error {
	e, ok := errors.AsType[*jsbridge.Error](err)
	if !ok {
		return err
	}
	switch e.Name {
	case "ConstraintError":
		return journal.ErrTaken
	case "QuotaExceededError":
		return &caused{journal.ErrQuota, e}
	}
	return err
}

// caused is a sentinel with what the browser said.
type caused struct {
	sentinel error
	cause    *jsbridge.Error
}

func (e *caused) Error() string   { return e.sentinel.Error() + ": " + e.cause.Error() }
func (e *caused) Unwrap() []error { return []error{e.sentinel, e.cause} }
