package query

import (
	"strconv"
	"time"

	"pgregory.net/rapid"

	"tidetable/datasync/jsonrow"
)

// draw makes random filters and rows that have something to do with each other: few
// names, few values, and every kind of value under every name now and then.
type draw struct {
	*rapid.T
	// digits is the largest number of fraction digits of an instant.
	digits int
	// plain leaves out what SQLite has no values or functions of its own for.
	plain bool
}

var drawnTexts = []string{"", "a", "b", "A", "ab", "aB é", " a ", "it's", "😀", "'", "?", "2024-01-01T00:00:00Z", "x&y=%2B+"}

var drawnNumbers = []string{"0", "1", "2", "-1", "3.5", "-2.50", "1e2", "9007199254740993", "9007199254740992", "2147483648", "0.1"}

var (
	plainTexts   = []string{"", "a", "b", "A", "ab", "aB", " a ", "it's", "😀", "😀b", "?"}
	plainNumbers = []string{"0", "1", "2", "-1", "3", "-7", "1000"}
)

func (d draw) text() string {
	if d.plain {
		return rapid.SampledFrom(plainTexts).Draw(d.T, "text")
	}
	return rapid.SampledFrom(drawnTexts).Draw(d.T, "text")
}

func (d draw) number() string {
	if d.plain {
		return rapid.SampledFrom(plainNumbers).Draw(d.T, "number")
	}
	return rapid.SampledFrom(drawnNumbers).Draw(d.T, "number")
}

func (d draw) instant() string {
	at := time.Unix(rapid.Int64Range(1704067200, 1704067203).Draw(d.T, "seconds"), 0).UTC().Format("2006-01-02T15:04:05")
	if n := rapid.IntRange(0, d.digits).Draw(d.T, "digits"); n > 0 {
		at += "." + strconv.Itoa(1e9 + rapid.IntRange(0, 3).Draw(d.T, "fraction"))[10-n:]
	}
	return at + "Z"
}

func (d draw) row() []byte {
	row := []byte(`{"id":"1"}`)
	for _, name := range []string{"s", "z", "n", "m", "t", "u", "f", "g"} {
		kind := rapid.IntRange(0, 9).Draw(d.T, "kind of "+name)
		var value []byte
		switch {
		case kind == 0:
			continue
		case kind == 1:
			value = []byte("null")
		case kind == 2 && !d.plain:
			value = []byte(rapid.SampledFrom([]string{"1", `"a"`, "true", "[]", "{}"}).Draw(d.T, "odd value"))
		case name == "s" || name == "z":
			value = jsonrow.AppendText(nil, d.text())
		case name == "n" || name == "m":
			value = []byte(d.number())
		case name == "t" || name == "u":
			value = jsonrow.AppendText(nil, d.instant())
		default:
			value = []byte(rapid.SampledFrom([]string{"true", "false"}).Draw(d.T, "flag"))
		}
		row = jsonrow.Set(row, name, value)
	}
	return row
}

func (d draw) one(name string, makes ...func() *Expr) *Expr {
	return makes[rapid.IntRange(0, len(makes)-1).Draw(d.T, name)]()
}

func member(names ...string) func(d draw) *Expr {
	return func(d draw) *Expr { return Member(rapid.SampledFrom(names).Draw(d.T, "member")) }
}

func (d draw) condition(depth int) *Expr {
	if depth == 0 {
		return d.one("leaf", func() *Expr { return member("f", "g")(d) }, func() *Expr { return d.comparison(0) })
	}
	return d.one("condition",
		func() *Expr { return d.comparison(depth - 1) },
		func() *Expr { return d.comparison(depth - 1) },
		func() *Expr { return And(d.condition(depth-1), d.condition(depth-1)) },
		func() *Expr { return Or(d.condition(depth-1), d.condition(depth-1)) },
		func() *Expr { return Not(d.condition(depth - 1)) },
		func() *Expr {
			op := rapid.SampledFrom([]Op{OpContains, OpStartsWith, OpEndsWith}).Draw(d.T, "op")
			return Call(op, d.texts(depth-1), d.texts(depth-1))
		},
		func() *Expr { return Boolean(rapid.Bool().Draw(d.T, "constant")) },
	)
}

func (d draw) comparison(depth int) *Expr {
	op := rapid.SampledFrom([]Op{OpEq, OpNe, OpGt, OpGe, OpLt, OpLe}).Draw(d.T, "op")
	side, kind := d.numbers, Number
	switch rapid.IntRange(0, 4).Draw(d.T, "type") {
	case 0:
		side, kind = d.texts, String
	case 1:
		if side, kind = d.instants, Instant; d.plain {
			side, kind = d.texts, String
		}
	case 2:
		side, kind = d.condition, Bool
	}
	switch rapid.IntRange(0, 5).Draw(d.T, "form") {
	case 0:
		return Compare(op, side(depth), NullValue())
	case 1:
		list := []*Expr{side(depth)}
		for range rapid.IntRange(0, 3).Draw(d.T, "length") {
			list = append(list, d.constant())
		}
		if !d.fits(list, kind) {
			return Call(OpIn, Member("s"), Text("a"), NullValue())
		}
		return Call(OpIn, list...)
	}
	return Compare(op, side(depth), side(depth))
}

// fits tells whether a value of that kind may be asked to be in a list.
func (d draw) fits(list []*Expr, kind Kind) bool {
	for _, constant := range list[1:] {
		if k := constant.Value.Kind; d.plain && k != Null && k != kind {
			return false
		}
	}
	_, err := Compile(Call(OpIn, list...))
	return err == nil
}

func (d draw) constant() *Expr {
	return d.one("constant", NullValue, func() *Expr { return Text(d.text()) }, func() *Expr { return Num(d.number()) },
		func() *Expr { return Boolean(true) }, func() *Expr { return At(d.instant()) })
}

func (d draw) texts(depth int) *Expr {
	leaf := func() *Expr { return member("s", "z", "t")(d) }
	if d.plain {
		leaf = func() *Expr { return member("s", "z")(d) }
	}
	if depth == 0 {
		return d.one("text", leaf, func() *Expr { return Text(d.text()) })
	}
	return d.one("text", leaf,
		func() *Expr {
			op := rapid.SampledFrom([]Op{OpToLower, OpToUpper, OpTrim}).Draw(d.T, "op")
			return Call(op, d.texts(depth-1))
		},
		func() *Expr { return Call(OpConcat, d.texts(depth-1), d.texts(depth-1)) },
		func() *Expr { return Call(OpSubstring, d.texts(depth-1), d.numbers(depth-1)) },
		func() *Expr { return Call(OpSubstring, d.texts(depth-1), d.numbers(depth-1), d.numbers(depth-1)) },
		func() *Expr {
			if !d.plain {
				return leaf() // not every dialect has it
			}
			return Call(OpReplace, d.texts(depth-1), d.texts(depth-1), Text(d.text()))
		},
	)
}

func (d draw) numbers(depth int) *Expr {
	leaf := func() *Expr { return member("n", "m")(d) }
	if depth == 0 {
		return d.one("number", leaf, func() *Expr { return Num(d.number()) })
	}
	return d.one("number", leaf,
		func() *Expr {
			op := rapid.SampledFrom([]Op{OpAdd, OpSub, OpMul, OpDiv, OpMod}).Draw(d.T, "op")
			return Call(op, d.numbers(depth-1), d.numbers(depth-1))
		},
		func() *Expr { return Call(OpLength, d.texts(depth-1)) },
		func() *Expr { return Call(OpIndexOf, d.texts(depth-1), d.texts(depth-1)) },
		func() *Expr { return Call(OpNeg, d.numbers(depth-1)) },
		func() *Expr {
			if d.plain {
				return leaf()
			}
			op := rapid.SampledFrom([]Op{OpFloor, OpCeiling, OpRound}).Draw(d.T, "op")
			return Call(op, d.numbers(depth-1))
		},
		func() *Expr {
			if d.plain {
				return leaf()
			}
			op := rapid.SampledFrom([]Op{OpYear, OpMonth, OpDay, OpHour, OpMinute, OpSecond}).Draw(d.T, "op")
			return Call(op, d.instants(depth-1))
		},
	)
}

func (d draw) instants(int) *Expr {
	return d.one("instant", func() *Expr { return member("t", "u")(d) }, func() *Expr { return At(d.instant()) })
}
