package datasync

import "slices"

// rowKey names one row of one table.
type rowKey struct{ table, id string }

// queue holds the operations in order: at most two per row, the second one made while
// the outcome of the first was unknown.
type queue struct {
	bySeq map[uint64]*operation
	byRow map[rowKey][]uint64
	// order holds the sequence numbers, ascending.
	order []uint64
	// next is the sequence number of the next operation. It only grows.
	next uint64
}

func newQueue() queue {
	return queue{bySeq: map[uint64]*operation{}, byRow: map[rowKey][]uint64{}, next: 1}
}

// put adds an operation or replaces the one with its number.
func (q *queue) put(o *operation) {
	if _, known := q.bySeq[o.seq]; !known {
		key := rowKey{o.table, o.id}
		q.byRow[key] = append(q.byRow[key], o.seq)
		at, _ := slices.BinarySearch(q.order, o.seq)
		q.order = slices.Insert(q.order, at, o.seq)
		q.next = max(q.next, o.seq+1)
	}
	q.bySeq[o.seq] = o
}

// remove takes an operation out. Its number is not used again.
func (q *queue) remove(seq uint64) {
	o, ok := q.bySeq[seq]
	if !ok {
		return
	}
	delete(q.bySeq, seq)
	if at, found := slices.BinarySearch(q.order, seq); found {
		q.order = slices.Delete(q.order, at, at+1)
	}
	key := rowKey{o.table, o.id}
	left := q.byRow[key][:0:0]
	for _, s := range q.byRow[key] {
		if s != seq {
			left = append(left, s)
		}
	}
	if len(left) == 0 {
		delete(q.byRow, key)
		return
	}
	q.byRow[key] = left
}

// of returns the operations of a row, in order.
func (q *queue) of(table, id string) []*operation {
	seqs := q.byRow[rowKey{table, id}]
	if len(seqs) == 0 {
		return nil
	}
	ops := make([]*operation, len(seqs))
	for i, seq := range seqs {
		ops[i] = q.bySeq[seq]
	}
	return ops
}

// all returns every operation in order.
func (q *queue) all() []*operation {
	ops := make([]*operation, len(q.order))
	for i, seq := range q.order {
		ops[i] = q.bySeq[seq]
	}
	return ops
}

// pending counts the operations of one table, or of all with "".
func (q *queue) pending(table string) int {
	if table == "" {
		return len(q.bySeq)
	}
	n := 0
	for _, o := range q.bySeq {
		if o.table == table {
			n++
		}
	}
	return n
}
