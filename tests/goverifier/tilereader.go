package main

import (
	"errors"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// readByTiles checks every entry as an ordinary client does: against hashes that a tile reader vouches for.
//
// This is weaker than the full audit, and kept to show it: the reader of x/mod before 0.40.0 does not check every tile
// it fetched against its parent (CVE-2026-56865), so an entry edited together with its leaf tile may pass.
func readByTiles(folder string, tree tlog.Tree) Verdict {
	verdict := Verdict{Size: tree.N, Root: tree.Hash.String()}
	reader := tlog.TileHashReader(tree, tileFolder(folder))
	for n := int64(0); n*width < tree.N; n++ {
		w := tree.N - n*width
		if w > width {
			w = width
		}
		if bad, err := checkBundle(folder, reader, n, w); err != nil {
			verdict.FirstBad, verdict.Problem = &bad, err.Error()
			return verdict
		}
	}
	return verdict
}

func checkBundle(folder string, reader tlog.HashReader, n, w int64) (int64, error) {
	first := n * width
	raw, err := readBundle(folder, n, w)
	if err != nil {
		return first, err
	}
	entries, end := splitBundle(raw, w)
	if end != len(raw) {
		return first, errors.New("bundle: not as many entries as the log has")
	}
	indexes := make([]int64, w)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return first, err
	}
	for i, hash := range hashes {
		if hash != tlog.RecordHash(entries[i]) {
			return first + int64(i), errors.New("an entry is not what its tile says")
		}
	}
	return 0, nil
}

// tileFolder serves hash tiles of height 8 from a folder.
type tileFolder string

func (tileFolder) Height() int { return 8 }

func (folder tileFolder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		where := place{tile.L, tile.N}
		raw, err := readFile(filepath.Join(string(folder), tilePath(where, int64(tile.W))), width*tlog.HashSize)
		if err != nil && tile.W < width {
			raw, err = readFile(filepath.Join(string(folder), tilePath(where, width)), width*tlog.HashSize)
			raw = raw[:min(len(raw), tile.W*tlog.HashSize)]
		}
		if err != nil {
			return nil, err
		}
		data[i] = raw
	}
	return data, nil
}

func (tileFolder) SaveTiles([]tlog.Tile, [][]byte) {}
