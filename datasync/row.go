package datasync

import "tidetable/datasync/jsonrow"

// maxRow is the largest row in bytes.
const maxRow = 4 << 20

var errRowTooLarge = &Error{Code: CodeRowTooLarge, Msg: "the row is larger than 4 MB; keep files elsewhere and store their address"}

// systemColumns are written by the server only.
var systemColumns = []string{"version", "updatedAt", "deleted"}

// rowID checks a row given by the app and returns its id; given is false when it has none.
func rowID(row []byte) (id string, given bool, err error) {
	if len(row) > maxRow {
		return "", false, errRowTooLarge
	}
	if jsonrow.KindOf(row) != jsonrow.Object {
		return "", false, &Error{Code: CodeInvalidRow, Msg: "a row must be an object"}
	}
	var value []byte
	reserved := ""
	err = jsonrow.Each(row, func(name, v []byte) bool {
		if string(name) == "id" {
			value = v
		}
		if len(name) >= 2 && name[0] == '_' && name[1] == '_' {
			reserved = string(name)
		}
		return true
	})
	if err != nil {
		return "", false, &Error{Code: CodeInvalidRow, Msg: "the row is not valid JSON", Err: err}
	}
	if reserved != "" {
		return "", false, &Error{Code: CodeInvalidRow, Msg: "member '" + reserved + "': names that begin with '__' are reserved"}
	}
	if value == nil || jsonrow.KindOf(value) == jsonrow.Null || string(value) == `""` {
		return "", false, nil
	}
	id, ok := jsonrow.Text(value)
	if !ok {
		return "", false, &Error{Code: CodeInvalidID, Msg: "'id' must be a string, not " + string(value[:min(len(value), 40)])}
	}
	return id, true, checkID(id)
}

// checkID tells whether every dialect of server takes the id.
func checkID(id string) error {
	if len(id) < 1 || len(id) > 127 {
		return &Error{Code: CodeInvalidID, Msg: "an id has 1 to 127 characters"}
	}
	for i := 0; i < len(id); i++ {
		c := id[i]
		alphanumeric := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alphanumeric && (i == 0 || c != '_' && c != '.' && c != '|' && c != ':' && c != '-') {
			return &Error{Code: CodeInvalidID, Msg: "an id begins with a letter or digit and has only letters, digits and _ . | : -"}
		}
	}
	return nil
}

// withID puts the id first, where people look for it.
func withID(row []byte, id string) []byte {
	rest := jsonrow.Remove(row, "id")
	out := append([]byte(`{"id":`), jsonrow.AppendText(nil, id)...)
	empty := true
	_ = jsonrow.Each(rest, func(_, _ []byte) bool { empty = false; return false })
	if empty {
		return append(out, '}')
	}
	for i, c := range rest {
		if c == '{' {
			out = append(out, ',')
			return append(out, rest[i+1:]...)
		}
	}
	return out
}

// overlay sets the members of patch in row, leaving those alone that say the same: a
// number read as a double or a time read as a Date must not overwrite more digits.
func overlay(row, patch []byte) []byte {
	_ = jsonrow.Each(patch, func(name, value []byte) bool {
		old, ok := jsonrow.Get(row, string(name))
		if !ok || !jsonrow.Same(old, value) {
			row = jsonrow.Set(row, string(name), value)
		}
		return true
	})
	return row
}

// keepOnly removes the members of row that pattern does not have.
func keepOnly(row, pattern []byte) []byte {
	var gone []string
	_ = jsonrow.Each(row, func(name, _ []byte) bool {
		if _, ok := jsonrow.Get(pattern, string(name)); !ok {
			gone = append(gone, string(name))
		}
		return true
	})
	return jsonrow.Remove(row, gone...)
}

// withSystem gives row the system columns of old.
func withSystem(row, old []byte) []byte {
	for _, name := range systemColumns {
		if value, ok := jsonrow.Get(old, name); ok {
			row = jsonrow.Set(row, name, value)
		}
	}
	return row
}

// merge3 applies what changed from base to local onto server, member by member: a
// member that local set wins, one that local removed goes, all others are the server's.
func merge3(base, local, server []byte) []byte {
	merged := server
	_ = jsonrow.Each(local, func(name, value []byte) bool {
		old, had := jsonrow.Get(base, string(name))
		if !isSystem(string(name)) && (!had || !jsonrow.Same(old, value)) {
			merged = overlayOne(merged, string(name), value)
		}
		return true
	})
	_ = jsonrow.Each(base, func(name, _ []byte) bool {
		if _, kept := jsonrow.Get(local, string(name)); !kept && !isSystem(string(name)) {
			merged = jsonrow.Remove(merged, string(name))
		}
		return true
	})
	return merged
}

func overlayOne(row []byte, name string, value []byte) []byte {
	if old, ok := jsonrow.Get(row, name); ok && jsonrow.Same(old, value) {
		return row
	}
	return jsonrow.Set(row, name, value)
}

func isSystem(name string) bool {
	for _, s := range systemColumns {
		if s == name {
			return true
		}
	}
	return name == "id"
}

// versionOf returns a row's version, "" when it has none.
func versionOf(row []byte) string {
	s, _ := jsonrow.Scan(row)
	return s.Version
}

// deletedOnServer tells whether a server's row is only a tombstone.
func deletedOnServer(row []byte) bool {
	s, _ := jsonrow.Scan(row)
	return s.Deleted
}

// idOf returns a stored row's id.
func idOf(row []byte) string {
	value, _ := jsonrow.Get(row, "id")
	id, _ := jsonrow.Text(value)
	return id
}
