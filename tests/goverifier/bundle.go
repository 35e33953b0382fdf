package main

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"path/filepath"
)

const bundleMaxSize = width * (2 + 65535)

// readBundle reads the bundle of w entries; a full one stands in for a partial one that was removed.
func readBundle(folder string, n, w int64) ([]byte, error) {
	raw, err := readFile(filepath.Join(folder, tilePath(place{-1, n}, w)), bundleMaxSize)
	if !errors.Is(err, fs.ErrNotExist) || w == width {
		return raw, err
	}
	if raw, err = readFile(filepath.Join(folder, tilePath(place{-1, n}, width)), bundleMaxSize); err != nil {
		return nil, err
	}
	if _, all := splitBundle(raw, width); all != len(raw) {
		return nil, errors.New("expected 256 entries and nothing behind them")
	}
	_, end := splitBundle(raw, w)
	return raw[:end], nil
}

// splitBundle gives the first w entries and where they end; -1 when there are fewer.
func splitBundle(raw []byte, w int64) ([][]byte, int) {
	entries, at := make([][]byte, 0, w), 0
	for int64(len(entries)) < w {
		if at+2 > len(raw) {
			return nil, -1
		}
		end := at + 2 + int(binary.BigEndian.Uint16(raw[at:]))
		if end > len(raw) {
			return nil, -1
		}
		entries = append(entries, raw[at+2:end])
		at = end
	}
	return entries, at
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}
