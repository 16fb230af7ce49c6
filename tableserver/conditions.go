package tableserver

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// outcome is what the conditional headers of a request make of a row.
type outcome int

const (
	passed     outcome = iota
	unmodified         // a read need not send the row again: 304
	failed             // 412
)

// conditions are the conditional headers of a request.
type conditions struct {
	ifMatch, ifNoneMatch               *tagList // nil: the header is absent
	ifModifiedSince, ifUnmodifiedSince time.Time
}

// tagList is the content of If-Match or If-None-Match.
type tagList struct {
	any  bool     // "*"
	tags []string // strong tags, without quotes; weak ones never match and are left out
}

// matches tells whether the list names version.
func (l *tagList) matches(version string) bool {
	if l.any && version != "" {
		return true
	}
	for _, tag := range l.tags {
		if tag == version {
			return true
		}
	}
	return false
}

// parseConditions reads the conditional headers. A list of tags that cannot be read is an
// error, since ignoring it would make a guarded write an unconditional one; a date that
// cannot be read is ignored, as HTTP demands.
func parseConditions(header http.Header) (conditions, error) {
	var c conditions
	var err error
	if c.ifMatch, err = parseTags(header, "If-Match"); err != nil {
		return c, err
	}
	if c.ifNoneMatch, err = parseTags(header, "If-None-Match"); err != nil {
		return c, err
	}
	c.ifModifiedSince, _ = http.ParseTime(header.Get("If-Modified-Since"))
	c.ifUnmodifiedSince, _ = http.ParseTime(header.Get("If-Unmodified-Since"))
	return c, nil
}

// parseTags reads one header; nil when the request has none.
func parseTags(header http.Header, name string) (*tagList, error) {
	lines := header.Values(name)
	if len(lines) == 0 {
		return nil, nil
	}
	list := &tagList{}
	for _, line := range lines {
		for rest := strings.TrimSpace(line); rest != ""; {
			if rest == "*" {
				list.any = true
				break
			}
			quoted, weak := strings.CutPrefix(rest, "W/")
			tag, after, ok := cutTag(quoted)
			if !ok {
				return nil, fmt.Errorf(`%s must be * or a list of entity tags like "YWJj", in quotes`, name)
			}
			if !weak {
				list.tags = append(list.tags, tag)
			}
			rest = after
		}
	}
	return list, nil
}

// cutTag reads a quoted tag and the comma behind it. A version is base64, so a tag has no
// quotes within.
func cutTag(text string) (tag, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, `"`)
	if !ok {
		return "", "", false
	}
	if tag, rest, ok = strings.Cut(text, `"`); !ok {
		return "", "", false
	}
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return tag, "", true
	}
	rest, ok = strings.CutPrefix(rest, ",")
	return tag, strings.TrimSpace(rest), ok
}

// check evaluates the conditions for a row, in the order of the protocol: If-Match, or
// If-Unmodified-Since without it; then If-None-Match, or If-Modified-Since without it.
// The dates have whole seconds while updatedAt does not, so tags are the better choice.
func (c *conditions) check(row *Row, read bool) outcome {
	notModified := failed
	if read {
		notModified = unmodified
	}
	switch {
	case c.ifMatch != nil && !c.ifMatch.matches(row.Version):
		return failed
	case c.ifMatch == nil && !c.ifUnmodifiedSince.IsZero() && !c.ifUnmodifiedSince.After(row.UpdatedAt):
		return failed
	case c.ifNoneMatch != nil && c.ifNoneMatch.matches(row.Version):
		return notModified
	case c.ifNoneMatch == nil && !c.ifModifiedSince.IsZero() && c.ifModifiedSince.After(row.UpdatedAt):
		return notModified
	}
	return passed
}
