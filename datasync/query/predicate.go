package query

// Predicate is a filter made ready to be asked of many rows. It is safe for concurrent
// use.
//
// It answers like a table server on SQL. A member that is absent is null. A comparison
// with the constant null asks whether the value is null; any other comparison in which a
// value is null is neither true nor false, and neither is one of different kinds, of
// objects or of arrays. A filter keeps the rows for which it is true. Texts are compared
// by code point and with their case, numbers exactly, and a text beside an instant as an
// instant with all its digits. Lengths and positions in texts count code points, from 0.
// Sums, differences and products are exact where an int64 with a decimal point holds
// them, else doubles; div of two integers leaves out the fraction; a division by 0 is
// null.
type Predicate struct {
	root    *node
	members []string
}

// node is a compiled [Expr].
type node struct {
	op Op
	// slot is the index of the member, for OpMember.
	slot int
	// value is the constant, for OpLiteral.
	value value
	args  []*node
}

// The operators that are made for comparisons with the constant null.
const (
	opIsNull Op = 128 + iota
	opIsNotNull
)

// Compile makes a filter ready. A tree that no text could have been parsed to, and one
// that mixes types in a way that is wrong for every row, is an *[Error]. The nil filter
// keeps every row.
func Compile(e *Expr) (*Predicate, error) {
	p := &Predicate{}
	if e == nil {
		return p, nil
	}
	root, t, err := p.compile(e)
	if err != nil {
		return nil, err
	}
	if !t.fits(boolType) {
		return nil, refuse(e, "a filter has to be a condition, not "+t.String())
	}
	p.root = root
	return p, nil
}

// Members returns the names of the members that the filter looks at, each once.
func (p *Predicate) Members() []string {
	return p.members
}

// Match tells whether the filter is true for a row, which has to be valid JSON.
func (p *Predicate) Match(row []byte) bool {
	if p.root == nil {
		return true
	}
	var room [maxRoom]value
	values := room[:]
	if len(p.members) > maxRoom {
		values = make([]value, len(p.members))
	}
	if len(p.members) > 0 {
		load(row, p.members, values)
	}
	return p.root.eval(values).kind == isTrue
}

func (p *Predicate) compile(e *Expr) (*node, valueType, error) {
	if err := checkNode(e); err != nil {
		return nil, anyType, err
	}
	switch e.Op {
	case OpLiteral:
		return &node{op: OpLiteral, value: constant(e.Value)}, typeOf(e.Value), nil
	case OpMember:
		return &node{op: OpMember, slot: p.slot(e.Name)}, anyType, nil
	}
	n := &node{op: e.Op}
	types := make([]valueType, len(e.Args))
	for i, arg := range e.Args {
		child, t, err := p.compile(arg)
		if err != nil {
			return nil, anyType, err
		}
		types[i] = t
		if i == 0 && (e.Op == OpAnd || e.Op == OpOr) && child.op == e.Op {
			n = child // a chain becomes one node
		} else {
			n.args = append(n.args, child)
		}
	}
	if problem := wrongTypes(e, types); problem != "" {
		return nil, anyType, refuse(e, problem)
	}
	if e.Op == OpEq || e.Op == OpNe {
		n.testNull()
	}
	return n, resultType(e.Op), nil
}

// testNull turns a comparison with the constant null into a test for it.
func (n *node) testNull() {
	isNullConstant := func(n *node) bool { return n.op == OpLiteral && n.value.kind == isNull }
	if isNullConstant(n.args[0]) {
		n.args[0], n.args[1] = n.args[1], n.args[0]
	}
	if !isNullConstant(n.args[1]) {
		return
	}
	n.args = n.args[:1]
	if n.op == OpEq {
		n.op = opIsNull
	} else {
		n.op = opIsNotNull
	}
}

func (p *Predicate) slot(name string) int {
	for i, member := range p.members {
		if member == name {
			return i
		}
	}
	p.members = append(p.members, name)
	return len(p.members) - 1
}
