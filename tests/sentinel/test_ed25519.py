"""Every party must agree on every signature: other people's vectors, all of them."""

import json

from commensal.sentinel.ed25519 import LOW_ORDER, is_signed, is_strict_point
from tests.data import data_dir

REFUSED_FLAGS = {"low_order_A", "low_order_R", "non_canonical_A", "non_canonical_R", "low_order_residue"}


def test_all_151_wycheproof_cases_have_the_published_result():
    [path] = data_dir("vectors", "wycheproof").glob("*ed25519*.json")
    cases = [
        (bytes.fromhex(group["publicKey"]["pk"]), case)
        for group in json.loads(path.read_text())["testGroups"]
        for case in group["tests"]
    ]
    assert len(cases) == 151
    wrong = [
        case["tcId"]
        for key, case in cases
        if is_signed(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"])) != (case["result"] == "valid")
    ]
    assert wrong == []


def test_exactly_43_of_the_914_odd_points_are_accepted_and_they_are_the_unflagged_ones():
    cases = json.loads(data_dir("vectors", "cctv", "ed25519vectors.json").read_text())
    accepted = {
        case["number"]
        for case in cases
        if is_signed(bytes.fromhex(case["key"]), case["msg"].encode(), bytes.fromhex(case["sig"]))
    }
    expected = {case["number"] for case in cases if not REFUSED_FLAGS & set(case["flags"] or ())}
    assert len(cases) == 914
    assert len(accepted) == 43
    assert accepted == expected


def test_the_low_order_list_is_the_published_one():
    published = {
        "00" * 32,
        "00" * 31 + "80",
        "01" + "00" * 31,
        "01" + "00" * 30 + "80",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ec" + "ff" * 30 + "7f",
        "ec" + "ff" * 31,
    }
    assert {point.hex() for point in LOW_ORDER} == published


def test_a_point_of_another_length_or_an_unreduced_one_is_refused():
    assert not is_strict_point(b"\x02" * 31)
    assert not is_strict_point((2**255 - 19).to_bytes(32, "little"))
    assert not is_strict_point((2**255 - 1).to_bytes(32, "little"))
    assert is_strict_point((2**255 - 21).to_bytes(32, "little"))
