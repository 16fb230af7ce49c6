package jsonrow

// Set returns a copy of object with the named member set to value, which is valid JSON.
// A member that is there keeps its place, a new one goes to the end, and every other
// byte stays as it is; of duplicates of the name the first place is kept. What is not an
// object counts as an empty one.
func Set(object []byte, name string, value []byte) []byte {
	changes := memberSet{list: []member{{name: []byte(name), value: value}}}
	return edit(object, &changes)
}

// Remove returns a copy of object without the named members. Every other byte stays as
// it is, except for the commas that are no longer needed.
func Remove(object []byte, names ...string) []byte {
	var changes memberSet
	for _, name := range names {
		changes.put(member{name: []byte(name)})
	}
	return edit(object, &changes)
}

// Merge returns a copy of object with every member of the object patch set as [Set] does.
func Merge(object, patch []byte) []byte {
	var room [indexFrom]member
	changes := memberSet{list: room[:0]}
	changes.putAll(patch)
	return edit(object, &changes)
}

// edit applies changes, each to a different member; one without a value removes it.
func edit(object []byte, changes *memberSet) []byte {
	c := newCursor(object)
	if c.next >= len(object) || object[c.next] != '{' {
		object = []byte("{}")
		c = newCursor(object)
	}
	out := make([]byte, 0, len(object)+growth(changes))
	out = append(out, object[:c.next+1]...)
	var done []bool
	first := true
	// behind is the index behind the previous member: what is from there up to the
	// next one separates the two.
	behind := c.next + 1
	var m member
	for c.read(&m) {
		at := changes.find(m.name)
		if at >= 0 && done == nil {
			done = make([]bool, len(changes.list))
		}
		drop := at >= 0 && (changes.list[at].value == nil || done[at])
		if !drop {
			separator := object[behind:m.start]
			if first {
				separator = object[afterComma(object, behind):m.start]
			}
			out = append(out, separator...)
			first = false
		}
		behind = m.end
		switch {
		case drop:
		case at < 0:
			out = append(out, object[m.start:m.end]...)
		default:
			out = append(out, object[m.start:m.end-len(m.value)]...)
			out = append(out, changes.list[at].value...)
			done[at] = true
		}
	}
	out = appendNew(out, changes, done, first)
	return append(out, object[min(behind, len(object)):]...)
}

// appendNew appends the members that changes set and that have not been there.
func appendNew(out []byte, changes *memberSet, done []bool, first bool) []byte {
	for i, change := range changes.list {
		if change.value == nil || done != nil && done[i] {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(AppendText(out, string(change.name)), ':')
		out = append(out, change.value...)
	}
	return out
}

// afterComma returns the index behind the comma that may follow b[i] and white space.
func afterComma(b []byte, i int) int {
	if at := skipSpace(b, i); at < len(b) && b[at] == ',' {
		return at + 1
	}
	return i
}

// growth is at most how many bytes the changes add, escapes aside.
func growth(changes *memberSet) int {
	n := 0
	for _, change := range changes.list {
		n += len(change.name) + len(change.value) + len(`,"":`)
	}
	return n
}
