package datasync

import (
	"context"
	"sync"
)

// localLocker excludes calls of one client from each other, where no lock over all
// contexts is to be had.
type localLocker struct {
	mu   sync.Mutex
	held map[string]chan struct{}
}

func newLocalLocker() *localLocker { return &localLocker{held: map[string]chan struct{}{}} }

// Lock waits until the named lock is free.
func (l *localLocker) Lock(ctx context.Context, name string) (release func(), err error) {
	for {
		l.mu.Lock()
		wait, held := l.held[name]
		if !held {
			mine := make(chan struct{})
			l.held[name] = mine
			l.mu.Unlock()
			return func() {
				l.mu.Lock()
				delete(l.held, name)
				l.mu.Unlock()
				close(mine)
			}, nil
		}
		l.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
