"""A run that was stopped goes on from its own checkpoint to the same bits, and from no other."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from commensal.clock import FixedClock
from commensal.mouth import scenes
from commensal.mouth.errors import CheckpointError
from commensal.mouth.scenes import checkpoints
from commensal.mouth.scenes.reading import read_text
from tests.mouth.scenes.small import changed

NOON = FixedClock(datetime(2026, 11, 27, 12, tzinfo=UTC))
DAYS = changed('ends = "00:20"', 'ends = "24:00"').replace("every_s = 60", "every_s = 1800\ndays = 2")
"""Two days: eight quarters, so eight places to stop."""


class StoppedError(Exception):
    """Whoever stopped the run."""


def stopped_after(writings: int, monkeypatch, file, out, text: str = DAYS) -> None:
    """Runs until so many checkpoints are written, then stops."""
    left = [writings]
    keep = checkpoints.CheckpointFile.keep

    def counted(self, checkpoint):
        self.seconds_between = 0.0
        keep(self, checkpoint)
        left[0] -= 1
        if left[0] == 0:
            raise StoppedError

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints.CheckpointFile, "keep", counted)
        with pytest.raises(StoppedError):
            scenes.run(read_text(text, "s"), out, NOON, pictures=scenes.Pictures.NONE, checkpoint=file)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> dict:
    """The manifest of the run that nobody stopped."""
    scene = read_text(DAYS, "s")
    scenes.run(scene, tmp_path_factory.mktemp("warm") / "run", NOON, pictures=scenes.Pictures.NONE)
    return scenes.run(scene, tmp_path_factory.mktemp("whole") / "run", NOON, pictures=scenes.Pictures.NONE).manifest


@pytest.fixture
def stopped(whole, tmp_path, monkeypatch):
    stopped_after(3, monkeypatch, tmp_path / "here.npz", tmp_path / "out")
    return tmp_path / "here.npz"


def resumed(file, text: str = DAYS):
    return scenes.run(
        read_text(text, "s"),
        file.parent / "out",
        NOON,
        pictures=scenes.Pictures.NONE,
        checkpoint=file,
        is_resuming=True,
    )


@pytest.mark.parametrize("writings", [1, 4, 7])
def test_a_resumed_run_ends_as_if_it_had_never_stopped(whole, tmp_path, monkeypatch, writings):
    file = tmp_path / "here.npz"
    stopped_after(writings, monkeypatch, file, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["here.npz"]
    kept = resumed(file)
    assert kept.manifest == whole
    assert not file.exists()


def test_a_run_with_checkpoints_is_the_run_without(whole, tmp_path):
    kept = scenes.run(
        read_text(DAYS, "s"), tmp_path / "out", NOON, pictures=scenes.Pictures.NONE, checkpoint=tmp_path / "here.npz"
    )
    assert kept.manifest == whole
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_number_of_threads_changes_nothing(whole, tmp_path):
    for threads in (1, 3):
        kept = scenes.run(
            read_text(DAYS, "s"), tmp_path / str(threads), NOON, pictures=scenes.Pictures.NONE, threads=threads
        )
        assert kept.manifest == whole


def test_resuming_where_nothing_stands_begins_at_the_beginning(whole, tmp_path):
    assert resumed(tmp_path / "here.npz").manifest == whole


def test_a_checkpoint_that_is_there_is_never_overwritten_unasked(stopped):
    before = stopped.read_bytes()
    with pytest.raises(CheckpointError, match="add --resume to go on from it"):
        scenes.run(read_text(DAYS, "s"), stopped.parent / "out", NOON, checkpoint=stopped)
    assert stopped.read_bytes() == before


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.99])
def test_a_checkpoint_cut_off_is_refused_and_left(stopped, share):
    content = stopped.read_bytes()
    stopped.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CheckpointError, match="expected a whole checkpoint"):
        resumed(stopped)
    assert stopped.exists()
    assert not (stopped.parent / "out").exists()


def test_a_bit_turned_over_is_found(stopped):
    content = bytearray(stopped.read_bytes())
    content[len(content) // 2] ^= 1
    stopped.write_bytes(content)
    with pytest.raises(CheckpointError, match="expected a whole checkpoint"):
        resumed(stopped)


def rewritten(file, change) -> None:
    with np.load(file) as opened:
        arrays = {name: opened[name] for name in opened.files}
    change(arrays)
    with file.open("wb") as stream:
        np.savez(stream, **arrays)


def identity_with(**others: str):
    def change(arrays) -> None:
        identity = json.loads(arrays["identity"].tobytes()) | others
        arrays["identity"] = np.frombuffer(json.dumps(identity).encode(), dtype=np.uint8)

    return change


STRANGE = {
    "another version": (identity_with(commensal="0.0.9"), "another commensal"),
    "another format": (identity_with(format="commensal.mouth-checkpoint/9"), "another format"),
    "another code": (identity_with(code="0"), "another code"),
    "another machine": (identity_with(processor="pdp11"), "another processor"),
    "no identity": (lambda arrays: arrays.pop("identity"), "a whole checkpoint"),
    "a missing array": (lambda arrays: arrays.pop("0/state"), "of another run"),
    "an array of another shape": (lambda arrays: arrays.update({"0/state": np.zeros(3)}), "of another run"),
    "whole numbers": (lambda arrays: arrays.update({"0/state": np.zeros(3, dtype=int)}), "a whole checkpoint"),
    "a block too many": (lambda arrays: arrays.update({"1/state": np.zeros(3)}), "take the checkpoint away"),
    "a block left out": (lambda arrays: arrays.update({"7/state": np.zeros(3)}), "a whole checkpoint"),
}


@pytest.mark.parametrize("case", STRANGE)
def test_a_checkpoint_of_something_else_is_refused(stopped, case):
    change, told = STRANGE[case]
    rewritten(stopped, change)
    with pytest.raises(CheckpointError, match=told):
        resumed(stopped)
    assert stopped.exists()


def test_a_checkpoint_of_another_scene_is_refused(stopped):
    with pytest.raises(CheckpointError, match="another scene"):
        resumed(stopped, DAYS.replace("sugar_percent_w_v = 10", "sugar_percent_w_v = 11"))


def test_a_pickle_or_a_packed_archive_is_not_opened(stopped):
    import zipfile

    with np.load(stopped) as opened:
        arrays = {name: opened[name] for name in opened.files}
    np.savez_compressed(stopped, **arrays)
    with pytest.raises(CheckpointError, match="compressed"):
        resumed(stopped)
    np.savez(stopped, identity=arrays["identity"], x=np.array([{}], dtype=object))
    with pytest.raises(CheckpointError, match="a whole checkpoint"):
        resumed(stopped)
    assert zipfile.is_zipfile(stopped)


def test_a_place_that_is_not_there_is_told_before_anything_is_run(tmp_path):
    with pytest.raises(CheckpointError, match=r"make .*nowhere first"):
        scenes.run(read_text(DAYS, "s"), tmp_path / "out", NOON, checkpoint=tmp_path / "nowhere" / "here.npz")
    assert list(tmp_path.iterdir()) == []
