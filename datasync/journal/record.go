package journal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A record is what a Store keeps under one key:
//
//	magic   "TT"
//	format  uint8, Format
//	kind    uint8, Kind
//	flags   uint8
//	        3 bytes, zero; reserved for a key id
//	length  uint32, of the payload
//	crc     uint32, CRC-32C of the 12 bytes above and the payload
//	payload
//
// Integers are little-endian.
const recordHeader = 16

// Kind says what a record holds. Code that meets a kind from FirstOptional on and does
// not know it may skip it; any other unknown kind stops it from writing.
type Kind uint8

// The kinds of records.
const (
	KindEntry     Kind = 1 // an entry of the journal
	KindRows      Kind = 2 // a page of rows
	KindChunk     Kind = 3 // a part of a larger record
	KindRoot      Kind = 4 // what a compaction left
	KindDirectory Kind = 5 // the pages of a table
	KindSnapshot  Kind = 6 // queue, errors, tokens
	// KindBlob and KindSchema are reserved for files and for schemas of tables.
	KindBlob   Kind = 64
	KindSchema Kind = 65
	// FirstOptional is the first kind that unknowing code may skip.
	FirstOptional Kind = 128
)

// flagChunked: the payload lists the names of the chunk pages that hold the real payload.
const flagChunked = 1

// ErrDamaged says that a record is not what was written: wrong magic, length or checksum.
var ErrDamaged = errors.New("journal: damaged record")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal makes a record.
func seal(kind Kind, flags uint8, payload []byte) []byte {
	r := make([]byte, recordHeader+len(payload))
	copy(r, "TT")
	r[2], r[3], r[4] = Format, byte(kind), flags
	binary.LittleEndian.PutUint32(r[8:], uint32(len(payload)))
	copy(r[recordHeader:], payload)
	binary.LittleEndian.PutUint32(r[12:], checksum(r))
	return r
}

// unseal checks a record and returns its parts; payload is a slice of r.
func unseal(r []byte) (kind Kind, flags uint8, payload []byte, err error) {
	if len(r) < recordHeader || r[0] != 'T' || r[1] != 'T' {
		return 0, 0, nil, ErrDamaged
	}
	if int(binary.LittleEndian.Uint32(r[8:])) != len(r)-recordHeader || binary.LittleEndian.Uint32(r[12:]) != checksum(r) {
		return 0, 0, nil, ErrDamaged
	}
	if r[2] > Format {
		return 0, 0, nil, ErrUpdateRequired
	}
	return Kind(r[3]), r[4], r[recordHeader:], nil
}

func checksum(r []byte) uint32 {
	return crc32.Update(crc32.Checksum(r[:12], castagnoli), castagnoli, r[recordHeader:])
}
