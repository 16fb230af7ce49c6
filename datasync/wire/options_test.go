package wire_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tidetable/datasync"
	"tidetable/datasync/query"
	"tidetable/datasync/wire"
)

func TestAddressesOfAServerAreAccepted(t *testing.T) {
	for _, address := range []string{
		"https://example.com", "http://example.com/", "https://example.com///", "http://localhost:8080",
		"https://sitename.example.fail", "http://127.0.0.1:1", "http://[::1]:8080/api", "https://[2001:db8::1]",
		"https://bücher.example/daten", "https://example.com/a%20b/c", "https://example.com:/x", "https://xn--bcher-kva.example",
		"https://example.com/a;b,c=d&e", "https://my_host.local/~user",
	} {
		t.Run(address, func(t *testing.T) {
			_, err := wire.New(&script{}, wire.Options{BaseURL: address})
			assert.NoError(t, err)
		})
	}
}

func TestAddressesThatCannotBeRightAreInvalidOptions(t *testing.T) {
	for address, says := range map[string]string{
		"":                             "not absolute",
		"example.com":                  "not absolute",
		"/tables":                      "not absolute",
		"//example.com":                "not absolute",
		"https:example.com":            "not absolute",
		"ftp://example.com":            "scheme 'ftp'",
		"javascript://example.com":     "scheme",
		" https://example.com":         "scheme",
		"https://":                     "no host",
		"https:///path":                "no host",
		"https://:8080":                "no host",
		"https://example.com?code=1":   "query",
		"https://example.com/#here":    "fragment",
		"https://user:pw@example.com":  "user or password",
		"https://example.com:0":        "port '0'",
		"https://example.com:65536":    "port '65536'",
		"https://example.com:http":     "port 'http'",
		"https://example.com:+80":      "port '+80'",
		"https://exa mple.com":         "characters",
		"https://example.com/a b":      "characters",
		"https://example.com\\a":       "characters",
		"https://example.com/\x00":     "characters",
		"https://example.com/\xff":     "characters",
		"https://example.com/%zz":      "two hexadecimal digits",
		"https://example.com/%4":       "two hexadecimal digits",
		"https://[::1":                 "host that is not one",
		"https://::1":                  "host that is not one",
		"https://[]":                   "host that is not one",
		"https://[00%00]":              "host that is not one",
		"https://a]b":                  "host that is not one",
		"https://https://example.com/": "", // the host is 'https' with an empty port
	} {
		t.Run(address, func(t *testing.T) {
			remote, err := wire.New(&script{}, wire.Options{BaseURL: address})
			if says == "" {
				assert.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Nil(t, remote)
			assert.Equal(t, datasync.CodeInvalidOptions, datasync.CodeOf(err))
			assert.Contains(t, err.Error(), says)
		})
	}
}

func TestOtherOptionsAreChecked(t *testing.T) {
	for _, test := range []struct {
		name    string
		options wire.Options
		says    string
	}{
		{"a dialect that is not spoken", wire.Options{Dialect: query.Legacy + 1}, "protocol"},
		{"a key for a server that has none", wire.Options{Dialect: query.Classic, ApplicationKey: "k"}, "applicationKey"},
		{"a key that would end its header", wire.Options{ApplicationKey: "k\r\nX-Evil: 1"}, "applicationKey has characters"},
		{"an installation that no header takes", wire.Options{InstallationID: "é"}, "installationId has characters"},
		{"a client that no header takes", wire.Options{ClientVersion: "\x7f"}, "client version has characters"},
		{"a parameter that is the protocol's version", wire.Options{Params: [][2]string{{"zumo-api-version", "2.0.0"}}}, "belongs to the table protocol"},
		{"a parameter that asks for system columns", wire.Options{Params: [][2]string{{"__SystemProperties", "*"}}}, "belongs to the table protocol"},
		{"a parameter without a name", wire.Options{Params: [][2]string{{"", "x"}}}, "has no name"},
		{"a parameter that is a query option", wire.Options{Params: [][2]string{{"$filter", "x"}}}, "belongs to the table protocol"},
		{"a parameter that hides deleted rows", wire.Options{Params: [][2]string{{"__includeDeleted", "false"}}}, "belongs to the table protocol"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.BaseURL = "https://example.com"
			_, err := wire.New(&script{}, test.options)
			assert.Equal(t, datasync.CodeInvalidOptions, datasync.CodeOf(err))
			assert.ErrorContains(t, err, test.says)
		})
	}
	t.Run("no transport", func(t *testing.T) {
		_, err := wire.New(nil, wire.Options{BaseURL: "https://example.com"})
		assert.Equal(t, datasync.CodeInvalidOptions, datasync.CodeOf(err))
	})
}

func TestProtocolsHaveNames(t *testing.T) {
	for name, want := range map[string]wire.Options{
		"datasync": {Dialect: query.Datasync}, "classic": {Dialect: query.Classic}, "legacy": {Dialect: query.Legacy},
		"auto": {Auto: true}, "": {Auto: true},
	} {
		var options wire.Options
		assert.True(t, options.Speak(name), name)
		assert.Equal(t, want, options, name)
	}
	for _, name := range []string{"odata", "Classic", "auto "} {
		var options wire.Options
		assert.False(t, options.Speak(name), name)
	}
	t.Run("a name takes back auto", func(t *testing.T) {
		options := wire.Options{Auto: true}
		assert.True(t, options.Speak("classic"))
		assert.Equal(t, wire.Options{Dialect: query.Classic}, options)
	})
}

// FuzzAddressesThatAreAcceptedParse holds the check by hand against the standard one:
// whatever it lets through is a URL with the same host.
func FuzzAddressesThatAreAcceptedParse(f *testing.F) {
	for _, seed := range []string{"https://example.com/a/", "http://[::1]:80", "https://h:1/%41", "HTTP://x//y//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		s := &script{}
		remote, err := wire.New(s, wire.Options{BaseURL: address})
		if err != nil {
			return
		}
		_, err = deleteOp.run(remote)
		require.ErrorIs(t, err, errScriptOver)
		parsed, err := url.Parse(s.requests[0].URL)
		if err != nil && strings.Contains(err.Error(), "host") {
			// Names are the browser's business; see hostProblem.
			return
		}
		require.NoError(t, err)
		assert.Contains(t, []string{"http", "https"}, parsed.Scheme)
		assert.NotEmpty(t, parsed.Host)
		assert.Empty(t, parsed.RawQuery)
		assert.Empty(t, parsed.Fragment)
		assert.Nil(t, parsed.User)
		assert.True(t, strings.HasSuffix(parsed.EscapedPath(), "/tables/movies/"+rowID))
	})
}
