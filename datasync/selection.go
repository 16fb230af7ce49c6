package datasync

import "tidetable/datasync/jsonrow"

// sendable tells whether an operation can be sent now: it is the first one of its row,
// waits for no decision, and nothing that it refers to has to go first. The caller holds
// the state's lock.
func (r *pushRun) sendable(s *state, o *operation) bool {
	return r.free(s, o) && r.heldBy(s, o) == nil
}

// free tells whether nothing but references can keep an operation from being sent.
func (r *pushRun) free(s *state, o *operation) bool {
	if o.waits() || r.tables != nil && !r.tables[o.table] || r.setAside(o) {
		return false
	}
	return s.queue.byRow[rowKey{o.table, o.id}][0] == o.seq
}

// alone tells whether an operation has to be sent with no other one beside it.
func (r *pushRun) alone(o *operation) bool {
	// As long as nobody is known to answer, one request is enough to find out.
	if r.client.options.Parallel == 1 || !r.client.reached.Load() {
		return true
	}
	for _, parent := range r.client.options.Tables[o.table].References {
		if parent == o.table {
			return true
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.again[o.seq]
}

// heldBy returns the operation that has to be done before o: the insert of a row that o's
// row refers to, or, before a delete, what is queued for the rows that refer to it.
func (r *pushRun) heldBy(s *state, o *operation) *operation {
	if o.action == Delete {
		return r.child(o)
	}
	references := r.client.options.Tables[o.table].References
	if len(references) == 0 || s.tables[o.table] == nil || s.tables[o.table].data == nil {
		return nil
	}
	row := s.tables[o.table].data.Visible(o.id)
	for member, parent := range references {
		id, ok := referred(row, member)
		if !ok || parent == o.table && id == o.id {
			continue
		}
		for _, seq := range s.queue.byRow[rowKey{parent, id}] {
			if other := s.queue.bySeq[seq]; other.action == Insert {
				return other
			}
		}
	}
	return nil
}

// cycle returns an operation that, over others, waits for itself: rows that refer to each
// other. Somebody has to begin.
func (r *pushRun) cycle(s *state) []uint64 {
	for _, seq := range s.queue.order {
		first := s.queue.bySeq[seq]
		if !r.free(s, first) {
			continue
		}
		met := map[uint64]bool{}
		for o := r.heldBy(s, first); o != nil && !met[o.seq]; o = r.heldBy(s, o) {
			if o.seq == seq {
				return []uint64{seq}
			}
			met[o.seq] = true
		}
	}
	return nil
}

// indexChildren notes for each row which queued operations are of rows that refer, or on
// the server still refer, to it.
func (r *pushRun) indexChildren(s *state) {
	r.children = nil
	for name, options := range r.client.options.Tables {
		t := s.tables[name]
		if len(options.References) == 0 || t == nil || t.data == nil {
			continue
		}
		for _, seq := range s.queue.order {
			o := s.queue.bySeq[seq]
			if o.table != name || o.action == Insert {
				continue
			}
			row := t.data.Record(o.id).Server.Row
			for member, parent := range options.References {
				if id, ok := referred(row, member); ok {
					if r.children == nil {
						r.children = map[rowKey][]*operation{}
					}
					key := rowKey{parent, id}
					r.children[key] = append(r.children[key], o)
				}
			}
		}
	}
}

// child finds an operation that has to go before the delete o.
func (r *pushRun) child(o *operation) *operation {
	for _, other := range r.children[rowKey{o.table, o.id}] {
		if other.seq != o.seq && (other.table != o.table || other.id != o.id) {
			return other
		}
	}
	return nil
}

func referred(row []byte, member string) (id string, ok bool) {
	if row == nil {
		return "", false
	}
	value, ok := jsonrow.Get(row, member)
	if !ok {
		return "", false
	}
	return jsonrow.Text(value)
}

// noteHeld notes, when nothing more can be sent, what waits for an operation that failed.
func (r *pushRun) noteHeld() {
	s := r.client.state
	s.mu.RLock()
	defer s.mu.RUnlock()
	r.indexChildren(s)
	for _, seq := range s.queue.order {
		o := s.queue.bySeq[seq]
		if o.waits() || r.tables != nil && !r.tables[o.table] {
			continue
		}
		if parent := r.heldBy(s, o); parent != nil {
			r.mu.Lock()
			r.held[seq] = &OperationError{
				Code:    CodeHeld,
				Message: "waits for the " + parent.action.String() + " of row '" + parent.id + "' of table '" + parent.table + "', which it refers to or is referred to by",
			}
			r.mu.Unlock()
			r.fail(seq)
		}
	}
}
