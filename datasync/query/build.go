package query

import "tidetable/datasync/jsonrow"

// Member is the value that a row has under that name.
func Member(name string) *Expr {
	return &Expr{Op: OpMember, Name: name}
}

// Text is a text constant.
func Text(s string) *Expr {
	return Literal(Value{Kind: String, Text: s})
}

// Num is a number constant, given as JSON so that no digit is lost.
func Num(text string) *Expr {
	return Literal(Value{Kind: Number, Text: text})
}

// Boolean is the constant true or false.
func Boolean(b bool) *Expr {
	return Literal(Value{Kind: Bool, Bool: b})
}

// At is an instant, given as RFC 3339 text with any offset. A text that is no instant is
// refused where the tree is used.
func At(text string) *Expr {
	if utc, ok := jsonrow.Instant([]byte(text)); ok {
		text = string(utc)
	}
	return Literal(Value{Kind: Instant, Text: text})
}

// NullValue is the constant null.
func NullValue() *Expr {
	return Literal(Value{})
}

// Literal is any constant.
func Literal(v Value) *Expr {
	return &Expr{Op: OpLiteral, Value: v}
}

// And is true where both filters are. As a nil filter keeps every row, And of it and
// another is the other.
func And(a, b *Expr) *Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return Compare(OpAnd, a, b)
}

// Or is true where at least one of the filters is. As a nil filter keeps every row, so
// does Or of it and another: it is nil.
func Or(a, b *Expr) *Expr {
	if a == nil || b == nil {
		return nil
	}
	return Compare(OpOr, a, b)
}

// Not is true where the filter is false. Not of nil, which keeps every row, keeps none.
func Not(a *Expr) *Expr {
	if a == nil {
		return Boolean(false)
	}
	return &Expr{Op: OpNot, Args: []*Expr{a}}
}

// Compare is the node of an operator with two arguments, such as [OpEq].
func Compare(op Op, a, b *Expr) *Expr {
	return &Expr{Op: op, Args: []*Expr{a, b}}
}

// Call is the node of any operator with arguments.
func Call(op Op, args ...*Expr) *Expr {
	return &Expr{Op: op, Args: args}
}
