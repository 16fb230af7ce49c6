package query

// valueType is what can be known of a node without a row.
type valueType uint8

const (
	anyType valueType = iota
	nullType
	boolType
	numberType
	stringType
	instantType
)

// String names the type for messages.
func (t valueType) String() string {
	return [...]string{"anything", "null", "true or false", "a number", "a text", "an instant"}[t]
}

func typeOf(v Value) valueType {
	return [...]valueType{Null: nullType, Bool: boolType, Number: numberType, String: stringType, Instant: instantType}[v.Kind]
}

// resultType is the type of an operator's value, when it has one.
func resultType(op Op) valueType {
	switch op {
	case OpAdd, OpSub, OpMul, OpDiv, OpMod, OpNeg, OpLength, OpIndexOf, OpFloor, OpCeiling, OpRound,
		OpYear, OpMonth, OpDay, OpHour, OpMinute, OpSecond:
		return numberType
	case OpToLower, OpToUpper, OpTrim, OpSubstring, OpConcat, OpReplace:
		return stringType
	}
	return boolType
}

// fits tells whether a node of type t may turn out as a value of the wanted type.
func (t valueType) fits(wanted valueType) bool {
	return t == anyType || t == nullType || t == wanted
}

// wrongTypes says what is wrong with the types of the arguments, if anything is.
func wrongTypes(e *Expr, types []valueType) string {
	switch e.Op {
	case OpEq, OpNe, OpGt, OpGe, OpLt, OpLe:
		return wrongPair(types[0], types[1])
	case OpIn:
		for _, t := range types[1:] {
			if problem := wrongPair(types[0], t); problem != "" {
				return problem
			}
		}
		return ""
	case OpYear, OpMonth, OpDay, OpHour, OpMinute, OpSecond:
		if !types[0].fits(instantType) && types[0] != stringType {
			return "'" + e.Op.String() + "' takes an instant, not " + types[0].String()
		}
		return ""
	}
	for i, t := range types {
		if wanted := argType(e.Op, i); !t.fits(wanted) {
			return "'" + e.Op.String() + "' takes " + wanted.String() + ", not " + t.String()
		}
	}
	return ""
}

func wrongPair(a, b valueType) string {
	if a == anyType || b == anyType || a == nullType || b == nullType || a == b {
		return ""
	}
	return "cannot compare " + a.String() + " with " + b.String()
}

// argType is the type that an operator takes as argument i.
func argType(op Op, i int) valueType {
	switch op {
	case OpAnd, OpOr, OpNot:
		return boolType
	case OpAdd, OpSub, OpMul, OpDiv, OpMod, OpNeg, OpFloor, OpCeiling, OpRound:
		return numberType
	case OpSubstring:
		if i > 0 {
			return numberType
		}
	}
	return stringType
}
