"""Records and leaves: one record has one encoding, and a leaf tells nothing."""

import hashlib
import hmac
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.sentinel.errors import LogError
from commensal.sentinel.leaf import (
    DEPTH_MAX,
    Leaf,
    Record,
    are_leaves,
    canonical,
    commitment,
    decode_leaf,
    from_canonical,
    is_leaf,
    leaf_prefix,
)
from tests.data import data_dir
from tests.sentinel.logs import NOON, record

json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def with_content(content) -> Record:
    return Record(subject="P-1", actor="a", act="x", why="", content={"c": content}, schema=1, at=NOON)


@given(json_like)
def test_any_json_like_record_reads_back_equal_and_encodes_the_same_again(content):
    encoded = canonical(with_content(content))
    again = from_canonical(encoded)
    assert again == with_content(content)
    assert canonical(again) == encoded


@given(json_like)
def test_the_encoding_is_what_the_library_calls_canonical(content):
    made = with_content(content)
    fields = {"subject": "P-1", "actor": "a", "act": "x", "why": "", "content": {"c": content}, "schema": 1}
    assert canonical(made) == cbor2.dumps({**fields, "at": NOON.isoformat()}, canonical=True)


def test_key_order_and_time_zone_do_not_change_the_encoding():
    one, other = with_content({"b": 1, "aa": 2, "a": 3}), with_content({"a": 3, "b": 1, "aa": 2})
    assert canonical(one) == canonical(other)
    abroad = NOON.astimezone(timezone(timedelta(hours=9)))
    there = Record(subject="P-1", actor="a", act="x", why="", content={}, schema=1, at=abroad)
    here = Record(subject="P-1", actor="a", act="x", why="", content={}, schema=1, at=NOON)
    assert canonical(there) == canonical(here)


def test_the_encoding_is_the_cbor_written_in_the_specification():
    plain = Record(subject="P", actor="D", act="x", why="", content={"b": 1.5, "a": [True, None]}, schema=1, at=NOON)
    assert canonical(plain).hex() == (
        "a7"
        "626174" + "7819" + b"2026-11-22T12:00:00+00:00".hex() + "63616374" + "6178"
        "63776879" + "60" + "656163746f72" + "6144" + "66736368656d61" + "01" + "67636f6e74656e74"
        "a2" + "6161" + "82f5f6" + "6162" + "f93e00" + "677375626a656374" + "6150"
    )


class Colour(StrEnum):
    RED = "red"


def test_an_enum_of_text_is_kept_as_its_text():
    assert from_canonical(canonical(with_content(Colour.RED))).content == {"c": "red"}


def nested(depth: int) -> list:
    inner: list = []
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "content",
    [math.nan, math.inf, 2**63, -(2**63) - 1, b"bytes", {1: 2}, {"x": {None: 1}}, {1, 2}, "\ud800", nested(DEPTH_MAX)],
    ids=["nan", "inf", "2^63", "-2^63-1", "bytes", "int key", "none key", "set", "surrogate", "deep"],
)
def test_content_that_is_not_json_like_is_refused(content):
    with pytest.raises(LogError):
        canonical(with_content(content))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": ""},
        {"act": ""},
        {"subject": 5},
        {"why": None},
        {"schema": True},
        {"schema": -1},
        {"content": [1]},
        {"at": datetime(2026, 1, 1)},
        {"at": "2026-01-01"},
    ],
)
def test_a_record_with_a_wrong_field_is_refused(change):
    fields = {"subject": "P", "actor": "D", "act": "x", "why": "", "content": {}, "schema": 1, "at": NOON}
    with pytest.raises(LogError):
        canonical(Record(**{**fields, **change}))


def test_bytes_that_are_no_canonical_record_are_refused():
    good = canonical(record(1))
    for bad in (b"", b"\xff", b"\xa0", good + b"\0", good[:-1], b"\x81" * 1000, good.replace(b"\x01", b"\x18\x01", 1)):
        with pytest.raises(LogError):
            from_canonical(bad)


def test_a_record_with_a_tag_is_refused_at_once_though_it_could_stand_for_gigabytes():
    fields = {**cbor2.loads(canonical(record(1))), "content": {}}
    doubled = [cbor2.CBORTag(28, ["a"]), *(cbor2.CBORTag(28, [cbor2.CBORTag(29, i)] * 2) for i in range(60))]
    for content in ({"a": doubled}, {"a": cbor2.CBORTag(35, "(a+)+$")}, {"a": cbor2.CBORTag(2**40, 1)}):
        with pytest.raises(LogError, match="no record"):
            from_canonical(cbor2.dumps({**fields, "content": content}))


def test_a_time_that_utc_cannot_hold_is_refused():
    fields = cbor2.loads(canonical(record(1)))
    for at in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        with pytest.raises(LogError, match="edge of the calendar"):
            from_canonical(cbor2.dumps({**fields, "at": at}))


def test_a_leaf_is_41_bytes_of_version_time_and_commitment():
    raw = leaf_prefix(NOON) + b"c" * 32
    assert raw == b"\x01" + (1795348800000).to_bytes(8, "big") + b"c" * 32
    assert decode_leaf(raw) == Leaf(at=NOON, commitment=b"c" * 32)
    for bad in (b"", raw[:-1], raw + b"\0", b"\x02" + raw[1:], b"\x01" + b"\xff" * 40):
        with pytest.raises(LogError):
            decode_leaf(bad)
    for at in (datetime(1969, 12, 31, tzinfo=UTC), datetime(2026, 1, 1)):
        with pytest.raises(LogError):
            leaf_prefix(at)


def test_commitments_are_hmac_sha256_and_agree_with_the_published_cases():
    cases = json.loads(next(data_dir("vectors", "wycheproof").glob("*hmac_sha256*.json")).read_text())
    checked = 0
    for group in cases["testGroups"]:
        for case in group["tests"]:
            if group["tagSize"] == 256:
                made = commitment(bytes.fromhex(case["key"]), bytes.fromhex(case["msg"]))
                assert (made.hex() == case["tag"]) == (case["result"] == "valid"), case["tcId"]
                checked += 1
    assert checked > 50
    assert commitment(b"s" * 32, b"m") == hmac.new(b"s" * 32, b"m", hashlib.sha256).digest()


def test_a_record_shows_no_person_when_it_is_printed():
    assert "P-4" not in repr(record(4))
    assert "5.5" not in f"{record(4)}"


@given(st.binary(max_size=80), st.binary(max_size=200))
def test_a_commitment_is_what_the_standard_library_calls_hmac_sha256(salt: bytes, encoded: bytes):
    assert commitment(salt, encoded) == hmac.new(salt, encoded, "sha256").digest()
    salt = salt.ljust(32, b"\x5c")[:32]
    assert commitment(salt, encoded) == hmac.new(salt, encoded, "sha256").digest()


LATEST = (253_402_300_799_999).to_bytes(8, "big")
NEARLY_LEAVES = [
    b"\x01" + LATEST + bytes(32),
    b"\x01" + bytes(8) + b"\xff" * 32,
    b"\x01" + (int.from_bytes(LATEST, "big") + 1).to_bytes(8, "big") + bytes(32),
    b"\x01\x01" + bytes(39),
    b"\x01\x00\x01" + bytes(38),
    b"\x02" + bytes(40),
    bytes(40),
    bytes(42),
    b"",
]


@given(st.lists(st.one_of(st.sampled_from(NEARLY_LEAVES), st.binary(min_size=41, max_size=41)), max_size=6))
def test_many_entries_are_leaves_when_each_of_them_is(entries: list[bytes]):
    assert are_leaves(entries) == all(is_leaf(entry) for entry in entries)
    good = [entry for entry in entries if is_leaf(entry)]
    assert are_leaves(good)


def test_entries_of_wrong_lengths_are_no_leaves_even_where_they_add_up_to_some():
    first, second = b"\x01" + bytes(39), b"\x00\x01" + bytes(40)
    assert are_leaves([(first + second)[:41], (first + second)[41:]])
    assert not are_leaves([first, second])
