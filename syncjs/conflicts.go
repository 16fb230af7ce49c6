//go:build js && wasm

package syncjs

// This file takes decisions about operations that failed, whoever makes them and whenever.

import (
	"context"

	"tidetable/datasync"
	"tidetable/datasync/jsonrow"
)

func conflicts(ctx context.Context, s *session, _ arguments) ([]byte, error) {
	list, err := s.client.Conflicts(ctx)
	if err != nil {
		return nil, err
	}
	return array(list, encodeConflict), nil
}

// resolve carries out a decision that nobody asked for.
func resolve(ctx context.Context, s *session, args arguments) ([]byte, error) {
	seq, err := args.seq("seq")
	if err != nil {
		return nil, err
	}
	op, queued := s.operation(seq)
	if queued && op.State != datasync.Conflicted && op.State != datasync.Parked {
		return nil, &datasync.Error{Code: datasync.CodeInvalidOptions, Op: "resolve", Table: op.Table, ID: op.ID,
			Msg: "the operation has not failed, so there is nothing to decide; edit its row or discard it"}
	}
	resolution := resolutionOf(args)
	if resolution.Kind == datasync.CancelPush {
		return nil, &datasync.Error{Code: datasync.CodeInvalidOptions, Op: "resolve",
			Msg: "there is no push to cancel; abort the signal given to it instead"}
	}
	resolution.Seen = args.text("seen")
	if queued && resolution.Row != nil {
		resolution.Row = exact(resolution.Row, s.server(ctx, seq), s.local(ctx, op))
	}
	return nil, s.client.Resolve(ctx, seq, resolution)
}

// resolutionOf reads a decision; none leaves the operation for later.
func resolutionOf(args arguments) datasync.Resolution {
	row := args.raw("row")
	switch args.text("kind") {
	case "client":
		return datasync.Resolution{Kind: datasync.KeepClient}
	case "server", "discard":
		return datasync.Resolution{Kind: datasync.KeepServer}
	case "merge":
		return datasync.Resolution{Kind: datasync.MergeRow, Row: row}
	case "cancelPush":
		return datasync.Resolution{Kind: datasync.CancelPush}
	case "forget":
		if row != nil {
			return datasync.Resolution{Kind: datasync.CancelAndUpdate, Row: row}
		}
		return datasync.Resolution{Kind: datasync.CancelOperation}
	case "change":
		return datasync.Resolution{Kind: datasync.ChangeAction, Action: actionOf(args.text("action")), Row: row}
	}
	return datasync.Resolution{}
}

func actionOf(name string) datasync.Action {
	for _, action := range []datasync.Action{datasync.Insert, datasync.Update, datasync.Delete} {
		if action.String() == name {
			return action
		}
	}
	return 0
}

// operation finds a queued operation.
func (s *session) operation(seq uint64) (op datasync.Operation, queued bool) {
	for _, op := range s.client.Operations() {
		if op.Seq == seq {
			return op, true
		}
	}
	return datasync.Operation{}, false
}

// local is the row of an operation as it is here, nil when there is none.
func (s *session) local(ctx context.Context, op datasync.Operation) []byte {
	t, err := s.client.Table(op.Table)
	if err != nil {
		return nil
	}
	row, _ := t.Lookup(ctx, op.ID) // without it there are just no digits to keep
	return row
}

// server is the server's row in a conflict, nil when there is none.
func (s *session) server(ctx context.Context, seq uint64) []byte {
	list, _ := s.client.Conflicts(ctx)
	for _, c := range list {
		if c.Operation.Seq == seq {
			return c.Server
		}
	}
	return nil
}

// exact is row with those members as the known rows have them that say the same: what
// the page was shown and hands back has lost digits that JavaScript's numbers lack.
func exact(row []byte, known ...[]byte) []byte {
	kept := row
	jsonrow.Members(row, func(name, value []byte) bool {
		for _, from := range known {
			if old, ok := jsonrow.Get(from, string(name)); ok && jsonrow.Same(old, value) {
				if string(old) != string(value) {
					kept = jsonrow.Set(kept, string(name), old)
				}
				break
			}
		}
		return true
	})
	return kept
}
