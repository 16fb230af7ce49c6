package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tidetable/tableserver"
	"tidetable/web"
)

// shutdownTime is how long running requests get to finish.
const shutdownTime = 10 * time.Second

// serve runs the command serve until ctx is done.
func serve(ctx context.Context, args []string, page fs.FS, stdout, stderr io.Writer) int {
	s, err := parseFlags(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case err != nil:
		fmt.Fprintf(stderr, "tidetable: %v\n", err)
		return 2
	}
	if err := s.run(ctx, page, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "tidetable: %v\n", err)
		return 1
	}
	return 0
}

// run serves page and tables as the settings say.
func (s *settings) run(ctx context.Context, page fs.FS, stdout, stderr io.Writer) (err error) {
	if _, err := fs.Stat(page, web.Wasm); err != nil {
		return errors.New("this binary was built without the engine: run make build first")
	}
	files, err := web.Handler(page)
	if err != nil {
		return err
	}
	rows, err := tableserver.OpenSQLite(ctx, tableserver.SQLiteOptions{Path: s.db})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	log := slog.New(slog.NewTextHandler(stderr, nil))
	tables, err := tableserver.New(tableserver.Options{
		Repository: rows, Tables: s.tables, Origins: s.origins, PageSize: s.pageSize, Logger: log,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is taken by another program: choose another address with -addr", s.addr)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Tidetable is ready at %s\n", s.url(listener.Addr()))
	return listen(ctx, listener, s.guard(route(tables, files)), log)
}

// url is where the user finds the page.
func (s *settings) url(addr net.Addr) string {
	host, _, _ := net.SplitHostPort(s.addr) // checked with the flags
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	port := addr.(*net.TCPAddr).Port
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/"
}

// route tells the table server's paths from the page's. It does not clean paths as
// http.ServeMux does: a redirect is no answer to a write.
func route(tables, files http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if path == "/healthz" || path == "/tables" || strings.HasPrefix(path, "/tables/") {
			tables.ServeHTTP(w, r)
			return
		}
		files.ServeHTTP(w, r)
	})
}

// guard refuses requests that name another host than this machine, unless the server is
// public: a site that lets its own name point here would otherwise reach the tables from
// within the user's browser.
func (s *settings) guard(next http.Handler) http.Handler {
	if s.public {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = strings.Trim(r.Host, "[]")
		}
		if !isLoopback(host) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(http.StatusMisdirectedRequest)
			io.WriteString(w, `{"error":"this server only answers to localhost; start it with -public to use another name"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// listen serves until ctx is done, then lets running requests finish.
func listen(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		return errors.Join(fmt.Errorf("requests were still running: %w", err), server.Close())
	}
	return nil
}
