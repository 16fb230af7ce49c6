package query

// Sorter brings rows into the order of a query. It is safe for concurrent use.
type Sorter struct {
	orders  []Order
	members []string
}

// SortKey is what a row is sorted by. It refers to the bytes of the row it was made from.
type SortKey struct {
	// first holds the first member's value, so that most keys need no slice.
	first value
	rest  []value
	id    string
}

// NewSorter returns the Sorter for an OrderBy.
func NewSorter(orders []Order) *Sorter {
	s := &Sorter{orders: orders}
	for _, order := range orders {
		s.members = append(s.members, order.Member)
	}
	return s
}

// Key returns what a row, which has to be valid JSON and must not be changed any more, is
// sorted by. Rows whose members are equal are in order of id.
func (s *Sorter) Key(row []byte, id string) SortKey {
	key := SortKey{id: id}
	if len(s.members) == 0 {
		return key
	}
	var room [maxRoom]value
	values := room[:]
	if len(s.members) > maxRoom {
		values = make([]value, len(s.members))
	}
	values = values[:len(s.members)]
	load(row, s.members, values)
	key.first = values[0]
	if len(values) > 1 {
		key.rest = append(key.rest, values[1:]...)
	}
	return key
}

// Less tells whether the row of a comes before that of b. Ascending, null and absent come
// first, then false, true, numbers, texts (by code point), and then everything else.
// Descending is the other way round, but ties are always in ascending order of id.
func (s *Sorter) Less(a, b SortKey) bool {
	for i := range s.orders {
		x, y := &a.first, &b.first
		if i > 0 {
			x, y = &a.rest[i-1], &b.rest[i-1]
		}
		if order := rank(x, y); order != 0 {
			return order < 0 != s.orders[i].Descending
		}
	}
	return a.id < b.id
}

// rank compares two values of any kinds.
func rank(a, b *value) int {
	if a.kind != b.kind {
		return int(a.kind) - int(b.kind)
	}
	switch a.kind {
	case isFalse, isTrue, isNull, isOther:
		return 0
	}
	return compareValues(a, b)
}
