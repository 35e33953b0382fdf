"""Files that are missing, too large, unreadable, links, or not what their name says."""

import gzip
import os
import socket
import tempfile
import tracemalloc
from pathlib import Path

import pytest

from commensal.clinic.folder import FolderError, read_visit_folder
from tests.clinic.folder.broken import FIRST, TODAY, edit, first_visit, only_problem, problems_of

NEEDED = ("consent.json", "patient.fhir.json", "exam.json", "anxiety.json", "diet.csv", "lab/lab.json")
JSON_FILES = tuple(name for name in NEEDED if name.endswith(".json"))


@pytest.mark.parametrize("file", NEEDED)
def test_a_missing_file_is_named(tmp_path, file):
    folder = first_visit(tmp_path)
    (folder / file).unlink()
    problem = only_problem(folder)
    assert (problem.file, problem.expected, problem.came) == (
        file,
        "a file that may be read",
        "nothing there",
    )
    assert "docs/specs/visit-folder.md" in problem.remedy


@pytest.mark.parametrize("file", NEEDED)
def test_a_folder_in_the_place_of_a_file_is_named(tmp_path, file):
    folder = first_visit(tmp_path)
    (folder / file).unlink()
    (folder / file).mkdir()
    problem = only_problem(folder)
    assert (problem.file, problem.expected, problem.came) == (file, "a file", "a folder")


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    problem = only_problem(tmp_path / "nowhere")
    assert problem.file == str(tmp_path / "nowhere")
    assert (problem.expected, problem.came) == ("a folder with a visit", "nothing there")


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    problem = only_problem(FIRST / "exam.json")
    assert (problem.expected, problem.came) == ("a folder", "a file")
    assert "the folder that holds it" in problem.remedy


def test_a_file_in_the_place_of_the_lab_is_named(tmp_path):
    folder = first_visit(tmp_path)
    for path in (folder / "lab").iterdir():
        path.unlink()
    (folder / "lab").rmdir()
    (folder / "lab").write_text("")
    problem = only_problem(folder)
    assert (problem.file, problem.expected, problem.came) == ("lab", "a folder", "a file")


@pytest.mark.parametrize("file", [*NEEDED, "lab/genus.tsv"])
def test_a_gigabyte_is_refused_by_its_size_before_it_is_opened(tmp_path, monkeypatch, file):
    folder = first_visit(tmp_path)
    os.truncate(folder / file, 1 << 30)
    opened = []
    real_open = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *a, **k: opened.append(self.name) or real_open(self, *a, **k))
    problem = only_problem(folder)
    assert problem.file == file
    assert problem.expected.startswith("at most ")
    assert problem.came == "1 GiB (1073741824 bytes)"
    assert Path(file).name not in opened


def test_a_file_one_byte_over_its_limit_is_refused_with_both_sizes(tmp_path):
    folder = first_visit(tmp_path)
    path = folder / "consent.json"
    path.write_bytes(path.read_bytes().ljust(64 * 1024 + 1))
    problem = only_problem(folder)
    assert (problem.expected, problem.came) == ("at most 64 KiB", "64 KiB (65537 bytes)")


def test_a_file_that_grows_while_it_is_read_fills_no_memory(tmp_path, monkeypatch):
    folder = first_visit(tmp_path)
    real_open = Path.open

    def growing(self, *args, **kwargs):
        if self.name == "consent.json":
            os.truncate(self, 200 * 1024 * 1024)
        return real_open(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", growing)
    tracemalloc.start()
    try:
        problem = only_problem(folder)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert problem.came == "a file that grows while it is read"
    assert peak_bytes < 20 * 1024 * 1024


@pytest.mark.parametrize(("digits", "is_fine"), [(15, True), (16, False)])
def test_integers_that_a_float_cannot_hold_exactly_are_refused(tmp_path, digits, is_fine):
    folder = first_visit(tmp_path)
    edit(folder, "anxiety.json", lambda answers: answers.update(vas=int("9" * digits)))
    assert (only_problem(folder).expected == "anxiety now on a line, 0 to 10, or null") is is_fine


def test_a_file_exactly_at_its_limit_is_read(tmp_path):
    folder = first_visit(tmp_path)
    path = folder / "exam.json"
    path.write_bytes(path.read_bytes().ljust(1024 * 1024))
    edit(folder, "consent.json", lambda consent: consent.update(given_on="2025-11-21"))
    assert only_problem(folder).file == "consent.json"


@pytest.mark.parametrize("file", [*NEEDED, "lab/genus.tsv"])
def test_a_link_out_of_the_folder_is_refused(tmp_path, file):
    folder = first_visit(tmp_path)
    (tmp_path / "outside").write_bytes((folder / file).read_bytes())
    (folder / file).unlink()
    (folder / file).symlink_to(tmp_path / "outside")
    problem = only_problem(folder)
    assert (problem.file, problem.expected) == (file, "a file in this folder")
    assert problem.came == "a link that leaves it"


def test_a_link_to_itself_is_refused(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "exam.json").unlink()
    (folder / "exam.json").symlink_to("exam.json")
    assert only_problem(folder).file == "exam.json"


def test_a_lab_folder_that_is_a_link_is_refused(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "lab").rename(tmp_path / "elsewhere")
    (folder / "lab").symlink_to(tmp_path / "elsewhere")
    problem = only_problem(folder)
    assert (problem.file, problem.came) == ("lab", "a link")


@pytest.mark.parametrize("file", NEEDED)
def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch, file):
    folder = first_visit(tmp_path)
    real_open = Path.open

    def refusing(self, *args, **kwargs):
        if self == (folder / file).resolve():
            raise PermissionError(13, "Permission denied", str(self))
        return real_open(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refusing)
    problem = only_problem(folder)
    assert (problem.file, problem.came) == (file, "no permission")
    assert str(tmp_path) not in str(problem)


def test_a_file_without_read_permission_is_named():
    """Root may read everything, so root steps down to a user without rights while the folder is read."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = first_visit(Path(parent))
        read_visit_folder(folder, today=None)  # what it imports is loaded before rights are given up
        (folder / "exam.json").chmod(0)
        was = os.geteuid()
        if was == 0:
            os.seteuid(65_534)
        try:
            problem = only_problem(folder)
        finally:
            os.seteuid(was)
    assert (problem.file, problem.came) == ("exam.json", "no permission")


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "diet.csv").unlink()
    os.mkfifo(folder / "diet.csv")
    problem = only_problem(folder)
    assert (problem.file, problem.came) == ("diet.csv", "a pipe")


def test_a_socket_is_refused(tmp_path, monkeypatch):
    folder = first_visit(tmp_path)
    (folder / "diet.csv").unlink()
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("diet.csv")
        assert only_problem(folder).came == "a device or socket"


@pytest.mark.parametrize(
    ("name", "near"), [("Exam.json", "exam.json"), ("diet.tsv", "diet.csv"), ("anxeity.json", "anxiety.json")]
)
def test_a_file_with_nearly_the_right_name_is_recognised(tmp_path, name, near):
    folder = first_visit(tmp_path)
    (folder / name).write_text("{}")
    problem = only_problem(folder)
    assert problem.came == f"a file named {name}"
    assert problem.remedy == f"did you mean {near}?"


def test_a_file_that_does_not_belong_is_refused(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "x-ray.png").write_bytes(b"\x89PNG")
    problem = only_problem(folder)
    assert (problem.expected, problem.came) == ("only the files of a visit", "a file named x-ray.png")


def test_a_lab_file_that_lab_json_does_not_name_is_refused(tmp_path):
    folder = first_visit(tmp_path)
    (folder / "lab" / "species.tsv").write_text("taxon\tA\n")
    problem = only_problem(folder)
    assert (problem.file, problem.expected) == ("lab/species.tsv", "only files that lab.json names")


def test_a_file_name_that_is_not_text_does_not_break_the_message(tmp_path):
    folder = first_visit(tmp_path)
    (folder / os.fsdecode(b"\xff\x1b[31m.json")).write_text("{}")
    assert str(only_problem(folder)).isprintable()


def test_too_many_lab_files_are_refused(tmp_path):
    folder = first_visit(tmp_path)
    for n in range(50):
        (folder / "lab" / f"t{n}.tsv").write_text("")
    assert problems_of(folder)[0].expected == "at most 50 files"


def test_files_of_the_desktop_are_ignored(tmp_path):
    folder = first_visit(tmp_path)
    for name in (".DS_Store", "._exam.json", "Thumbs.db", "desktop.ini", "README.txt"):
        (folder / name).write_bytes(b"\x00")
    edit(folder, "consent.json", lambda consent: consent.update(given_on="2026-01-01"))
    assert only_problem(folder).file == "consent.json"


@pytest.mark.parametrize("file", JSON_FILES)
def test_broken_json_is_told_by_line_and_column(tmp_path, file):
    folder = first_visit(tmp_path)
    (folder / file).write_text('{\n  "format": "commensal.visit/1",\n  "mdas": [1, 2,, 3]\n}')
    problem = only_problem(folder)
    assert (problem.file, problem.field, problem.expected) == (file, "line 3 column 17", "JSON")
    assert problem.came == "expecting value"


@pytest.mark.parametrize("file", JSON_FILES)
@pytest.mark.parametrize(
    ("text", "expected", "came"),
    [
        ("", "a JSON object", "an empty file"),
        ("[]", "a JSON object", "a list of 0"),
        ("null", "a JSON object", "null"),
        ("17", "a JSON object", "17"),
        ("[" * 50_000, "at most 64 levels of objects and lists", "many more"),
        ('{"a":' * 70 + "1" + "}" * 70, "at most 64 levels of objects and lists", "more below this field"),
        ('{"a": 1, "a": 2}', "this field once", "it twice or more"),
        ('{"a": NaN}', "a number that a 64-bit float holds exactly enough", "NaN"),
        ('{"a": -Infinity}', "a number that a 64-bit float holds exactly enough", "-Infinity"),
        ('{"a": 1e999}', "a number that a 64-bit float holds exactly enough", "1e999"),
        (
            '{"a": ' + "9" * 5000 + "}",
            "a number that a 64-bit float holds exactly enough",
            "a number of 5000 digits",
        ),
        ('{"a": "\\u0000"}', "printable text", "a text with control characters or half surrogates"),
        ('{"a": "\\ud800"}', "printable text", "a text with control characters or half surrogates"),
        ('{"\\ud800": 1}', "names of printable characters", "a name with control characters"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_json_that_other_programs_would_read_differently_is_refused(tmp_path, file, text, expected, came):
    folder = first_visit(tmp_path)
    (folder / file).write_text(text)
    problem = only_problem(folder)
    assert (problem.file, problem.expected, problem.came) == (file, expected, came)


@pytest.mark.parametrize("file", [*NEEDED, "lab/genus.tsv"])
def test_text_that_is_not_utf_8_is_told_by_line_and_byte(tmp_path, file):
    folder = first_visit(tmp_path)
    (folder / file).write_bytes(b'{\n"caf\xe9": 1}')
    problem = only_problem(folder)
    assert (problem.file, problem.field, problem.expected) == (file, "line 2", "UTF-8 text")
    assert problem.came == "byte 0xe9 at position 6"


def test_utf_16_is_recognised(tmp_path):
    folder = first_visit(tmp_path)
    text = (folder / "diet.csv").read_text()
    (folder / "diet.csv").write_bytes(text.encode("utf-16"))
    assert "it looks like UTF-16" in only_problem(folder).remedy


def test_a_packed_bundle_is_recognised(tmp_path):
    folder = first_visit(tmp_path)
    path = folder / "patient.fhir.json"
    path.write_bytes(gzip.compress(path.read_bytes()))
    problem = only_problem(folder)
    assert problem.file == "patient.fhir.json"
    assert "it looks gzip-compressed" in problem.remedy


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    folder = first_visit(tmp_path)
    edit(
        folder,
        "exam.json",
        lambda exam: exam["teeth"].update({"19": {"presence": "present"}, "11": {"presence": "lost"}}),
    )
    edit(folder, "anxiety.json", lambda answers: answers.update(vas=75, mode="alone"))
    (folder / "diet.csv").unlink()
    found = problems_of(folder)
    assert [(p.file, p.field) for p in found] == [
        ("exam.json", "teeth.19"),
        ("exam.json", "teeth.11.presence"),
        ("anxiety.json", "mode"),
        ("anxiety.json", "vas"),
        ("diet.csv", ""),
    ]


def test_a_long_list_of_problems_ends_with_how_many_more(tmp_path):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: [tooth.update(presence="gone") for tooth in exam["teeth"].values()])
    with pytest.raises(FolderError, match=r"and 12 more$") as caught:
        read_visit_folder(folder, today=TODAY)
    assert len(str(caught.value).splitlines()) == 21
