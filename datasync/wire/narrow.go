package wire

// This file reads lists of which only some members are wanted. The classic Node server
// answers with no row at all when it does not know one of them, and a table that keeps no
// tombstones does not know deleted; such tables are read whole.

import (
	"context"
	"sync"

	"tidetable/datasync"
	"tidetable/datasync/query"
)

// tableSet is a set of tables, for any number of goroutines.
type tableSet struct {
	mu    sync.Mutex
	names map[string]bool
}

func (s *tableSet) has(table string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[table]
}

func (s *tableSet) add(table string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil {
		s.names = map[string]bool{}
	}
	s.names[table] = true
}

// page reads a page, with as few members as can be asked for.
func (s *speaker) page(ctx context.Context, table string, q query.Query) (datasync.PageAnswer, error) {
	if s.wide.has(table) {
		return s.widePage(ctx, table, q)
	}
	c, err := s.dialect.list(table, q)
	if err != nil {
		return datasync.PageAnswer{Count: -1}, err
	}
	answer, err := s.list(ctx, c)
	// A list that is empty has its count all the same, unless a member is not known.
	hidden := c.mayHide && answer.Verdict == datasync.Done && len(answer.Rows) == 0 && answer.Count < 0
	if err != nil || !hidden {
		return answer, err
	}
	if answer, err = s.widePage(ctx, table, q); len(answer.Rows) > 0 {
		s.wide.add(table)
	}
	return answer, err
}

// widePage reads a page of whole rows and leaves out the members that are not wanted.
func (s *speaker) widePage(ctx context.Context, table string, q query.Query) (datasync.PageAnswer, error) {
	wanted := q.Select
	q.Select = nil
	c, err := s.dialect.list(table, q)
	if err != nil {
		return datasync.PageAnswer{Count: -1}, err
	}
	answer, err := s.list(ctx, c)
	for i, row := range answer.Rows {
		answer.Rows[i] = query.Project(row, wanted)
	}
	return answer, err
}
