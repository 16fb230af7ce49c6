package wire_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestAnswersAreHandedOverConcurrently(t *testing.T) {
	remote, err := wire.New(echo{}, wire.Options{BaseURL: "https://example.com"})
	require.NoError(t, err)
	done := make(chan datasync.Answer)
	for range 8 {
		go func() {
			a, _ := remote.Insert(context.Background(), "movies", []byte(sentRow))
			done <- a
		}()
	}
	for range 8 {
		assert.Equal(t, datasync.Done, (<-done).Verdict)
	}
}

// echo answers every request with its body.
type echo struct{}

func (echo) Do(_ context.Context, r wire.Request) (wire.Response, error) {
	return wire.Response{Status: 200, Body: r.Body}, nil
}
