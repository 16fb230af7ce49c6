package wire

// This file turns versions into entity tags and back. The body's version is what counts;
// a tag only stands in for one that is missing, since proxies and frameworks put weak
// tags of their own on answers.

import "strings"

// tagOf quotes a version for If-Match; a quote inside is escaped as servers do that
// allow one.
func tagOf(version string) string {
	return `"` + strings.ReplaceAll(version, `"`, `\"`) + `"`
}

// versionOf reads an entity tag; ok is false for a weak one and for what is none.
func versionOf(tag string) (version string, ok bool) {
	tag = strings.TrimSpace(tag)
	if len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return "", false
	}
	return strings.ReplaceAll(tag[1:len(tag)-1], `\"`, `"`), true
}

// fitsHeader tells whether a version can be sent. Browsers reject other characters
// before anything is sent, which would look like a network that is down.
func fitsHeader(version string) bool {
	for i := 0; i < len(version); i++ {
		if version[i] < ' ' || version[i] > '~' {
			return false
		}
	}
	return true
}
