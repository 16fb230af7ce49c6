package query

import "strconv"

// ParseOrderBy reads the text of $orderby: members with asc or desc behind them, and
// commas between. The empty text gives no order. Errors are *[Error].
func ParseOrderBy(text string) ([]Order, error) {
	var orders []Order
	err := parseNames(text, func(p *parser, name string) error {
		order := Order{Member: name}
		if p.tok.kind == tokenName {
			switch p.tok.text {
			case "desc":
				order.Descending = true
			case "asc":
			default:
				return p.unexpected("'asc', 'desc' or ','")
			}
			if err := p.advance(); err != nil {
				return err
			}
		}
		orders = append(orders, order)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return orders, nil
}

// ParseSelect reads the text of $select: names of members with commas between. The empty
// text and * give none, which means all members. Errors are *[Error].
func ParseSelect(text string) ([]string, error) {
	if text == "*" {
		return nil, nil
	}
	var names []string
	err := parseNames(text, func(_ *parser, name string) error {
		names = append(names, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return names, nil
}

// parseNames reads members with commas between and calls item behind each.
func parseNames(text string, item func(p *parser, name string) error) error {
	p := parser{lex: lexer{text: text}}
	if len(text) > maxLength {
		return p.fail(maxLength, "the text is longer than "+strconv.Itoa(maxLength)+" bytes")
	}
	if err := p.advance(); err != nil || p.tok.kind == tokenEnd {
		return err
	}
	for {
		if p.tok.kind != tokenName || !isMember(p.tok.text) {
			return p.unexpected("the name of a member")
		}
		name := plainName(p.tok.text)
		if err := p.advance(); err != nil {
			return err
		}
		if err := item(&p, name); err != nil {
			return err
		}
		if p.tok.kind == tokenEnd {
			return nil
		}
		if !p.isMark(",") {
			return p.unexpected("','")
		}
		if err := p.advance(); err != nil {
			return err
		}
	}
}
