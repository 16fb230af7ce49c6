package interop

// This file runs the server and speaks plain HTTP with it, as another user's device would.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server is the running server.
type server struct {
	address string
	process *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Scanner
	log     *bytes.Buffer

	mu     sync.Mutex
	tables int
}

// said is a line that the server writes.
type said struct {
	Port  int    `json:"port"`
	Added string `json:"added"`
	Error string `json:"error"`
}

// start starts the server with the modules in a folder.
func start(folder string) (*server, error) {
	s := &server{process: exec.Command("node", filepath.Join("server", "server.js")), log: &bytes.Buffer{}}
	s.process.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(folder, "node_modules"))
	s.process.Stderr = s.log
	s.process.WaitDelay = time.Second
	var err error
	if s.input, err = s.process.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	s.output = bufio.NewScanner(output)
	first, err := s.hear()
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("%w\n%s", err, s.log)
	}
	s.address = "http://127.0.0.1:" + strconv.Itoa(first.Port)
	return s, nil
}

// hear reads a line, for which the server has 30 seconds.
func (s *server) hear() (said, error) {
	deadline := time.AfterFunc(30*time.Second, func() { _ = s.process.Process.Kill() })
	defer deadline.Stop()
	if !s.output.Scan() {
		return said{}, errors.Join(errors.New("the server has ended"), s.output.Err())
	}
	var line said
	if err := json.Unmarshal(s.output.Bytes(), &line); err != nil {
		return said{}, fmt.Errorf("the server says %q", s.output.Text())
	}
	if line.Error != "" {
		return said{}, errors.New(line.Error)
	}
	return line, nil
}

// stop ends the server. It ends by itself when its input does; the rest is to be sure.
func (s *server) stop() {
	_ = s.input.Close()
	deadline := time.AfterFunc(5*time.Second, func() { _ = s.process.Process.Kill() })
	defer deadline.Stop()
	_ = s.process.Wait()
}

// columns of the usual table. Others come into being with the first row that has them.
const columns = `{"text":"string","n":"number","done":"boolean"}`

// soft is a table that keeps tombstones, hard one that does not.
const (
	soft = `{"softDelete":true,"columns":` + columns + `}`
	hard = `{"columns":` + columns + `}`
)

// add makes a new table and returns its name.
func (s *server) add(t testing.TB, definition string) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables++
	name := "table" + strconv.Itoa(s.tables)
	_, err := io.WriteString(s.input, `{"name":"`+name+`","definition":`+definition+"}\n")
	require.NoError(t, err)
	line, err := s.hear()
	require.NoError(t, err)
	require.Equal(t, name, line.Added)
	return name
}

// row is a row as JSON has it.
type row map[string]any

// do sends one request and returns the answer's status and, if it is an object, its members.
func (s *server) do(t testing.TB, method, path, body string, header ...string) (int, row) {
	t.Helper()
	request, err := http.NewRequest(method, s.address+"/tables/"+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("ZUMO-API-VERSION", "2.0.0")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var members row
	_ = json.Unmarshal(text, &members)
	return answer.StatusCode, members
}

// post inserts a row as another device would.
func (s *server) post(t testing.TB, table, body string) row {
	t.Helper()
	status, stored := s.do(t, "POST", table, body)
	require.Equal(t, 201, status, stored)
	return stored
}

// patch changes a row as another device would.
func (s *server) patch(t testing.TB, table, id, members string) row {
	t.Helper()
	status, stored := s.do(t, "PATCH", table+"/"+url.PathEscape(id), members)
	require.Equal(t, 200, status, stored)
	return stored
}

// remove deletes a row as another device would.
func (s *server) remove(t testing.TB, table, id string) {
	t.Helper()
	status, stored := s.do(t, "DELETE", table+"/"+url.PathEscape(id), "")
	require.Equal(t, 200, status, stored)
}

// get reads a row; nil when there is none or only its tombstone.
func (s *server) get(t testing.TB, table, id string) row {
	t.Helper()
	status, stored := s.do(t, "GET", table+"/"+url.PathEscape(id), "")
	if status == 404 {
		return nil
	}
	require.Equal(t, 200, status)
	return stored
}
