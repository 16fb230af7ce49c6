package wire_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// BenchmarkPage reads a page of 1,000 rows of about 190 bytes; the transport costs nothing.
func BenchmarkPage(b *testing.B) {
	var items []string
	for i := range 1000 {
		items = append(items, `{"id":"5f0c6f3e-8f0a-4c55-9a52-00000000`+strconv.Itoa(1000+i)+`","updatedAt":"2024-08-23T20:22:54.291Z",`+
			`"version":"AAAAAAAAB9E=","deleted":false,"text":"Buy milk and bread and butter","complete":false,"rank":`+strconv.Itoa(i)+`}`)
	}
	body := []byte(`{"items":[` + strings.Join(items, ",") + `],"count":1000,"nextLink":null}`)
	remote, err := wire.New(fixed(body), wire.Options{BaseURL: "https://example.com"})
	require.NoError(b, err)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		page, err := remote.Page(context.Background(), datasync.PageRequest{Table: "todo"})
		if err != nil || len(page.Rows) != 1000 {
			b.Fatalf("%d rows, %v", len(page.Rows), err)
		}
	}
}

// fixed answers every request with the same body.
type fixed []byte

func (f fixed) Do(context.Context, wire.Request) (wire.Response, error) {
	return wire.Response{Status: 200, Body: f}, nil
}
