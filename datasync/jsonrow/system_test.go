package jsonrow

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScanReadsTheSystemColumns(t *testing.T) {
	for row, want := range map[string]System{
		`{}`: {},
		`{"id":"a","text":"x","version":"v","updatedAt":"t","deleted":true}`: {
			ID: "a", HasID: true, Version: "v", HasVersion: true, UpdatedAt: "t", HasUpdatedAt: true, Deleted: true},
		`{"updatedAt":"2024-01-01T00:00:00.1234567Z","id":"é\n"}`: {
			ID: "é\n", HasID: true, UpdatedAt: "2024-01-01T00:00:00.1234567Z", HasUpdatedAt: true},
		`{"id":"","version":"","updatedAt":""}`:                     {HasID: true, HasVersion: true, HasUpdatedAt: true},
		`{"id":"a","version":null,"updatedAt":null,"deleted":null}`: {ID: "a", HasID: true},
		`{"id":"a","deleted":false,"o":{"id":1,"deleted":true}}`:    {ID: "a", HasID: true},
		`{"id":"a","id":"b"}`:                                       {ID: "b", HasID: true},
		`{"i\u0064":"a","ID":"b"}`:                                  {ID: "a", HasID: true},
	} {
		got, err := Scan([]byte(row))
		require.NoError(t, err, row)
		require.Equal(t, want, got, row)
	}
}

func TestScanRefusesWhatNoTableServerSends(t *testing.T) {
	for row, offset := range map[string]int{
		`{"id":1}`:                      6,
		`{"id":null}`:                   6,
		`{"id":["a"]}`:                  6,
		`{"id":"a","version":3}`:        20,
		`{"id":"a", "updatedAt": 12.5}`: 24,
		`{"id":"a","deleted":"true"}`:   20,
		`{"id":"a","deleted":1}`:        20,
		`{"id":"a"`:                     9,
		`[]`:                            0,
		`"id"`:                          0,
	} {
		got, err := Scan([]byte(row))
		var syntax *SyntaxError
		require.ErrorAs(t, err, &syntax, row)
		require.Equal(t, offset, syntax.Offset, row)
		require.Zero(t, got)
	}
}
