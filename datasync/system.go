package datasync

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"tidetable/datasync/jsonrow"
	"tidetable/datasync/query"
	"tidetable/datasync/rows"
)

// systemTables gives each readable system table its rows. The names are those of the
// classic clients; the short ones do as well.
var systemTables = map[string]func(*state) [][]byte{
	"operations": operationRows, "MS_TableOperations": operationRows,
	"errors": errorRows, "MS_TableOperationErrors": errorRows,
	"config": configRows, "MS_TableConfig": configRows,
}

// ReadSystem reads a system table:
//
//	operations  id (integer, queue order), table, itemId, tableKind, action, state, tries, properties
//	errors      id, operationId, tableKind, properties
//	config      id, table, key (query id), keyType, value (time up to which rows were pulled)
//
// Codes: unknown-table, invalid-query.
func (c *Client) ReadSystem(ctx context.Context, name string, q query.Query) (Result, error) {
	list, known := systemTables[name]
	switch {
	case !known:
		return Result{}, &Error{Code: CodeUnknownTable, Op: "read", Table: name, Msg: "the system tables are operations, errors and config"}
	case c.ctx.Err() != nil:
		return Result{}, wrap(errClosed, "read", name, "")
	case ctx.Err() != nil:
		return Result{}, wrap(ctx.Err(), "read", name, "")
	}
	c.state.mu.RLock()
	all := list(c.state)
	c.state.mu.RUnlock()
	answer, err := rows.Select(all, q)
	result := Result{Rows: answer.Rows, Count: -1}
	if q.Count {
		result.Count = answer.Count
	}
	return result, wrap(err, "read", name, "")
}

func operationRows(s *state) [][]byte {
	var list [][]byte
	for _, o := range s.queue.all() {
		b := strconv.AppendUint([]byte(`{"id":`), o.seq, 10)
		b = appendMember(b, "table", o.table)
		b = appendMember(b, "itemId", o.id)
		b = append(b, `,"tableKind":0`...)
		b = appendMember(b, "action", o.action.String())
		b = appendMember(b, "state", o.state.String())
		b = strconv.AppendInt(append(b, `,"tries":`...), int64(o.tries), 10)
		b = append(b, `,"properties":{"revision":`...)
		b = strconv.AppendInt(b, int64(o.revision), 10)
		list = append(list, append(b, "}}"...))
	}
	return list
}

func errorRows(s *state) [][]byte {
	var list [][]byte
	for _, o := range s.queue.all() {
		if o.failure == nil {
			continue
		}
		seq := strconv.FormatUint(o.seq, 10)
		b := append([]byte(`{"id":"`+seq+`","operationId":`+seq+`,"tableKind":0,"properties":{"code":`), jsonrow.AppendText(nil, string(o.failure.Code))...)
		b = strconv.AppendInt(append(b, `,"status":`...), int64(o.failure.Status), 10)
		b = appendMember(b, "message", o.failure.Message)
		b = appendMember(b, "table", o.table)
		b = appendMember(b, "itemId", o.id)
		list = append(list, append(b, "}}"...))
	}
	return list
}

func configRows(s *state) [][]byte {
	var list [][]byte
	for key, data := range s.tokens {
		b := append([]byte(`{"id":`), jsonrow.AppendText(nil, "deltaToken|"+key.table+"|"+key.queryID)...)
		b = appendMember(b, "table", key.table)
		b = appendMember(b, "key", key.queryID)
		b = append(b, `,"keyType":"deltaToken"`...)
		b = appendMember(b, "value", decodeToken(data).time.text())
		list = append(list, append(b, '}'))
	}
	slices.SortFunc(list, bytes.Compare)
	return list
}

func appendMember(b []byte, name, value string) []byte {
	b = append(b, `,"`+name+`":`...)
	return jsonrow.AppendText(b, value)
}
