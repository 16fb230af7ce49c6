package jsonrow

import "bytes"

// Instant reads an RFC 3339 date and time and returns it in UTC with all its fraction
// digits and a final Z: text itself when it has that form already. ok is false when text
// is no such instant.
func Instant(text []byte) (utc []byte, ok bool) {
	end, ok := localTime(text)
	if !ok || end == len(text) {
		return nil, false
	}
	upper := text[10] == 'T'
	if zone := text[end:]; len(zone) == 1 {
		if zone[0]|0x20 != 'z' {
			return nil, false
		}
		if upper && zone[0] == 'Z' {
			return text, true
		}
		utc = append(append(utc, text[:end]...), 'Z')
		utc[10] = 'T'
		return utc, true
	}
	minutes, ok := offset(text[end:])
	if !ok {
		return nil, false
	}
	utc = append(append(utc, text[:end]...), 'Z')
	utc[10] = 'T'
	return utc, shift(utc, -minutes)
}

// localTime checks the date, time and fraction and returns the index behind them.
func localTime(b []byte) (end int, ok bool) {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[10]|0x20 != 't' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	year, month, day := number(b[:4]), number(b[5:7]), number(b[8:10])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	hour, minute, second := number(b[11:13]), number(b[14:16]), number(b[17:19])
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, false
	}
	end = 19
	if end < len(b) && b[end] == '.' {
		if end = skipDigits(b, 20); end == 20 {
			return 0, false
		}
	}
	return end, true
}

// number reads digits; it returns -1 when there is anything else.
func number(b []byte) int {
	n := 0
	for _, c := range b {
		if c -= '0'; c > 9 {
			return -1
		}
		n = n*10 + int(c)
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// offset reads a zone like +01:30 and returns it in minutes.
func offset(zone []byte) (minutes int, ok bool) {
	if len(zone) != 6 || zone[0] != '+' && zone[0] != '-' || zone[3] != ':' {
		return 0, false
	}
	h, m := number(zone[1:3]), number(zone[4:6])
	if h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, false
	}
	if minutes = h*60 + m; zone[0] == '-' {
		minutes = -minutes
	}
	return minutes, true
}

// shift moves a valid date and time by less than a day, in place. It returns false when
// the year leaves its four digits.
func shift(b []byte, minutes int) bool {
	year, month, day := number(b[:4]), number(b[5:7]), number(b[8:10])
	at := number(b[11:13])*60 + number(b[14:16]) + minutes
	if at < 0 {
		at += 24 * 60
		if day--; day == 0 {
			if month--; month == 0 {
				month = 12
				year--
			}
			day = daysIn(year, month)
		}
	} else if at >= 24*60 {
		at -= 24 * 60
		if day++; day > daysIn(year, month) {
			day = 1
			if month++; month == 13 {
				month = 1
				year++
			}
		}
	}
	if year < 0 || year > 9999 {
		return false
	}
	put2(b, year/100)
	put2(b[2:], year%100)
	put2(b[5:], month)
	put2(b[8:], day)
	put2(b[11:], at/60)
	put2(b[14:], at%60)
	return true
}

func put2(b []byte, n int) {
	b[0], b[1] = byte('0'+n/10), byte('0'+n%10)
}

// CompareInstants compares two instants as [Instant] returns them, with all their
// digits: negative when a is earlier, zero when they are the same, positive when a is
// later.
func CompareInstants(a, b []byte) int {
	if len(a) < 20 || len(b) < 20 {
		return bytes.Compare(a, b)
	}
	if order := bytes.Compare(a[:19], b[:19]); order != 0 {
		return order
	}
	return bytes.Compare(fraction(a), fraction(b))
}

// fraction returns the digits of a UTC instant, without zeros at the end.
func fraction(utc []byte) []byte {
	if len(utc) < 21 {
		return nil
	}
	return bytes.TrimRight(utc[20:len(utc)-1], "0")
}

// sameInstants tells whether two texts are instants that are equal in the digits that
// both have. Less than milliseconds is never compared: a time without a fraction is one
// whose milliseconds are zero.
func sameInstants(a, b []byte) bool {
	x, ok := Instant(a)
	if !ok {
		return false
	}
	y, ok := Instant(b)
	if !ok || !bytes.Equal(x[:19], y[:19]) {
		return false
	}
	digits := max(3, min(len(x), len(y))-21)
	for i := 20; i < 20+digits; i++ {
		if digitAt(x, i) != digitAt(y, i) {
			return false
		}
	}
	return true
}

// digitAt returns a fraction digit, 0 behind the last.
func digitAt(utc []byte, i int) byte {
	if i < len(utc)-1 {
		return utc[i]
	}
	return '0'
}
