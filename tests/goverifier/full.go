package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// audit recomputes one folder. Everything it compares with comes from the entry bundles.
type audit struct {
	folder  string
	size    int64            // entries hashed so far
	rows    [][]tlog.Hash    // the last, unfinished tile of each level
	made    map[place][]byte // what each tile and each bundle has to hold
	exact   *int64           // the lowest entry that a finding names
	ranges  [][2]int64       // entries that a finding covers without naming one
	problem string
}

// fullAudit recomputes every hash from the entries and compares the root and every byte of every file. Section 10.
func fullAudit(folder string, signed tlog.Tree) Verdict {
	a := &audit{folder: folder, made: map[place][]byte{}}
	for n := int64(0); n*width < signed.N; n++ {
		w := signed.N - n*width
		if w > width {
			w = width
		}
		raw, err := readBundle(folder, n, w)
		if err == nil {
			err = a.hashBundle(place{-1, n}, raw, w)
		}
		if err != nil {
			a.find(fmt.Sprintf("bundle %d: %v", n, err), n*width, n*width+w-1)
			break
		}
	}
	for level, row := range a.rows {
		if len(row) > 0 && a.size == signed.N {
			a.made[place{level, a.size >> (8 * level) / width}] = joined(row)
		}
	}
	a.findMissing()
	a.compareFiles()
	root := a.root()
	if a.size == signed.N && root != signed.Hash {
		a.find("the entries do not lead to the signed root", -1, -1)
	}
	return Verdict{Size: a.size, Root: root.String(), FirstBad: a.firstBad(), Problem: a.problem}
}

func (a *audit) hashBundle(where place, raw []byte, w int64) error {
	entries, end := splitBundle(raw, w)
	if end != len(raw) {
		return fmt.Errorf("expected %d entries and nothing behind them", w)
	}
	for _, entry := range entries {
		a.add(0, a.size, tlog.RecordHash(entry))
		a.size++
	}
	a.made[where] = raw
	return nil
}

// add puts hash n into its level; a tile that it fills is hashed into the level above.
func (a *audit) add(level int, n int64, hash tlog.Hash) {
	if level == len(a.rows) {
		a.rows = append(a.rows, make([]tlog.Hash, 0, width))
	}
	a.rows[level] = append(a.rows[level], hash)
	if row := a.rows[level]; len(row) == width {
		a.made[place{level, n / width}] = joined(row)
		above := perfectRoot(row)
		a.rows[level] = row[:0]
		a.add(level+1, n/width, above)
	}
}

// root folds the unfinished tiles, the lowest level first: each holds what stands right of the level above.
func (a *audit) root() tlog.Hash {
	root, isBegun := tlog.Hash(sha256.Sum256(nil)), false
	for _, row := range a.rows {
		for end := len(row); end > 0; {
			span := end & -end
			peak := perfectRoot(row[end-span : end])
			if isBegun {
				root = tlog.NodeHash(peak, root)
			} else {
				root, isBegun = peak, true
			}
			end -= span
		}
	}
	return root
}

func perfectRoot(row []tlog.Hash) tlog.Hash {
	var work [width]tlog.Hash
	copy(work[:], row)
	for n := len(row); n > 1; n /= 2 {
		for i := 0; i < n/2; i++ {
			work[i] = tlog.NodeHash(work[2*i], work[2*i+1])
		}
	}
	return work[0]
}

func joined(row []tlog.Hash) []byte {
	out := make([]byte, 0, len(row)*tlog.HashSize)
	for _, hash := range row {
		out = append(out, hash[:]...)
	}
	return out
}

// findMissing looks for every hash tile that the entries ask for; a full one stands in for a partial one.
func (a *audit) findMissing() {
	for where, hashes := range a.made {
		if where.level < 0 {
			continue
		}
		w, span := int64(len(hashes)/tlog.HashSize), int64(1)<<(8*where.level)
		if !isFile(a.folder, tilePath(where, w)) && !isFile(a.folder, tilePath(where, width)) {
			first := where.n * width * span
			a.find(tilePath(where, w)+": missing", first, first+w*span-1)
		}
	}
}

// compareFiles looks at every file under tile/: what it holds is what the entries make it, as far as they reach.
func (a *audit) compareFiles() {
	filepath.WalkDir(filepath.Join(a.folder, "tile"), func(path string, found fs.DirEntry, err error) error {
		if err != nil || found.IsDir() {
			return nil
		}
		name, _ := filepath.Rel(a.folder, path)
		where, w, isTile := parsePath(filepath.ToSlash(name))
		if !isTile {
			a.find(name+": no tile has this name", -1, -1)
			return nil
		}
		if !found.Type().IsRegular() {
			a.find(name+": a link, or something else that is no plain file", -1, -1)
			return nil
		}
		raw, err := readFile(path, bundleMaxSize)
		if err != nil {
			a.find(name+": "+err.Error(), -1, -1)
			return nil
		}
		a.compare(name, where, w, raw)
		return nil
	})
}

func (a *audit) compare(name string, where place, w int64, raw []byte) {
	expected := a.made[where]
	if where.level < 0 {
		if _, end := splitBundle(expected, w); end >= 0 {
			expected = expected[:end]
		} else { // it reaches beyond the checkpoint
			raw = raw[:min(len(raw), len(expected))]
		}
		if !bytes.Equal(raw, expected) {
			a.find(name+": differs from the entries of the log", -1, -1)
		}
		return
	}
	if want := int(w) * tlog.HashSize; want <= len(expected) {
		expected = expected[:want]
	} else {
		raw = raw[:min(len(raw), len(expected))]
	}
	if bytes.Equal(raw, expected) {
		return
	}
	for at := 0; at < len(expected); at += tlog.HashSize {
		if !bytes.HasPrefix(raw[min(at, len(raw)):], expected[at:at+tlog.HashSize]) {
			span := int64(1) << (8 * where.level)
			first := (where.n*width + int64(at/tlog.HashSize)) * span
			a.find(name+": differs from what its entries hash to", first, first+span-1)
			return
		}
	}
	a.find(name+": longer than its entries ask for", -1, -1)
}

// find notes a problem with the entries first to last, or with none of them (-1).
func (a *audit) find(problem string, first, last int64) {
	if a.problem == "" {
		a.problem = problem
	}
	if first >= 0 && first == last {
		if a.exact == nil || first < *a.exact {
			a.exact = &first
		}
	} else if first >= 0 {
		a.ranges = append(a.ranges, [2]int64{first, last})
	}
}

// firstBad is the lowest entry that a finding points at; a range around a narrower finding is explained by it.
func (a *audit) firstBad() *int64 {
	found := a.ranges
	if a.exact != nil {
		found = append(found, [2]int64{*a.exact, *a.exact})
	}
	var lowest *int64
	for i := range found {
		isExplained := false
		for _, other := range found {
			isExplained = isExplained || found[i] != other && found[i][0] <= other[0] && other[1] <= found[i][1]
		}
		if !isExplained && (lowest == nil || found[i][0] < *lowest) {
			lowest = &found[i][0]
		}
	}
	return lowest
}

func isFile(folder, name string) bool {
	info, err := os.Stat(filepath.Join(folder, name))
	return err == nil && info.Mode().IsRegular()
}
