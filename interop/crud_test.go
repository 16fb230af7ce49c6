package interop

// This file has every kind of operation meet the server, in the states its row can be in.

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

func TestInsert(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	d.insert(`{"id":"a","text":"it's ☃ \"q\" \\ nul","n":-1.5,"done":true}`)
	made := d.insert(`{"text":"no id","n":null}`)
	d.push()

	stored := node.get(t, d.name, "a")
	assert.Equal(t, `it's ☃ "q" \ nul`, stored["text"])
	assert.Equal(t, -1.5, stored["n"])
	assert.Equal(t, true, stored["done"])
	assert.Equal(t, stored, d.row("a"), "the row here is the server's")
	assert.Equal(t, "no id", node.get(t, d.name, made)["text"])
	assert.NotEmpty(t, d.row(made)["version"])
}

func TestInsertWithNewColumnsAndStrangeIDs(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	for _, id := range []string{"A1", "a1", "a.b|c:d-e_f", "0"} {
		d.insert(`{"id":"` + id + `","text":"x","grown":"new"}`)
	}
	d.push()
	for _, id := range []string{"A1", "a1", "a.b|c:d-e_f", "0"} {
		assert.Equal(t, "new", node.get(t, d.name, id)["grown"], id)
	}
}

func TestInsertOfAnIDThatIsTaken(t *testing.T) {
	t.Run("by another row is a conflict that shows it", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"theirs"}`)
		d.insert(`{"id":"a","text":"ours"}`)
		result := d.pushFails()
		require.Len(t, result.Errors, 1)
		assert.Equal(t, datasync.CodeConflict, result.Errors[0].Operation.Error.Code)
		assert.Equal(t, "theirs", member(result.Errors[0].Server, "text"), "the server echoes the request; the row was looked up")
		assert.Equal(t, []string{"insert a conflict"}, d.queue())
		assert.Equal(t, "theirs", node.get(t, d.name, "a")["text"])
	})
	t.Run("by our own, whose answer was lost, is done", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		made := d.insert(`{"text":"ours","n":0.1}`)
		d.insert(`{"id":"given","text":"ours too"}`)
		d.link.loseAnswers("POST")
		assert.Equal(t, datasync.PushNetwork, d.pushFails().Reason)
		d.link.mend()
		d.push()
		assert.Equal(t, node.get(t, d.name, made), d.row(made))
		assert.Equal(t, node.get(t, d.name, "given"), d.row("given"))
	})
	t.Run("by our own, which was changed here since", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		made := d.insert(`{"text":"first","n":1}`)
		d.link.loseAnswers("POST")
		d.pushFails()
		d.link.mend()
		d.update(`{"id":"` + made + `","text":"second"}`)
		node.patch(t, d.name, made, `{"n":2}`)
		d.push()
		stored := node.get(t, d.name, made)
		assert.Equal(t, "second", stored["text"])
		assert.Equal(t, 2.0, stored["n"])
		assert.Equal(t, stored, d.row(made))
	})
	t.Run("by a tombstone brings it back to life", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"old","n":1,"done":true}`)
		node.remove(t, d.name, "a")
		d.insert(`{"id":"a","text":"new","n":2}`)
		d.link.take(true)
		d.push()
		stored := node.get(t, d.name, "a")
		assert.Equal(t, "new", stored["text"])
		assert.Equal(t, 2.0, stored["n"])
		assert.Equal(t, false, stored["deleted"])
		assert.Equal(t, stored, d.row("a"))
		path := "/tables/" + d.name
		assert.Equal(t, []string{"POST " + path + " 409", "POST " + path + "/a 201", "PATCH " + path + "/a 200"}, d.link.take(false))
	})
}

func TestBringingATombstoneBackIsCutInHalf(t *testing.T) {
	tombstone := func(t *testing.T) *device {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"old","n":1}`)
		node.remove(t, d.name, "a")
		d.insert(`{"id":"a","text":"new","n":2}`)
		return d
	}
	t.Run("when its content is answered into the void", func(t *testing.T) {
		d := tombstone(t)
		d.link.loseAnswers("PATCH")
		d.pushFails()
		d.link.mend()
		d.push()
		assert.Equal(t, "new", node.get(t, d.name, "a")["text"])
		assert.Equal(t, node.get(t, d.name, "a"), d.row("a"))
	})
	t.Run("when its content never leaves", func(t *testing.T) {
		d := tombstone(t)
		d.link.before = func(r *wire.Request) error {
			if r.Method == "PATCH" {
				return errLost
			}
			return nil
		}
		d.pushFails()
		d.link.mend()
		d.pushFails()
		assert.Equal(t, []string{"insert a conflict"}, d.queue(), "what came back may be anybody's")
		require.NoError(t, d.Resolve(t.Context(), d.Operations()[0].Seq, datasync.Resolution{Kind: datasync.KeepClient}))
		d.push()
		assert.Equal(t, "new", node.get(t, d.name, "a")["text"])
	})
}

func TestUpdate(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	node.post(t, d.name, `{"id":"a","text":"old","n":1,"done":false}`)
	d.pull()
	d.update(`{"id":"a","text":"new","done":null}`)
	d.push()
	stored := node.get(t, d.name, "a")
	assert.Equal(t, "new", stored["text"])
	assert.Equal(t, 1.0, stored["n"])
	assert.Nil(t, stored["done"])
	assert.Equal(t, stored, d.row("a"))

	d.update(`{"id":"a","n":2}`)
	d.push()
	assert.Equal(t, 2.0, node.get(t, d.name, "a")["n"], "the version of the answer serves the next update")
}

func TestStaleUpdateIsAConflictWithTheServersRow(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	node.post(t, d.name, `{"id":"a","text":"old"}`)
	d.pull()
	node.patch(t, d.name, "a", `{"text":"theirs"}`)
	d.update(`{"id":"a","text":"ours"}`)
	result := d.pushFails()
	require.Len(t, result.Errors, 1)
	assert.Equal(t, 412, result.Errors[0].Operation.Error.Status)
	assert.Equal(t, "theirs", member(result.Errors[0].Server, "text"))
	assert.Equal(t, "ours", member(result.Errors[0].Client, "text"))
	assert.Equal(t, "theirs", node.get(t, d.name, "a")["text"], "nothing was overwritten")
	assert.Equal(t, []string{"update a conflict"}, d.queue())
}

func TestUpdateWhoseAnswerIsLostIsAppliedOnce(t *testing.T) {
	d := open(t, node.add(t, soft), setup{})
	node.post(t, d.name, `{"id":"a","text":"old"}`)
	d.pull()
	d.update(`{"id":"a","text":"new"}`)
	d.link.loseAnswers("PATCH")
	assert.Equal(t, datasync.PushNetwork, d.pushFails().Reason)
	d.link.mend()
	before := node.get(t, d.name, "a")["version"]
	d.push()
	assert.Equal(t, before, node.get(t, d.name, "a")["version"])
	assert.Equal(t, node.get(t, d.name, "a"), d.row("a"))
}

func TestUpdateOfARowThatIsGoneIsAConflict(t *testing.T) {
	for name, definition := range map[string]string{"deleted": soft, "deleted for good": hard} {
		t.Run(name, func(t *testing.T) {
			d := open(t, node.add(t, definition), setup{})
			node.post(t, d.name, `{"id":"a","text":"old"}`)
			d.pull()
			node.remove(t, d.name, "a")
			d.update(`{"id":"a","text":"ours"}`)
			result := d.pushFails()
			require.Len(t, result.Errors, 1)
			assert.Equal(t, datasync.CodeConflict, result.Errors[0].Operation.Error.Code)
			assert.Nil(t, result.Errors[0].Server)
			require.NoError(t, d.Resolve(t.Context(), d.Operations()[0].Seq, datasync.Resolution{Kind: datasync.KeepClient}))
			d.push()
			stored := node.get(t, d.name, "a")
			require.NotNil(t, stored, "it was brought back")
			assert.Equal(t, "ours", stored["text"])
			assert.Equal(t, stored, d.row("a"))
		})
	}
}

func TestDelete(t *testing.T) {
	for name, definition := range map[string]string{"leaving a tombstone": soft, "for good": hard} {
		t.Run(name, func(t *testing.T) {
			d := open(t, node.add(t, definition), setup{})
			node.post(t, d.name, `{"id":"a","text":"old"}`)
			d.insert(`{"id":"b","text":"ours"}`)
			d.push()
			d.pull()
			d.remove("a")
			d.remove("b")
			d.push()
			assert.Nil(t, node.get(t, d.name, "a"))
			assert.Nil(t, node.get(t, d.name, "b"))
			assert.Empty(t, d.rows())
		})
	}
	t.Run("of what another device deleted", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"old"}`)
		d.pull()
		node.remove(t, d.name, "a")
		d.remove("a")
		d.link.take(true)
		d.push()
		assert.Equal(t, []string{"DELETE /tables/" + d.name + "/a 404"}, d.link.take(false))
	})
	t.Run("whose answer is lost", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"old"}`)
		d.pull()
		d.remove("a")
		d.link.loseAnswers("DELETE")
		d.pushFails()
		d.link.mend()
		d.push()
		assert.Nil(t, node.get(t, d.name, "a"))
	})
	t.Run("of what another device changed is a conflict", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"old"}`)
		d.pull()
		node.patch(t, d.name, "a", `{"text":"theirs"}`)
		d.remove("a")
		result := d.pushFails()
		require.Len(t, result.Errors, 1)
		assert.Equal(t, "theirs", member(result.Errors[0].Server, "text"))
		assert.NotNil(t, node.get(t, d.name, "a"))
	})
	t.Run("and insert again under the same id", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		d.insert(`{"id":"a","text":"first","done":true}`)
		d.push()
		d.remove("a")
		d.push()
		d.insert(`{"id":"a","text":"second"}`)
		d.push()
		stored := node.get(t, d.name, "a")
		assert.Equal(t, "second", stored["text"])
		assert.Equal(t, stored, d.row("a"))
	})
}
