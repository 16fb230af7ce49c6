package journal

import "encoding/binary"

// Change is one step of an entry. What its kind means is the engine's business; the
// journal only carries it.
type Change struct {
	// Kind from 128 on may be skipped by code that does not know it.
	Kind uint8
	// Table and Key say what changes; either may be empty.
	Table, Key string
	// Data is the new state of it.
	Data []byte
}

// AppendChange appends the encoding of c to dst.
func AppendChange(dst []byte, c Change) []byte {
	dst = append(dst, c.Kind)
	dst = AppendString(dst, c.Table)
	dst = AppendString(dst, c.Key)
	return AppendBytes(dst, c.Data)
}

// Changes decodes a run of changes. Their data are slices of payload.
func Changes(payload []byte) ([]Change, error) {
	var changes []Change
	d := NewDecoder(payload)
	for d.More() {
		c := Change{Kind: d.Byte(), Table: d.String(), Key: d.String(), Data: d.Bytes()}
		if d.Err() != nil {
			return nil, d.Err()
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// AppendUint appends an unsigned number in 1 to 10 bytes.
func AppendUint(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }

// AppendString appends a text with its length.
func AppendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// AppendBytes appends bytes with their length.
func AppendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// Decoder reads back what the Append functions wrote. After a failure it returns zero
// values; look at Err once at the end.
type Decoder struct {
	rest []byte
	err  error
}

// NewDecoder reads from data, which must not change.
func NewDecoder(data []byte) *Decoder { return &Decoder{rest: data} }

// More tells whether anything is left to read.
func (d *Decoder) More() bool { return d.err == nil && len(d.rest) > 0 }

// Err is ErrDamaged once something could not be read.
func (d *Decoder) Err() error { return d.err }

// Byte reads one byte.
func (d *Decoder) Byte() byte {
	if len(d.rest) == 0 {
		d.err = ErrDamaged
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

// Uint reads an unsigned number.
func (d *Decoder) Uint() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.err, d.rest = ErrDamaged, nil
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

// Bytes reads bytes; they are a slice of the input.
func (d *Decoder) Bytes() []byte {
	n := d.Uint()
	if d.err != nil || n > uint64(len(d.rest)) {
		d.err, d.rest = ErrDamaged, nil
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

// String reads a text.
func (d *Decoder) String() string { return string(d.Bytes()) }
