"""The demonstration visit, as it is read."""

import hashlib
import subprocess
from datetime import date

import pytest

from commensal.clinic.folder import RecordRefused, read_visit_folder
from commensal.clinic.people import Purpose
from commensal.diagnosis import find
from commensal.lila import Level, score_anxiety
from tests.clinic.folder.broken import FIRST, TODAY, edit, first_visit, problems_of


@pytest.fixture(scope="module")
def visit():
    return read_visit_folder(FIRST, today=date(2025, 11, 20))


def test_sound_not_examined_and_absent_are_three_different_things(visit):
    assert visit.exam.tooth("11").presence == "present"
    assert {s.icdas for s in visit.exam.tooth("11").surfaces.values()} == {0}
    assert set(visit.exam.tooth("11").surfaces) == set("MDOBL")
    assert visit.exam.tooth("47").presence == "not examined"
    assert "stop" in visit.exam.tooth("47").why
    assert visit.exam.tooth("18").presence == "absent"
    assert visit.exam.tooth("55").presence == "not examined"


def test_a_tooth_nobody_mentions_is_not_examined_rather_than_sound(tmp_path):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: exam["teeth"].pop("11"))
    tooth = read_visit_folder(folder, today=TODAY).exam.tooth("11")
    assert tooth.presence == "not examined"
    assert not tooth.surfaces


def test_a_surface_nobody_mentions_is_not_examined_rather_than_sound(tmp_path):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: exam["teeth"].update({"11": {"presence": "present"}}))
    tooth = read_visit_folder(folder, today=TODAY).exam.tooth("11")
    assert tooth.presence == "present"
    assert not tooth.surfaces


def test_the_story_is_in_the_folder(visit):
    assert visit.patient.age_y(visit.visit.on) == 34
    assert (visit.exam.tooth("16").surfaces["M"].icdas, visit.exam.tooth("16").surfaces["M"].is_active) == (
        3,
        True,
    )
    assert visit.exam.tooth("36").surfaces["O"].icdas == 4
    assert visit.exam.saliva.unstimulated_ml_min == 0.30
    assert [row.at_min for row in visit.diet] == sorted(row.at_min for row in visit.diet)
    assert all(len(tooth.probing) in (0, 6) for tooth in visit.exam.teeth.values())
    assert visit.anxiety.hardest == ("needles", "losing control")


def test_the_answers_fit_the_companion_and_score_21(visit):
    answers = visit.anxiety
    scored = score_anxiety(**{name: getattr(answers, name) for name in answers.__slots__})
    assert scored.mdas == 21
    assert scored.level is Level.L1


def test_the_sore_is_looked_at_again_and_not_referred(visit):
    kinds = [finding.kind for finding in find(visit.exam)]
    assert "recheck" in kinds
    assert "referral" not in kinds


def test_a_value_below_the_detection_limit_is_not_zero(visit):
    below = next(one for one in visit.samples[0].biomarkers if one.name == "MMP-1")
    assert below.value is None
    assert below.detection_limit == 12.0


def test_the_table_is_summed_and_ranked(visit):
    table = visit.samples[0].taxa[0]
    counts = dict(line.split("\t") for line in (FIRST / "lab/genus.tsv").read_text().splitlines()[2:])
    assert table.total == sum(map(int, counts.values()))
    assert table.taxa == sum(int(count) > 0 for count in counts.values())
    assert table.most[0] == ("Streptococcus", 9120 / table.total)
    assert visit.samples[0].reading == "not interpreted"


def test_the_hash_over_all_files_is_the_one_that_sha256sum_gives(visit):
    names = sorted(visit.inputs)
    listed = subprocess.run(["sha256sum", *names], cwd=FIRST, capture_output=True, check=True).stdout
    assert hashlib.sha256(listed).hexdigest() == visit.inputs_sha256
    assert set(names) == {
        "anxiety.json",
        "consent.json",
        "diet.csv",
        "exam.json",
        "lab/genus.tsv",
        "lab/lab.json",
        "patient.fhir.json",
    }


def test_neither_a_name_nor_a_resource_shows_in_a_repr(visit):
    assert "Caldwell" not in repr(visit)
    assert "1991" not in repr(visit)


def test_reading_changes_nothing(tmp_path):
    folder = first_visit(tmp_path)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    read_visit_folder(folder, today=TODAY)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refuse(folder, *purposes):
    edit(folder, "consent.json", lambda c: c.update(permits=[p for p in c["permits"] if p not in purposes]))


def test_without_consent_to_a_record_nothing_but_the_consent_is_read(tmp_path):
    folder = first_visit(tmp_path)
    refuse(folder, "record")
    for name in ("patient.fhir.json", "exam.json", "anxiety.json", "diet.csv", "lab/lab.json"):
        (folder / name).write_text("\x00 not even text")
    refused = read_visit_folder(folder, today=TODAY)
    assert isinstance(refused, RecordRefused)
    assert not refused.consent.allows(Purpose.RECORD)
    assert len(refused.inputs) == 7


@pytest.mark.parametrize(
    ("purpose", "file", "part", "nothing"),
    [
        ("anxiety", "anxiety.json", "anxiety", None),
        ("simulation", "diet.csv", "diet", None),
        ("lab", "lab/lab.json", "samples", ()),
    ],
)
def test_a_file_nobody_agreed_to_is_hashed_and_not_read(tmp_path, purpose, file, part, nothing):
    folder = first_visit(tmp_path)
    refuse(folder, purpose)
    (folder / file).write_bytes(b"\xff\xfe not even text")
    visit = read_visit_folder(folder, today=TODAY)
    assert getattr(visit, part) == nothing
    assert visit.inputs[file] == hashlib.sha256(b"\xff\xfe not even text").hexdigest()


def test_without_consent_to_an_examination_only_the_visit_itself_is_taken_from_exam_json(tmp_path):
    folder = first_visit(tmp_path)
    refuse(folder, "examination")
    edit(folder, "exam.json", lambda exam: exam.update(teeth="nobody looks here"))
    visit = read_visit_folder(folder, today=TODAY)
    assert visit.exam is None
    assert visit.overrides == {}
    assert visit.visit.id == "first-2025-11-20"


def test_a_file_that_was_consented_to_must_be_there(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "diet.csv").unlink()
    (problem,) = problems_of(folder)
    assert problem.file == "diet.csv"
    refuse(folder, "simulation")
    assert read_visit_folder(folder, today=TODAY).diet is None


def test_a_lab_is_optional(tmp_path):
    folder = first_visit(tmp_path)
    for path in (folder / "lab").iterdir():
        path.unlink()
    (folder / "lab").rmdir()
    assert read_visit_folder(folder, today=TODAY).samples == ()


def test_byte_order_marks_and_windows_line_ends_are_fine(tmp_path):
    folder = first_visit(tmp_path)
    for name in (
        "consent.json",
        "patient.fhir.json",
        "exam.json",
        "anxiety.json",
        "diet.csv",
        "lab/lab.json",
        "lab/genus.tsv",
    ):
        path = folder / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    changed, plain = read_visit_folder(folder, today=TODAY), read_visit_folder(FIRST, today=TODAY)
    assert (changed.exam, changed.diet, changed.anxiety) == (plain.exam, plain.diet, plain.anxiety)
    assert changed.samples[0].taxa == plain.samples[0].taxa


def test_a_link_inside_the_folder_is_followed(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "lab" / "genus.tsv").rename(folder / "lab" / ".real.tsv")
    (folder / "lab" / "genus.tsv").symlink_to(".real.tsv")
    assert read_visit_folder(folder, today=TODAY).samples[0].taxa[0].taxa == 16


def test_a_primary_tooth_and_its_successor_can_both_be_there(tmp_path):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: exam["teeth"].update({"55": {"presence": "present", "sound": True}}))
    exam = read_visit_folder(folder, today=TODAY).exam
    assert exam.tooth("55").presence == exam.tooth("15").presence == "present"


def test_an_override_carries_the_dentist_and_the_day(tmp_path):
    folder = first_visit(tmp_path)
    told = {
        "finding": "icdas-merge:16:M",
        "statement": "We watch it.",
        "reason": "It has not grown in a year.",
    }
    edit(folder, "exam.json", lambda exam: exam.update(overrides=[told]))
    override = read_visit_folder(folder, today=TODAY).overrides["icdas-merge:16:M"]
    assert (override.by, override.on, override.reason) == ("Dr Mia Chen", date(2025, 11, 20), told["reason"])


def test_a_day_without_food_is_a_day_without_rows(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "diet.csv").write_text("when,what,how,duration_min\n")
    assert read_visit_folder(folder, today=TODAY).diet == ()
