package jsonrow

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryByteIsFoundWhereverItStands(t *testing.T) {
	const length = 21
	ends := func(c byte) bool { return c == '"' || c == '\\' }
	special := func(c byte) bool { return !plain[c] }
	for c := range 256 {
		for at := range length {
			for _, behind := range []byte{'x', byte(c), '"', '#', '!', 0xFF, 0x80, 0x00} {
				b := append(bytes.Repeat([]byte{'x'}, at), byte(c), behind)
				b = append(b, bytes.Repeat([]byte{'x'}, length-at)...)
				for _, search := range []struct {
					got  int
					want func(c byte) bool
				}{{skipToQuote(b, 0), ends}, {skipPlain(b, 0), special}} {
					want := slices.IndexFunc(b, search.want)
					if want < 0 {
						want = len(b)
					}
					if search.got != want {
						require.Equal(t, want, search.got, "%q", b)
					}
				}
			}
		}
	}
}
