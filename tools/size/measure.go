package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/andybalholm/brotli"
)

// sizes are the bytes of one file, or of several that travel one by one.
type sizes struct {
	Raw, Gzip, Brotli int
}

// plus adds up files that are compressed each on their own, as a server sends them.
func (s sizes) plus(o sizes) sizes {
	return sizes{Raw: s.Raw + o.Raw, Gzip: s.Gzip + o.Gzip, Brotli: s.Brotli + o.Brotli}
}

// measure compresses data in the strongest way of each kind: what a server that
// compresses once, ahead of time, would send.
func measure(data []byte) (sizes, error) {
	var zipped, brotlied bytes.Buffer
	zip, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return sizes{}, err
	}
	for _, w := range []io.WriteCloser{zip, brotli.NewWriterLevel(&brotlied, brotli.BestCompression)} {
		if _, err := w.Write(data); err != nil {
			return sizes{}, err
		}
		if err := w.Close(); err != nil {
			return sizes{}, err
		}
	}
	return sizes{Raw: len(data), Gzip: zipped.Len(), Brotli: brotlied.Len()}, nil
}

// line is one row of the table.
type line struct {
	name string
	sizes
}

// report is everything measured in one run.
type report struct {
	wasm, floor sizes
	modules     []line // the JavaScript, file by file
	script      sizes  // their sum
}

// measureAll reads and measures the two programs, side by side since the strongest brotli
// takes seconds for each, and the modules a page loads.
func measureAll(wasm, floor, entry string) (report, error) {
	var r report
	files, err := pageModules(os.DirFS(filepath.Dir(entry)), filepath.Base(entry))
	if err != nil {
		return r, err
	}
	for _, f := range files {
		s, err := measure(f.text)
		if err != nil {
			return r, fmt.Errorf("%s: %w", f.name, err)
		}
		r.modules = append(r.modules, line{f.name, s})
		r.script = r.script.plus(s)
	}

	programs := []struct {
		path string
		size *sizes
		err  error
	}{{path: wasm, size: &r.wasm}, {path: floor, size: &r.floor}}
	var wg sync.WaitGroup
	for i := range programs {
		p := &programs[i]
		wg.Go(func() {
			var data []byte
			if data, p.err = os.ReadFile(p.path); p.err == nil {
				*p.size, p.err = measure(data)
			}
		})
	}
	wg.Wait()
	for _, p := range programs {
		if p.err != nil {
			return r, p.err
		}
	}
	return r, nil
}

// ratio is how many times the floor the wasm is, both as brotli.
func (r report) ratio() float64 {
	return float64(r.wasm.Brotli) / float64(r.floor.Brotli)
}

// print writes the table.
func (r report) print(w io.Writer) {
	fmt.Fprintf(w, "%-28s %12s %12s %12s\n", "bytes", "raw", "gzip", "brotli 11")
	row := func(name string, s sizes) {
		fmt.Fprintf(w, "%-28s %12d %12d %12d\n", name, s.Raw, s.Gzip, s.Brotli)
	}
	row("floor program", r.floor)
	row("wasm", r.wasm)
	fmt.Fprintf(w, "%-28s %12.3f %12.3f %12.3f\n", "wasm / floor",
		float64(r.wasm.Raw)/float64(r.floor.Raw), float64(r.wasm.Gzip)/float64(r.floor.Gzip), r.ratio())
	for _, m := range r.modules {
		row("  "+m.name, m.sizes)
	}
	row("JavaScript on the page", r.script)
}

// budget is what may be spent.
type budget struct {
	ratio float64
	js    int
}

// judge says what is over budget and what to do about it; nothing when all is well.
func (r report) judge(b budget) []string {
	var over []string
	if r.ratio() > b.ratio {
		over = append(over, fmt.Sprintf("the wasm is %d bytes as brotli, %.3f times the floor where %.2f are allowed; "+
			"look for a new import first (go list -deps ./wasm), then for code that says the same thing twice", r.wasm.Brotli, r.ratio(), b.ratio))
	}
	if r.script.Brotli > b.js {
		over = append(over, fmt.Sprintf("the JavaScript is %d bytes as brotli, %d more than %d; "+
			"load what a page does not need at once by a worker or move it into the wasm",
			r.script.Brotli, r.script.Brotli-b.js, b.js))
	}
	return over
}
