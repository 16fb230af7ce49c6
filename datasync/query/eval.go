package query

// eval returns what the node is for a row with these members.
func (n *node) eval(members []value) value {
	switch n.op {
	case OpLiteral:
		return n.value
	case OpMember:
		return members[n.slot]
	case OpAnd:
		return value{kind: n.junction(members, isFalse)}
	case OpOr:
		return value{kind: n.junction(members, isTrue)}
	case OpIn:
		return value{kind: n.in(members)}
	}
	a := n.args[0].eval(members)
	switch n.op {
	case opIsNull:
		return value{kind: truth(a.kind == isNull)}
	case opIsNotNull:
		return value{kind: truth(a.kind != isNull)}
	case OpNot:
		return value{kind: not(a.kind)}
	}
	switch len(n.args) {
	case 1:
		return n.op.apply(a, value{}, value{})
	case 2:
		b := n.args[1].eval(members)
		if n.op >= OpEq && n.op <= OpLe {
			return value{kind: n.op.compare(&a, &b)}
		}
		return n.op.apply(a, b, value{kind: isNumber, text: nil})
	default:
		return n.op.apply(a, n.args[1].eval(members), n.args[2].eval(members))
	}
}

// junction evaluates and (decided by a false argument) or or (by a true one). What is
// neither true nor false leaves it open unless another argument decides.
func (n *node) junction(members []value, decides kind) kind {
	result := not(decides)
	for _, arg := range n.args {
		switch arg.eval(members).kind {
		case decides:
			return decides
		case not(decides):
		default:
			result = isNull
		}
	}
	return result
}

func not(k kind) kind {
	switch k {
	case isTrue:
		return isFalse
	case isFalse:
		return isTrue
	}
	return isNull
}

// in is true when the first argument is one of the others; the constant null is one of
// them when it is null itself.
func (n *node) in(members []value) kind {
	a := n.args[0].eval(members)
	result := isFalse
	for _, arg := range n.args[1:] {
		b := arg.eval(members)
		if b.kind == isNull {
			if a.kind == isNull {
				return isTrue
			}
			continue
		}
		switch OpEq.compare(&a, &b) {
		case isTrue:
			return isTrue
		case isNull:
			result = isNull
		}
	}
	return result
}

func (op Op) compare(a, b *value) kind {
	o, ok := order(a, b)
	if !ok {
		return isNull
	}
	switch op {
	case OpEq:
		return truth(o == 0)
	case OpNe:
		return truth(o != 0)
	case OpGt:
		return truth(o > 0)
	case OpGe:
		return truth(o >= 0)
	case OpLt:
		return truth(o < 0)
	default:
		return truth(o <= 0)
	}
}

// apply evaluates a function or an arithmetic operator. It is null when an argument is
// null or of the wrong kind. c is a number without text when it is absent.
func (op Op) apply(a, b, c value) value {
	switch op {
	case OpNeg, OpFloor, OpCeiling, OpRound:
		if a.kind != isNumber {
			return value{}
		}
		return op.onNumber(a.text)
	case OpAdd, OpSub, OpMul, OpDiv, OpMod:
		if a.kind != isNumber || b.kind != isNumber {
			return value{}
		}
		return op.onNumbers(a.text, b.text)
	case OpYear, OpMonth, OpDay, OpHour, OpMinute, OpSecond:
		return op.onInstant(a)
	}
	if a.kind != isString {
		return value{}
	}
	switch op {
	case OpSubstring:
		if b.kind != isNumber || c.kind != isNumber {
			return value{}
		}
		return substring(a.text, b.text, c.text)
	case OpReplace:
		if b.kind != isString || c.kind != isString {
			return value{}
		}
		return replace(a.text, b.text, c.text)
	case OpIndexOf, OpConcat, OpStartsWith, OpEndsWith, OpContains:
		if b.kind != isString {
			return value{}
		}
		return op.onTexts(a.text, b.text)
	}
	return op.onText(a.text)
}
