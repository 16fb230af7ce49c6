package datasync_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/wire"
)

// scene brings a row with id "a" into a state before the local call under test.
type scene func(t *testing.T, d *device, c *datasync.Client)

// The states of the table: none, and an operation that is pending (p), has been sent
// with its answer lost (f) or was sent and refused (a).
var scenes = map[string]scene{
	"absent":  func(*testing.T, *device, *datasync.Client) {},
	"present": present,
	"insert p": func(t *testing.T, _ *device, c *datasync.Client) {
		insert(t, c, "a", "one")
	},
	"insert f": func(t *testing.T, d *device, c *datasync.Client) {
		insert(t, c, "a", "one")
		loseAnswer(t, d, c, "POST")
	},
	"insert a": func(t *testing.T, d *device, c *datasync.Client) {
		insert(t, c, "a", "one")
		refuse(t, d, c)
	},
	"update p": func(t *testing.T, d *device, c *datasync.Client) {
		present(t, d, c)
		edit(t, c, "a", "two")
	},
	"update f": func(t *testing.T, d *device, c *datasync.Client) {
		present(t, d, c)
		edit(t, c, "a", "two")
		loseAnswer(t, d, c, "PUT")
	},
	"update a": func(t *testing.T, d *device, c *datasync.Client) {
		present(t, d, c)
		edit(t, c, "a", "two")
		refuse(t, d, c)
	},
	"delete p": func(t *testing.T, d *device, c *datasync.Client) {
		present(t, d, c)
		remove(t, c, "a")
	},
	"delete f": func(t *testing.T, d *device, c *datasync.Client) {
		present(t, d, c)
		remove(t, c, "a")
		loseAnswer(t, d, c, "DELETE")
	},
	"delete a": func(t *testing.T, d *device, c *datasync.Client) {
		present(t, d, c)
		remove(t, c, "a")
		refuse(t, d, c)
	},
}

// present puts the row on the server and pulls it.
func present(t *testing.T, d *device, c *datasync.Client) {
	d.server.post("todoitem", "a", "one")
	_, err := pull(c)
	require.NoError(t, err)
	d.server.writes()
}

func loseAnswer(t *testing.T, d *device, c *datasync.Client, method string) {
	d.server.loseAnswers(method)
	_, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	d.server.mend()
	d.server.writes()
}

func refuse(t *testing.T, d *device, c *datasync.Client) {
	d.server.setBend(func(wire.Request) *reply {
		return &reply{status: 400, contentType: "application/json", body: `{"error":"no"}`}
	})
	_, err := push(c)
	require.Equal(t, datasync.CodePushFailed, code(err))
	d.server.mend()
	d.server.writes()
}

// TestCollapse drives every row of the collapse table through the public calls: what the
// call says, what the queue becomes, what the server then sees, and what both sides hold.
func TestCollapse(t *testing.T) {
	const ok = ""
	gone := map[string]string{}
	cases := []struct {
		scene, call string
		code        datasync.Code
		queue       []string
		writes      []string
		end         map[string]string
	}{
		{"absent", "insert", ok, []string{"insert a pending"}, []string{"POST /tables/todoitem 201"}, map[string]string{"a": "new"}},
		{"present", "insert", datasync.CodeExists, nil, nil, map[string]string{"a": "one"}},
		{"absent", "update", datasync.CodeNotFound, nil, nil, gone},
		{"absent", "delete", datasync.CodeNotFound, nil, nil, gone},
		{"present", "update", ok, []string{"update a pending"}, []string{"PUT /tables/todoitem/a 200"}, map[string]string{"a": "new"}},
		{"present", "delete", ok, []string{"delete a pending"}, []string{"DELETE /tables/todoitem/a 204"}, gone},

		{"insert p", "insert", datasync.CodeExists, []string{"insert a pending"}, []string{"POST /tables/todoitem 201"}, map[string]string{"a": "one"}},
		{"insert p", "update", ok, []string{"insert a pending"}, []string{"POST /tables/todoitem 201"}, map[string]string{"a": "new"}},
		{"insert p", "delete", ok, nil, nil, gone},
		{"insert a", "insert", datasync.CodeExists, []string{"insert a parked"}, nil, nil},
		{"insert a", "update", ok, []string{"insert a pending"}, []string{"POST /tables/todoitem 201"}, map[string]string{"a": "new"}},
		{"insert a", "delete", ok, []string{"delete a pending"}, nil, gone},
		{"insert f", "insert", datasync.CodeExists, []string{"insert a sent"}, []string{"POST /tables/todoitem 409"}, map[string]string{"a": "one"}},
		{"insert f", "update", ok, []string{"insert a sent", "update a pending"},
			[]string{"POST /tables/todoitem 409", "PUT /tables/todoitem/a 200"}, map[string]string{"a": "new"}},
		{"insert f", "delete", ok, []string{"insert a sent", "delete a pending"},
			[]string{"POST /tables/todoitem 409", "DELETE /tables/todoitem/a 204"}, gone},

		{"update p", "insert", datasync.CodeExists, []string{"update a pending"}, []string{"PUT /tables/todoitem/a 200"}, map[string]string{"a": "two"}},
		{"update p", "update", ok, []string{"update a pending"}, []string{"PUT /tables/todoitem/a 200"}, map[string]string{"a": "new"}},
		{"update p", "delete", ok, []string{"delete a pending"}, []string{"DELETE /tables/todoitem/a 204"}, gone},
		{"update a", "update", ok, []string{"update a pending"}, []string{"PUT /tables/todoitem/a 200"}, map[string]string{"a": "new"}},
		{"update a", "delete", ok, []string{"delete a pending"}, []string{"DELETE /tables/todoitem/a 204"}, gone},
		{"update f", "update", ok, []string{"update a sent", "update a pending"},
			[]string{"PUT /tables/todoitem/a 412", "PUT /tables/todoitem/a 200"}, map[string]string{"a": "new"}},
		{"update f", "delete", ok, []string{"update a sent", "delete a pending"},
			[]string{"PUT /tables/todoitem/a 412", "DELETE /tables/todoitem/a 204"}, gone},

		{"delete p", "insert", ok, []string{"update a pending"}, []string{"PUT /tables/todoitem/a 200"}, map[string]string{"a": "new"}},
		{"delete p", "update", datasync.CodeDeleted, []string{"delete a pending"}, []string{"DELETE /tables/todoitem/a 204"}, gone},
		{"delete p", "delete", ok, []string{"delete a pending"}, []string{"DELETE /tables/todoitem/a 204"}, gone},
		{"delete a", "insert", ok, []string{"update a pending"}, []string{"PUT /tables/todoitem/a 200"}, map[string]string{"a": "new"}},
		{"delete a", "update", datasync.CodeDeleted, []string{"delete a parked"}, nil, nil},
		{"delete a", "delete", ok, []string{"delete a parked"}, nil, nil},
		{"delete f", "insert", ok, []string{"delete a sent", "insert a pending"},
			[]string{"DELETE /tables/todoitem/a 410", "POST /tables/todoitem 409", "PUT /tables/todoitem/a 200"}, map[string]string{"a": "new"}},
		{"delete f", "update", datasync.CodeDeleted, []string{"delete a sent"}, []string{"DELETE /tables/todoitem/a 410"}, gone},
		{"delete f", "delete", ok, []string{"delete a sent"}, []string{"DELETE /tables/todoitem/a 410"}, gone},
	}
	for _, reopen := range []bool{false, true} {
		for _, test := range cases {
			name := test.scene + " + " + test.call
			if reopen {
				name += ", reopened"
			}
			t.Run(name, func(t *testing.T) {
				d := newDevice(t, newServer(t))
				c := d.open()
				scenes[test.scene](t, d, c)
				require.Equal(t, test.code, code(call(c, test.call)))
				if reopen {
					c = d.reopened(c)
				}
				require.Equal(t, test.queue, queue(c))
				_, err := push(c)
				if test.end == nil { // what is parked stays so
					require.NoError(t, err)
					require.Equal(t, test.queue, queue(c))
					return
				}
				require.NoError(t, err)
				require.Empty(t, queue(c))
				require.Equal(t, test.writes, d.server.writes())
				require.Equal(t, test.end, d.server.rows("todoitem"))
				require.Equal(t, test.end, texts(t, c))
				_, err = pull(c)
				require.NoError(t, err)
				require.Equal(t, test.end, texts(t, c))
				require.Equal(t, test.end, texts(t, d.reopened(c)))
			})
		}
	}
}

// call makes one local call on the row "a".
func call(c *datasync.Client, name string) error {
	t, err := c.Table("todoitem")
	if err != nil {
		return err
	}
	switch name {
	case "insert":
		_, err = t.Insert(context.Background(), []byte(`{"id":"a","text":"new"}`))
	case "update":
		_, err = t.Update(context.Background(), []byte(`{"id":"a","text":"new"}`))
	case "delete":
		err = t.Delete(context.Background(), "a")
	}
	return err
}
