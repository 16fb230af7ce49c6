package jsonrow

// member is one member of an object.
type member struct {
	// name is decoded, value raw.
	name, value []byte
	// start is the index of the name's opening quote, end the one behind the value.
	start, end int
}

// cursor walks over the members of an object that is taken to be valid.
type cursor struct {
	object []byte
	// next is the index to read on at: of the opening brace, of the comma before the
	// next member, or of what ended the walk.
	next int
	// opening is what has to be at next: '{' at first, then ','.
	opening byte
}

func newCursor(object []byte) cursor {
	return cursor{object: object, next: skipSpace(object, 0), opening: '{'}
}

// read reads the next member into m; it returns false when there is none.
func (c *cursor) read(m *member) bool {
	b, i := c.object, c.next
	if i >= len(b) || b[i] != c.opening {
		return false
	}
	i = skipSpace(b, i+1)
	if i >= len(b) || b[i] != '"' {
		return false
	}
	m.start = i
	end := skipPlain(b, i+1)
	if end < len(b) && b[end] == '"' {
		m.name = b[i+1 : end]
	} else {
		end = passString(b, end) - 1
		m.name = decodeName(b[i+1 : max(i+1, end)])
	}
	i = skipSpace(b, end+1)
	if i >= len(b) || b[i] != ':' {
		return false
	}
	i = skipSpace(b, i+1)
	m.end = pass(b, i)
	m.value = b[i:m.end:m.end]
	c.next = skipSpace(b, m.end)
	c.opening = ','
	return m.end > i
}

// Members is [Each] for an object that is known to be valid, such as a stored row: it
// checks nothing and finds the members faster. It ends, and never panics, at whatever is
// not a member.
func Members(object []byte, fn func(name, value []byte) bool) {
	var m member
	for c := newCursor(object); c.read(&m) && fn(m.name, m.value); {
	}
}

// Get returns the raw value of the named member. Of several it is the last, as with
// JSON.parse. object is taken to be valid; whatever it is, Get does not panic.
func Get(object []byte, name string) (value []byte, ok bool) {
	var m member
	for c := newCursor(object); c.read(&m); {
		if string(m.name) == name {
			value, ok = m.value, true
		}
	}
	return value, ok
}

// pass returns the index after the value at b[i], which is taken to be valid.
func pass(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '"':
		return passString(b, i+1)
	case '{', '[':
		return passNested(b, i)
	}
	for i < len(b) && b[i] > ' ' && b[i] != ',' && b[i] != '}' && b[i] != ']' {
		i++
	}
	return i
}

// passString returns the index after the closing quote, at most len(b).
func passString(b []byte, i int) int {
	for {
		i = skipToQuote(b, i)
		if i >= len(b) || b[i] == '"' {
			return min(i+1, len(b))
		}
		i += 2
	}
}

// passNested steps over an object or array by counting brackets.
func passNested(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = passString(b, i+1)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return i
}

// memberSet holds members by name, each name once: where it came first, with the value
// that came last, as JSON.parse does.
type memberSet struct {
	list []member
	// index finds long lists' members; it is nil for short ones.
	index map[string]int
}

// indexFrom is the length from which a list is worth an index.
const indexFrom = 24

func (s *memberSet) find(name []byte) int {
	if s.index != nil {
		if at, ok := s.index[string(name)]; ok {
			return at
		}
		return -1
	}
	for i := range s.list {
		if string(s.list[i].name) == string(name) {
			return i
		}
	}
	return -1
}

func (s *memberSet) put(m member) {
	if at := s.find(m.name); at >= 0 {
		s.list[at].value = m.value
		return
	}
	s.list = append(s.list, m)
	if s.index != nil {
		s.index[string(m.name)] = len(s.list) - 1
	} else if len(s.list) == indexFrom {
		s.index = make(map[string]int, 2*indexFrom)
		for i, m := range s.list {
			s.index[string(m.name)] = i
		}
	}
}

func (s *memberSet) putAll(object []byte) {
	var m member
	for c := newCursor(object); c.read(&m); {
		s.put(m)
	}
}
