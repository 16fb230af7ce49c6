package wire_test

// This file has many requests find out at once what a server is.

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// gate is a transport whose answers to questions wait for the test.
type gate struct {
	mu       sync.Mutex
	requests []string
	// answer is asked with each question; other requests are answered with 204.
	answer func(ctx context.Context, request wire.Request) (reply, error)
}

func (g *gate) Do(ctx context.Context, request wire.Request) (wire.Response, error) {
	g.mu.Lock()
	g.requests = append(g.requests, request.Method+" "+request.URL)
	g.mu.Unlock()
	if request.Method != "GET" {
		return wire.Response{Status: 204}, nil
	}
	r, err := g.answer(ctx, request)
	return wire.Response{Status: r.status, Body: []byte(r.body)}, err
}

// deleteFrom deletes a row of several tables at once and returns what came of each.
func deleteFrom(ctx context.Context, remote *wire.Remote, tables ...string) (verdicts []datasync.Verdict, errs []error) {
	verdicts, errs = make([]datasync.Verdict, len(tables)), make([]error, len(tables))
	var all sync.WaitGroup
	for i, table := range tables {
		all.Go(func() {
			a, err := remote.Delete(ctx, table, "a", "")
			verdicts[i], errs[i] = a.Verdict, err
		})
	}
	all.Wait()
	return verdicts, errs
}

func TestManyRequestsAskOnce(t *testing.T) {
	ctx := context.Background()
	open := func(t *testing.T, answer func(context.Context, wire.Request) (reply, error)) (*wire.Remote, *gate) {
		g := &gate{answer: answer}
		remote, err := wire.New(g, wire.Options{BaseURL: "https://example.com", Auto: true})
		require.NoError(t, err)
		return remote, g
	}
	questions := func(g *gate) (n int) {
		for _, r := range g.requests {
			if strings.HasPrefix(r, "GET ") {
				n++
			}
		}
		return n
	}
	t.Run("and all go on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			remote, g := open(t, func(context.Context, wire.Request) (reply, error) {
				<-release
				return reply{status: 200, body: `{"items":[]}`}, nil
			})
			var heard int
			remote.Learned(func(string) { heard++ })
			go func() {
				synctest.Wait() // until all of them wait for the one answer
				close(release)
			}()
			verdicts, errs := deleteFrom(ctx, remote, "a", "b", "c", "d", "e", "f")
			for i := range verdicts {
				assert.NoError(t, errs[i])
				assert.Equal(t, datasync.Done, verdicts[i])
			}
			assert.Equal(t, 1, questions(g))
			assert.Equal(t, 1, heard)
		})
	})
	t.Run("and fail together when the network is down", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			remote, g := open(t, func(context.Context, wire.Request) (reply, error) {
				<-release
				return reply{}, errDown
			})
			go func() {
				synctest.Wait()
				close(release)
			}()
			_, errs := deleteFrom(ctx, remote, "a", "b", "c", "d", "e", "f")
			for _, err := range errs {
				assert.ErrorIs(t, err, errDown)
			}
			assert.Equal(t, 1, questions(g))
		})
	})
	t.Run("but what holds for one table is not held against another", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			remote, _ := open(t, func(_ context.Context, r wire.Request) (reply, error) {
				synctest.Wait()
				if strings.Contains(r.URL, "/tables/missing?") {
					return reply{status: 404}, nil
				}
				return reply{status: 200, body: `{"items":[]}`}, nil
			})
			verdicts, _ := deleteFrom(ctx, remote, "missing", "there", "missing", "there")
			assert.Equal(t, datasync.Done, verdicts[1])
			assert.Equal(t, datasync.Done, verdicts[3])
		})
	})
	t.Run("nor who was cancelled against who was not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			impatient, cancel := context.WithCancel(ctx)
			asked := 0
			remote, _ := open(t, func(ctx context.Context, _ wire.Request) (reply, error) {
				if asked++; asked == 1 {
					<-ctx.Done()
					return reply{}, ctx.Err()
				}
				return reply{status: 200, body: `{"items":[]}`}, nil
			})
			first := make(chan error)
			go func() {
				_, err := remote.Delete(impatient, "a", "a", "")
				first <- err
			}()
			synctest.Wait()
			second := make(chan error)
			go func() {
				a, err := remote.Delete(ctx, "a", "a", "")
				assert.Equal(t, datasync.Done, a.Verdict)
				second <- err
			}()
			synctest.Wait()
			cancel()
			assert.ErrorIs(t, <-first, context.Canceled)
			assert.NoError(t, <-second)
		})
	})
	t.Run("and who is cancelled does not wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			remote, _ := open(t, func(context.Context, wire.Request) (reply, error) {
				<-release
				return reply{status: 200, body: `{"items":[]}`}, nil
			})
			go func() { _, _ = remote.Delete(ctx, "a", "a", "") }()
			synctest.Wait()
			impatient, cancel := context.WithCancel(ctx)
			cancel()
			_, err := remote.Delete(impatient, "a", "a", "")
			assert.ErrorIs(t, err, context.Canceled)
			close(release)
		})
	})
}
