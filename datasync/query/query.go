package query

// Query asks for rows of one table. The zero value asks for all of them.
type Query struct {
	// Filter keeps the rows for which it is true; nil keeps all.
	Filter *Expr
	// OrderBy sorts; ties, and everything when it is empty, are in order of id.
	OrderBy []Order
	// Select names the members that the rows of the answer have; empty means all.
	Select []string
	// Skip leaves out that many rows from the start of the order.
	Skip int
	// Take is the largest number of rows to return when HasTake is set.
	Take    int
	HasTake bool
	// Count asks for the number of rows that match, whatever Skip and Take say.
	Count bool
	// IncludeDeleted also returns soft-deleted rows.
	IncludeDeleted bool
}

// Order is one key to sort by.
type Order struct {
	Member     string
	Descending bool
}

// Op is what a node of a filter tree does.
type Op uint8

// The operators and functions of a filter, by their OData names. Args says how many
// arguments each takes.
const (
	OpInvalid Op = iota

	OpLiteral // Value holds the constant
	OpMember  // Name holds the member of the row

	OpAnd
	OpOr
	OpNot

	OpEq
	OpNe
	OpGt
	OpGe
	OpLt
	OpLe
	// OpIn is Args[0] in (Args[1:]…); these are constants, and Args[0] is one of them when
	// it is eq to one, so null is when they hold null.
	OpIn

	OpAdd
	OpSub
	OpMul
	OpDiv
	OpMod
	OpNeg

	OpToLower
	OpToUpper
	OpTrim
	OpLength
	OpIndexOf
	OpSubstring
	OpConcat
	OpStartsWith
	OpEndsWith
	OpContains // contains(text, part); legacy and classic spell it substringof(part, text)
	OpReplace
	OpFloor
	OpCeiling
	OpRound
	OpYear
	OpMonth
	OpDay
	OpHour
	OpMinute
	OpSecond
)

// Expr is a node of a filter tree. Trees are immutable once built and may be shared.
type Expr struct {
	Op Op
	// Name of the member, for OpMember.
	Name string
	// Value of the constant, for OpLiteral.
	Value Value
	// Args are the operands, for every other operator.
	Args []*Expr
	// Pos is the byte offset in the text the node was parsed from, for error messages.
	Pos int
}

// Kind is the type of a constant or of an evaluated value.
type Kind uint8

// The kinds of a Value.
const (
	Null Kind = iota
	Bool
	Number
	String
	Instant
)

// Value is a constant of a filter or the result of evaluating a node.
type Value struct {
	Kind Kind
	// Bool is the value of a Bool.
	Bool bool
	// Text is a String as it is, a Number as exact decimal JSON text, and an Instant as
	// RFC 3339 text in UTC with all its digits and a final Z.
	Text string
	// Type keeps apart the Strings that OData does not write in quotes alone. It matters
	// only where a constant is rendered; they are compared as texts.
	Type Type
}

// Type is the OData type of a String constant.
type Type uint8

// The types. A TypeDate is like 2024-01-31, a TypeTimeOfDay like 12:30:00, a TypeGUID is
// in lower case.
const (
	TypeNone Type = iota
	TypeDate
	TypeTimeOfDay
	TypeGUID
)

// Dialect is a family of servers that spell queries the same way.
type Dialect uint8

// The dialects. Datasync is Azure Mobile Apps v6 and CommunityToolkit.Datasync (OData v4),
// Classic is Azure Mobile Apps v2 (OData v3), Legacy is Azure Mobile Services.
const (
	Datasync Dialect = iota
	Classic
	Legacy
)

// Error says what is wrong with a query and where.
type Error struct {
	// Text is the text that was parsed; empty when a tree was refused.
	Text string
	// Pos is the byte offset in Text.
	Pos int
	// Msg says what is wrong there.
	Msg string
}
