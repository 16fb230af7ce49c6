package jsonrow

// SyntaxError says where a text stops being the JSON that was expected.
type SyntaxError struct {
	// Offset is the byte offset in the text.
	Offset int
	// Msg says what is wrong there.
	Msg string
}

// Error names the problem and its offset.
func (e *SyntaxError) Error() string {
	return "jsonrow: " + e.Msg + " at byte " + string(AppendInt(nil, int64(e.Offset)))
}

// maxDepth is how deeply objects and arrays may be nested. It bounds the recursion on
// texts that come from elsewhere.
const maxDepth = 512

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of JSON values; Invalid is what none begins like.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Object
	Array
)

// KindOf tells the kind of a value by its first byte; value is trimmed, as [Each] and
// [Elements] hand it out.
func KindOf(value []byte) Kind {
	if len(value) == 0 {
		return Invalid
	}
	switch c := value[0]; c {
	case '"':
		return String
	case '{':
		return Object
	case '[':
		return Array
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	default:
		if c == '-' || '0' <= c && c <= '9' {
			return Number
		}
		return Invalid
	}
}

// Check tells whether text is exactly one JSON value as RFC 8259 has it, in valid UTF-8,
// with nothing but white space around it. The error is a *[SyntaxError].
func Check(text []byte) error {
	i, err := skipValue(text, skipSpace(text, 0), 0)
	if err != nil {
		return err
	}
	return checkEnd(text, i)
}

// checkEnd refuses anything but white space from i on.
func checkEnd(b []byte, i int) error {
	if i = skipSpace(b, i); i < len(b) {
		return &SyntaxError{i, "unexpected text after the value"}
	}
	return nil
}
