//go:build js && wasm

package syncjs

// This file is the list of calls and what each does.

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
)

// calls are those of an open client, by name. The modules know the same names.
var calls map[string]func(ctx context.Context, s *session, args arguments) ([]byte, error)

func init() {
	calls = map[string]func(context.Context, *session, arguments) ([]byte, error){
		"close":       func(_ context.Context, s *session, _ arguments) ([]byte, error) { return nil, s.close() },
		"insert":      onRow("insert", (*datasync.Table).Insert),
		"update":      onRow("update", (*datasync.Table).Update),
		"replace":     onRow("replace", (*datasync.Table).Replace),
		"delete":      deleteRow,
		"lookup":      lookup,
		"read":        read,
		"subscribe":   subscribe,
		"unsubscribe": unsubscribe,
		"import":      importRows,
		"readSystem":  readSystem,
		"pull":        pull,
		"pullAll":     pullAll,
		"resync":      resync,
		"purge":       purge,
		"push":        push,
		"sync":        syncNow,
		"pending":     pending,
		"operations":  operations,
		"retry":       retry,
		"discard":     discard,
		"conflicts":   conflicts,
		"resolve":     resolve,
		"handle":      handle,
		"send":        send,
		"cancelPush":  cancelPush,
		"auto":        auto,
		"trigger":     trigger,
	}
}

// table is the table that a call names.
func (s *session) table(args arguments, call string) (*datasync.Table, error) {
	t, err := s.client.Table(args.text("table"))
	if e, ok := errors.AsType[*datasync.Error](err); ok {
		named := *e
		named.Op = call
		if s.declared != nil {
			named.Msg += "; declared: " + strings.Join(s.declared, ", ")
		}
		err = &named
	}
	if err == nil {
		s.uses(t)
	}
	return t, err
}

type rowCall func(*datasync.Table, context.Context, []byte) ([]byte, error)

func onRow(name string, do rowCall) func(context.Context, *session, arguments) ([]byte, error) {
	return func(ctx context.Context, s *session, args arguments) ([]byte, error) {
		t, err := s.table(args, name)
		if err != nil {
			return nil, err
		}
		return do(t, ctx, args.raw("row"))
	}
}

func deleteRow(ctx context.Context, s *session, args arguments) ([]byte, error) {
	t, err := s.table(args, "delete")
	if err != nil {
		return nil, err
	}
	return nil, t.Delete(ctx, args.text("id"))
}

func lookup(ctx context.Context, s *session, args arguments) ([]byte, error) {
	t, err := s.table(args, "lookup")
	if err != nil {
		return nil, err
	}
	return t.Lookup(ctx, args.text("id"))
}

func read(ctx context.Context, s *session, args arguments) ([]byte, error) {
	q, err := queryOf(args, "read")
	if err != nil {
		return nil, err
	}
	t, err := s.table(args, "read")
	if err != nil {
		return nil, err
	}
	result, err := t.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	return encodeResult(result), nil
}

func importRows(ctx context.Context, s *session, args arguments) ([]byte, error) {
	t, err := s.table(args, "importRows")
	if err != nil {
		return nil, err
	}
	count, err := t.Import(ctx, args.list("rows"))
	if err != nil {
		return nil, err
	}
	return strconv.AppendInt(nil, int64(count), 10), nil
}

func readSystem(ctx context.Context, s *session, args arguments) ([]byte, error) {
	q, err := queryOf(args, "read")
	if err != nil {
		return nil, err
	}
	result, err := s.client.ReadSystem(ctx, args.text("table"), q)
	if err != nil {
		return nil, err
	}
	return encodeResult(result), nil
}

func push(ctx context.Context, s *session, args arguments) ([]byte, error) {
	s.beginPush()
	o := datasync.PushOptions{LeaveConflicts: args.flag("leave")}
	for _, name := range args.list("tables") {
		table, _ := jsonrow.Text(name)
		o.Tables = append(o.Tables, table)
	}
	result, err := s.client.Push(ctx, o)
	if err != nil {
		return nil, err
	}
	return encodePush(result), nil
}

func syncNow(ctx context.Context, s *session, _ arguments) ([]byte, error) {
	s.beginPush()
	result, err := s.client.Sync(ctx)
	if e, ok := errors.AsType[*datasync.Error](err); ok && e.Push != nil && e.Push.Reason == datasync.PushComplete && e.Pull != nil {
		err = nil // all of it ran; the operations that failed are in the result
	}
	if err != nil {
		return nil, err
	}
	return begin().raw("push", encodePush(result.Push)).raw("pull", encodePull(result.Pull)).end(), nil
}

func pending(_ context.Context, s *session, args arguments) ([]byte, error) {
	list, err := s.queue(args, "pending")
	return strconv.AppendInt(nil, int64(len(list)), 10), err
}

func operations(_ context.Context, s *session, args arguments) ([]byte, error) {
	list, err := s.queue(args, "operations")
	return array(list, encodeOperation), err
}

// queue lists the operations, of one table if the call names one.
func (s *session) queue(args arguments, call string) ([]datasync.Operation, error) {
	list := s.client.Operations()
	if args.raw("table") == nil {
		return list, nil
	}
	name := args.text("table")
	list = slices.DeleteFunc(list, func(o datasync.Operation) bool { return o.Table != name })
	if len(list) == 0 { // operations of a table that is no longer declared are listed, too
		_, err := s.table(args, call)
		return nil, err
	}
	return list, nil
}

func retry(ctx context.Context, s *session, args arguments) ([]byte, error) {
	seqs, err := args.seqs()
	if err != nil {
		return nil, err
	}
	return nil, s.client.Retry(ctx, seqs...)
}

// discard drops operations, or none when one of them is not there.
func discard(ctx context.Context, s *session, args arguments) ([]byte, error) {
	seqs, err := args.seqs()
	if err != nil {
		return nil, err
	}
	for _, seq := range seqs {
		if _, queued := s.operation(seq); !queued {
			return nil, &datasync.Error{Code: datasync.CodeNotFound, Op: "discard",
				Msg: "there is no operation " + strconv.FormatUint(seq, 10)}
		}
	}
	if args.flag("all") {
		for _, o := range s.client.Operations() {
			seqs = append(seqs, o.Seq)
		}
	}
	for _, seq := range seqs {
		// The operation behind another one of its row goes with that.
		if err := s.client.Discard(ctx, seq); err != nil && datasync.CodeOf(err) != datasync.CodeNotFound {
			return nil, err
		}
	}
	return nil, nil
}

func auto(_ context.Context, s *session, args arguments) ([]byte, error) {
	s.client.SetAuto(autoOf(args))
	return nil, nil
}

func trigger(_ context.Context, s *session, args arguments) ([]byte, error) {
	switch args.text("name") {
	case "online":
		s.client.Trigger(datasync.TriggerOnline)
	case "offline":
		s.client.Trigger(datasync.TriggerOffline)
	case "visible":
		s.client.Trigger(datasync.TriggerVisible)
	}
	return nil, nil
}
