package datasync_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestHandlersThatGoOnAndOn(t *testing.T) {
	refusing := func(t *testing.T) (*server, *datasync.Client) {
		s := newServer(t)
		c := newDevice(t, s).open()
		insert(t, c, "a", "too long")
		s.setBend(func(r wire.Request) *reply {
			if r.Method == "POST" && member(r.Body, "text") == "too long" {
				return &reply{status: 422, contentType: "application/json", body: `{"error":"too long"}`}
			}
			return nil
		})
		return s, c
	}
	t.Run("one that always resends a refused operation is asked a few times", func(t *testing.T) {
		_, c := refusing(t)
		asked := 0
		c.SetPushHandlers(datasync.PushHandlers{Error: func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			asked++
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		}})
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		require.Equal(t, 5, asked)
		require.Equal(t, []string{"insert a parked"}, queue(c))
	})
	t.Run("one that edits the row itself has the edit sent by the same push", func(t *testing.T) {
		s, c := refusing(t)
		c.SetPushHandlers(datasync.PushHandlers{Error: func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			edit(t, c, "a", "short")
			return datasync.Resolution{}, nil
		}})
		_, err := push(c)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "short"}, s.rows("todoitem"))
	})
	t.Run("a change of action needs a row", func(t *testing.T) {
		s := newServer(t)
		d := newDevice(t, s)
		c := d.open()
		insert(t, c, "a", "x")
		refuse(t, d, c)
		remove(t, c, "a")
		s.setBend(func(wire.Request) *reply {
			return &reply{status: 422, contentType: "application/json", body: `{"error":"no"}`}
		})
		_, err := push(c)
		require.Equal(t, datasync.CodePushFailed, code(err))
		seq := c.Operations()[0].Seq
		err = c.Resolve(ctx, seq, datasync.Resolution{Kind: datasync.ChangeAction, Action: datasync.Insert})
		require.Equal(t, datasync.CodeInvalidRow, code(err))
	})
}
