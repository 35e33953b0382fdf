"""Static tiles: another program's log read whole, our own written and read, damage found."""

import shutil
from pathlib import Path

import pytest

from commensal.sentinel.checkpoint import open_checkpoint
from commensal.sentinel.errors import LogError, NoteError, ProofError
from commensal.sentinel.findings import Findings
from commensal.sentinel.keys import SigningKey
from commensal.sentinel.merkle import check_consistency, consistency_proof, leaf_hash
from commensal.sentinel.note import parse_verifier_key
from commensal.sentinel.tile_folder import audit_tiles, export_tiles
from commensal.sentinel.tiles import bundle, split_bundle
from tests.data import data_dir
from tests.sentinel.logs import LOG_KEY, NOON, OTHER_KEY, memory_log, record
from tests.sentinel.test_merkle import mth, subtrees

TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


@pytest.fixture
def tessera() -> Path:
    return data_dir("vectors", "tessera-log")


@pytest.mark.parametrize("size", range(16))
def test_tesseras_log_is_sound_at_every_size(tessera: Path, size: int):
    report = audit_tiles(tessera, TESSERA, checkpoint=f"checkpoint.{size}")
    assert (report.problems, report.size) == ((), size)


def test_tesseras_log_leaves_nothing_unchecked_at_its_full_size(tessera: Path):
    report = audit_tiles(tessera, TESSERA)
    assert (report.is_sound, report.size, report.not_checked) == (True, 15, ())


def test_every_two_of_tesseras_checkpoints_are_consistent_and_no_other_pairing_is(tessera: Path):
    key = parse_verifier_key(TESSERA)
    signed = [open_checkpoint((tessera / f"checkpoint.{n}").read_text(), key) for n in range(16)]
    entries = split_bundle((tessera / "tile/entries/000.p/15").read_bytes(), 15)
    assert [c.size for c in signed] == list(range(16))
    for new in range(16):
        assert signed[new].root == mth(entries[:new])
        for old in range(new + 1):
            proof = consistency_proof(old, new, subtrees(entries))
            check_consistency(old, new, signed[old].root, signed[new].root, proof)
            if 0 < old < new:
                with pytest.raises(ProofError):
                    check_consistency(old, new, signed[old - 1].root, signed[new].root, proof)


def test_any_changed_byte_of_tesseras_files_is_found(tessera: Path, tmp_path: Path):
    copy = tmp_path / "log"
    shutil.copytree(tessera, copy)
    files = [copy / "checkpoint", *(p for p in (copy / "tile").rglob("*") if p.is_file())]
    assert len(files) == 31
    for path in files:
        whole = path.read_bytes()
        for place in range(0, len(whole), 7):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert not audit_tiles(copy, TESSERA).is_sound, (path.name, place)
        path.write_bytes(whole)
    assert audit_tiles(copy, TESSERA).is_sound


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_an_exported_log_is_sound_and_a_paired_edit_in_it_is_found(tmp_path: Path, size: int):
    with memory_log(size) as (conn, _):
        export_tiles(conn, tmp_path)
    report = audit_tiles(tmp_path, LOG_KEY.vkey)
    assert (report.problems, report.size, report.not_checked) == ((), size, ())
    if size >= 257:
        entries, leaves = tmp_path / "tile/entries/000", tmp_path / "tile/0/000"
        changed = split_bundle(entries.read_bytes(), 256)
        changed[77] = bytes(41)
        entries.write_bytes(bundle(changed))
        leaves.write_bytes(b"".join(leaf_hash(e) for e in changed))
        assert not audit_tiles(tmp_path, LOG_KEY.vkey).is_sound


def test_a_folder_rewritten_to_fit_a_forged_entry_does_not_lead_to_the_signed_root(tmp_path: Path):
    with memory_log(300) as (conn, _):
        export_tiles(conn, tmp_path)
    entries = split_bundle((tmp_path / "tile/entries/001.p/44").read_bytes(), 44)
    entries[3] = bytes(41)
    (tmp_path / "tile/entries/001.p/44").write_bytes(bundle(entries))
    (tmp_path / "tile/0/001.p/44").write_bytes(b"".join(leaf_hash(e) for e in entries))
    (problem,) = audit_tiles(tmp_path, LOG_KEY.vkey).problems
    assert problem.startswith("the entries do not lead to the signed root, though every tile fits them")


def test_a_log_exported_twice_as_it_grows_stays_sound_with_its_older_tiles(tmp_path: Path):
    with memory_log(200) as (conn, log):
        export_tiles(conn, tmp_path)
        log.append(conn, [record(i) for i in range(200, 300)], NOON)
        export_tiles(conn, tmp_path)
    report = audit_tiles(tmp_path, LOG_KEY.vkey)
    assert (report.problems, report.size) == ((), 300)
    (tmp_path / "tile/0/000.p/200").unlink()
    (tmp_path / "tile/entries/000.p/200").unlink()
    assert audit_tiles(tmp_path, LOG_KEY.vkey).is_sound


def test_a_full_tile_stands_in_for_a_partial_one_that_was_removed(tmp_path: Path):
    with memory_log(200) as (conn, log):
        export_tiles(conn, tmp_path)
        older = (tmp_path / "checkpoint").read_text()
        log.append(conn, [record(i) for i in range(200, 256)], NOON)
        export_tiles(conn, tmp_path)
    (tmp_path / "tile/0/000.p/200").unlink()
    (tmp_path / "tile/entries/000.p/200").unlink()
    (tmp_path / "older").write_text(older)
    report = audit_tiles(tmp_path, LOG_KEY.vkey, checkpoint="older")
    assert (report.problems, report.size) == ((), 200)
    assert len(report.not_checked) == 3  # the full tile, its bundle and the tile above it


@pytest.mark.parametrize("name", ["tile/0/000.p/15", "tile/entries/000.p/15", "checkpoint"])
def test_a_missing_file_is_found_and_named(tessera: Path, tmp_path: Path, name: str):
    copy = tmp_path / "log"
    shutil.copytree(tessera, copy)
    (copy / name).unlink()
    assert name in " ".join(audit_tiles(copy, TESSERA).problems)


def test_a_file_that_is_no_tile_is_found(tessera: Path, tmp_path: Path):
    copy = tmp_path / "log"
    shutil.copytree(tessera, copy)
    (copy / "tile/0/000.p/016").write_bytes(b"")
    assert audit_tiles(copy, TESSERA).problems == ("tile/0/000.p/016: no tile has this name",)


def test_a_folder_signed_by_another_key_is_not_believed(tmp_path: Path):
    with memory_log(3) as (conn, _):
        export_tiles(conn, tmp_path)
    assert not audit_tiles(tmp_path, OTHER_KEY.vkey).is_sound
    with pytest.raises(NoteError):
        audit_tiles(tmp_path, "no key")


def with_bit_flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def sealed_folder(folder: Path, size: int) -> Path:
    with memory_log(size) as (conn, _):
        export_tiles(conn, folder)
    return folder


def test_the_checkpoint_of_another_clinic_is_named_as_such(tmp_path: Path):
    other = SigningKey("other.example/log", bytes([9]) * 32)
    report = audit_tiles(sealed_folder(tmp_path, 3), other.vkey)
    assert "calls itself a checkpoint of clinic.example/log, the key is of other.example/log" in report.problems[0]


def test_tiles_of_two_clinics_mixed_are_told_apart_and_the_first_foreign_entry_is_named(tmp_path: Path):
    here, there = sealed_folder(tmp_path / "here", 600), sealed_folder(tmp_path / "there", 600)
    for name in ("tile/entries/001", "tile/0/001"):
        shutil.copy(there / name, here / name)
    report = audit_tiles(here, LOG_KEY.vkey)
    assert report.first_bad_index == 256
    assert "the entries 256 to 511 and their tiles fit each other and not this log" in report.problems[0]
    assert "another log" in report.problems[0]
    shutil.copy(there / "tile/1/000.p/2", here / "tile/1/000.p/2")
    assert audit_tiles(here, LOG_KEY.vkey).first_bad_index == 0


def test_a_full_tile_that_stands_in_for_a_partial_one_is_compared_as_far_as_the_checkpoint_reaches(tmp_path: Path):
    with memory_log(200) as (conn, log):
        export_tiles(conn, tmp_path)
        older = (tmp_path / "checkpoint").read_text()
        log.append(conn, [record(i) for i in range(200, 256)], NOON)
        export_tiles(conn, tmp_path)
    (tmp_path / "older").write_text(older)
    whole = (tmp_path / "tile/0/000").read_bytes()
    for at, first_bad in ((199, 199), (200, None)):
        (tmp_path / "tile/0/000").write_bytes(with_bit_flipped(whole, at * 32))
        report = audit_tiles(tmp_path, LOG_KEY.vkey, checkpoint="older")
        assert (report.first_bad_index, report.is_sound) == (first_bad, first_bad is None)


def test_older_partial_files_left_behind_are_compared_too(tmp_path: Path):
    with memory_log(200) as (conn, log):
        export_tiles(conn, tmp_path)
        log.append(conn, [record(i) for i in range(200, 300)], NOON)
        export_tiles(conn, tmp_path)
    for name in ("tile/0/000.p/200", "tile/entries/000.p/200"):
        whole = (tmp_path / name).read_bytes()
        for changed in (with_bit_flipped(whole, 0), whole[:-1], whole + b"?"):
            (tmp_path / name).write_bytes(changed)
            assert not audit_tiles(tmp_path, LOG_KEY.vkey).is_sound, (name, len(changed))
        (tmp_path / name).write_bytes(whole)
    assert audit_tiles(tmp_path, LOG_KEY.vkey).is_sound


def test_a_link_is_no_tile(tmp_path: Path):
    sealed_folder(tmp_path, 300)
    (tmp_path / "tile/0/000").rename(tmp_path / "elsewhere")
    (tmp_path / "tile/0/000").symlink_to(tmp_path / "elsewhere")
    assert "expected a plain file" in audit_tiles(tmp_path, LOG_KEY.vkey).problems[0]


def test_files_beyond_the_checkpoint_are_told_and_not_without_end(tmp_path: Path):
    sealed_folder(tmp_path, 3)
    for n in range(100, 200):
        (tmp_path / f"tile/0/{n}").write_bytes(bytes(8192))
    report = audit_tiles(tmp_path, LOG_KEY.vkey)
    assert (report.is_sound, len(report.not_checked), report.not_checked[-1]) == (True, 51, "… and 50 more")


def test_where_only_tiles_above_differ_the_narrowest_is_named(tmp_path: Path):
    findings = Findings()
    findings.add("a wide tile", 0, last=65_535)
    findings.add("a narrow tile", 768, last=1_023)
    findings.add("another narrow tile", 1_024, last=1_279)
    assert findings.first_bad_index == 768
    findings.add("an entry", 1_100)
    assert findings.first_bad_index == 768
    findings.add("an earlier entry", 800)
    assert findings.first_bad_index == 800


def test_exporting_and_auditing_tell_how_far_they_are(tmp_path: Path):
    shares: list[float] = []
    with memory_log(600) as (conn, _):
        assert export_tiles(conn, tmp_path, shares.append) == 600
    assert (shares, shares[-1]) == (sorted(shares), 1.0)
    shares.clear()
    audit_tiles(tmp_path, LOG_KEY.vkey, progress=shares.append)
    assert (shares, shares[-1]) == (sorted(shares), 1.0)


def test_an_export_goes_on_in_its_own_folder_and_refuses_another_logs_or_a_later_state(tmp_path: Path):
    other = SigningKey("other.example/log", bytes([9]) * 32)
    with memory_log(200) as (conn, log):
        export_tiles(conn, tmp_path, vkey=log.vkey)
        log.append(conn, [record(i) for i in range(200, 300)], NOON)
        (tmp_path / "checkpoint").rename(tmp_path / "aside")
        assert export_tiles(conn, tmp_path, vkey=log.vkey) == 300  # one that was stopped has no checkpoint yet
        assert export_tiles(conn, tmp_path, vkey=log.vkey) == 300
        assert audit_tiles(tmp_path, log.vkey).is_sound
        with pytest.raises(LogError, match="holds another log"):
            export_tiles(conn, tmp_path, vkey=other.vkey)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with memory_log(200) as (conn, log), pytest.raises(LogError, match=r"holds 300 entries .* the store has 200"):
        export_tiles(conn, tmp_path, vkey=log.vkey)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
