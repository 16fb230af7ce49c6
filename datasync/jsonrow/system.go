package jsonrow

// System is what a row says about itself: the columns that every table server keeps.
type System struct {
	// ID is the row's id; HasID tells whether it has one.
	ID    string
	HasID bool
	// Version names the state of the row on the server; HasVersion is false when it is
	// absent or null.
	Version    string
	HasVersion bool
	// UpdatedAt is the time of the last change, as the server wrote it; HasUpdatedAt is
	// false when it is absent or null.
	UpdatedAt    string
	HasUpdatedAt bool
	// Deleted marks a row that is soft-deleted.
	Deleted bool
}

// Scan reads the system columns of a row in one pass, which also checks that row is a
// valid JSON object. A system column of the wrong type is an error. Errors are
// *[SyntaxError].
func Scan(row []byte) (System, error) {
	var columns [4]column
	err := each(row, func(name, value []byte, at int) bool {
		switch string(name) {
		case "id":
			columns[0] = column{value, at}
		case "version":
			columns[1] = column{value, at}
		case "updatedAt":
			columns[2] = column{value, at}
		case "deleted":
			columns[3] = column{value, at}
		}
		return true
	})
	if err != nil {
		return System{}, err
	}
	return readSystem(&columns)
}

// column is the raw value of a system column and its index in the row.
type column struct {
	value []byte
	at    int
}

func readSystem(columns *[4]column) (System, error) {
	var s System
	var texts [3][]byte
	for i, has := range [3]*bool{&s.HasID, &s.HasVersion, &s.HasUpdatedAt} {
		c := columns[i]
		if c.value == nil || i > 0 && KindOf(c.value) == Null {
			continue
		}
		if texts[i], *has = TextBytes(c.value); !*has {
			return System{}, &SyntaxError{c.at, "id, version and updatedAt have to be texts"}
		}
	}
	if deleted := columns[3]; deleted.value != nil {
		if kind := KindOf(deleted.value); kind != Bool && kind != Null {
			return System{}, &SyntaxError{deleted.at, "deleted has to be true or false"}
		}
		s.Deleted = deleted.value[0] == 't'
	}
	// One string for all three costs one allocation instead of three.
	n := len(texts[0])
	m := n + len(texts[1])
	all := string(append(append(append(make([]byte, 0, 128), texts[0]...), texts[1]...), texts[2]...))
	s.ID, s.Version, s.UpdatedAt = all[:n], all[n:m], all[m:]
	return s, nil
}
