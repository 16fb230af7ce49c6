package rows

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPage(t *testing.T) {
	t.Run("gives back what was packed", func(t *testing.T) {
		var k Packer
		var want []string
		for i := range 1000 {
			row := fmt.Sprintf(`{"id":"row-%d","text":"%s"}`, i, strings.Repeat("x", i%300))
			want = append(want, row)
			k.Add(fmt.Sprint("row-", i), []byte(row), int64(i))
		}
		var got []string
		for _, data := range k.Pages() {
			require.LessOrEqual(t, len(data), MaxPagePayload)
			p, err := OpenPage(data)
			require.NoError(t, err)
			for i := range p.Len() {
				require.Equal(t, fmt.Sprint("row-", len(got)), string(p.ID(i)))
				got = append(got, string(p.Row(i)))
			}
		}
		require.Equal(t, want, got)
	})

	t.Run("finds ids that are written with escapes", func(t *testing.T) {
		var k Packer
		k.Add("a\"b", []byte(`{"id":"a\"b","n":1}`), 0)
		k.Add("plain", []byte(`{"n":2,"id":"plain"}`), 0)
		p, err := OpenPage(k.Pages()[0])
		require.NoError(t, err)
		require.Equal(t, `a"b`, string(p.ID(0)))
		require.Equal(t, `{"id":"a\"b","n":1}`, string(p.Row(0)))
		require.Equal(t, "plain", string(p.ID(1)))
		require.Equal(t, `{"n":2,"id":"plain"}`, string(p.Row(1)))
	})

	t.Run("a large row gets a page of its own", func(t *testing.T) {
		var k Packer
		k.Add("a", []byte(`{"id":"a"}`), 0)
		k.Add("b", []byte(`{"id":"b","text":"`+strings.Repeat("x", largeRow)+`"}`), 0)
		k.Add("c", []byte(`{"id":"c"}`), 0)
		require.Len(t, k.Pages(), 3)
	})

	t.Run("no rows make no page", func(t *testing.T) {
		var k Packer
		require.Empty(t, k.Pages())
	})
}

// FuzzOpenPage holds that no bytes make a page that panics when it is read.
func FuzzOpenPage(f *testing.F) {
	var k Packer
	k.Add("a", []byte(`{"id":"a"}`), 1)
	k.Add("b", []byte(`{"id":"b"}`), 2)
	f.Add(k.Pages()[0])
	f.Add([]byte{1, 0, 0, 0})
	f.Add(bytes.Repeat([]byte{0xff}, 200))
	f.Fuzz(func(_ *testing.T, data []byte) {
		p, err := OpenPage(data)
		if err != nil {
			return
		}
		for i := range p.Len() {
			_, _, _ = p.Row(i), p.ID(i), p.hash(i)
		}
	})
}

// TestIndexAgreesWithAMap drives the index and a map with the same random calls. Few
// hashes make long probes.
func TestIndexAgreesWithAMap(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var x index
	model := map[uint32]ref{} // the row's number is its id
	hash := func(id uint32) uint64 { return uint64(id % 37) }
	equal := func(id uint32) func(ref) bool { return func(at ref) bool { return at.row == id } }
	for range 20_000 {
		id := uint32(random.IntN(500))
		switch random.IntN(3) {
		case 0:
			at := ref{page: uint32(1 + random.IntN(9)), row: id}
			old, replaced := x.put(hash(id), at, equal(id))
			was, had := model[id]
			require.Equal(t, had, replaced)
			if had {
				require.Equal(t, was, old)
			}
			model[id] = at
		case 1:
			_, had := model[id]
			require.Equal(t, had, x.remove(hash(id), equal(id)))
			delete(model, id)
		default:
			at, ok := x.get(hash(id), equal(id))
			want, had := model[id]
			require.Equal(t, had, ok)
			if had {
				require.Equal(t, want, at)
			}
		}
		require.Equal(t, len(model), x.used)
	}
}
