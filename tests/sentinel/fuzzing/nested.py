"""Readers of things within things: records in CBOR, key files in JSON, policies whose lines name each other."""

import atexit
import base64
import json
import struct
import tempfile
from datetime import UTC
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from commensal.sentinel import key_file
from commensal.sentinel.errors import KeyFileError, LogError, NoteError
from commensal.sentinel.leaf import Record, canonical, from_canonical
from commensal.sentinel.witnesses.quorum import WitnessPolicy, parse_policy
from tests.sentinel.fuzzing.authentic import WITNESSES
from tests.sentinel.fuzzing.target import Reader
from tests.sentinel.fuzzing.witnesses import POLICY
from tests.sentinel.logs import record

SECRET = bytes(range(32))
IN_MEMORY = Path("/dev/shm")
"""Where a million small files cost no disk, on systems that have it."""


def cbor(value: Any) -> bytes:
    """Deterministic CBOR as RFC 8949 section 4.2.1 has it, written from that page."""
    if value is None or isinstance(value, bool):
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, float):
        return next(made for made in map(_float_in(value), "efd") if made)
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(cbor, value))
    return _head(5, len(value)) + b"".join(
        key + item for key, item in sorted((cbor(k), cbor(v)) for k, v in value.items())
    )


def _head(kind: int, number: int) -> bytes:
    for info, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 24:
            return bytes([kind << 5 | number])
        if number < 256**width:
            return bytes([kind << 5 | info]) + number.to_bytes(width, "big")
    raise AssertionError("a number of more than 64 bits was accepted")


def _float_in(value: float) -> Any:
    def made(form: str) -> bytes:
        try:
            raw = struct.pack(f">{form}", value)
        except OverflowError:
            return b""
        return bytes([0xF9 + "efd".index(form)]) + raw if struct.unpack(f">{form}", raw)[0] == value else b""

    return made


def _is_record(raw: bytes, meaning: Record) -> bool:
    fields = {name: getattr(meaning, name) for name in ("subject", "actor", "act", "why", "content", "schema")}
    return raw == cbor({**fields, "at": meaning.at.astimezone(UTC).isoformat()})


class _CheapScrypt:
    """Stands for scrypt, which is slow by design: only its bounds are kept, and a key that depends on its inputs."""

    def __init__(self, *, salt: bytes, length: int, n: int, r: int, p: int) -> None:
        if 128 * n * r > key_file.SCRYPT_MAX_BYTES or not 1 <= p <= key_file.SCRYPT_P_MAX:
            raise AssertionError(f"scrypt was asked for without bounds: n {n}, r {r}, p {p}")
        if n & (n - 1):
            raise ValueError("n must be a power of two")
        self._key = f"{salt!r} {n} {r} {p}".encode()[-length:].ljust(length)

    def derive(self, passphrase: bytes) -> bytes:
        return self._key


@cache
def _key_place() -> Path:
    """One private file, written anew for every input; scrypt is made cheap in this process."""
    key_file.Scrypt = _CheapScrypt  # type: ignore[attr-defined,assignment,misc]
    folder = tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None)
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "log.key"
    path.touch(mode=0o600)
    return path


def key_seeds() -> tuple[str, ...]:
    _key_place()
    return tuple(key_file.key_text("log", "clinic.example/log", SECRET, passphrase) for passphrase in (None, b"open"))


def _read_key(raw: bytes) -> tuple[str, bytes]:
    path = _key_place()
    path.write_bytes(raw)
    return key_file.read_key(path, "log", b"open")


def _is_key_file(raw: bytes, meaning: tuple[str, bytes]) -> bool:
    parts = json.loads(raw)
    if parts["protection"]["kdf"] == "none":
        return meaning == (parts["name"], base64.b64decode(parts["secret"], validate=True)) and len(meaning[1]) == 32
    return meaning == ("clinic.example/log", SECRET)


def _is_policy(raw: bytes, meaning: WitnessPolicy) -> bool:
    lines = [[word for word in line.replace("\t", " ").split(" ") if word] for line in raw.decode().split("\n")]
    kept = [line for line in lines if line and not line[0].startswith("#")]
    by_kind = {kind: [line[1:] for line in kept if line[0] == kind] for kind in ("log", "witness", "group", "quorum")}
    groups = {name: (_enough(k, members), tuple(members)) for name, k, *members in by_kind["group"]}
    keys = [*meaning.logs, *(w.key for w in meaning.witnesses)]
    witnesses = [(w.name, str(w.key), *([] if w.url is None else [w.url])) for w in meaning.witnesses]
    return (
        sum(map(len, by_kind.values())) == len(kept)
        and [line[0] for line in by_kind["log"]] == [str(key) for key in meaning.logs]
        and list(map(tuple, by_kind["witness"])) == witnesses
        and meaning.groups == groups
        and by_kind["quorum"] == [[meaning.quorum]]
        and all(1 <= enough <= len(members) for enough, members in groups.values())
        and len({key.public_key for key in keys}) == len(keys)
        and len({*groups, *(w.name for w in meaning.witnesses)}) == len(by_kind["group"]) + len(meaning.witnesses)
        and _decides_alike(meaning, groups)
    )


def _enough(k: str, members: list[str]) -> int:
    return {"any": 1, "all": len(members)}.get(k) or int(k)


def _decides_alike(policy: WitnessPolicy, groups: dict[str, tuple[int, tuple[str, ...]]]) -> bool:
    """The quorum decided from the top down, for every choice of the first witnesses."""

    def holds(name: str, present: frozenset[str]) -> bool:
        if name in groups:
            enough, members = groups[name]
            return sum(holds(member, present) for member in members) >= enough
        return name == "none" or name in present

    names = [witness.name for witness in policy.witnesses][: len(WITNESSES)]
    choices = [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]
    return all(policy.is_met_by(present) == holds(policy.quorum, present) for present in choices)


_policies = (
    POLICY,
    POLICY.replace("2 w0", "all w0"),
    POLICY.replace("quorum most", "quorum none"),
    POLICY.replace("group most 2 w0 w1 w2", "# two levels\ngroup\tinner any w0 w1\n\ngroup most all inner w2"),
)
_contents = ({}, {"a": [1, -1, 1.5, 1e300, 0.1, None, True, "ä"], "bb": {"c": [[]]}}, {"n": 2**63 - 1, "m": -(2**63)})
_records = (
    canonical(record(1)),
    *(
        canonical(Record(subject="P", actor="D", act="x", why="", schema=1, at=record(1).at, content=c))
        for c in _contents
    ),
)


def _shared(doublings: int) -> bytes:
    """A record of a few hundred bytes whose content, by CBOR's shared values, has 2 ** doublings lists."""
    shared, again = b"\xd8\x1c", b"\xd8\x1d"
    lists = [shared + b"\x80", *(shared + b"\x82" + (again + cbor(i)) * 2 for i in range(doublings))]
    content = b"\xa1\x61a" + _head(4, len(lists)) + b"".join(lists)
    return _records[1].replace(cbor("content") + b"\xa0", cbor("content") + content)


def nested() -> tuple[Reader, ...]:
    """The readers; made when they are asked for, because key files need a place."""
    return (
        Reader(
            name="record",
            seeds=_records,
            others=(_shared(24),),
            read=from_canonical,
            refusals=(LogError,),
            is_true=_is_record,
        ),
        Reader(
            name="witness policy",
            seeds=_policies,
            read=parse_policy,
            refusals=(NoteError,),
            is_true=_is_policy,
            is_sent_as_bytes=True,
        ),
        Reader(
            name="key file",
            seeds=key_seeds(),
            read=_read_key,
            refusals=(KeyFileError,),
            is_true=_is_key_file,
            is_sent_as_bytes=True,
        ),
    )
