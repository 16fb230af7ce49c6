package tableserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Options configures a [Server]. Fields that are zero take their defaults.
type Options struct {
	// Repository keeps the rows. It is required, and closing it is the caller's task.
	Repository Repository
	// Tables are the names of the tables that are served; every other one is answered
	// with 404. A name is a letter and up to 63 letters, digits and underscores; case
	// does not matter.
	Tables []string
	// PageSize is the largest number of rows in one answer. Default 100.
	PageSize int
	// MaxTop is the largest $top that may be asked for. Default 128000.
	MaxTop int
	// MaxBody is the largest request body in bytes. Default 8 MiB.
	MaxBody int64
	// MaxQuery is the largest query string in bytes. Default 32 KiB.
	MaxQuery int
	// HardDelete makes deletes drop rows. Clients then never learn of them.
	HardDelete bool
	// Origins are the exact origins, like https://app.example, whose pages may use the
	// tables. The server's own origin needs no entry.
	Origins []string
	// Timeout bounds the work on one request. Default 30 s.
	Timeout time.Duration
	// NewID makes ids for rows that come without one. Default: random UUIDs.
	NewID func() string
	// Logger gets one record per request, without bodies and queries. Default: none.
	Logger *slog.Logger
}

// Server serves tables under /tables/ and its state under /healthz.
type Server struct {
	options Options
	tables  map[string]bool // by name in lower case
	origins map[string]bool
}

var _ http.Handler = (*Server)(nil)

var tableName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// New makes a server. It fails when an option makes no sense.
func New(options Options) (*Server, error) {
	if options.Repository == nil {
		return nil, errors.New("a table server needs a Repository")
	}
	if options.PageSize < 0 || options.MaxTop < 0 || options.MaxBody < 0 || options.MaxQuery < 0 || options.Timeout < 0 {
		return nil, errors.New("a limit of the table server is negative")
	}
	options.PageSize = cmp.Or(options.PageSize, 100)
	options.MaxTop = cmp.Or(options.MaxTop, 128000)
	options.MaxBody = cmp.Or(options.MaxBody, 8<<20)
	options.MaxQuery = cmp.Or(options.MaxQuery, 32<<10)
	options.Timeout = cmp.Or(options.Timeout, 30*time.Second)
	options.Logger = cmp.Or(options.Logger, slog.New(slog.DiscardHandler))
	if options.NewID == nil {
		options.NewID = uuid.NewString
	}
	s := &Server{options: options, tables: map[string]bool{}, origins: map[string]bool{}}
	for _, name := range options.Tables {
		folded := strings.ToLower(name)
		if !tableName.MatchString(folded) {
			return nil, fmt.Errorf("%q cannot be a table: a name is a letter and up to 63 letters, digits and underscores", name)
		}
		s.tables[folded] = true
	}
	for _, origin := range options.Origins {
		if err := checkOrigin(origin); err != nil {
			return nil, err
		}
		s.origins[origin] = true
	}
	return s, nil
}

// target is what the path of a request names: a table, or a row of it when id is set.
type target struct {
	table string
	id    string
	path  string // of the table, as the request spelled it
}

// resolve finds the target of a path.
func (s *Server) resolve(u *url.URL) (target, error) {
	rest, ok := strings.CutPrefix(u.EscapedPath(), "/tables/")
	if !ok {
		return target{}, notFound("there is nothing here: tables are at /tables/{name}")
	}
	rawTable, rawID, _ := strings.Cut(rest, "/")
	name, err := url.PathUnescape(rawTable)
	if err != nil {
		return target{}, badRequest("the path is not percent-encoded text")
	}
	if !s.tables[strings.ToLower(name)] {
		return target{}, notFound(fmt.Sprintf("there is no table %q", name))
	}
	t := target{table: strings.ToLower(name), path: "/tables/" + rawTable}
	if rawID == "" {
		return t, nil
	}
	if t.id, err = url.PathUnescape(rawID); err != nil {
		return target{}, badRequest("the path is not percent-encoded text")
	}
	if !validID(t.id) {
		return target{}, badRequest(fmt.Sprintf("the path names no row: %s", idRule))
	}
	return t, nil
}

// endpoint answers one method on a table or a row.
type endpoint func(ctx context.Context, r *http.Request, t target) (reply, error)

// endpoints lists what can be done with a target. HEAD goes with GET.
func (s *Server) endpoints(t target) map[string]endpoint {
	protocol := datasync{&s.options}
	if t.id == "" {
		return map[string]endpoint{http.MethodGet: protocol.list, http.MethodPost: protocol.insert}
	}
	return map[string]endpoint{http.MethodGet: protocol.read, http.MethodPut: protocol.replace, http.MethodDelete: protocol.remove}
}

// answer works out the reply to one request.
func (s *Server) answer(ctx context.Context, r *http.Request) (reply, error) {
	if r.URL.Path == "/healthz" {
		return s.health(ctx, r)
	}
	if len(r.URL.RawQuery) > s.options.MaxQuery {
		return reply{}, &failure{http.StatusRequestURITooLong, fmt.Sprintf("the query is longer than %d bytes", s.options.MaxQuery)}
	}
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		// A page only gets to see a 404 when the question before it was answered.
		return reply{status: http.StatusNoContent}, nil
	}
	t, err := s.resolve(r.URL)
	if err != nil {
		return reply{}, err
	}
	endpoints := s.endpoints(t)
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if serve, ok := endpoints[method]; ok {
		return serve(ctx, r, t)
	}
	return methodReply(r.Method, endpoints)
}

// health tells whether the database answers.
func (s *Server) health(ctx context.Context, r *http.Request) (reply, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return methodReply(r.Method, map[string]endpoint{http.MethodGet: nil})
	}
	if err := s.options.Repository.Ping(ctx); err != nil {
		return reply{}, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return reply{status: http.StatusOK, body: []byte(`{"status":"ok"}`)}, nil
}
