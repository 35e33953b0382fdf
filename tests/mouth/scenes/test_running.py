"""A run leaves results, pictures and manifest together, or nothing; a replay finds every bit, or says which not."""

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from commensal.clock import FixedClock
from commensal.mouth import scenes, simulate
from commensal.mouth.errors import ReplayError, SceneError, SolveError
from commensal.mouth.keeping import open_kept
from commensal.mouth.scenes import replaying
from commensal.mouth.scenes.manifest import NAME, as_text, read_manifest
from commensal.mouth.scenes.reading import read_text
from tests.mouth.scenes.small import SMALL, changed

NOON = FixedClock(datetime(2026, 11, 27, 12, tzinfo=UTC))
LATER = FixedClock(datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Kernels out of the cache, as in every process but the first after a change."""
    simulate(
        [named.site for named in read_text(SMALL, "s").sites], read_text(SMALL, "s").mouth, read_text(SMALL, "s").day
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("ran") / "deep" / "run"
    scenes.run(read_text(SMALL, "small.toml"), out, NOON)
    return out


@pytest.fixture
def copied(ran, tmp_path) -> Path:
    shutil.copytree(ran, tmp_path / "copy")
    return tmp_path / "copy"


def rewrite(folder: Path, change) -> None:
    manifest = json.loads((folder / NAME).read_text())
    change(manifest)
    (folder / NAME).write_text(as_text(manifest))


def test_a_run_leaves_its_files_and_a_manifest_and_nothing_beside(ran):
    assert sorted(path.name for path in ran.iterdir()) == ["course.nc", "depth.png", NAME, "stephan.png"]
    assert [path.name for path in ran.parent.iterdir()] == ["run"]


def test_results_are_the_courses_own_with_names_units_and_marks(ran):
    scene = read_text(SMALL, "small.toml")
    course = simulate([x.site for x in scene.sites], scene.mouth, scene.day, every_s=60.0, layers=4)
    data = open_kept(ran / "course.nc")
    assert np.array_equal(data["ph_enamel"].values, course.ph_enamel)
    assert data["site"].values.tolist() == ["usual", "lower-back-biting"]
    for variable in data.data_vars.values():
        assert variable.attrs["units"]
        assert variable.attrs["mark"] == "recalled"
    assert data.attrs["simulated"].startswith("yes")


def test_the_manifest_holds_everything_the_run_came_from(ran):
    manifest = read_manifest(ran)
    assert manifest["scene"]["text"] == SMALL
    assert manifest["options"] == {
        "every_s": 60.0, "layers": 4, "tolerance": 0.01, "threshold_ph": 5.5, "days": 1, "seed": 7,
    }  # fmt: skip
    assert {"python", "numpy", "numba", "llvmlite", "machine", "processor"} <= set(manifest["platform"])
    assert all({"name", "value", "unit", "mark"} == set(row) for row in manifest["parameters"]["values"])
    assert "guilds.csv" in manifest["parameters"]["tables_sha256"]
    assert [site["film_speed_mm_min"] for site in manifest["inputs"]["sites"]]
    assert manifest["inputs"]["day"]["intakes"][1]["food_mark"] == "recalled"
    assert manifest["balance"]["largest_relative_residual"] < 1e-12
    assert set(manifest["results"]["files"]) == {"course.nc", "depth.png", "stephan.png"}
    assert manifest["mark"] == "recalled"


def test_the_manifest_names_no_place_no_machine_and_only_one_moment(ran):
    import getpass
    import socket

    text = (ran / NAME).read_text()
    for private in (str(ran.parent), str(Path.home()), "/work", socket.gethostname(), f'"{getpass.getuser()}"'):
        assert not re.search(rf"(?<!\w){re.escape(private)}(?!\w)", text), private
    assert json.loads(text)["made"] == {"at": "2026-11-27T12:00:00+00:00"}


def test_another_run_elsewhere_and_later_has_the_same_manifest_but_for_the_moment(ran, tmp_path):
    scenes.run(read_text(SMALL, "small.toml"), tmp_path / "other", LATER)
    one, two = read_manifest(ran), read_manifest(tmp_path / "other")
    assert one.pop("made") != two.pop("made")
    assert one == two


@pytest.mark.parametrize("file_format", scenes.FileFormat)
def test_a_replay_finds_every_array_and_file_as_it_was(tmp_path, file_format):
    kept = scenes.run(
        read_text(SMALL, "s"), tmp_path / "run", NOON, file_format=file_format, pictures=scenes.Pictures.NONE
    )
    found = scenes.replay(kept.folder)
    assert found.is_equal
    assert (found.arrays, found.files, found.other_makers) == (len(kept.data.variables), 1, ())


def test_the_manifest_alone_is_enough(copied):
    for path in copied.iterdir():
        if path.name != NAME:
            path.unlink()
    found = scenes.replay(copied)
    assert found.is_equal
    assert found.files == 0


def test_a_result_that_comes_out_otherwise_is_told_with_how_far(copied, monkeypatch):
    def nudged(*arguments, **options):
        course = simulate(*arguments, **options)
        course.data["ph_enamel"].values[1, 3] += 1e-9
        return course

    monkeypatch.setattr("commensal.mouth.scenes.acting.simulate", nudged)
    found = scenes.replay(copied)
    assert found.differences == ("ph_enamel: 1 of 42 values differ, by at most 1e-09 pH",)
    (copied / "course.nc").unlink()
    assert scenes.replay(copied).differences == ("ph_enamel: its bits differ",)


def test_a_file_that_was_changed_is_told(copied):
    with (copied / "course.nc").open("r+b") as opened:
        opened.seek(-1, 2)
        opened.write(b"\xff")
    assert scenes.replay(copied).differences == ("course.nc: the file is not the one the manifest speaks of",)


def test_a_figure_changed_in_the_manifest_is_told_by_its_place(copied):
    rewrite(copied, lambda m: m["inputs"]["sites"][0].update(thickness_um=151.0))
    rewrite(copied, lambda m: m["results"]["arrays"].pop("ph"))
    assert scenes.replay(copied).differences == (
        "inputs.sites[0].thickness_um: 151.0 in the manifest, 150.0 now",
        "ph: not in the manifest, but in what came now",
    )


OTHERS = {
    "another version": (lambda m: m["program"].update(version="0.0.9"), "commensal 0.0.9 then"),
    "another numpy": (lambda m: m["platform"].update(numpy="1.0"), "numpy 1.0 then"),
    "another processor": (lambda m: m["platform"].update(processor="pdp11"), "processor pdp11 then"),
    "another table": (lambda m: m["parameters"]["tables_sha256"].update({"foods.csv": "0"}), "data/foods.csv 0 then"),
    "other parameters": (lambda m: m["parameters"].update(sha256="0" * 64), "parameters 000000000000000… then"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_another_program_or_machine_is_refused_unless_forced(copied, case):
    change, told = OTHERS[case]
    rewrite(copied, change)
    with pytest.raises(ReplayError, match="--anyway") as refused:
        scenes.replay(copied)
    assert told in str(refused.value)
    found = scenes.replay(copied, is_forced=True)
    assert told in found.other_makers[0]
    assert [x for x in found.differences if not x.startswith("parameters.")] == []


def test_changed_code_is_told_but_does_not_stop_a_replay(copied):
    rewrite(copied, lambda m: m["program"].update(code_sha256="0"))
    found = scenes.replay(copied)
    assert found.is_equal
    assert found.other_makers == ("the code of the mouth has changed since",)


BROKEN = {
    "cut in half": (lambda text: text[: len(text) // 2], "a whole manifest"),
    "empty": (lambda _: "", "a whole manifest"),
    "another format": (lambda text: text.replace("mouth-run/1", "mouth-run/9"), "expected the format"),
    "a list": (lambda _: "[]", "got list"),
    "without its scene": (lambda text: text.replace('"scene"', '"scenery"'), "scene.file: expected str, got None"),
    "a scene changed by hand": (lambda text: text.replace("duration_min = 2", "duration_min = 3"), "was changed"),
    "an array without digest": (lambda text: text.replace('"sha256": "', '"md5": "'), "it was changed"),
    "no JSON": (lambda _: "\x00" * 50, "a whole manifest"),
    "brackets without end": (lambda _: "[" * 100_000, "a whole manifest"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_manifest_that_is_not_whole_is_refused(copied, case):
    change, told = BROKEN[case]
    (copied / NAME).write_text(change((copied / NAME).read_text()))
    with pytest.raises(ReplayError, match=told):
        scenes.replay(copied)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ReplayError, match="name the folder that `commensal mouth run` wrote"):
            scenes.replay(folder)


def test_a_manifest_does_not_lead_out_of_its_folder(copied):
    (copied.parent / "secret").write_text("x")
    rewrite(copied, lambda m: m["results"]["files"].update({"../secret": {"sha256": "0"}}))
    assert scenes.replay(copied).is_equal


def test_a_full_folder_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for is_replacing in (False, True):
        with pytest.raises(ReplayError, match=r"got one with notes\.txt"):
            scenes.run(read_text(SMALL, "s"), tmp_path, NOON, is_replacing=is_replacing)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_earlier_run_is_replaced_only_when_asked_and_only_itself(copied):
    before = (copied / NAME).read_bytes()
    other = read_text(changed('title = "Small"', 'title = "Other"'), "s")
    with pytest.raises(ReplayError, match="--replace"):
        scenes.run(other, copied, NOON)
    (copied / "notes.txt").write_text("mine")
    with pytest.raises(ReplayError, match=r"got also notes\.txt"):
        scenes.run(other, copied, NOON, is_replacing=True)
    assert (copied / NAME).read_bytes() == before
    (copied / "notes.txt").unlink()
    scenes.run(other, copied, NOON, is_replacing=True, pictures=scenes.Pictures.NONE)
    assert sorted(path.name for path in copied.iterdir()) == ["course.nc", NAME]
    assert open_kept(copied / "course.nc").attrs["title"] == "Other"
    assert scenes.replay(copied).is_equal


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ReplayError, match="expected a folder, got a file"):
        scenes.run(read_text(SMALL, "s"), tmp_path / "out", NOON)
    with pytest.raises((ReplayError, OSError)):
        scenes.run(read_text(SMALL, "s"), tmp_path / "out" / "deeper", NOON)
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("step", ["simulate", "keep", "draw", "_publish"])
def test_a_run_that_stops_at_any_step_leaves_nothing(tmp_path, monkeypatch, step):
    def stopped(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    place = "acting" if step == "simulate" else "running"
    monkeypatch.setattr(f"commensal.mouth.scenes.{place}.{step}", stopped)
    with pytest.raises(OSError, match="No space left"):
        scenes.run(read_text(SMALL, "s"), tmp_path / "out", NOON)
    assert list(tmp_path.iterdir()) == []


def test_what_the_solver_refuses_leaves_nothing(tmp_path, monkeypatch):
    for error, expected in ((ValueError("layers"), SceneError), (SolveError("at 3 min"), SolveError)):

        def refusing(*_arguments, error=error, **_options):
            raise error

        monkeypatch.setattr("commensal.mouth.scenes.acting.simulate", refusing)
        with pytest.raises(expected):
            scenes.run(read_text(SMALL, "s"), tmp_path / "out", NOON)
    assert list(tmp_path.iterdir()) == []


def test_progress_rises_to_the_end(tmp_path):
    shares: list[float] = []
    scenes.run(read_text(SMALL, "s"), tmp_path / "out", NOON, progress=lambda share, what: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_differences_are_told_up_to_a_limit(copied):
    rewrite(copied, lambda m: [row.update(value=-1.0) for row in m["parameters"]["values"]])
    told = scenes.replay(copied).differences
    assert len(told) == replaying.MOST_TOLD + 1
    assert told[-1].startswith("and ")
