package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
)

// settings are the flags of serve.
type settings struct {
	addr     string
	db       string
	tables   []string
	origins  []string
	pageSize int
	public   bool
}

// errUsage is returned for a command line that was already explained to the user.
var errUsage = errors.New("usage")

// parseFlags reads the flags of serve. It returns flag.ErrHelp after showing the help.
func parseFlags(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var tables, origins string
	flags := flag.NewFlagSet("tidetable serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.addr, "addr", "localhost:8080", "`host:port` to listen on; port 0 takes a free one")
	flags.StringVar(&s.db, "db", "todo.db", "SQLite `file` that keeps the tables; it is created when it does not exist")
	flags.StringVar(&tables, "tables", "todoitem", "`names` of the tables to serve, separated by commas")
	flags.StringVar(&origins, "origins", "", "`origins` of other sites whose pages may use the tables, separated by commas,\nlike https://app.example; the page served here needs none")
	flags.IntVar(&s.pageSize, "page-size", 100, "largest `number` of rows in one answer")
	flags.BoolVar(&s.public, "public", false, "allow an address that other machines can reach. There is no sign-in:\nwhoever reaches it can read and change every row")
	flags.Usage = func() {
		fmt.Fprint(stderr, "Usage: tidetable serve [flags]\n\nServes the todo page at /, the JS API under /tidetable/ and the tables under /tables/.\n\nFlags:\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return s, err
		}
		return s, errUsage
	}
	s.tables, s.origins = list(tables), list(origins)
	return s, s.check(flags.Args())
}

// list splits a comma-separated flag.
func list(text string) []string {
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// check refuses settings that cannot work.
func (s *settings) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("serve takes flags only, not %q", rest[0])
	}
	host, _, err := net.SplitHostPort(s.addr)
	if err != nil {
		return fmt.Errorf("-addr %s is not host:port", s.addr)
	}
	if !s.public && !isLoopback(host) {
		return fmt.Errorf("-addr %s can be reached from other machines, and there is no sign-in: "+
			"whoever reaches it can read and change every row. Use localhost, or add -public if that is what you want", s.addr)
	}
	if strings.Contains(s.db, "://") {
		return fmt.Errorf("-db %s is not a file: tables are kept in a SQLite file", s.db)
	}
	if s.db == "" {
		return errors.New("-db names no file")
	}
	if len(s.tables) == 0 {
		return errors.New("-tables names no table")
	}
	if s.pageSize < 1 {
		return errors.New("-page-size must be at least 1")
	}
	return nil
}

// isLoopback tells whether a host name can only mean this machine.
func isLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
