package wire

// This file opens a Remote: it checks the options before anything is sent.

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tidetable/datasync"
	"tidetable/datasync/query"
)

// Options says which server to speak to, and how.
type Options struct {
	// BaseURL is the absolute http or https address that has /tables/<name> below it.
	// Slashes at its end are tolerated.
	BaseURL string
	// Dialect is the server's family. The zero value is datasync.
	Dialect query.Dialect
	// Auto asks the server for its family with the first request; Dialect is then not
	// looked at.
	Auto bool
	// ApplicationKey is the key of an Azure Mobile Services app. Giving one selects the
	// legacy dialect.
	ApplicationKey string
	// Unversioned names the tables whose conflicts are not looked for. Servers of the
	// legacy dialect are then not asked for the versions of their rows.
	Unversioned map[string]bool
	// Params are query parameters added to every request, names and values unencoded.
	Params [][2]string
	// InstallationID is sent as X-ZUMO-INSTALLATION-ID and ClientVersion as
	// X-ZUMO-VERSION when they are not empty; Features adds X-ZUMO-FEATURES. Servers log
	// them at most. Another origin has to allow each of them.
	InstallationID, ClientVersion string
	Features                      bool
	// Now tells the time, for answers that say until when to wait. Nil means time.Now.
	Now func() time.Time
}

// Speak sets Dialect and Auto from the name of a protocol: datasync, classic, legacy, or
// auto, which is also meant by no name. It returns false for any other.
func (o *Options) Speak(protocol string) bool {
	o.Auto = protocol == "" || protocol == "auto"
	for d, name := range protocols {
		if name == protocol {
			o.Dialect = query.Dialect(d)
			return true
		}
	}
	return o.Auto
}

// protocols are the dialects by name.
var protocols = [...]string{query.Datasync: "datasync", query.Classic: "classic", query.Legacy: "legacy"}

// New makes a Remote. It sends nothing, so the server need not be there; it fails with
// a *[datasync.Error] of [datasync.CodeInvalidOptions] when the options cannot be right.
func New(transport Transport, options Options) (*Remote, error) {
	if transport == nil {
		return nil, invalid("there is no transport to send requests with")
	}
	base, problem := baseOf(options.BaseURL)
	if problem != "" {
		return nil, invalid("the url '" + options.BaseURL + "' " + problem)
	}
	if problem := options.problem(); problem != "" {
		return nil, invalid(problem)
	}
	s := speaker{
		transport: transport, base: base, params: slices.Clone(options.Params),
		telemetry: telemetry{options.InstallationID, options.ClientVersion, options.Features},
		key:       options.ApplicationKey, unversioned: maps.Clone(options.Unversioned), now: options.Now, wide: &tableSet{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.key != "" {
		return &Remote{fixed: *s.speaking(query.Legacy)}, nil
	}
	if options.Auto {
		r := &Remote{auto: &detection{}}
		s.mistaken = r.auto.forget
		r.fixed = s
		return r, nil
	}
	if s = *s.speaking(options.Dialect); s.dialect == nil {
		return nil, invalid("the protocol is not one that is spoken here; use 'auto', 'datasync', 'classic' or 'legacy'")
	}
	return &Remote{fixed: s}, nil
}

func invalid(msg string) error {
	return &datasync.Error{Code: datasync.CodeInvalidOptions, Msg: msg}
}

// problem says what is wrong with what is sent along with every request.
func (o *Options) problem() string {
	for _, p := range o.Params {
		if problem := paramProblem(p[0]); problem != "" {
			return "the query parameter '" + p[0] + "' " + problem
		}
	}
	if o.ApplicationKey != "" && !o.Auto && o.Dialect == query.Classic {
		return "an applicationKey belongs to the protocol 'legacy', not to 'classic'"
	}
	for _, h := range [][2]string{
		{"applicationKey", o.ApplicationKey}, {"installationId", o.InstallationID}, {"client version", o.ClientVersion},
	} {
		if !fitsHeader(h[1]) {
			return "the " + h[0] + " has characters that cannot be sent"
		}
	}
	return ""
}

// paramProblem keeps parameters of the app from changing what a request asks for.
func paramProblem(name string) string {
	if name == "" {
		return "has no name"
	}
	for _, reserved := range []string{includeDeleted, systemProperties, versionName} {
		if strings.EqualFold(name, reserved) {
			return reservedName
		}
	}
	if strings.HasPrefix(name, "$") {
		return reservedName
	}
	return ""
}

const (
	// versionName is the header, and the query parameter, with the protocol's version.
	versionName  = "ZUMO-API-VERSION"
	reservedName = "belongs to the table protocol and cannot be set for every request"
)
