package datasync_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync/wire"
)

func TestALateAnswerDoesNotReplaceANewerRow(t *testing.T) {
	s := newShelfServer(t, newShelf())
	d := newDevice(t, s)
	two := d.open()
	present(t, d, two)
	arrived, goOn := make(chan struct{}), make(chan struct{})
	d.options = through(s, func(_ context.Context, r wire.Request, on func() (wire.Response, error)) (wire.Response, error) {
		response, err := on()
		if r.Method == "PUT" {
			close(arrived)
			<-goOn
		}
		return response, err
	})
	one := d.open()
	edit(t, one, "a", "first")
	ended := make(chan error)
	go func() { _, err := push(one); ended <- err }()
	<-arrived
	_, err := push(two) // its PUT gets 412 with our row: done
	require.NoError(t, err)
	edit(t, two, "a", "second")
	_, err = push(two)
	require.NoError(t, err)
	close(goOn)
	require.NoError(t, <-ended)
	two.CatchUp()
	require.Equal(t, map[string]string{"a": "second"}, s.rows("todoitem"))
	require.Equal(t, map[string]string{"a": "second"}, texts(t, one))
	require.Equal(t, map[string]string{"a": "second"}, texts(t, two))
}
