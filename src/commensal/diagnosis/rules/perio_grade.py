"""The grade of periodontitis, A slow to C rapid: how fast it goes, and what makes it go faster.

grade = direct evidence (bone loss over five years), else indirect (% bone loss over age), else B where the
scheme starts; then the highest of that, smoking and diabetes.

Leaves out: phenotype, hsCRP; a grade that falls again after a lasting better risk profile.
"""

from commensal.diagnosis.exam import Exam
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind
from commensal.diagnosis.rules.tables import limit, listed, plain, rule

GRADE_WORDS = {"A": "It goes slowly.", "B": "It goes at a usual speed.", "C": "It goes fast."}


def grade_by_change(mm_in_5_y: float) -> str:
    """A none, B under 2 mm, C 2 mm or more in five years; a gain counts as none."""
    if mm_in_5_y <= 0:
        return "A"
    return "C" if mm_in_5_y >= limit("perio_change_c_from_mm") else "B"


def grade_by_age(bone_loss_percent: float, age_y: int) -> str:
    """% of root lost over age in years: A under 0.25, B up to 1.0, C above.

    Raises:
        ValueError: an age that is not above zero.
    """
    if not age_y > 0:
        raise ValueError(f"age_y must be > 0 y to relate bone loss to age, got {age_y}")
    ratio = bone_loss_percent / age_y
    if ratio > limit("perio_ratio_c_above"):
        return "C"
    return "B" if ratio >= limit("perio_ratio_b_from") else "A"


def grade_by_smoking(cigarettes_a_day: float) -> str:
    """A none, B under 10, C 10 or more a day."""
    if cigarettes_a_day <= 0:
        return "A"
    return "C" if cigarettes_a_day >= limit("perio_cigarettes_c_from") else "B"


def grade_by_diabetes(has_diabetes: bool | None, hba1c_percent: float | None) -> str | None:
    """A without diabetes, B with HbA1c under 7.0 %, C from 7.0 %; None when nobody asked.

    An HbA1c of 7.0 % or more is C whatever was said about diabetes; diabetes without an HbA1c is at least B.
    """
    if hba1c_percent is not None and hba1c_percent >= limit("perio_hba1c_c_from_percent"):
        return "C"
    if has_diabetes is None:
        return None
    return "B" if has_diabetes else "A"


def find_grade(exam: Exam) -> Finding:
    """The grade of an established case, with the evidence that set it and what was not known."""
    history = exam.history
    at = "exam.json history"
    bone, change = history.bone_loss_percent_of_root, history.bone_loss_change_5_y_mm
    evidence, missing, grades = [], [], []
    if change is not None:
        grades.append(grade_by_change(change))
        where = f"{at}.bone_loss_change_5_y_mm"
        evidence.append(Evidence(name="loss in five years", value=plain(change), unit="mm", where=where))
    elif bone is not None and exam.age_y > 0:
        grades.append(grade_by_age(bone, exam.age_y))
        where = f"{at}.bone_loss_percent_of_root"
        ratio = plain(round(bone / exam.age_y, 2))
        evidence.append(Evidence(name="bone loss over age", value=ratio, unit="% per y", where=where))
    else:
        grades.append("B")
        missing.append("how fast the bone went")
    if history.cigarettes_a_day is None:
        missing.append("if you smoke")
    else:
        grades.append(grade_by_smoking(history.cigarettes_a_day))
        smoked = plain(history.cigarettes_a_day)
        where = f"{at}.cigarettes_a_day"
        evidence.append(Evidence(name="cigarettes", value=smoked, unit="per day", where=where))
    by_diabetes = grade_by_diabetes(history.has_diabetes, history.hba1c_percent)
    if by_diabetes is None:
        missing.append("if you have diabetes")
    else:
        grades.append(by_diabetes)
        evidence.append(_diabetes(exam))
    if history.has_diabetes and history.hba1c_percent is None:
        missing.append("your long-term blood sugar")
    grade = max(grades)
    is_open = bool(missing) and grade != "C"
    return Finding(
        id="perio-grade",
        kind=Kind.PERIODONTITIS,
        title="Periodontitis: grade",
        statement=f"Gum disease, grade {grade}. {GRADE_WORDS[grade]}",
        rule=rule("perio-grade"),
        evidence=tuple(evidence),
        certainty=Certainty.LIMITED if is_open else Certainty.MEDIUM if missing else Certainty.HIGH,
        grade=grade,
        cannot_know=(f"We do not know {listed(missing)}. So the grade may be higher.",) if is_open else (),
    )


def _diabetes(exam: Exam) -> Evidence:
    if exam.history.hba1c_percent is not None:
        value, where = plain(exam.history.hba1c_percent), "exam.json history.hba1c_percent"
        return Evidence(name="HbA1c", value=value, unit="%", where=where)
    value = "yes" if exam.history.has_diabetes else "no"
    return Evidence(name="diabetes", value=value, where="exam.json history.has_diabetes")
