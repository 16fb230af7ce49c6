package datasync

import (
	"context"
	"strconv"

	"tidetable/datasync/jsonrow"
)

// Import stores rows that an app already has and queues them as inserts, all or none, in
// one entry. Rows that the server already holds equal then end as done, different ones as
// conflicts. It returns the number of rows. Codes: invalid-row, invalid-id, exists.
func (t *Table) Import(ctx context.Context, list [][]byte) (int, error) {
	type imported struct {
		id    string
		row   []byte
		ownID bool
	}
	imports := make([]imported, 0, len(list))
	seen := map[string]bool{}
	for i, row := range list {
		id, given, err := rowID(row)
		if err == nil && seen[id] && given {
			err = &Error{Code: CodeExists, ID: id, Msg: "stands twice among the rows to import"}
		}
		if err != nil {
			e := *wrap(err, "import", t.name, id).(*Error)
			e.Msg = "row " + strconv.Itoa(i) + ": " + e.Msg
			return 0, &e
		}
		if !given {
			id = t.client.options.NewID()
			row = withID(row, id)
		}
		seen[id] = true
		imports = append(imports, imported{id: id, row: jsonrow.Remove(row, systemColumns...), ownID: !given})
	}
	err := t.write(ctx, func(d *draft) error {
		for _, r := range imports {
			if d.record(t.name, r.id).Visible() != nil {
				return &Error{Code: CodeExists, ID: r.id, Msg: "a row with this id is already here; nothing was imported"}
			}
		}
		for _, r := range imports {
			if err := d.queueInsert(t.name, r.id, r.row, r.ownID); err != nil {
				panic("datasync: a row to import appeared in its own draft")
			}
		}
		return nil
	})
	if err != nil {
		return 0, wrap(err, "import", t.name, "")
	}
	return len(imports), nil
}
