package query

import (
	"strconv"
	"strings"
)

func (r *renderer) literal(e *Expr) {
	v := e.Value
	switch v.Kind {
	case Null:
		r.put("null")
	case Bool:
		r.put(strconv.FormatBool(v.Bool))
	case Number:
		r.put(v.Text)
		if !r.canonical && r.dialect != Datasync {
			r.put(integerSuffix(v.Text))
		}
	case Instant:
		r.instant(v.Text)
	case String:
		r.text(e)
	}
}

// integerSuffix is what OData v3 wants behind integers that are not of 32 bits.
func integerSuffix(text string) string {
	if strings.ContainsAny(text, ".eE") {
		return ""
	}
	if _, err := strconv.ParseInt(text, 10, 32); err == nil {
		return ""
	}
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return "L"
	}
	return "M"
}

// instant writes an instant given in UTC.
func (r *renderer) instant(utc string) {
	switch {
	case r.canonical:
		r.put("cast(", utc, ",Edm.DateTimeOffset)")
	case r.dialect == Datasync:
		r.put("cast(", cutFraction(utc, 3), "Z,Edm.DateTimeOffset)")
	case r.dialect == Legacy:
		r.put("datetimeoffset'", cutFraction(utc, 7), "+00:00'")
	default:
		r.put("datetimeoffset'", cutFraction(utc, 3), "Z'")
	}
}

// cutFraction returns a UTC instant with exactly that many fraction digits and without
// its Z. Digits are cut, not rounded: a rounded time may lie behind rows that a query
// for it has to find.
func cutFraction(utc string, digits int) string {
	const zeros = "0000000"
	utc = strings.TrimSuffix(utc, "Z")
	if len(utc) == len("2000-01-01T00:00:00") {
		utc += "."
	}
	have := len(utc) - len("2000-01-01T00:00:00.")
	if have < digits {
		return utc + zeros[:digits-have]
	}
	return utc[:len(utc)-have+digits]
}

func (r *renderer) text(e *Expr) {
	text := e.Value.Text
	old := !r.canonical && r.dialect != Datasync
	switch e.Value.Type {
	case TypeGUID:
		if old {
			r.put("guid'", text, "'")
		} else {
			r.put("cast(", text, ",Edm.Guid)")
		}
	case TypeDate, TypeTimeOfDay:
		name := "Date"
		if e.Value.Type == TypeTimeOfDay {
			name = "TimeOfDay"
		}
		if old {
			r.refuse(e, "this kind of server has no constants of type Edm."+name)
		}
		r.put("cast(", text, ",Edm.", name, ")")
	default:
		r.put("'", strings.ReplaceAll(text, "'", "''"), "'")
	}
}
