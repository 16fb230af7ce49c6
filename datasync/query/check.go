package query

import (
	"strconv"
	"unicode/utf8"

	"tidetable/datasync/jsonrow"
)

// wrongCount says what is wrong with the number of arguments, if anything is.
func wrongCount(e *Expr) string {
	least, most := e.Op.Args()
	switch n := len(e.Args); {
	case n >= least && (n <= most || most < 0):
		return ""
	case least == most:
		return "'" + e.Op.String() + "' takes " + count(least) + ", not " + strconv.Itoa(n)
	case most < 0:
		return "'" + e.Op.String() + "' takes at least " + count(least) + ", not " + strconv.Itoa(n)
	default:
		return "'" + e.Op.String() + "' takes " + strconv.Itoa(least) + " or " + count(most) + ", not " + strconv.Itoa(n)
	}
}

func count(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return strconv.Itoa(n) + " arguments"
}

// checkNode refuses a node that no text could have been parsed to. It does not look at
// the arguments themselves.
func checkNode(e *Expr) error {
	if e == nil {
		return refuse(nil, "an argument is nil")
	}
	switch e.Op {
	case OpMember:
		if !isMember(e.Name) {
			return refuse(e, "'"+e.Name+"' cannot be the name of a member in a query")
		}
	case OpLiteral:
		if problem := wrongValue(e.Value); problem != "" {
			return refuse(e, problem)
		}
	case OpIn:
		for _, arg := range e.Args[min(1, len(e.Args)):] {
			if arg == nil || arg.Op != OpLiteral {
				return refuse(e, "'in' takes a list of constants")
			}
		}
	}
	if e.Op == OpInvalid || e.Op > OpSecond {
		return refuse(e, "an operator is invalid")
	}
	if problem := wrongCount(e); problem != "" {
		return refuse(e, problem)
	}
	return nil
}

// isMember tells whether a name can stand for a member in OData text.
func isMember(name string) bool {
	switch name {
	case "", "true", "false", "null", "not":
		return false
	}
	return len(name) <= maxName && nameLength(name) == len(name)
}

// maxName is the longest name that servers take.
const maxName = 128

// wrongValue says what is wrong with a constant, if anything is.
func wrongValue(v Value) string {
	switch v.Kind {
	case Null, Bool:
		return ""
	case Number:
		if raw := []byte(v.Text); jsonrow.KindOf(raw) == jsonrow.Number && jsonrow.Check(raw) == nil && !isSpace(raw[len(raw)-1]) {
			return ""
		}
		return "'" + v.Text + "' is no number"
	case Instant:
		if utc, ok := jsonrow.Instant([]byte(v.Text)); ok && string(utc) == v.Text {
			return ""
		}
		return "'" + v.Text + "' is no instant in UTC"
	case String:
		ok := utf8.ValidString(v.Text)
		switch v.Type {
		case TypeNone:
		case TypeDate:
			ok = isDate(v.Text)
		case TypeTimeOfDay:
			ok = isTimeOfDay(v.Text)
		case TypeGUID:
			ok = guidLength(v.Text) > 0 && guidLength(v.Text) == len(v.Text)
		default:
			return "the type of a constant is invalid"
		}
		if !ok {
			return "'" + v.Text + "' does not have the type of the constant"
		}
		return ""
	}
	return "the kind of a constant is invalid"
}
