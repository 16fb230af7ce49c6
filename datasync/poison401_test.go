package datasync_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/wire"
)

func TestAPoison401AfterALostAnswerBlocksNobody(t *testing.T) {
	s := newShelfServer(t, newShelf())
	c := newDevice(t, s).open()
	insert(t, c, "bad", "text")
	insert(t, c, "b", "text")
	s.cut()
	pushFails(t, s, c)
	s.setBend(func(r wire.Request) *reply {
		if r.Method != "GET" && strings.Contains(string(r.Body), `"bad"`) {
			return &reply{status: 401}
		}
		return nil
	})
	pushFails(t, s, c)
	require.Equal(t, map[string]string{"b": "text"}, s.rows("todoitem"))
}

func TestTwoPoison401sBlockNobody(t *testing.T) {
	s := newShelfServer(t, newShelf())
	c := newDevice(t, s).open()
	for _, id := range []string{"bad1", "bad2", "b"} {
		insert(t, c, id, "text")
	}
	s.setBend(func(r wire.Request) *reply {
		if r.Method != "GET" && strings.Contains(string(r.Body), `"bad`) {
			return &reply{status: 401}
		}
		return nil
	})
	for range 2 {
		pushFails(t, s, c)
	}
	require.Equal(t, map[string]string{"b": "text"}, s.rows("todoitem"))
	require.Equal(t, []string{"insert bad1 parked", "insert bad2 parked"}, queue(c))
}
