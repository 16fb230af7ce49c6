package tableserver

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
)

// What pages of other origins may send and see. A page needs the headers exposed to read
// versions and links; without Max-Age each write costs a request more.
const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
	corsExposed = "ETag, Link, Location, Last-Modified, Retry-After, X-Request-Id"
	corsMaxAge  = "300"
)

// corsHeaders is what a preflight may ask for; applications send headers of their own.
var corsHeaders = regexp.MustCompile(`^[A-Za-z0-9, -]{1,500}$`)

// checkOrigin refuses what no browser sends as an Origin.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return fmt.Errorf("%q is not an origin: give scheme and host (and port), like https://app.example", origin)
	}
	return nil
}

// allowOrigin adds the CORS headers for a page of an allowed origin, whatever the answer
// will be: a page that cannot read an error cannot handle it.
func (s *Server) allowOrigin(header http.Header, r *http.Request) {
	if len(s.origins) == 0 {
		return
	}
	header.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !s.origins[origin] {
		return
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Expose-Headers", corsExposed)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return
	}
	header.Set("Access-Control-Allow-Methods", corsMethods)
	header.Set("Access-Control-Max-Age", corsMaxAge)
	if asked := r.Header.Get("Access-Control-Request-Headers"); corsHeaders.MatchString(asked) {
		header.Set("Access-Control-Allow-Headers", asked)
	}
}
