package journal

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRecord(t *testing.T) {
	t.Run("gives back what was sealed", func(t *testing.T) {
		record := seal(KindRows, flagChunked, []byte("payload"))
		kind, flags, payload, err := unseal(record)
		require.NoError(t, err)
		require.Equal(t, KindRows, kind)
		require.Equal(t, uint8(flagChunked), flags)
		require.Equal(t, "payload", string(payload))
	})
	t.Run("every flipped bit and every cut is noticed", func(t *testing.T) {
		record := seal(KindEntry, 0, []byte("what an app cannot lose"))
		for i := range record {
			for bit := range 8 {
				damaged := bytes.Clone(record)
				damaged[i] ^= 1 << bit
				_, _, _, err := unseal(damaged)
				require.Error(t, err, "byte %d, bit %d", i, bit)
			}
			_, _, _, err := unseal(record[:i])
			require.ErrorIs(t, err, ErrDamaged, "cut at %d", i)
		}
	})
	t.Run("a later format asks for an update", func(t *testing.T) {
		record := seal(KindEntry, 0, []byte("x"))
		record[2] = Format + 1
		copy(record[12:], seal2(record))
		_, _, _, err := unseal(record)
		require.ErrorIs(t, err, ErrUpdateRequired)
	})
}

// seal2 is the checksum field of a record whose header was changed.
func seal2(record []byte) []byte {
	sum := checksum(record)
	return []byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)}
}

func TestChanges(t *testing.T) {
	want := []Change{
		{Kind: 1, Table: "todoitem", Key: "a", Data: []byte(`{"id":"a"}`)},
		{Kind: 200, Key: "only a key"},
		{Kind: 3, Table: "t", Data: bytes.Repeat([]byte{0, 255}, 300)},
	}
	var payload []byte
	for _, c := range want {
		payload = AppendChange(payload, c)
	}
	got, err := Changes(payload)
	require.NoError(t, err)
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].Kind, got[i].Kind)
		require.Equal(t, want[i].Table, got[i].Table)
		require.Equal(t, want[i].Key, got[i].Key)
		require.True(t, bytes.Equal(want[i].Data, got[i].Data))
	}
	for cut := 1; cut < len(payload); cut++ {
		if changes, err := Changes(payload[:cut]); err == nil {
			require.Less(t, len(changes), len(want), "cut at %d", cut)
		}
	}
}

// FuzzChanges holds that what can be decoded is encoded the same way again.
func FuzzChanges(f *testing.F) {
	f.Add(AppendChange(nil, Change{Kind: 1, Table: "t", Key: "k", Data: []byte("d")}))
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, payload []byte) {
		changes, err := Changes(payload)
		if err != nil {
			return
		}
		var again []byte
		for _, c := range changes {
			again = AppendChange(again, c)
		}
		back, err := Changes(again)
		require.NoError(t, err)
		require.Equal(t, changes, back)
	})
}
