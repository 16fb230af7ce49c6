package datasync_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
)

func peers(o *datasync.Options) {
	o.Tables = map[string]datasync.TableOptions{"todoitem": {References: map[string]string{"peer": "todoitem"}}}
}

func TestRowsThatReferToEachOtherAreInserted(t *testing.T) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	d.options = peers
	c := d.open()
	for _, p := range []string{"ab", "ba"} {
		_, err := table(t, c).Insert(ctx, fmt.Appendf(nil, `{"id":"%s","peer":"%s","text":"x"}`, p[:1], p[1:]))
		require.NoError(t, err)
	}
	settled(t, s, c, map[string]string{"a": "x", "b": "x"})
}

func TestRowsThatReferToEachOtherAreDeleted(t *testing.T) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	d.options = peers
	c := d.open()
	for _, p := range []string{"ab", "ba"} {
		s.post("todoitem", p[:1], "x")
		s.putRow("todoitem", p[:1], fmt.Sprintf(`{"peer":"%s"}`, p[1:]))
	}
	_, err := pull(c)
	require.NoError(t, err)
	remove(t, c, "a")
	remove(t, c, "b")
	settled(t, s, c, map[string]string{})
}
