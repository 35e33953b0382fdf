"""All findings together: their order, their evidence, their words."""

import random
import re
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.diagnosis import fear_findings, find
from commensal.diagnosis.exam import (
    PERMANENT,
    Exam,
    ExaminerRole,
    History,
    ProbingSite,
    Saliva,
    SignKind,
    Surface,
)
from commensal.diagnosis.finding import Kind
from commensal.diagnosis.rules.tables import rows, rule, thresholds
from commensal.errors import InputError
from commensal.lila import flesch_kincaid_grade, score_anxiety
from commensal.provenance import Mark
from tests.diagnosis.mouths import ALL_NO, absent, decayed, lossy, mouth, periodontal, probing, sign, tooth

HARDEST_SENTENCE = 7.0
"""Grade that no text of a finding may pass by itself; a list of names (with semicolons) may."""


def many_mouths() -> list[Exam]:
    """Mouths that together make every kind of finding, every step, level, stage and grade say something."""
    every_sign = tuple(sign(kind, days) for kind in SignKind for days in (2, 40))
    return [
        mouth(),
        mouth(teeth={}, soft_tissue_examined=False),
        mouth(signs=every_sign, age_y=50),
        mouth(signs=every_sign, age_y=20, examiner=ExaminerRole.OTHER),
        mouth(*[decayed(fdi, icdas=code) for fdi, code in zip(PERMANENT, range(1, 7), strict=False)]),
        mouth(decayed("16", "B", icdas=2), history=ALL_NO, saliva=Saliva(unstimulated_ml_min=0.08)),
        mouth(age_y=4),
        mouth(age_y=11),
        mouth(history=ALL_NO),
        periodontal(1, history=History(bone_loss_change_5_y_mm=0, cigarettes_a_day=0, has_diabetes=False)),
        periodontal(4),
        periodontal(5, history=History(bone_loss_percent_of_root=48, teeth_lost_to_periodontitis=6)),
        mouth(*[tooth(fdi, probing=probing(5, None)) for fdi in PERMANENT]),
        mouth(*[tooth(fdi, probing=probing(5, bleeds=True)) for fdi in PERMANENT]),
        mouth(history=History(bone_loss_percent_of_root=30)),
    ]


EXAMS = many_mouths()


@pytest.mark.parametrize("exam", EXAMS, ids=range(len(EXAMS)))
def test_referrals_come_first_and_ids_are_unique(exam):
    findings = find(exam)
    order = [list(Kind).index(finding.kind) for finding in findings]
    assert order == sorted(order)
    assert len({finding.id for finding in findings}) == len(findings)


@given(st.sampled_from(EXAMS), st.randoms(use_true_random=False))
def test_the_order_in_which_teeth_were_written_down_changes_nothing(exam, shuffle: random.Random):
    teeth = list(exam.teeth.items())
    shuffle.shuffle(teeth)
    assert find(replace(exam, teeth=dict(teeth))) == find(exam)


IN_THE_EXAM = {
    "soft_tissue.signs": "signs",
    "soft_tissue.examined": "soft_tissue_examined",
    ".unexplained": ".is_unexplained",
    ".persistent": ".is_persistent",
    ".suspicious": ".is_suspicious",
    ".active": ".is_active",
    "unstimulated.value": "unstimulated_ml_min",
    "stimulated.value": "stimulated_ml_min",
}
"""Where the file and the examination read from it name a field differently."""


def resolve(thing: object, path: str) -> None:
    """Walks a path such as `teeth.16.surfaces.M.icdas` or `soft_tissue.signs[0].since`; `*` is any tooth or site."""
    for in_file, in_exam in IN_THE_EXAM.items():
        path = path.replace(in_file, in_exam)
    for name in re.split(r"\.|\[|\]\.?", path.rstrip("]")):
        if is_dataclass(thing):
            assert name in {field.name for field in fields(thing)}, path
            thing = getattr(thing, name)
        elif isinstance(thing, dict) and name == "*":
            thing = next(iter(thing.values()))
        elif isinstance(thing, dict):
            thing = thing[name]
        else:
            thing = thing[int(name)]


@pytest.mark.parametrize("exam", EXAMS, ids=range(len(EXAMS)))
def test_each_input_that_fired_names_a_field_that_is_there(exam):
    for finding in find(exam, occasions=()):
        for one in finding.evidence:
            file, _, path = one.where.partition(" ")
            assert file in ("exam.json", "patient.fhir.json", "diet.csv", ""), one
            if file == "exam.json":
                resolve(exam, path)


@pytest.mark.parametrize("exam", EXAMS, ids=range(len(EXAMS)))
def test_each_finding_carries_its_rule_with_version_source_and_mark(exam):
    for finding in find(exam):
        assert finding.rule.id
        assert finding.rule.version
        assert finding.rule.source
        assert finding.rule.mark in Mark
        assert finding.statement.endswith(".")


def texts() -> list[str]:
    fear = [
        score_anxiety(mdas=answers, vas=vas, language="en", mode="self", taken_at="2045-11-22T09:00Z")
        for answers, vas in [((5, 4, 4, 4, 4), 7.5), ((1, 1, 1, 1, 1), None), ((None, 1, 2, 3, 4), 2.0)]
    ]
    findings = [finding for exam in EXAMS for finding in find(exam, occasions=())]
    findings += [finding for one in fear for finding in fear_findings(one)]
    said = {finding.statement for finding in findings}
    return sorted(said | {doubt for finding in findings for doubt in finding.cannot_know})


def test_what_patients_read_is_at_grade_six_or_below_on_average():
    grades = {text: flesch_kincaid_grade(text) for text in texts()}
    assert sum(grades.values()) / len(grades) <= 6
    assert not {text: grade for text, grade in grades.items() if grade > HARDEST_SENTENCE and ";" not in text}


def test_no_text_promises_shouts_or_soothes():
    forbidden = re.compile(r"!|don't worry|\bjust\b|calm down|won't hurt|\bAI\b", re.IGNORECASE)
    assert not [text for text in texts() if forbidden.search(text)]


def test_every_rule_and_threshold_has_a_source_and_every_threshold_is_used():
    from importlib.resources import files

    code = "".join(
        path.read_text() for path in files("commensal.diagnosis").joinpath("rules").iterdir() if path.suffix == ".py"
    )
    for row in (*rows("rules"), *rows("thresholds"), *rows("fluoride")):
        assert row["source"].strip()
        assert Mark(row["mark"])
    built = {"cambra_score_{name}", "cambra_{name}_below", "fluoride_{ppm}_from_y"}
    assert all(name in code for name in built)
    for name in thresholds():
        is_built = re.match(r"cambra_score_\w+|cambra_(un)?stimulated_below|fluoride_\d+_from_y", name)
        assert is_built or f'"{name}"' in code, f"{name} is in the table and no rule reads it"
    for row in rows("rules"):
        assert f'"{row["id"]}"' in code or row["id"] in {one["rule"] for one in rows("referral")}
        assert rule(row["id"]).title


@pytest.mark.parametrize(
    ("exam", "field"),
    [
        (mouth(age_y=-1), "birthDate"),
        (mouth(age_y=131), "birthDate"),
        (mouth(teeth={"19": replace(tooth("18"), fdi="19")}), "teeth.19"),
        (mouth(teeth={"17": tooth("16")}), "teeth.17"),
        (mouth(replace(absent("16"), surfaces={"O": Surface(icdas=0)})), "teeth.16"),
        (mouth(tooth("16", surfaces={"X": Surface(icdas=0)})), "teeth.16.surfaces.X"),
        (mouth(tooth("16", probing={"B": ProbingSite(depth_mm=2)})), "teeth.16.probing"),
        (mouth(tooth("16", probing=probing(-1))), "depth_mm"),
        (mouth(tooth("16", probing=probing(21))), "depth_mm"),
        (mouth(tooth("16", probing=probing(float("nan")))), "depth_mm"),
        (mouth(lossy("16", 21)), "attachment_loss_mm"),
        (mouth(tooth("16", mobility=4)), "teeth.16.mobility"),
        (mouth(tooth("16", furcation=-1)), "teeth.16.furcation"),
        (mouth(history=History(hba1c_percent=-1)), "history.hba1c_percent"),
        (mouth(history=History(bone_loss_percent_of_root=101)), "history.bone_loss_percent_of_root"),
        (mouth(history=History(bone_loss_change_5_y_mm=float("nan"))), "history.bone_loss_change_5_y_mm"),
        (mouth(history=History(teeth_lost_to_periodontitis=33)), "history.teeth_lost_to_periodontitis"),
        (mouth(saliva=Saliva(unstimulated_ml_min=float("nan"))), "saliva.unstimulated_ml_min"),
    ],
)
def test_an_impossible_value_is_refused_by_its_field(exam, field):
    with pytest.raises(InputError, match=re.escape(field)):
        find(exam)
