"""Values in `exam.json`, `anxiety.json` and `consent.json` that cannot be: field, expected and came."""

import pytest

from commensal.clinic.folder import read_visit_folder
from tests.clinic.folder.broken import TODAY, edit, first_visit, only_problem, problems_of, put

EXAM = [
    # what is put where, the field named, what was expected, what came, a word of the remedy
    (
        "teeth.19",
        {"presence": "present"},
        "teeth.19",
        "an FDI tooth number",
        '"19"',
        "Universal 19 is FDI 36",
    ),
    ("teeth.3", {"presence": "present"}, "teeth.3", "an FDI tooth number", '"3"', "Universal 3 is FDI 16"),
    ("teeth.99", {"presence": "present"}, "teeth.99", "an FDI tooth number", '"99"', ""),
    ("teeth.56", {"presence": "present"}, "teeth.56", "primary 51-55", '"56"', ""),
    ("teeth.16.presence", "gone", "teeth.16.presence", "present, absent, not examined", '"gone"', ""),
    (
        "teeth.16.presence",
        "not-examined",
        "teeth.16.presence",
        "presence: ",
        '"not-examined"',
        "mean not examined",
    ),
    ("teeth.16.surfaces.M.icdas", 7, "teeth.16.surfaces.M.icdas", "a whole number, 0 to 6", "7", ""),
    ("teeth.16.surfaces.M.icdas", 24, "teeth.16.surfaces.M.icdas", "0 to 6", "24", "two-digit code"),
    ("teeth.16.surfaces.M.icdas", -1, "teeth.16.surfaces.M.icdas", "0 to 6", "-1", ""),
    ("teeth.16.surfaces.M.icdas", 2.5, "teeth.16.surfaces.M.icdas", "a whole number", "2.5", ""),
    ("teeth.16.surfaces.M.icdas", "3", "teeth.16.surfaces.M.icdas", "0 to 6", '"3"', "without quotes"),
    ("teeth.16.surfaces.M.icdas", True, "teeth.16.surfaces.M.icdas", "0 to 6", "true", ""),
    (
        "teeth.16.surfaces.P",
        {"icdas": 0},
        "teeth.16.surfaces.P",
        "only M, D, O, B, L",
        "another name",
        "mean L",
    ),
    (
        "teeth.11.surfaces",
        {"M": {"icdas": 1}},
        "teeth.11",
        "either sound or surfaces",
        "both",
        'take out "sound"',
    ),
    ("teeth.11.sound", False, "teeth.11.sound", "true, short for", "false", ""),
    (
        "teeth.16.probing.MB.depth_mm",
        35,
        "teeth.16.probing.MB.depth_mm",
        "in mm, 0 to 15",
        "35",
        "then write 3.5",
    ),
    (
        "teeth.16.probing.MB.depth_mm",
        3500,
        "teeth.16.probing.MB.depth_mm",
        "in mm, 0 to 15",
        "3500",
        "micrometres",
    ),
    ("teeth.16.probing.MB.depth_mm", -2, "teeth.16.probing.MB.depth_mm", "in mm, 0 to 15", "-2", ""),
    ("teeth.16.probing.MB.depth_mm", "4,5", "teeth.16.probing.MB.depth_mm", "in mm", '"4,5"', "with a point"),
    (
        "teeth.16.probing.MP",
        {"depth_mm": 2},
        "teeth.16.probing.MP",
        "only MB, B, DB",
        "another name",
        "mean ML",
    ),
    ("teeth.16.mobility", 4, "teeth.16.mobility", "a Miller grade, a whole number, 0 to 3", "4", ""),
    (
        "teeth.47.surfaces",
        {"M": {"icdas": 0}},
        "teeth.47",
        "not examined",
        "surfaces",
        "its presence is present",
    ),
    ("teeth.18.surfaces", {"M": {"icdas": 0}}, "teeth.18", "a tooth that is absent", "surfaces", ""),
    ("teeth.18.sound", True, "teeth.18", "a tooth that is absent", "sound", ""),
    ("teeth.18.mobility", 0, "teeth.18", "a tooth that is absent", "mobility", ""),
    ("teeth.16.colour", "A2", "teeth.16.colour", "only presence, why, sound", "another name", "take it out"),
    (
        "soft_tissue.signs.0.since",
        "1991-03-13",
        "soft_tissue.signs[0].since",
        "after the patient's birth",
        "",
        "",
    ),
    (
        "soft_tissue.signs.0.since",
        "2025-11-21",
        "soft_tissue.signs[0].since",
        "before the visit",
        "2025-11-21",
        "",
    ),
    ("soft_tissue.signs.0.since", "8/11/2025", "soft_tissue.signs[0].since", "YYYY-MM-DD", '"8/11/2025"', ""),
    (
        "soft_tissue.signs.0.since",
        "2025-02-30",
        "soft_tissue.signs[0].since",
        "YYYY-MM-DD",
        "2025-02-30",
        "no such",
    ),
    (
        "soft_tissue.signs.0.kind",
        "ulcers",
        "soft_tissue.signs[0].kind",
        "ulcer, neck lump",
        '"ulcers"',
        "mean ulcer?",
    ),
    (
        "soft_tissue.signs.0.unexplained",
        None,
        "soft_tissue.signs[0].unexplained",
        "true or false",
        "null",
        "",
    ),
    ("soft_tissue.examined", False, "soft_tissue.signs", "no signs when examined is false", "1, though", ""),
    (
        "visit.on",
        "1980-01-01",
        "visit.on",
        "on or after the patient's birth",
        "1980-01-01, a day before it",
        "",
    ),
    ("visit.on", "2025-11-22", "visit.on", "not in the future (today is 2025-11-21)", "2025-11-22", ""),
    ("visit.on", "20251120", "visit.on", "YYYY-MM-DD", '"20251120"', ""),
    ("visit.id", "a/b", "visit.id", "1 to 64 of A-Z", "a text of 3 characters", ""),
    ("visit.reason", "", "visit.reason", "1 to 1000 characters", "an empty text", ""),
    ("visit.reason", "x" * 1001, "visit.reason", "1 to 1000 characters", "a text of 1001 characters", ""),
    ("examiner", "hygienist", "examiner", "dentist, other clinician", '"hygienist"', ""),
    (
        "saliva.unstimulated",
        {"value": 4, "unit": "mL/min"},
        "saliva.unstimulated.value",
        "mL/min, 0 to 3",
        "4",
        "0.8",
    ),
    (
        "saliva.unstimulated",
        {"value": -1, "unit": "mL/min"},
        "saliva.unstimulated.value",
        "mL/min, 0 to 3",
        "-1",
        "",
    ),
    (
        "saliva.unstimulated.unit",
        "ml/min",
        "saliva.unstimulated.unit",
        '"mL/min"',
        '"ml/min"',
        "mean mL/min?",
    ),
    ("saliva.unstimulated.unit", "mL/5min", "saliva.unstimulated.unit", '"mL/min"', '"mL/5min"', ""),
    ("saliva.unstimulated", 0.3, "saliva.unstimulated", '{"value": number, "unit": "mL/min"}', "0.3", ""),
    (
        "history.hba1c_percent",
        48,
        "history.hba1c_percent",
        "% (NGSP), 3 to 20",
        "48",
        "mmol/mol? then write 6.54",
    ),
    ("history.cigarettes_a_day", -5, "history.cigarettes_a_day", "0 to 100", "-5", ""),
    ("history.has_diabetes", "no", "history.has_diabetes", "true, false, or null", '"no"', ""),
    ("history.smoker", True, "history.smoker", "only months_since", "another name", ""),
    (
        "format",
        "commensal.visit/2",
        "format",
        '"commensal.visit/1"',
        '"commensal.visit/2"',
        "mean commensal.visit/1",
    ),
    ("teeth", [], "teeth", "teeth by FDI number", "a list of 0", ""),
]


@pytest.mark.parametrize(
    ("path", "value", "field", "expected", "came", "remedy"), EXAM, ids=[f"{e[0]}={e[1]}"[:60] for e in EXAM]
)
def test_a_wrong_value_in_the_examination(tmp_path, path, value, field, expected, came, remedy):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: put(exam, path, value))
    found = [problem for problem in problems_of(folder) if problem.field == field]
    assert found, [str(problem) for problem in problems_of(folder)]
    assert found[0].file == "exam.json"
    assert expected in found[0].expected
    assert came in found[0].came
    assert remedy in found[0].remedy


@pytest.mark.parametrize("site", ["MB", "B", "DB", "ML", "L", "DL"])
def test_probing_with_five_sites_says_which_one_is_missing(tmp_path, site):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: exam["teeth"]["16"]["probing"].pop(site))
    problem = only_problem(folder)
    assert (problem.field, problem.expected) == ("teeth.16.probing", "all six sites MB, B, DB, ML, L, DL")
    assert problem.came.startswith("5 (")
    assert problem.remedy == f"add {site}, or leave it out if it was not done"


def test_an_empty_probing_is_not_a_probing(tmp_path):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: put(exam, "teeth.16.probing", {}))
    assert only_problem(folder).came == "none"


def test_the_same_tooth_twice_is_refused(tmp_path):
    folder = first_visit(tmp_path)
    path = folder / "exam.json"
    path.write_text(path.read_text().replace('"teeth": {', '"teeth": {"16": {"presence": "absent"},'))
    problem = only_problem(folder)
    assert (problem.field, problem.expected, problem.came) == (
        "teeth.16",
        "this field once",
        "it twice or more",
    )


@pytest.mark.parametrize(
    "path",
    ["visit", "visit.id", "visit.on", "examiner", "teeth", "soft_tissue", "format", "teeth.16.presence"],
)
def test_a_missing_field_is_named_with_what_belongs_there(tmp_path, path):
    folder = first_visit(tmp_path)

    def remove(exam):
        *way, last = path.split(".")
        for step in way:
            exam = exam[step]
        del exam[last]

    edit(folder, "exam.json", remove)
    problem = only_problem(folder)
    assert (problem.field, problem.came) == (path, "nothing")
    assert problem.expected != "this field"


def test_a_finding_overridden_twice_is_refused(tmp_path):
    folder = first_visit(tmp_path)
    told = {"finding": "icdas-merge:16:M", "statement": "We watch it.", "reason": "It is old."}
    edit(folder, "exam.json", lambda exam: exam.update(overrides=[told, told]))
    problem = only_problem(folder)
    assert (problem.field, problem.expected) == ("overrides[1].finding", "each finding once")


def test_an_override_without_a_reason_is_refused(tmp_path):
    folder = first_visit(tmp_path)
    told = {"finding": "icdas-merge:16:M", "statement": "We watch it.", "reason": "  "}
    edit(folder, "exam.json", lambda exam: exam.update(overrides=[told]))
    assert only_problem(folder).field == "overrides[0].reason"


ANXIETY = [
    ("mdas", [4, 4, 5, 3], "mdas", "five MDAS answers", "a list of 4", ""),
    ("mdas", [4, 4, 5, 3, 6], "mdas[4]", "1 to 5, or null", "6", ""),
    ("mdas", [4, 4, 5, 3, 0], "mdas[4]", "1 to 5, or null", "0", "MDAS counts from 1"),
    ("mdas", [4, 4, 5, 3, "very"], "mdas[4]", "1 to 5, or null", '"very"', ""),
    ("vas", 75, "vas", "0 to 10", "75", "then write 7.5"),
    ("vas", -1, "vas", "0 to 10", "-1", ""),
    ("mode", "staff", "mode", "self, staff-read, proxy", '"staff"', ""),
    ("language", "English please", "language", "BCP 47", '"English please"', ""),
    ("taken_at", "2025-11-20T09:40", "taken_at", "a moment with its offset", "2025-11-20T09:40", ""),
    ("taken_at", "2025-11-20T25:40:00Z", "taken_at", "a moment with its offset", "", "no such moment"),
    ("taken_at", "2025-11-21T09:40:00Z", "taken_at", "on or before the visit", "2025-11-21", ""),
    ("taken_at", "1990-11-21T09:40:00Z", "taken_at", "after the patient's birth", "1990-11-21", ""),
    ("hardest", ["needles"] * 2, "hardest", "at most 10 topics, each once", "a list of 2", ""),
    ("phq", 3, "phq", "only format, taken_at", "another name", ""),
]


@pytest.mark.parametrize(
    ("path", "value", "field", "expected", "came", "remedy"),
    ANXIETY,
    ids=[f"{e[0]}={e[1]}"[:60] for e in ANXIETY],
)
def test_a_wrong_value_in_the_answers(tmp_path, path, value, field, expected, came, remedy):
    folder = first_visit(tmp_path)
    edit(folder, "anxiety.json", lambda answers: put(answers, path, value))
    problem = only_problem(folder)
    assert (problem.file, problem.field) == ("anxiety.json", field)
    assert expected in problem.expected
    assert came in problem.came
    assert remedy in problem.remedy


def test_unanswered_questions_stay_unanswered(tmp_path):
    folder = first_visit(tmp_path)
    edit(folder, "anxiety.json", lambda answers: answers.update(mdas=[4, None, 5, None, 5], vas=None))
    answers = read_visit_folder(folder, today=TODAY).anxiety
    assert answers.mdas == (4, None, 5, None, 5)
    assert answers.vas is None


CONSENT = [
    ({"permits": ["record", "exam"]}, "permits[1]", "a purpose: record, examination", '"exam"'),
    ({"permits": ["record", "record"]}, "permits", "each once", "a list of 2"),
    ({"refusals": ["lab"]}, "refusals", "not also permitted", "lab"),
    ({"given_on": "2025-11-22"}, "given_on", "not in the future", "2025-11-22"),
    ({"given_on": "2025-11-21"}, "given_on", "on or before the visit (2025-11-20)", "2025-11-21"),
    ({"given_on": "1991-03-13"}, "given_on", "after the patient's birth", "1991-03-13, a day before it"),
    ({"given_by": ""}, "given_by", "1 to 120 characters", "an empty text"),
    ({"permits": "all"}, "permits", "a list of purposes", '"all"'),
    ({"signature": "SC"}, "signature", "only format, given_on", "a field of another name"),
]


@pytest.mark.parametrize(("change", "field", "expected", "came"), CONSENT, ids=[str(e[0])[:60] for e in CONSENT])
def test_a_wrong_value_in_the_consent(tmp_path, change, field, expected, came):
    folder = first_visit(tmp_path)
    edit(folder, "consent.json", lambda consent: consent.update(change))
    problem = only_problem(folder)
    assert (problem.file, problem.field) == ("consent.json", field)
    assert expected in problem.expected
    assert came in problem.came


def test_without_today_days_are_only_compared_with_each_other(tmp_path):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: put(exam, "visit.on", "2099-01-01"))
    assert read_visit_folder(folder, today=None).visit.on.year == 2099


@pytest.mark.parametrize("name", ["Caldwell", "caldwells tooth", "Sam", "SAM_CALDWELL"])
def test_a_field_named_like_the_patient_is_told_without_its_name(tmp_path, name):
    folder = first_visit(tmp_path)
    edit(folder, "exam.json", lambda exam: exam.update({name: 1, "other": 1}))
    assert [problem.field for problem in problems_of(folder)] == [f"a name of {len(name)} characters", "other"]


def test_words_that_people_wrote_are_never_repeated(tmp_path):
    folder = first_visit(tmp_path)
    words = "Mr Caldwell, of 12 Long Street"
    edit(folder, "exam.json", lambda exam: [put(exam, p, words * 40) for p in ("visit.reason", "teeth.47.why")])
    edit(
        folder,
        "anxiety.json",
        lambda answers: answers.update(mode=words, wishes=[words * 40], language="caldwell"),
    )
    edit(folder, "consent.json", lambda consent: consent.update(given_by=words * 40))
    assert "Long Street" not in "".join(str(problem) for problem in problems_of(folder))
