"""Looking for a planted string in bytes: in files, in a server's data directory, in the memory of a process.

A string is looked for as text in several encodings and notations, inside what was compressed with deflate, and by every
eight characters that follow each other, which also finds it inside what PostgreSQL compresses by itself (pglz puts a
control byte before every eight literal ones). Secret bytes are looked for raw, in hex and in base64.
"""

import base64
import json
import os
import secrets
import signal
import string
import subprocess
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

PLANTED_CHARS = 24
WINDOW_CHARS = 8
INFLATED_MAX_BYTES = 1 << 24
READ_BYTES = 1 << 12
REGION_MAX_BYTES = 1 << 30

Needles = Mapping[str, tuple[bytes, ...]]
"""Name of a form -> byte strings any of which is a sighting."""


def planted_text() -> str:
    """A string that is nowhere by chance: letters and digits, and one letter that no encoding leaves alone."""
    letters = string.ascii_lowercase + string.digits
    return "".join(secrets.choice(letters) for _ in range(PLANTED_CHARS)) + "ž"


def forms_of_text(text: str) -> dict[str, tuple[bytes, ...]]:
    """A string as it may be written down; all but its last letter, which only some encodings know, is enough."""
    plain = text[:PLANTED_CHARS]
    raw = plain.encode()
    whole = json.dumps(text).strip('"').encode()
    return {
        "utf-8 or CBOR": (raw,),
        "pglz": tuple(raw[i : i + WINDOW_CHARS] for i in range(PLANTED_CHARS - WINDOW_CHARS + 1)),
        "upper case": (plain.upper().encode(),),
        "utf-16": (plain.encode("utf-16-le"), plain.encode("utf-16-be")),
        "utf-32": (plain.encode("utf-32-le"), plain.encode("utf-32-be")),
        "JSON": (whole, "".join(f"\\u{ord(one):04x}" for one in plain).encode()),
        "percent": (quote(text).encode(), "".join(f"%{one:02X}" for one in raw).encode()),
        **{name: forms for name, forms in forms_of_bytes(raw).items() if name != "raw"},
    }


def forms_of_bytes(raw: bytes) -> dict[str, tuple[bytes, ...]]:
    """Secret bytes as they may be written down."""
    return {
        "raw": (raw,),
        "hex": (raw.hex().encode(), raw.hex().upper().encode()),
        "base64": tuple(_base64_inside(raw, shift) for shift in range(3)),
    }


def _base64_inside(raw: bytes, shift: int) -> bytes:
    """The characters of base64 that `raw` alone decides, `shift` bytes after a multiple of three."""
    first = -(-shift * 8 // 6) if shift else 0
    last = (shift + len(raw)) * 8 // 6
    return base64.b64encode(b"\0" * shift + raw)[first:last]


def sightings(data: bytes, needles: Needles) -> set[str]:
    """The forms in which a needle is in these bytes, or in anything compressed in them."""
    found = _plainly(data, needles)
    for inflated in _inflated(data):
        found |= {f"deflated {name}" for name in _plainly(inflated, needles)}
    return found


def _plainly(data: bytes, needles: Needles) -> set[str]:
    return {name for name, forms in needles.items() if any(form in data for form in forms)}


def _inflated(data: bytes) -> Iterator[bytes]:
    """Whatever is a zlib or gzip stream in these bytes."""
    for header in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b"):
        at = data.find(header)
        while at >= 0:
            yield _stream(data, at)
            at = data.find(header, at + 1)


def _stream(data: bytes, at: int) -> bytes:
    """What inflates from here on, up to the first byte that does not fit."""
    stream, whole = zlib.decompressobj(zlib.MAX_WBITS | 32), b""
    while at < len(data) and not stream.eof and len(whole) < INFLATED_MAX_BYTES:
        try:
            whole += stream.decompress(data[at : at + READ_BYTES])
        except zlib.error:
            break
        at += READ_BYTES
    return whole


def sightings_in_files(folder: Path, needles: Needles) -> dict[str, set[str]]:
    """Path under a folder -> forms found, for every file in which something was; an unreadable file is an error."""
    found = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
        if path.is_file():
            forms = sightings(path.read_bytes(), needles)
            if forms:
                found[str(path.relative_to(folder))] = forms
    return found


def sightings_in_memory(process: subprocess.Popen[str], needles: Needles) -> set[str]:
    """The forms in which a needle is in a process's writable memory, while it is halted; nothing there is compressed."""
    if os.geteuid() != 0:
        pytest.skip("reading the memory of a process that holds keys needs root")
    os.kill(process.pid, signal.SIGSTOP)
    found: set[str] = set()
    needles = {name: forms for name, forms in needles.items() if name != "pglz"}
    try:
        with Path(f"/proc/{process.pid}/mem").open("rb", buffering=0) as memory:
            for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines():
                span, rights = line.split()[:2]
                start, end = (int(one, 16) for one in span.split("-"))
                if "w" in rights and end - start <= REGION_MAX_BYTES:
                    memory.seek(start)
                    found |= _plainly(memory.read(end - start), needles)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    return found
