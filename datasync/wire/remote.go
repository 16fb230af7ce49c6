package wire

// This file is the public face: each operation finds out which dialect to speak, if that
// is not known yet, and has it spoken.

import (
	"context"
	"strings"

	"tidetable/datasync"
	"tidetable/datasync/query"
)

// Remote is a table server behind a [Transport]. It implements [datasync.Remote] and
// may be used by any number of goroutines at once.
type Remote struct {
	// fixed speaks the dialect of the options; its dialect is nil when that is detected.
	fixed speaker
	// auto finds the dialect out, nil when the options name it.
	auto *detection
}

var (
	_ datasync.Remote    = (*Remote)(nil)
	_ datasync.Describer = (*Remote)(nil)
	_ datasync.Learner   = (*Remote)(nil)
)

// Insert sends a new row.
func (r *Remote) Insert(ctx context.Context, table string, row []byte) (datasync.Answer, error) {
	s, a, err := r.speaker(ctx, table)
	if s == nil {
		return a, err
	}
	return s.insert(ctx, table, row)
}

// Update replaces the row on the server, on condition of its version unless that is
// empty. Servers of the classic and legacy dialects keep the members that row lacks.
func (r *Remote) Update(ctx context.Context, table, id string, row []byte, version string) (datasync.Answer, error) {
	s, a, err := r.speaker(ctx, table)
	if s == nil {
		return notHere(a), err
	}
	return s.update(ctx, table, id, row, version)
}

// Undelete brings back a soft-deleted row with the given content, on condition of its
// version unless that is empty. Where the protocol has no single request for that, it
// takes two, and the answer is that of the second.
func (r *Remote) Undelete(ctx context.Context, table, id string, row []byte, version string) (datasync.Answer, error) {
	s, a, err := r.speaker(ctx, table)
	if s == nil {
		return notHere(a), err
	}
	return s.undelete(ctx, table, id, row, version)
}

// Delete removes the row, on condition of its version unless that is empty.
func (r *Remote) Delete(ctx context.Context, table, id, version string) (datasync.Answer, error) {
	s, a, err := r.speaker(ctx, table)
	if s == nil {
		return notHere(a), err
	}
	return s.write(ctx, s.dialect.remove(table, id, version), id, expectDeleted)
}

// Lookup reads one row, soft-deleted ones included: Done with its Row, or Gone when the
// table has none. A table that does not exist is no such statement about the row, so
// it is Refused, with status 404.
func (r *Remote) Lookup(ctx context.Context, table, id string) (datasync.Answer, error) {
	s, a, err := r.speaker(ctx, table)
	if s == nil {
		return notHere(a), err
	}
	return s.lookup(ctx, table, id)
}

// Page reads rows, soft-deleted ones included. A query that the dialect cannot say fails
// with a *[query.Error], and nothing is sent. To the classic and legacy dialects a query
// without a Take asks for 50 rows and one with more than 1,000 for those.
func (r *Remote) Page(ctx context.Context, request datasync.PageRequest) (datasync.PageAnswer, error) {
	s, a, err := r.speaker(ctx, request.Table)
	if s == nil {
		return datasync.PageAnswer{Answer: a, Count: -1}, err
	}
	return s.page(ctx, request.Table, request.Query)
}

// Detected is the dialect that is spoken; ok is false while it is not known yet.
func (r *Remote) Detected() (d query.Dialect, ok bool) {
	if r.auto == nil {
		return r.fixed.name, true
	}
	return r.auto.dialect()
}

// Traits are those of the dialect that is spoken; ok is false while it is not known yet.
func (r *Remote) Traits() (t datasync.Traits, ok bool) {
	switch d, ok := r.Detected(); {
	case !ok:
		return datasync.Traits{}, false
	case d == query.Datasync:
		return datasync.Traits{ReplacesRows: true}, true
	}
	return datasync.Traits{PageSize: classicPage}, true
}

// Recall tells a Remote with [Options].Auto what an earlier one learned of the server at
// the same address, so that it need not ask. Once a dialect is known, and without Auto,
// it does nothing.
func (r *Remote) Recall(known string) {
	name, base, _ := strings.Cut(known, " ")
	if r.auto == nil || base != r.fixed.base {
		return
	}
	for d, protocol := range protocols {
		if protocol == name {
			r.auto.recall(r.fixed.speaking(query.Dialect(d)))
		}
	}
}

// Learned has tell called whenever the server was asked for its dialect and it became
// known, in the goroutine of the request that made it necessary and before that is sent;
// at once when that has happened already. Without Auto it is never called.
func (r *Remote) Learned(tell func(known string)) {
	if r.auto != nil {
		r.auto.listen(tell)
	}
}
