package query

import (
	"strings"

	"tidetable/datasync/jsonrow"
)

// prefixed reads a constant in the form name'text'. It returns what is wrong, if
// anything is.
func prefixed(name, text string) (v Value, problem string) {
	switch name {
	case "datetime":
		if v, ok := instantValue(text, true); ok {
			return v, ""
		}
		return v, "'" + text + "' is no date and time: it has to be like 2024-01-31T12:00:00Z"
	case "datetimeoffset":
		if v, ok := instantValue(text, false); ok {
			return v, ""
		}
		return v, "'" + text + "' is no instant: it has to be like 2024-01-31T12:00:00Z"
	case "guid":
		if n := guidLength(text); n > 0 && n == len(text) {
			return guidValue(text), ""
		}
		return v, "'" + text + "' is no guid"
	case "date":
		return v, "unknown constant date'…': a date is written without quotes, or datetime'…'"
	}
	return v, "unknown constant " + name + "'…'"
}

// instantValue reads an instant. With local, the offset may be absent, which means UTC,
// and the seconds too, as the older dialects have it.
func instantValue(text string, local bool) (Value, bool) {
	if local {
		if shaped(text, "0000-00-00T00:00") && (len(text) == 16 || text[16] == 'Z') {
			text = text[:16] + ":00" + text[16:]
		}
		if shaped(text, "0000-00-00T00:00:00") && !strings.ContainsAny(text[19:], "Zz+-") {
			text += "Z"
		}
	}
	utc, ok := jsonrow.Instant([]byte(text))
	return Value{Kind: Instant, Text: string(utc)}, ok
}

// castTo makes a constant one of an OData type, given without "Edm.". It returns what is
// wrong, if anything is.
func castTo(v Value, typ string) (out Value, problem string) {
	if v.Kind == Null {
		return v, ""
	}
	plain := v.Kind == String && v.Type == TypeNone
	ok := false
	switch typ {
	case "DateTimeOffset", "DateTime":
		switch {
		case v.Kind == Instant:
			return v, ""
		case plain:
			v, ok = instantValue(v.Text, typ == "DateTime")
		}
	case "Date":
		ok = v.Type == TypeDate || plain && isDate(v.Text)
		v.Type = TypeDate
	case "TimeOfDay":
		ok = v.Type == TypeTimeOfDay || plain && isTimeOfDay(v.Text)
		v.Type = TypeTimeOfDay
	case "Guid":
		if ok = v.Type == TypeGUID || plain && guidLength(v.Text) > 0 && guidLength(v.Text) == len(v.Text); ok {
			v = guidValue(v.Text)
		}
	case "String":
		ok = v.Kind == String
		v.Type = TypeNone
	case "Boolean":
		ok = v.Kind == Bool
	case "Byte", "SByte", "Int16", "Int32", "Int64", "Single", "Double", "Decimal":
		ok = v.Kind == Number
	default:
		return v, "unknown type 'Edm." + typ + "'"
	}
	if !ok {
		return v, "the constant cannot be cast to Edm." + typ
	}
	return v, ""
}

// shaped tells whether text starts like pattern, in which 0 stands for any digit.
func shaped(text, pattern string) bool {
	if len(text) < len(pattern) {
		return false
	}
	for i := range len(pattern) {
		if pattern[i] == '0' {
			if !isDigit(text[i]) {
				return false
			}
		} else if text[i] != pattern[i] {
			return false
		}
	}
	return true
}

func isDate(text string) bool {
	if len(text) != 10 {
		return false
	}
	_, ok := jsonrow.Instant([]byte(text + "T00:00:00Z"))
	return ok
}

// isTimeOfDay accepts 12:30, 12:30:15 and 12:30:15.123.
func isTimeOfDay(text string) bool {
	if len(text) == 5 {
		text += ":00"
	}
	_, ok := jsonrow.Instant([]byte("2000-01-01T" + text + "Z"))
	return ok
}

// guidLength is the length of the guid that text starts with, 0 when it is none.
func guidLength(text string) int {
	const length = 36
	if len(text) < length || len(text) > length && (isNamePart(text[length]) || text[length] == '-') {
		return 0
	}
	for i := range length {
		switch i {
		case 8, 13, 18, 23:
			if text[i] != '-' {
				return 0
			}
		default:
			if c := text[i] | 0x20; !isDigit(text[i]) && (c < 'a' || c > 'f') {
				return 0
			}
		}
	}
	return length
}

func guidValue(text string) Value {
	return Value{Kind: String, Text: strings.ToLower(text), Type: TypeGUID}
}
