package rows

import (
	"encoding/binary"
	"slices"

	"tidetable/datasync/query"
)

// Answer is the result of running a query.
type Answer struct {
	// Rows are the rows of the answer, in order. They must not be changed.
	Rows [][]byte
	// Count is the number of rows that match, whatever Skip and Take say.
	Count int
}

// match is a row that the filter kept.
type match struct {
	key query.SortKey
	row []byte
}

// Run answers a query. Rows come in the order asked for, those that tie in order of id.
func (t *Table) Run(q query.Query) (Answer, error) { return answer(t.Each, q) }

// Select answers a query over rows that are in no table. Rows that tie keep their order.
func Select(list [][]byte, q query.Query) (Answer, error) {
	return answer(func(fn func(id, row []byte) bool) {
		for i, row := range list {
			if !fn(binary.BigEndian.AppendUint64(nil, uint64(i)), row) {
				return
			}
		}
	}, q)
}

func answer(each func(fn func(id, row []byte) bool), q query.Query) (Answer, error) {
	if err := q.Validate(); err != nil {
		return Answer{}, err
	}
	keep, err := query.Compile(q.Filter)
	if err != nil {
		return Answer{}, err
	}
	sorter := query.NewSorter(q.OrderBy)
	var matches []match
	each(func(id, row []byte) bool {
		if q.Filter == nil || keep.Match(row) {
			matches = append(matches, match{key: sorter.Key(row, string(id)), row: row})
		}
		return true
	})
	slices.SortFunc(matches, func(a, b match) int {
		if sorter.Less(a.key, b.key) {
			return -1
		}
		return 1 // ids differ, so no two keys are equal
	})
	found := Answer{Count: len(matches)}
	matches = window(matches, q)
	found.Rows = make([][]byte, len(matches))
	for i, m := range matches {
		found.Rows[i] = query.Project(m.row, q.Select)
	}
	return found, nil
}

// window cuts out what Skip and Take leave.
func window(matches []match, q query.Query) []match {
	matches = matches[min(q.Skip, len(matches)):]
	if q.HasTake {
		matches = matches[:min(q.Take, len(matches))]
	}
	return matches
}
