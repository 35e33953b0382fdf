"""How a good text or a good file is bent: by bits and characters, by lines, by numbers at their limits, by sheer size."""

import random
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

HUGE_MAX = 10 * 2**20
"""Most bytes of one input, a few more or less."""
EDITS_MAX = 3
"""Edits of one input; with more, hardly any gets past the first check."""

NUMBERS = [
    "0",
    "1",
    "2",
    "00",
    "01",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "0x1",
    "255",
    "256",
    "257",
    "65535",
    "65536",
    "2147483648",
    "4294967295",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "99999999999999999999999999",
    "٣",
    "１",
    "²",
    "1_0",
    "1e999",
    "Infinity",
    "null",
]
STRANGE = (
    *("\n", "\n\n", "\r\n", "\r", " ", "  ", "\t", "\0", "\x0b", "\x1c", "\x7f", "\x85", "\u2028", "\ufeff", "\u00a0"),
    *("\u200b", "\u202e", "é", "e\u0301", "ﬀ", "😀", "\ud800", "\udfff", "-", "–", "—", "— ", "+", "=", "==", "/", "A"),
    *('"', "\\", "{", "[", "}", "]", ":", ",", "null", "true", "Infinity", "NaN", "1e999", "none", "any", "all", "#"),
    *("[" * depth + "]" * depth for depth in (60, 990, 1_500)),
    *("index ", "extra ", "old ", "log ", "witness ", "group ", "quorum ", ".p/", "x", "tile/", "../", "clinic"),
)
LOOKALIKES = str.maketrans({" ": "\u00a0", "-": "–", "—": "-", "\n": "\u2028", "0": "٠", "1": "１", "a": "а", "/": "∕"})
SIZES = tuple(
    n.to_bytes(width, order)
    for width in (1, 2, 4, 8)
    for order in ("big", "little")
    for n in (0, 1, 127, 128, 255, 256**width - 1, 256**width // 2)
    if n < 256**width
)
HEADS = tuple(bytes([kind << 5 | size]) for kind in range(8) for size in (0, 1, 23, 24, 25, 26, 27, 28, 31))
"""First bytes of a CBOR item: each kind with each way to say its size."""
_NUMBER = re.compile("[0-9]+")
Item = TypeVar("Item")
Bent = TypeVar("Bent", str, bytes)


def bent_text(seeds: Sequence[str], chance: random.Random) -> str:
    """One seed after 1 to 3 edits."""
    text = _pick(seeds, chance)
    for _ in range(1 + int(chance.random() * EDITS_MAX)):
        text = _pick(TEXT_EDITS, chance)(text, seeds, chance)
    return text


def bent_bytes(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """One seed after 1 to 3 edits."""
    raw = _pick(seeds, chance)
    for _ in range(1 + int(chance.random() * EDITS_MAX)):
        raw = _pick(BYTE_EDITS, chance)(raw, seeds, chance)
    return raw


def huge_text(seeds: Sequence[str], chance: random.Random) -> str:
    """A seed grown to up to 10 MB: repeated, or with one kind of character put into it without end."""
    text, size = _pick(seeds, chance), int(HUGE_MAX * (0.1 + 0.9 * chance.random()))
    if chance.random() < 0.3:
        return text * (size // max(1, len(text)))
    grown = _pick(("\n", "A", "AAAA\n", "9", " ", "=", "+", "é", "😀", "[", "{", '{"a":', "— a AAAAAAAA\n"), chance)
    at = _at(text, chance)
    return text[:at] + grown * (size // len(grown.encode())) + text[at:]


def huge_bytes(seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """A seed grown to up to 10 MB."""
    raw, size = _pick(seeds, chance), int(HUGE_MAX * (0.1 + 0.9 * chance.random()))
    if chance.random() < 0.3:
        return raw * (size // max(1, len(raw)))
    grown = _pick((b"\0", b"\xff", b"A", b"\x81", b"\x9a\xff\xff\xff\xff", b"\xd8\x1c", b"\xc2\x5a"), chance)
    at = _at(raw, chance)
    return raw[:at] + grown * (size // len(grown)) + raw[at:]


def _pick(some: Sequence[Item], chance: random.Random) -> Item:
    return some[int(chance.random() * len(some))]


def _at(some: Sequence[object], chance: random.Random) -> int:
    """A place between two items, the ends included."""
    return int(chance.random() * (len(some) + 1))


def _span(some: Sequence[object], chance: random.Random) -> tuple[int, int]:
    """A short piece, or now and then any."""
    start = _at(some, chance)
    return start, start + (_at(some, chance) if chance.random() < 0.2 else 1 + int(chance.random() * 8))


def _character(text: str, seeds: Sequence[str], chance: random.Random) -> str:
    at = _at(text, chance)
    return text[:at] + _pick(STRANGE, chance) + text[at + 1 :]


def _flipped_character(text: str, seeds: Sequence[str], chance: random.Random) -> str:
    at = _at(text, chance)
    return text[:at] + "".join(chr(ord(c) ^ 1 << int(chance.random() * 8)) for c in text[at : at + 1]) + text[at + 1 :]


def _inserted(text: str, seeds: Sequence[str], chance: random.Random) -> str:
    at = _at(text, chance)
    return text[:at] + _pick(STRANGE, chance) + text[at:]


def _cut_out(some: Bent, seeds: Sequence[Bent], chance: random.Random) -> Bent:
    start, stop = _span(some, chance)
    return some[:start] + some[stop:]


def _doubled(some: Bent, seeds: Sequence[Bent], chance: random.Random) -> Bent:
    start, stop = _span(some, chance)
    return some[:stop] + some[start:]


def _cut_off(some: Bent, seeds: Sequence[Bent], chance: random.Random) -> Bent:
    return some[: _at(some, chance)]


def _spliced(some: Bent, seeds: Sequence[Bent], chance: random.Random) -> Bent:
    other = _pick(seeds, chance)
    return some[: _at(some, chance)] + other[_at(other, chance) :]


def _number(text: str, seeds: Sequence[str], chance: random.Random) -> str:
    found = _NUMBER.search(text, _at(text, chance)) or _NUMBER.search(text)
    return text if found is None else text[: found.start()] + _pick(NUMBERS, chance) + text[found.end() :]


def _slack(text: str, seeds: Sequence[str], chance: random.Random) -> str:
    """The last character of a base64 text, whose low bits say nothing; its padding more or less."""
    ends = [i for i in (text.find("=", _at(text, chance)), text.rfind("=")) if i > 0]
    if not ends:
        return text
    end = ends[0]
    if chance.random() < 0.2:
        return text[:end] + _pick(("", "==", "A=", "\n="), chance) + text[end + 1 :]
    return text[: end - 1] + chr(ord(text[end - 1]) + 1) + text[end:]


def _lookalikes(text: str, seeds: Sequence[str], chance: random.Random) -> str:
    start, stop = _span(text, chance)
    return text[:start] + text[start:stop].translate(LOOKALIKES) + text[stop:]


def _lines(text: str, seeds: Sequence[str], chance: random.Random) -> str:
    """One line taken out, doubled, moved, emptied, joined to the next, or come from another seed."""
    lines = text.split("\n")
    at, kind = int(chance.random() * len(lines)), int(chance.random() * 6)
    line = lines[at]
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, line)
    elif kind == 2:
        lines.insert(int(chance.random() * len(lines)), lines.pop(at))
    elif kind == 3:
        lines[at] = ""
    elif kind == 4:
        lines[at : at + 2] = ["".join(lines[at : at + 2])]
    else:
        lines[at] = _pick(_pick(seeds, chance).split("\n"), chance)
    return "\n".join(lines)


def _flipped_bit(raw: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    at = _at(raw, chance)
    return raw[:at] + bytes(b ^ 1 << int(chance.random() * 8) for b in raw[at : at + 1]) + raw[at + 1 :]


def _size(raw: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    """A number at its limit over whatever stood there."""
    at, number = _at(raw, chance), _pick(SIZES, chance)
    return raw[:at] + number + raw[at + len(number) :]


def _head(raw: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    at = _at(raw, chance)
    return raw[:at] + _pick(HEADS, chance) + raw[at + int(chance.random() * 2) :]


def _random_bytes(raw: bytes, seeds: Sequence[bytes], chance: random.Random) -> bytes:
    at = _at(raw, chance)
    return raw[:at] + chance.randbytes(1 + int(chance.random() * 8)) + raw[at:]


TEXT_EDITS: tuple[Callable[[str, Sequence[str], random.Random], str], ...] = (
    *(_character, _flipped_character, _inserted, _cut_out, _doubled, _cut_off, _spliced),
    *(_number, _slack, _lookalikes, _lines, _lines),
)
BYTE_EDITS: tuple[Callable[[bytes, Sequence[bytes], random.Random], bytes], ...] = (
    *(_flipped_bit, _flipped_bit, _size, _size, _head, _random_bytes, _cut_out, _doubled, _cut_off, _spliced),
)
