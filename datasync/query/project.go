package query

import (
	"slices"

	"tidetable/datasync/jsonrow"
)

// Project returns a row with only the named members, in the row's order and with their
// bytes, and with its id in any case. Without names it is the row itself.
func Project(row []byte, members []string) []byte {
	if len(members) == 0 {
		return row
	}
	out := append(make([]byte, 0, len(row)), '{')
	jsonrow.Members(row, func(name, value []byte) bool {
		if string(name) == "id" || slices.Contains(members, string(name)) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(jsonrow.AppendText(out, string(name)), ':')
			out = append(out, value...)
		}
		return true
	})
	return append(out, '}')
}
