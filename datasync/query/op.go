package query

// function is an operator that is written name(arguments).
type function struct {
	name     string
	op       Op
	min, max int
}

// functions are all of them. substringof is another spelling of contains, with its
// arguments the other way round.
var functions = [...]function{
	{"tolower", OpToLower, 1, 1},
	{"toupper", OpToUpper, 1, 1},
	{"trim", OpTrim, 1, 1},
	{"length", OpLength, 1, 1},
	{"indexof", OpIndexOf, 2, 2},
	{"substring", OpSubstring, 2, 3},
	{"concat", OpConcat, 2, 2},
	{"startswith", OpStartsWith, 2, 2},
	{"endswith", OpEndsWith, 2, 2},
	{"contains", OpContains, 2, 2},
	{"replace", OpReplace, 3, 3},
	{"floor", OpFloor, 1, 1},
	{"ceiling", OpCeiling, 1, 1},
	{"round", OpRound, 1, 1},
	{"year", OpYear, 1, 1},
	{"month", OpMonth, 1, 1},
	{"day", OpDay, 1, 1},
	{"hour", OpHour, 1, 1},
	{"minute", OpMinute, 1, 1},
	{"second", OpSecond, 1, 1},
}

// Levels of precedence, weakest first.
const (
	levelOr = iota + 1
	levelAnd
	levelEquality
	levelRelation
	levelSum
	levelProduct
	levelUnary
	levelIn
	levelPrimary
)

// infix is an operator that is written between its two arguments.
type infix struct {
	name  string
	op    Op
	level int
}

var infixes = [...]infix{
	{"or", OpOr, levelOr},
	{"and", OpAnd, levelAnd},
	{"eq", OpEq, levelEquality},
	{"ne", OpNe, levelEquality},
	{"gt", OpGt, levelRelation},
	{"ge", OpGe, levelRelation},
	{"lt", OpLt, levelRelation},
	{"le", OpLe, levelRelation},
	{"add", OpAdd, levelSum},
	{"sub", OpSub, levelSum},
	{"mul", OpMul, levelProduct},
	{"div", OpDiv, levelProduct},
	{"mod", OpMod, levelProduct},
}

func functionOf(op Op) *function {
	if op >= OpToLower && int(op-OpToLower) < len(functions) {
		return &functions[op-OpToLower]
	}
	return nil
}

func infixOf(op Op) *infix {
	for i := range infixes {
		if infixes[i].op == op {
			return &infixes[i]
		}
	}
	return nil
}

// String returns the OData name of the operator.
func (op Op) String() string {
	if f := functionOf(op); f != nil {
		return f.name
	}
	if i := infixOf(op); i != nil {
		return i.name
	}
	switch op {
	case OpLiteral:
		return "a constant"
	case OpMember:
		return "a member"
	case OpNot:
		return "not"
	case OpNeg:
		return "-"
	case OpIn:
		return "in"
	}
	return "an invalid operator"
}

// Args returns how many arguments the operator takes, at least and at most; most is -1
// when there is no limit.
func (op Op) Args() (least, most int) {
	if f := functionOf(op); f != nil {
		return f.min, f.max
	}
	if infixOf(op) != nil {
		return 2, 2
	}
	switch op {
	case OpNot, OpNeg:
		return 1, 1
	case OpIn:
		return 1, -1
	}
	return 0, 0
}

// level is how tightly the operator holds its arguments.
func (op Op) level() int {
	if i := infixOf(op); i != nil {
		return i.level
	}
	switch op {
	case OpNot, OpNeg:
		return levelUnary
	case OpIn:
		return levelIn
	}
	return levelPrimary
}
