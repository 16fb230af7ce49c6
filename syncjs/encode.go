//go:build js && wasm

package syncjs

// This file writes the engine's values as JSON. Rows are JSON already.

import (
	"errors"
	"strconv"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
)

// object writes a JSON object member by member.
type object struct{ b []byte }

func begin() *object { return &object{b: []byte{'{'}} }

func (o *object) end() []byte { return append(o.b, '}') }

func (o *object) name(name string) *object {
	if len(o.b) > 1 {
		o.b = append(o.b, ',')
	}
	o.b = append(jsonrow.AppendText(o.b, name), ':')
	return o
}

func (o *object) text(name, value string) *object {
	o.name(name).b = jsonrow.AppendText(o.b, value)
	return o
}

// some writes a text unless it is empty.
func (o *object) some(name, value string) *object {
	if value == "" {
		return o
	}
	return o.text(name, value)
}

func (o *object) int(name string, value int) *object {
	o.name(name).b = strconv.AppendInt(o.b, int64(value), 10)
	return o
}

func (o *object) flag(name string, value bool) *object {
	o.name(name).b = strconv.AppendBool(o.b, value)
	return o
}

// raw writes JSON; nil is null.
func (o *object) raw(name string, value []byte) *object {
	if value == nil {
		value = []byte("null")
	}
	o.name(name).b = append(o.b, value...)
	return o
}

// time writes an instant as RFC 3339 text, the zero time as null.
func (o *object) time(name string, value time.Time) *object {
	if value.IsZero() {
		return o.raw(name, nil)
	}
	return o.text(name, value.UTC().Format(time.RFC3339Nano))
}

// array writes what each item encodes to.
func array[T any](items []T, encode func(T) []byte) []byte {
	b := []byte{'['}
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, encode(item)...)
	}
	return append(b, ']')
}

// rowsOf joins rows to a JSON array.
func rowsOf(rows [][]byte) []byte {
	size := 2
	for _, row := range rows {
		size += len(row) + 1
	}
	b := append(make([]byte, 0, size), '[')
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, row...)
	}
	return append(b, ']')
}

func encodeResult(r datasync.Result) []byte {
	o := begin().raw("rows", rowsOf(r.Rows))
	if r.Count >= 0 {
		o.int("count", r.Count)
	}
	return o.end()
}

func encodeOperation(op datasync.Operation) []byte {
	o := begin().raw("seq", strconv.AppendUint(nil, op.Seq, 10)).
		text("table", op.Table).text("id", op.ID).text("action", op.Action.String()).
		text("state", op.State.String()).int("tries", op.Tries)
	if e := op.Error; e != nil {
		o.raw("error", begin().text("code", string(e.Code)).int("status", e.Status).text("message", e.Message).end())
	} else {
		o.raw("error", nil)
	}
	return o.end()
}

func encodeConflict(c datasync.Conflict) []byte {
	return begin().raw("operation", encodeOperation(c.Operation)).
		raw("base", c.Base).raw("client", c.Client).raw("server", c.Server).end()
}

func encodePushError(e datasync.PushError) []byte {
	return begin().raw("operation", encodeOperation(e.Operation)).
		raw("client", e.Client).raw("server", e.Server).end()
}

func encodePush(r datasync.PushResult) []byte {
	return begin().text("reason", string(r.Reason)).int("sent", r.Sent).
		raw("errors", array(r.Errors, encodePushError)).
		int("retryAfter", int(r.RetryAfter.Milliseconds())).end()
}

func encodePull(r datasync.PullResult) []byte {
	return begin().int("received", r.Received).int("inserted", r.Inserted).int("updated", r.Updated).
		int("deleted", r.Deleted).int("skipped", r.Skipped).int("pages", r.Pages).int("requests", r.Requests).
		flag("restarted", r.Restarted).text("token", r.Token).end()
}

func encodeStatus(s datasync.Status) []byte {
	o := begin().text("phase", string(s.Phase)).text("table", s.Table).flag("online", s.Online).
		int("pending", s.Pending).int("done", s.Done).int("total", s.Total).time("lastSuccess", s.LastSuccess).time("nextRetry", s.NextRetry)
	if s.LastError != nil {
		return o.raw("lastError", encodeError(s.LastError)).end()
	}
	return o.raw("lastError", nil).end()
}

// encodeError writes what becomes a TidetableError.
func encodeError(err error) []byte {
	o := begin().text("code", string(datasync.CodeOf(err))).text("message", err.Error())
	e, ok := errors.AsType[*datasync.Error](err)
	if !ok {
		return o.end()
	}
	o.some("table", e.Table).some("id", e.ID)
	if e.Err != nil {
		o.text("cause", e.Err.Error())
	}
	if e.Push != nil {
		o.raw("result", encodePush(*e.Push))
	}
	if several, ok := errors.AsType[*pullsError](err); ok {
		o.raw("results", array(several.results, encodePull))
	} else if e.Pull != nil {
		o.raw("pulled", encodePull(*e.Pull))
	}
	return o.end()
}
