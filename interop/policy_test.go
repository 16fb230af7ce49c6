package interop

// This file has conflicts resolved in every way: by each policy and by a handler, for
// updates (412) and inserts (409).

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
)

func TestUpdateConflictsByPolicy(t *testing.T) {
	for _, test := range []struct {
		name   string
		policy datasync.Policy
		// theirs is what the other device sets; ours is always the text.
		theirs string
		// want is the row in the end, conflict whether it stays one.
		want     row
		conflict bool
	}{
		{"fail keeps it", datasync.PolicyFail, `{"text":"theirs"}`, row{"text": "theirs", "n": 1.0}, true},
		{"client sends ours again", datasync.PolicyClient, `{"text":"theirs","n":2}`, row{"text": "ours", "n": 1.0}, false},
		{"server takes theirs", datasync.PolicyServer, `{"text":"theirs","n":2}`, row{"text": "theirs", "n": 2.0}, false},
		{"merge takes both sides", datasync.PolicyMerge, `{"n":2}`, row{"text": "ours", "n": 2.0}, false},
		{"merge asks about one member", datasync.PolicyMerge, `{"text":"theirs","n":2}`, row{"text": "theirs", "n": 2.0}, true},
		{"none overwrites", datasync.PolicyNone, `{"text":"theirs","n":2}`, row{"text": "ours", "n": 1.0}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := open(t, node.add(t, soft), setup{policy: test.policy})
			node.post(t, d.name, `{"id":"a","text":"base","n":1,"done":true}`)
			d.pull()
			node.patch(t, d.name, "a", test.theirs)
			d.update(`{"id":"a","text":"ours"}`)
			d.link.take(true)
			if test.conflict {
				d.pushFails()
				assert.Equal(t, []string{"update a conflict"}, d.queue())
			} else {
				d.push()
				assert.Equal(t, node.get(t, d.name, "a"), d.row("a"))
			}
			stored := node.get(t, d.name, "a")
			for name, value := range test.want {
				assert.Equal(t, value, stored[name], name)
			}
			assert.Equal(t, true, stored["done"])
		})
	}
}

func TestInsertConflictsByPolicy(t *testing.T) {
	for policy, want := range map[datasync.Policy]string{datasync.PolicyClient: "ours", datasync.PolicyServer: "theirs", datasync.PolicyFail: ""} {
		t.Run(string(policy), func(t *testing.T) {
			d := open(t, node.add(t, soft), setup{policy: policy})
			node.post(t, d.name, `{"id":"a","text":"theirs","n":5}`)
			d.insert(`{"id":"a","text":"ours","n":6}`)
			if want == "" {
				d.pushFails()
				return
			}
			d.push()
			assert.Equal(t, want, node.get(t, d.name, "a")["text"])
			assert.Equal(t, node.get(t, d.name, "a"), d.row("a"))
		})
	}
}

func TestDeleteConflictsByPolicy(t *testing.T) {
	for policy, stays := range map[datasync.Policy]bool{datasync.PolicyClient: false, datasync.PolicyServer: true, datasync.PolicyNone: false} {
		t.Run(string(policy), func(t *testing.T) {
			d := open(t, node.add(t, soft), setup{policy: policy})
			node.post(t, d.name, `{"id":"a","text":"base"}`)
			d.pull()
			node.patch(t, d.name, "a", `{"text":"theirs"}`)
			d.remove("a")
			d.push()
			assert.Equal(t, stays, node.get(t, d.name, "a") != nil)
			assert.Equal(t, stays, d.row("a") != nil)
		})
	}
}

func TestConflictsByHandler(t *testing.T) {
	t.Run("which merges", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"base","n":1}`)
		d.pull()
		node.patch(t, d.name, "a", `{"text":"theirs"}`)
		d.update(`{"id":"a","text":"ours"}`)
		d.SetPushHandlers(datasync.PushHandlers{Conflict: func(_ context.Context, c datasync.Conflict) (datasync.Resolution, error) {
			assert.Equal(t, "base", member(c.Base, "text"))
			merged := member(c.Client, "text") + " and " + member(c.Server, "text")
			return datasync.Resolution{Kind: datasync.MergeRow, Row: []byte(`{"id":"a","text":"` + merged + `","n":1}`)}, nil
		}})
		d.push()
		assert.Equal(t, "ours and theirs", node.get(t, d.name, "a")["text"])
	})
	t.Run("is asked as long as the server changes", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"base","n":0}`)
		d.pull()
		node.patch(t, d.name, "a", `{"text":"theirs"}`)
		d.update(`{"id":"a","text":"ours"}`)
		asked := 0
		d.SetPushHandlers(datasync.PushHandlers{Conflict: func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			if asked++; asked < 4 {
				node.patch(t, d.name, "a", `{"n":`+string(rune('0'+asked))+`}`)
			}
			return datasync.Resolution{Kind: datasync.KeepClient}, nil
		}})
		d.push()
		assert.Equal(t, 4, asked)
		assert.Equal(t, "ours", node.get(t, d.name, "a")["text"])
	})
	t.Run("which takes the server's", func(t *testing.T) {
		d := open(t, node.add(t, soft), setup{})
		node.post(t, d.name, `{"id":"a","text":"theirs"}`)
		d.insert(`{"id":"a","text":"ours"}`)
		d.SetPushHandlers(datasync.PushHandlers{Conflict: func(context.Context, datasync.Conflict) (datasync.Resolution, error) {
			return datasync.Resolution{Kind: datasync.KeepServer}, nil
		}})
		d.push()
		require.Equal(t, node.get(t, d.name, "a"), d.row("a"))
	})
}
