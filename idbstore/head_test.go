package idbstore

import (
	"errors"
	"testing"

	"tidetable/datasync/journal"
)

func TestHeadComesBackAsItWas(t *testing.T) {
	for _, want := range []journal.Head{
		{},
		{Floor: 1, Generation: 2, MinFormat: 3},
		{Floor: 1<<53 - 1, Generation: 1 << 40, MinFormat: 1<<16 - 1},
	} {
		b := encodeHead(want)
		got, err := decodeHead(b)
		if err != nil || got != want {
			t.Errorf("head %+v came back as %+v, %v", want, got, err)
		}
		if len(b) >= 100 {
			t.Errorf("the head has %d bytes; every append reads it", len(b))
		}
	}
}

func TestHeadOfAnotherLayoutIsNotRead(t *testing.T) {
	good := encodeHead(journal.Head{Floor: 5, Generation: 1})
	later := append([]byte(nil), good...)
	later[2]++
	earlier := append([]byte(nil), good...)
	earlier[2]--
	for _, test := range []struct {
		name string
		b    []byte
		want error
	}{
		{"empty", nil, journal.ErrDamaged},
		{"cut", good[:len(good)-1], journal.ErrDamaged},
		{"longer", append(good[:len(good):len(good)], 0), journal.ErrDamaged},
		{"other magic", append([]byte("xx"), good[2:]...), journal.ErrDamaged},
		{"no layout", earlier, journal.ErrDamaged},
		{"later layout", later, journal.ErrUpdateRequired},
		{"later and longer layout", append(later[:len(later):len(later)], 1, 2, 3), journal.ErrUpdateRequired},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := decodeHead(test.b); !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
		})
	}
}
