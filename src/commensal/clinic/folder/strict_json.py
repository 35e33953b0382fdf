"""JSON read strictly: as RFC 8259 has it, each key once, numbers a float can hold, printable texts."""

import json
import math
from collections import Counter
from collections.abc import Iterator

from commensal.clinic.folder.problems import Problems

MAX_DEPTH = 64
"""Levels of objects and lists within one another."""

MAX_INTEGER_DIGITS = 15
"""Longer integers are not exact in every program that reads JSON (RFC 8259 section 6)."""


Path = tuple[str | int, ...]
"""Where something is in a document: field names, and places in lists."""


class _NotANumber:
    """Stands where a number came that is none: NaN, Infinity, or one too large."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Repeating(dict[str, object]):
    """An object in which a key came twice."""

    repeated: tuple[str, ...] = ()


def read_json(file: str, raw: bytes, problems: Problems) -> dict[str, object] | None:
    """The JSON object in `raw`; None after adding to `problems` when there is none, or it breaks a rule.

    Order of checks: UTF-8, then JSON, then depth, keys, numbers and texts over the whole document.
    """
    text = decode_utf8(file, raw, problems)
    if text is None:
        return None
    if not text.strip():
        problems.add(file, "", "a JSON object", "an empty file")
        return None
    try:
        document = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_NotANumber,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        problems.add(file, f"line {error.lineno} column {error.colno}", "JSON", _reason(error.msg))
        return None
    except RecursionError:
        problems.add(file, "", f"at most {MAX_DEPTH} levels of objects and lists", "many more")
        return None
    before = len(problems.found)
    for path, expected, came in _faults(document):
        problems.add(file, readable_path(path, problems), expected, came)
        if len(problems.found) - before >= 100:
            break
    if len(problems.found) > before:
        return None
    if not isinstance(document, dict):
        problems.add(file, "", "a JSON object", problems.shown(document))
        return None
    return document


def decode_utf8(file: str, raw: bytes, problems: Problems) -> str | None:
    """`raw` as text without its byte order mark, or None after adding to `problems` where it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        remedy = "save it as UTF-8"
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            remedy = "it looks like UTF-16; " + remedy
        elif raw[:2] == b"\x1f\x8b":
            remedy = "it looks gzip-compressed; unpack it"
        came = f"byte 0x{raw[error.start]:02x} at position {error.start}"
        problems.add(file, f"line {line}", "UTF-8 text", came, remedy)
        return None


def readable_path(path: Path, problems: Problems) -> str:
    """A path as messages print it: `teeth.16.probing`, `entry[3].resource`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{problems.key_shown(part)}" for part in path]
    return "".join(parts).removeprefix(".")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    repeating = _Repeating(plain)
    repeating.repeated = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return repeating


def _float(text: str) -> float | _NotANumber:
    value = float(text)
    return value if math.isfinite(value) else _NotANumber(text)


def _int(text: str) -> int | _NotANumber:
    return int(text) if len(text.lstrip("-")) <= MAX_INTEGER_DIGITS else _NotANumber(text)


def _reason(message: str) -> str:
    """The parser's reason without any of the file's text, in lower case."""
    return message[:1].lower() + message[1:].split(":")[0]


def _faults(document: object) -> Iterator[tuple[Path, str, str]]:
    """Walks with a stack of its own, so that no depth can break it; yields path, expected and came."""
    stack: list[Iterator[tuple[Path, object]]] = [iter([((), document)])]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
            continue
        path, value = step
        yield from _faults_of_one(path, value)
        if isinstance(value, dict | list):
            if len(stack) > MAX_DEPTH:
                yield path[:4], f"at most {MAX_DEPTH} levels of objects and lists", "more below this field"
                return
            stack.append(_inside(path, value))


def _inside(path: Path, value: dict[str, object] | list[object]) -> Iterator[tuple[Path, object]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*path, key), inner


def _faults_of_one(path: Path, value: object) -> Iterator[tuple[Path, str, str]]:
    if isinstance(value, _Repeating):
        for key in value.repeated:
            yield (*path, key), "this field once", "it twice or more"
    if isinstance(value, dict) and any(map(_is_unprintable, value)):
        yield path, "names of printable characters", "a name with control characters"
    if isinstance(value, _NotANumber):
        yield path, "a number that a 64-bit float holds exactly enough", _number_shown(value.text)
    if isinstance(value, str) and _is_unprintable(value):
        yield path, "printable text", "a text with control characters or half surrogates"


def _number_shown(text: str) -> str:
    return text if len(text) <= 24 else f"a number of {len(text)} digits"


def _is_unprintable(text: str) -> bool:
    if text.isprintable():
        return False
    return any(
        (code < 0x20 and code not in (0x09, 0x0A, 0x0D)) or code == 0x7F or 0xD800 <= code <= 0xDFFF
        for code in map(ord, text)
    )
