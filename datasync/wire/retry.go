package wire

// This file reads how long a server asks to be left alone.

import (
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter bounds the wait a server may ask for: a mistyped date must not silence
// an app for years.
const maxRetryAfter = 24 * time.Hour

// httpDates are the forms of a date that HTTP allows; senders use the first.
var httpDates = []string{
	"Mon, 02 Jan 2006 15:04:05 GMT",
	"Monday, 02-Jan-06 15:04:05 GMT",
	"Mon Jan _2 15:04:05 2006",
}

// retryAfter reads a Retry-After header: seconds or a date. What is neither, and a date
// that has passed, is zero.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	for _, form := range httpDates {
		if t, err := time.Parse(form, value); err == nil {
			return min(max(t.Sub(now), 0), maxRetryAfter)
		}
	}
	return 0
}
