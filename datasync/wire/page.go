package wire

// This file takes the rows of a page apart; every dialect has them in an array.

import (
	"strconv"

	"tidetable/datasync/jsonrow"
)

// readRows splits an array of rows. Each must be an object with an id, which is all that
// is looked at here; the rows stay parts of the body.
func readRows(items []byte) (rows [][]byte, problem string) {
	err := jsonrow.Elements(items, func(row []byte) bool {
		if problem = rowProblem(row); problem != "" {
			problem = "a page whose item " + strconv.Itoa(len(rows)+1) + " " + problem
			return false
		}
		rows = append(rows, row)
		return true
	})
	switch {
	case problem != "":
		return nil, problem
	case err != nil:
		return nil, "broken JSON"
	}
	return rows, ""
}

func rowProblem(row []byte) string {
	if jsonrow.KindOf(row) != jsonrow.Object {
		return "is not a row"
	}
	value, _ := jsonrow.Get(row, "id")
	if id, ok := jsonrow.TextBytes(value); !ok || len(id) == 0 {
		return "has no id"
	}
	return ""
}
