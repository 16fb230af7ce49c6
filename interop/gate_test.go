package interop

// This file is about requests that the server does not take: another version, another
// table, a sign-in, a row it cannot hold. And about finding out what the server is.

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/memstore"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
	"tidetable/internal/nethttp"
)

// remoteOf speaks with the server without an engine.
func remoteOf(t *testing.T, protocol string) *wire.Remote {
	t.Helper()
	options := wire.Options{BaseURL: node.address}
	require.True(t, options.Speak(protocol))
	remote, err := wire.New(nethttp.New(nil, nethttp.Options{}), options)
	require.NoError(t, err)
	return remote
}

func TestAnotherProtocolStopsAtTheGate(t *testing.T) {
	table := node.add(t, soft)
	for _, protocol := range []string{"datasync", "legacy"} {
		t.Run(protocol, func(t *testing.T) {
			d := open(t, table, setup{protocol: protocol})
			d.insert(`{"id":"a","text":"x"}`)
			result := d.pushFails()
			assert.Equal(t, datasync.PushServer, result.Reason, "nobody is served, so nothing is parked")
			require.Len(t, result.Errors, 1)
			assert.Equal(t, datasync.CodeNotATableServer, result.Errors[0].Operation.Error.Code)
			assert.Contains(t, result.Errors[0].Operation.Error.Message, "another version of the protocol")
			_, err := d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
			assert.Equal(t, datasync.CodeNotATableServer, datasync.CodeOf(err))
			assert.Nil(t, node.get(t, table, "a"))
		})
	}
}

func TestAWrongTable(t *testing.T) {
	d := open(t, "nosuchtable", setup{})
	d.insert(`{"id":"a","text":"x"}`)
	result := d.pushFails()
	assert.Equal(t, datasync.PushComplete, result.Reason, "other tables go on")
	require.Len(t, result.Errors, 1)
	assert.Equal(t, datasync.CodeTableNotFound, result.Errors[0].Operation.Error.Code)
	assert.Equal(t, []string{"insert a parked"}, d.queue())
	_, err := d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
	assert.Equal(t, datasync.CodeTableNotFound, datasync.CodeOf(err))
}

func TestATableThatWantsASignIn(t *testing.T) {
	d := open(t, node.add(t, `{"softDelete":true,"authorize":true,"columns":`+columns+`}`), setup{})
	d.insert(`{"id":"a","text":"x"}`)
	assert.Equal(t, datasync.PushAuth, d.pushFails().Reason)
	_, err := d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "all", Push: datasync.PushNone})
	assert.Equal(t, datasync.CodeAuth, datasync.CodeOf(err))
	assert.Len(t, d.queue(), 1)
}

func TestAnOperationThatIsTurnedOff(t *testing.T) {
	d := open(t, node.add(t, `{"softDelete":true,"insert":{"access":"disabled"},"columns":`+columns+`}`), setup{})
	d.insert(`{"id":"a","text":"x"}`)
	result := d.pushFails()
	require.Len(t, result.Errors, 1)
	assert.Equal(t, datasync.CodeRefused, result.Errors[0].Operation.Error.Code)
	assert.Equal(t, []string{"insert a parked"}, d.queue())
}

func TestARowThatTheServerCannotHoldIsParkedInTheEnd(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	d.insert(`{"id":"bad","text":"x","nested":{"a":1}}`)
	d.insert(`{"id":"good","text":"y"}`)
	// It answers 500 to what it cannot hold, as it does when it is broken, so the push
	// stops at first.
	for range 3 {
		d.pushFails()
	}
	assert.Equal(t, []string{"insert bad parked"}, d.queue())
	assert.Equal(t, "y", node.get(t, d.name, "good")["text"])
	assert.Nil(t, node.get(t, d.name, "bad"))
}

func TestAFilterThatTheServerCannotRunIsRefused(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	seed(t, d.name, 1)
	filter, err := query.ParseFilter("length(text) gt 1")
	require.NoError(t, err)
	_, err = d.table.Pull(t.Context(), datasync.PullOptions{QueryID: "long", Query: query.Query{Filter: filter}})
	assert.Equal(t, datasync.CodeRefused, datasync.CodeOf(err), "asking again will not help")
	assert.ErrorContains(t, err, "LEN")
}

func TestTheServerIsRecognised(t *testing.T) {
	t.Run("by a push, with one question, for good", func(t *testing.T) {
		store := memstore.NewDatabase()
		d := open(t, node.add(t, soft), setup{protocol: "auto", store: store})
		for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
			d.insert(`{"id":"` + id + `","text":"x"}`)
		}
		d.push()
		path := "/tables/" + d.name
		log := d.link.take(true)
		assert.Equal(t, []string{"GET " + path + " 400", "GET " + path + " 200"}, log[:2])
		assert.Len(t, log, 2+7)
		require.NoError(t, d.Close())

		again := open(t, d.name, setup{protocol: "auto", store: store})
		again.remove("a")
		again.push()
		assert.Equal(t, []string{"DELETE " + path + "/a 200"}, again.link.take(true))
	})
	t.Run("by a pull", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{protocol: "auto"})
		seed(t, d.name, 70)
		d.pull()
		assert.Len(t, d.rows(), 70)
	})
	t.Run("but not on a table that it has not", func(t *testing.T) {
		d := open(t, "nosuchtable", setup{protocol: "auto"})
		d.insert(`{"id":"a","text":"x"}`)
		result := d.pushFails()
		require.Len(t, result.Errors, 1)
		assert.Equal(t, datasync.CodeTableNotFound, result.Errors[0].Operation.Error.Code)
	})
	t.Run("nor where it wants a sign-in", func(t *testing.T) {
		d := open(t, node.add(t, `{"authorize":true}`), setup{protocol: "auto"})
		d.insert(`{"id":"a","text":"x"}`)
		assert.Equal(t, datasync.PushAuth, d.pushFails().Reason)
	})
}
