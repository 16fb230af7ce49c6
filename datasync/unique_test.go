package datasync_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestA409ToAnInsertOfARowThatIsNotThereIsARefusal(t *testing.T) {
	s := newShelfServer(t, newShelf())
	c := newDevice(t, s).open()
	insert(t, c, "a", "taken")
	s.setBend(func(r wire.Request) *reply {
		if r.Method == "POST" {
			return &reply{status: 409, contentType: jsonType, body: `{"error":"this text is taken"}`}
		}
		return nil
	})
	result, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	require.Equal(t, "this text is taken", result.Errors[0].Operation.Error.Message)
	require.Equal(t, datasync.CodeRefused, result.Errors[0].Operation.Error.Code)
	require.Equal(t, []string{"insert a parked"}, queue(c))
}
