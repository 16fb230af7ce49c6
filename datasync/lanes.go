package datasync

import (
	"context"
	"sync"
)

// lanes sends the operations of a push, several of one table at a time. The dispatcher
// claims operations ahead, up to claimAhead in one commit, while earlier ones are on the
// wire; each lane sends one, makes its outcome durable and takes the next.
//
// The order holds across tables (a table's run of operations ends before the next one
// begins) and per row (the second operation of a row is claimed when the first has ended).
type lanes struct {
	run  *pushRun
	work chan claim
	// changed is signaled when an operation has ended.
	changed chan struct{}
	done    sync.WaitGroup
	// operation is the app's own way of sending, nil for ours.
	operation func(context.Context, *OperationCall) error

	mu sync.Mutex
	// busy holds the rows of the operations that are claimed and have not ended, by seq.
	busy map[uint64]rowKey
	// waiting counts those no lane has taken yet.
	waiting int
}

// claimAhead is how many operations are claimed and not yet sent at most.
const claimAhead = 64

// sendAll sends until nothing is left to send or the run has to stop.
func (r *pushRun) sendAll(ctx context.Context) {
	l := &lanes{run: r, work: make(chan claim, claimAhead), changed: make(chan struct{}, 1), busy: map[uint64]rowKey{}, operation: r.client.pushHandlers().Operation}
	for range r.client.options.Parallel {
		l.done.Add(1)
		go l.lane(ctx)
	}
	l.dispatch(ctx)
	close(l.work)
	l.done.Wait()
}

// dispatch claims what can be sent, in order.
func (l *lanes) dispatch(ctx context.Context) {
	for !l.run.stopping() {
		batch, wait := l.choose()
		if len(batch) == 0 {
			if !wait {
				return
			}
			<-l.changed
			continue
		}
		if err := l.claim(ctx, batch); err != nil {
			l.run.stop(PushStore, err)
			return
		}
	}
}

// claim gets operations ready for the lanes. What the app wants to send itself is not
// claimed before it does.
func (l *lanes) claim(ctx context.Context, batch []uint64) error {
	var claims []claim
	if l.operation != nil {
		claims = l.run.unclaimed(batch)
	} else {
		var err error
		if claims, err = l.run.claim(ctx, batch); err != nil {
			return err
		}
	}
	for _, c := range claims {
		l.note(c.op)
		l.work <- c
	}
	return nil
}

// lane sends one claimed operation after another.
func (l *lanes) lane(ctx context.Context) {
	defer l.done.Done()
	for c := range l.work {
		l.taken()
		switch {
		case l.operation != nil:
			if !l.run.stopping() {
				l.run.handOver(ctx, c.op.seq, l.operation)
			}
		case l.run.stopping():
			l.run.unclaim(c)
		default:
			c.beside = l.besideEarlier(c.op.seq)
			l.run.push(ctx, c)
		}
		l.ended(c.op.seq)
	}
}

// besideEarlier tells whether an operation of before seq is unanswered.
func (l *lanes) besideEarlier(seq uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for other := range l.busy {
		if other < seq {
			return true
		}
	}
	return false
}

func (l *lanes) note(o *operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy[o.seq] = rowKey{o.table, o.id}
	l.waiting++
}

func (l *lanes) taken() {
	l.mu.Lock()
	l.waiting--
	l.mu.Unlock()
	l.signal()
}

func (l *lanes) ended(seq uint64) {
	l.mu.Lock()
	delete(l.busy, seq)
	l.mu.Unlock()
	l.signal()
}

func (l *lanes) signal() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// choose returns the operations to claim now. When there are none, wait tells whether
// the end of one under way may change that.
func (l *lanes) choose() (batch []uint64, wait bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := claimAhead - l.waiting
	// Claims come in batches: a strict commit for each operation would be what a push
	// waits for.
	if l.waiting > claimAhead/2 {
		return nil, true
	}
	s := l.run.client.state
	s.mu.RLock()
	defer s.mu.RUnlock()
	// The run that is on the wire ends before another begins, also one that stands earlier
	// in the queue and had to wait.
	table := ""
	rows := map[rowKey]bool{}
	for _, row := range l.busy {
		table = row.table
		rows[row] = true
	}
	l.run.indexChildren(s)
	for _, seq := range s.queue.order {
		o := s.queue.bySeq[seq]
		if _, busy := l.busy[seq]; busy {
			if l.run.alone(o) {
				return nil, true
			}
			continue
		}
		if rows[rowKey{o.table, o.id}] { // one request of a row at a time
			continue
		}
		if len(batch) == room {
			break
		}
		if !l.run.sendable(s, o) {
			continue
		}
		if table != "" && o.table != table {
			break
		}
		if l.run.alone(o) {
			if len(l.busy) == 0 && len(batch) == 0 {
				return []uint64{seq}, false
			}
			break
		}
		table = o.table
		batch = append(batch, seq)
	}
	if len(batch) == 0 && len(l.busy) == 0 {
		batch = l.run.cycle(s)
	}
	return batch, len(l.busy) > 0
}
