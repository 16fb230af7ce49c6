package idbstore

// This file writes and reads the record at key 0 of the journal.

import (
	"encoding/binary"

	"tidetable/datasync/journal"
)

// The head is two bytes of magic, the version of this layout, floor and generation with
// 8 bytes each, and the lowest format with 2, all big endian.
const (
	headMagic  = "\xfeH"
	headLayout = 1
	headLength = 2 + 1 + 8 + 8 + 2
)

func encodeHead(h journal.Head) []byte {
	b := append(make([]byte, 0, headLength), headMagic...)
	b = append(b, headLayout)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Floor))
	b = binary.BigEndian.AppendUint64(b, h.Generation)
	return binary.BigEndian.AppendUint16(b, h.MinFormat)
}

func decodeHead(b []byte) (journal.Head, error) {
	if len(b) < len(headMagic)+1 || string(b[:2]) != headMagic {
		return journal.Head{}, journal.ErrDamaged
	}
	if b[2] > headLayout {
		return journal.Head{}, journal.ErrUpdateRequired
	}
	if b[2] != headLayout || len(b) != headLength {
		return journal.Head{}, journal.ErrDamaged
	}
	return journal.Head{
		Floor:      journal.Position(binary.BigEndian.Uint64(b[3:])),
		Generation: binary.BigEndian.Uint64(b[11:]),
		MinFormat:  binary.BigEndian.Uint16(b[19:]),
	}, nil
}
