// Goverifier is a second opinion on a log kept as static tiles: other code, another language, other authors' hashing.
//
//	goverifier VKEY < jobs
//
// Each line of standard input is a mode ("full" or "tiles"), a tab and a folder; each is answered by one JSON line.
// Format and rules: docs/specs/records-log.md sections 1, 5, 9 and 10.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const noteMaxBytes = 64 << 10

// Verdict is what a verifier says of one folder.
type Verdict struct {
	OK       bool    `json:"ok"`
	Size     int64   `json:"size"`
	Root     string  `json:"root"`
	FirstBad *int64  `json:"first_bad"`
	Problem  string  `json:"problem"`
	CPU      float64 `json:"cpu_s"`
	Seconds  float64 `json:"seconds"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: goverifier VKEY, with lines of \"full|tiles TAB folder\" on standard input")
		os.Exit(2)
	}
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "goverifier:", err)
		os.Exit(2)
	}
	jobs, answers := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for jobs.Scan() {
		mode, folder, _ := strings.Cut(jobs.Text(), "\t")
		answers.Encode(judge(mode, folder, verifier))
	}
}

func judge(mode, folder string, verifier note.Verifier) Verdict {
	began, cpuBegan := time.Now(), cpuSeconds()
	verdict := Verdict{Problem: "no such mode: " + mode}
	tree, err := openCheckpoint(filepath.Join(folder, "checkpoint"), verifier)
	switch {
	case err != nil:
		verdict.Problem = "checkpoint: " + err.Error()
	case mode == "full":
		verdict = fullAudit(folder, tree)
	case mode == "tiles":
		verdict = readByTiles(folder, tree)
	}
	verdict.OK = verdict.Problem == ""
	verdict.CPU, verdict.Seconds = cpuSeconds()-cpuBegan, time.Since(began).Seconds()
	return verdict
}

// openCheckpoint checks the signature, then the text. Section 1.
func openCheckpoint(path string, verifier note.Verifier) (tlog.Tree, error) {
	raw, err := readFile(path, noteMaxBytes)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	for _, signature := range append(opened.Sigs, opened.UnverifiedSigs...) {
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return tlog.Tree{}, errors.New("signature: base64 is not canonical")
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("expected origin, size and root of this key's log")
	}
	for _, line := range lines[:len(lines)-1] {
		if line == "" {
			return tlog.Tree{}, errors.New("an empty line")
		}
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("expected a size in plain decimal")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, errors.New("expected a root of 32 bytes")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// readFile reads a plain file of at most max bytes.
func readFile(path string, max int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > max {
		return nil, fmt.Errorf("%s: no plain file of at most %d bytes", path, max)
	}
	return os.ReadFile(path)
}

func cpuSeconds() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}
