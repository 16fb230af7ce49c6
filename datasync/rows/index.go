package rows

// ref says where a row is: the page's number and the row's number in it.
type ref struct{ page, row uint32 }

// index maps ids to places by open addressing with linear probing: 16 bytes a slot and
// no pointers, so that a million rows cost neither a map's memory nor the collector's
// time. Ids are not kept: equal says whether a place holds the id that is looked for.
type index struct {
	slots []slot
	used  int
}

// slot is free when page is zero; pages are numbered from 1.
type slot struct {
	hash uint64
	ref
}

const minSlots = 64

// find returns the slot number of the id with that hash, or of the free slot where it belongs.
func (x *index) find(hash uint64, equal func(ref) bool) (at int, ok bool) {
	mask := len(x.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		s := &x.slots[i]
		if s.page == 0 {
			return i, false
		}
		if s.hash == hash && equal(s.ref) {
			return i, true
		}
	}
}

func (x *index) get(hash uint64, equal func(ref) bool) (ref, bool) {
	if x.used == 0 {
		return ref{}, false
	}
	i, ok := x.find(hash, equal)
	return x.slots[i].ref, ok
}

// put sets the place of an id and returns the one it replaces.
func (x *index) put(hash uint64, at ref, equal func(ref) bool) (old ref, replaced bool) {
	x.reserve(1)
	i, ok := x.find(hash, equal)
	if ok {
		old = x.slots[i].ref
	} else {
		x.used++
	}
	x.slots[i] = slot{hash: hash, ref: at}
	return old, ok
}

// remove forgets an id. The slots behind it move up so that no probe breaks.
func (x *index) remove(hash uint64, equal func(ref) bool) bool {
	if x.used == 0 {
		return false
	}
	hole, ok := x.find(hash, equal)
	if !ok {
		return false
	}
	x.used--
	mask := len(x.slots) - 1
	for i := (hole + 1) & mask; x.slots[i].page != 0; i = (i + 1) & mask {
		home := int(x.slots[i].hash) & mask
		if (i-home)&mask >= (i-hole)&mask {
			x.slots[hole] = x.slots[i]
			hole = i
		}
	}
	x.slots[hole] = slot{}
	return true
}

// reserve makes room for n more ids at three quarters full.
func (x *index) reserve(n int) {
	size := max(len(x.slots), minSlots)
	for (x.used+n)*4 > size*3 {
		size *= 2
	}
	if size == len(x.slots) {
		return
	}
	old := x.slots
	x.slots = make([]slot, size)
	mask := size - 1
	for _, s := range old {
		if s.page == 0 {
			continue
		}
		i := int(s.hash) & mask
		for x.slots[i].page != 0 {
			i = (i + 1) & mask
		}
		x.slots[i] = s
	}
}
