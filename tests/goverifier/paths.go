package main

import (
	"fmt"
	"strconv"
	"strings"
)

const width = 256

// place names a tile, or with level -1 an entry bundle.
type place struct {
	level int
	n     int64
}

// tilePath is C2SP's: numbers in groups of three digits, all but the last with an x, and .p/W for a partial tile.
func tilePath(where place, w int64) string {
	kind := "entries"
	if where.level >= 0 {
		kind = strconv.Itoa(where.level)
	}
	number := fmt.Sprintf("%03d", where.n%1000)
	for n := where.n / 1000; n > 0; n /= 1000 {
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	if w != width {
		number += fmt.Sprintf(".p/%d", w)
	}
	return "tile/" + kind + "/" + number
}

// parsePath undoes tilePath, and refuses every other spelling.
func parsePath(path string) (place, int64, bool) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 || len(parts) > 11 {
		return place{}, 0, false
	}
	level, w := -1, int64(width)
	if parts[1] != "entries" {
		found, err := strconv.Atoi(parts[1])
		if err != nil || found < 0 || found > 63 {
			return place{}, 0, false
		}
		level = found
	}
	numbers := parts[2:]
	if last := len(numbers) - 1; last > 0 && strings.HasSuffix(numbers[last-1], ".p") {
		found, err := strconv.ParseInt(numbers[last], 10, 64)
		if err != nil || found < 1 || found >= width {
			return place{}, 0, false
		}
		w, numbers = found, append(numbers[:last-1:last-1], strings.TrimSuffix(numbers[last-1], ".p"))
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.Join(numbers, ""), "x", ""), 10, 64)
	where := place{level, n}
	return where, w, err == nil && n >= 0 && tilePath(where, w) == path
}
