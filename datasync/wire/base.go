package wire

// This file checks the address of a server.

import (
	"strconv"
	"strings"
)

// baseOf checks the address and takes the slashes off its end. It is done by hand
// because net/url would be the only reason to link that package into the wasm.
func baseOf(address string) (base, problem string) {
	scheme, rest, ok := strings.Cut(address, "://")
	switch {
	case !ok:
		return "", "is not absolute; it must start with https:// or http://"
	case !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http"):
		return "", "has the scheme '" + scheme + "'; it must be https or http"
	case strings.ContainsAny(rest, "?#"):
		return "", "has a query or a fragment; query parameters for every request are an option of their own"
	case strings.ContainsFunc(rest, notInAddress):
		return "", "has characters that no url may have"
	case !escapesAreWhole(rest):
		return "", "has a % that is not followed by two hexadecimal digits"
	}
	host, path, _ := strings.Cut(rest, "/")
	if problem := hostProblem(host); problem != "" {
		return "", problem
	}
	path = strings.TrimRight(path, "/")
	if path != "" {
		path = "/" + path
	}
	return strings.ToLower(scheme) + "://" + host + path, ""
}

func notInAddress(c rune) bool {
	return c <= ' ' || c == 0x7f || c == 0xfffd || strings.ContainsRune(`"<>\^{}|`+"`", c)
}

func escapesAreWhole(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// hostProblem looks at host and port. The browser knows more about names than is worth
// repeating here; what gets past this fails as a network error does.
func hostProblem(host string) string {
	if strings.Contains(host, "@") {
		return "has a user or password in it, which browsers refuse to send"
	}
	name, port := host, ""
	bracket := strings.LastIndexByte(host, ']')
	if i := strings.LastIndexByte(host, ':'); i > bracket {
		name, port = host[:i], host[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
			return "has the port '" + port + "', which is not one"
		}
	}
	inner, ipv6 := strings.CutPrefix(name, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	switch {
	case name == "":
		return "names no host"
	case ipv6 != closed, ipv6 && strings.Trim(inner, "0123456789abcdefABCDEF:.") != "",
		ipv6 && inner == "", !ipv6 && strings.ContainsAny(name, ":[]%"):
		return "has a host that is not one: '" + name + "'"
	}
	return ""
}
