package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"tidetable/web"
)

// patience bounds what a test waits for; nothing takes this long.
const patience = 20 * time.Second

// built is a page as make builds it.
var built = fstest.MapFS{
	"index.html":          {Data: []byte("<!doctype html><title>Todo</title>")},
	web.Wasm:              {Data: []byte("\x00asm")},
	"tidetable/index.mjs": {Data: []byte("export {};")},
}

// asProcess makes the test binary be the program itself; see TestMain.
const asProcess = "TIDETABLE_TEST_AS_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		os.Exit(process(os.Args[1:], built))
	}
	os.Exit(m.Run())
}

// running is a server that a test has started.
type running struct {
	t    *testing.T
	url  string
	stop func() int
}

var readyLine = regexp.MustCompile(`^Tidetable is ready at (http://localhost:\d+/)\n$`)

// start runs serve within the test until stop, which returns its exit code.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"serve", "-addr", "localhost:0"}, args...), built, writer, io.Discard)
		writer.Close()
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	require.NoError(t, err)
	match := readyLine.FindStringSubmatch(line)
	require.NotNil(t, match, line)
	go io.Copy(io.Discard, reader)
	stop := func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(patience):
			return -1
		}
	}
	t.Cleanup(func() { cancel() })
	return &running{t, match[1], stop}
}

// get reads a path, with another Host when one is given.
func (r *running) get(path, host string) (int, http.Header, string) {
	r.t.Helper()
	request, err := http.NewRequest("GET", r.url+strings.TrimPrefix(path, "/"), nil)
	require.NoError(r.t, err)
	request.Host = host
	return r.do(request)
}

func (r *running) do(request *http.Request) (int, http.Header, string) {
	r.t.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(r.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(r.t, err)
	return response.StatusCode, response.Header, string(text)
}

// post inserts a row into todoitem.
func (r *running) post(body string) int {
	r.t.Helper()
	request, err := http.NewRequest("POST", r.url+"tables/todoitem", strings.NewReader(body))
	require.NoError(r.t, err)
	request.Header.Set("Content-Type", "application/json")
	status, _, _ := r.do(request)
	return status
}

func TestServeHasThePageTheAPIAndTheTables(t *testing.T) {
	s := start(t, "-db", filepath.Join(t.TempDir(), "todo.db"))
	for path, mediaType := range map[string]string{
		"/": "text/html; charset=utf-8", "/tidetable/index.mjs": "text/javascript; charset=utf-8", "/tidetable/tidetable.wasm": "application/wasm",
		"/shell.json": "application/json", "/healthz": "application/json; charset=utf-8", "/tables/todoitem?$top=1": "application/json; charset=utf-8",
	} {
		status, header, _ := s.get(path, "")
		require.Equal(t, 200, status, path)
		require.Equal(t, mediaType, header.Get("Content-Type"), path)
	}
	status, _, text := s.get("/tables/other", "")
	require.Equal(t, 404, status)
	require.Contains(t, text, `there is no table \"other\"`)
	status, _, _ = s.get("/tables/todoitem/..", "")
	require.Equal(t, 400, status, "paths below the tables are never cleaned or redirected")
	require.Zero(t, s.stop())
}

func TestServeKeepsRowsOverARestart(t *testing.T) {
	db := filepath.Join(t.TempDir(), "todo.db")
	s := start(t, "-db", db)
	require.Equal(t, 201, s.post(`{"id":"a","text":"milk"}`))
	_, _, before := s.get("/tables/todoitem/a", "")
	require.Zero(t, s.stop())

	s = start(t, "-db", db, "-tables", "TodoItem, other", "-page-size", "1")
	_, _, after := s.get("/tables/todoitem/a", "")
	require.Equal(t, before, after)
	require.Equal(t, 409, s.post(`{"id":"a"}`))
	require.Equal(t, 201, s.post(`{"id":"b"}`))
	status, _, _ := s.get("/tables/other", "")
	require.Equal(t, 200, status)
	_, _, text := s.get("/tables/todoitem", "")
	var page struct {
		Items    []any
		NextLink string
	}
	require.NoError(t, json.Unmarshal([]byte(text), &page))
	require.Len(t, page.Items, 1)
	require.Equal(t, "$skip=1", page.NextLink)
	require.Zero(t, s.stop())
}

func TestServeAnswersToThisMachineOnly(t *testing.T) {
	s := start(t, "-db", filepath.Join(t.TempDir(), "todo.db"))
	for host, want := range map[string]int{"localhost": 200, "app.localhost:80": 200, "127.0.0.1:1": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "10.0.0.1": 421} {
		status, _, _ := s.get("/tables/todoitem", host)
		require.Equal(t, want, status, host)
		status, _, _ = s.get("/", host)
		require.Equal(t, want, status, host)
	}
	require.Zero(t, s.stop())

	s = start(t, "-db", filepath.Join(t.TempDir(), "todo.db"), "-public")
	status, _, _ := s.get("/tables/todoitem", "todo.example")
	require.Equal(t, 200, status)
	require.Zero(t, s.stop())
}

func TestServeLetsOtherOriginsIn(t *testing.T) {
	s := start(t, "-db", filepath.Join(t.TempDir(), "todo.db"), "-origins", "https://app.example")
	request, err := http.NewRequest("GET", s.url+"tables/todoitem", nil)
	require.NoError(t, err)
	request.Header.Set("Origin", "https://app.example")
	_, header, _ := s.do(request)
	require.Equal(t, "https://app.example", header.Get("Access-Control-Allow-Origin"))
	require.Zero(t, s.stop())
}

func TestCommandLinesThatMakeNoSenseAreExplained(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	defer taken.Close()
	db := filepath.Join(t.TempDir(), "todo.db")
	unbuilt := fstest.MapFS{"index.html": built["index.html"]}

	for name, c := range map[string]struct {
		args []string
		page fs.FS
		code int
		part string
	}{
		"no command":        {nil, built, 2, "Usage"},
		"unknown command":   {[]string{"sevre"}, built, 2, `"sevre"`},
		"unknown flag":      {[]string{"serve", "-port", "1"}, built, 2, "-port"},
		"an argument":       {[]string{"serve", "todo.db"}, built, 2, `"todo.db"`},
		"all interfaces":    {[]string{"serve", "-addr", ":8080"}, built, 2, "-public"},
		"another interface": {[]string{"serve", "-addr", "192.168.0.1:8080"}, built, 2, "no sign-in"},
		"a public name":     {[]string{"serve", "-addr", "localhost.example:80"}, built, 2, "-public"},
		"no port":           {[]string{"serve", "-addr", "localhost"}, built, 2, "host:port"},
		"bad port":          {[]string{"serve", "-addr", "localhost:http-no", "-db", db}, built, 1, "http-no"},
		"port taken":        {[]string{"serve", "-addr", taken.Addr().String(), "-db", db}, built, 1, "taken"},
		"database server":   {[]string{"serve", "-db", "postgres://localhost/x"}, built, 2, "SQLite file"},
		"no database":       {[]string{"serve", "-db", ""}, built, 2, "-db"},
		"no such folder":    {[]string{"serve", "-db", filepath.Join(db, "no", "todo.db")}, built, 1, "todo.db"},
		"no table":          {[]string{"serve", "-tables", ","}, built, 2, "-tables"},
		"bad table":         {[]string{"serve", "-tables", "a b", "-db", db}, built, 1, `"a b"`},
		"bad origin":        {[]string{"serve", "-origins", "app.example", "-db", db}, built, 1, "origin"},
		"no rows a page":    {[]string{"serve", "-page-size", "0"}, built, 2, "-page-size"},
		"not built":         {[]string{"serve", "-db", db}, unbuilt, 1, "make build"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			require.Equal(t, c.code, run(t.Context(), c.args, c.page, &stdout, &stderr))
			require.Contains(t, stderr.String(), c.part)
			require.Empty(t, stdout.String(), "nothing is ready")
		})
	}
	t.Run("help is no failure", func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		require.Zero(t, run(t.Context(), []string{"help"}, built, &stdout, &stderr))
		require.Contains(t, stdout.String(), "tidetable serve")
		require.Zero(t, run(t.Context(), []string{"serve", "-help"}, built, &stdout, &stderr))
		for _, flag := range []string{"-addr", "-db", "-tables", "-public", "-origins", "-page-size"} {
			require.Contains(t, stderr.String(), flag)
		}
	})
}

func TestTheAddressShownIsOneToOpen(t *testing.T) {
	addr := &net.TCPAddr{Port: 8080}
	for given, want := range map[string]string{"localhost:0": "localhost", "127.0.0.1:0": "127.0.0.1", "[::1]:0": "[::1]", ":0": "localhost", "0.0.0.0:0": "localhost", "[::]:0": "localhost"} {
		s := settings{addr: given}
		require.Equal(t, "http://"+want+":8080/", s.url(addr))
	}
}

func TestRequestsUnderWayFinishBeforeTheServerEnds(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		io.WriteString(w, "done")
	})
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- listen(ctx, listener, handler, slog.New(slog.DiscardHandler)) }()
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		answer <- string(text)
	}()
	<-entered
	cancel()
	select {
	case <-ended:
		t.Fatal("the server ended with a request under way")
	default:
	}
	close(release)
	require.Equal(t, "done", <-answer)
	require.NoError(t, <-ended)
}

func TestSignalsEndTheProcessInGoodOrder(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			db := filepath.Join(t.TempDir(), "todo.db")
			process := exec.CommandContext(ctx, os.Args[0], "serve", "-addr", "localhost:0", "-db", db)
			process.Env = append(os.Environ(), asProcess+"=1")
			stdout, err := process.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, process.Start())
			line, err := bufio.NewReader(stdout).ReadString('\n')
			require.NoError(t, err)
			match := readyLine.FindStringSubmatch(line)
			require.NotNil(t, match, line)
			s := &running{t: t, url: match[1]}
			require.Equal(t, 201, s.post(`{"id":"a"}`))

			require.NoError(t, process.Process.Signal(signal))
			require.NoError(t, process.Wait(), "the exit code is 0")
			require.NoFileExists(t, db+"-wal", "the database was closed")
		})
	}
}
