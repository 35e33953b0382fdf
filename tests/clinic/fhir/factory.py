"""Made-up visits of the story's cast: every value here is invented."""

import base64
from dataclasses import replace
from datetime import date

from commensal.clinic.people import Consent, Patient, Purpose
from commensal.clinic.plan import Plan, Step
from commensal.clinic.visit_record import VisitRecord
from commensal.diagnosis.exam import (
    PERMANENT,
    PROBING_SITES,
    SURFACES,
    Exam,
    ExaminerRole,
    History,
    Presence,
    ProbingSite,
    Saliva,
    SignKind,
    SoftTissueSign,
    Surface,
    ToothExam,
)
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind, Override, Rule
from commensal.diagnosis.forecast import Forecast, Occasion, SiteForecast
from commensal.diagnosis.sample import Biomarker, Sample, TaxonTable
from commensal.lila.anxiety import Anxiety, Band, Level
from commensal.provenance import Mark

DAY = date(2045, 5, 4)
EVERYTHING = frozenset(Purpose)
CHECKPOINT = "clinic.example/log\n57\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— clinic.example/log Az3gri\n"


def sound(fdi, **rest):
    surfaces = {name: Surface(icdas=0) for name in SURFACES}
    return ToothExam(fdi=fdi, presence=Presence.PRESENT, surfaces=surfaces, **rest)


def probing(depths=(2.0, 3.0, 2.0, 3.5, 2.0, 3.0), losses=(None,) * 6, bleeding=(None,) * 6):
    values = zip(PROBING_SITES, depths, losses, bleeding, strict=True)
    return {name: ProbingSite(depth_mm=d, attachment_loss_mm=loss, bleeding=b) for name, d, loss, b in values}


def adult_teeth():
    teeth = {fdi: sound(fdi, probing=probing()) for fdi in PERMANENT if fdi[1] != "8"}
    carious = {
        "M": Surface(icdas=5, is_active=True),
        "O": Surface(icdas=3, is_active=None, restoration="filling"),
        "D": Surface(icdas=0),
        "B": Surface(icdas=1, is_active=False),
    }
    deep = probing(
        (6.0, 5.0, 6.5, 4.0, 4.0, 5.0),
        (5.0, 4.0, 5.5, None, 3.0, 4.0),
        (True, False, True, None, False, True),
    )
    teeth["16"] = ToothExam(
        fdi="16", presence=Presence.PRESENT, surfaces=carious, probing=deep, mobility=1, furcation=2
    )
    teeth["11"] = sound("11", mobility=0)
    teeth["36"] = ToothExam(fdi="36", presence=Presence.ABSENT, why="taken out years ago")
    teeth["47"] = ToothExam(fdi="47", presence=Presence.NOT_EXAMINED, why="asked us to stop")
    teeth["18"] = ToothExam(fdi="18", presence=Presence.ABSENT)
    return teeth


def adult_exam(**rest):
    signs = (
        SoftTissueSign(
            kind=SignKind.ULCER,
            where="left side of the tongue",
            since=date(2045, 4, 8),
            is_unexplained=True,
            note="4 mm, firm edge",
        ),
        SoftTissueSign(
            kind=SignKind.RED_AND_WHITE_PATCH,
            where="",
            since=DAY,
            is_unexplained=False,
            is_persistent=False,
            is_suspicious=False,
        ),
    )
    history = History(
        heavy_plaque=True,
        fluoride_paste_ppm=1450,
        hba1c_percent=7.4,
        cigarettes_a_day=0.0,
        has_diabetes=False,
    )
    facts = {
        "on": DAY,
        "age_y": 34,
        "examiner": ExaminerRole.DENTIST,
        "teeth": adult_teeth(),
        "soft_tissue_examined": True,
        "signs": signs,
        "history": history,
        "saliva": Saliva(unstimulated_ml_min=0.22),
    }
    return Exam(**(facts | rest))


def anxiety(**rest):
    facts = {
        "mdas_answers": (3, 3, 5, 4, 5),
        "mdas": 20,
        "mdas_band": Band.HIGH,
        "vas": 7.5,
        "vas_band": Band.HIGH,
        "level": Level.L1,
        "language": "en-GB",
        "instrument": "MDAS, our own words, not validated",
        "mode": "self",
        "taken_at": "2045-05-04T08:55:00+02:00",
        "hardest": ("needles", "losing control"),
        "wishes": ("Tell me before you touch me.",),
        "visit_marks": ("We keep more time for you.", "Raise your hand and we stop."),
    }
    return Anxiety(**(facts | rest))


def forecast(**rest):
    sites = tuple(
        SiteForecast(
            id=name,
            label=label,
            teeth=teeth,
            surfaces=("O", "B"),
            acid_min=minutes,
            acid_min_interval=(minutes * 0.5, minutes * 1.5),
            acid_min_alternative=minutes / 4,
            lowest_ph=4.62,
            lowest_ph_at_min=613.0,
            ph=(7.0, 5.1, 6.8),
            ph_alternative=(7.0, 6.1, 6.8),
        )
        for name, label, teeth, minutes in (
            ("upper-back-cheek", "upper back teeth, cheek side", ("16", "17"), 223.5),
            ("lower-front-tongue", "lower front teeth, tongue side", (), 0.0),
        )
    )
    occasions = (
        Occasion(
            name="coffee with sugar",
            at_min=450.0,
            duration_min=15,
            is_sweet=True,
            is_between_meals=False,
            is_left_out=False,
        ),
        Occasion(
            name="cola",
            at_min=1439.8,
            duration_min=40.0,
            is_sweet=True,
            is_between_meals=True,
            is_left_out=True,
        ),
    )
    facts = {
        "time_min": (0.0, 720.0, 1440.0),
        "sites": sites,
        "occasions": occasions,
        "alternative": "no sweet drinks between meals",
        "critical_ph": 5.5,
        "unstimulated_flow_ml_min": 0.22,
        "flow_is_measured": True,
        "model": "plaque column 1.0",
        "parameters_sha256": "ab" * 32,
        "mark": Mark.CALIBRATED,
        "cannot_know": ("It does not know how you brush.", "It knows one kind of bacteria."),
    }
    return Forecast(**(facts | rest))


def samples():
    return (
        Sample(
            id="S-1",
            material="saliva",
            taken_on="2045-05-04",
            biomarkers=(
                Biomarker(name="MMP-8", value=312.5, unit="ng/mL", detection_limit=4.0, assay="ELISA"),
                Biomarker(name="IL-1β", value=None, unit="pg/mL", detection_limit=0.5),
                Biomarker(name="odd one", value=1e-07, unit="arbitrary units"),
                Biomarker(name="no limit told", value=None, unit=""),
            ),
            taxa=(
                TaxonTable(
                    file="lab/16s.tsv",
                    sample_id="SRR1",
                    taxa=84,
                    total=20431.0,
                    unit="reads",
                    most=(("Streptococcus", 0.41), ("Veillonella", 0.12)),
                ),
            ),
            files=(("lab/16s.tsv", "cd" * 32), ("lab/values.csv", "ef" * 32)),
        ),
        Sample(id="S-2", material="tongue swab", taken_on="2045-05"),
    )


def rule(name, mark=Mark.SEEN):
    return Rule(id=name, version="2018.1", title=f"Rule {name}", source=f"Source of {name}", mark=mark)


def finding(kind, id_, *evidence, **rest):
    facts = {
        "id": id_,
        "kind": kind,
        "title": f"Title of {id_}",
        "statement": f"Statement of {id_}.",
        "rule": rule(id_.split(":")[0]),
        "evidence": tuple(Evidence(name="input", value="5", unit="mm", where=where) for where in evidence),
        "certainty": Certainty.HIGH,
        "cannot_know": ("A look cannot show how deep it goes.",),
    }
    return Finding(**(facts | rest))


def findings():
    return (
        finding(
            Kind.REFERRAL,
            "ng12-r1:signs.0",
            "exam.json soft_tissue.signs[0].kind",
            "exam.json soft_tissue.signs[0].since",
            grade="R1",
            refer_within_days=14,
        ),
        finding(
            Kind.RECHECK, "recheck:signs.1", "exam.json soft_tissue.signs[1].since", look_again_on=date(2045, 5, 18)
        ),
        finding(Kind.SOFT_TISSUE, "soft-tissue-look", "exam.json soft_tissue.examined", grade="none"),
        finding(
            Kind.CARIES,
            "icdas-merge:16:M",
            "exam.json teeth.16.surfaces.M.icdas",
            grade="extensive",
            tooth="16",
            surface="M",
        ),
        finding(
            Kind.CARIES,
            "icdas-merge:16:B",
            "exam.json teeth.16.surfaces.B.icdas",
            grade="initial",
            tooth="16",
            surface="B",
        ),
        finding(
            Kind.CARIES_RISK,
            "cambra",
            "exam.json history.heavy_plaque",
            "exam.json saliva.unstimulated.value",
            "diet.csv",
            grade="extreme",
            rule=rule("cambra", Mark.RECALLED),
        ),
        finding(Kind.FLUORIDE, "dboh-fluoride", "patient.fhir.json birthDate"),
        finding(Kind.PERIODONTITIS, "perio-case", "exam.json teeth.16.probing.MB.attachment_loss_mm", grade="yes"),
        finding(Kind.PERIODONTITIS, "perio-stage", "exam.json teeth.16.probing.MB.attachment_loss_mm", grade="III"),
        finding(Kind.PERIODONTITIS, "perio-grade", "exam.json history.hba1c_percent", grade="C"),
        finding(Kind.GUM_HEALTH, "gum-health", "exam.json teeth.11.probing", grade="gingivitis"),
        finding(Kind.ACID_TIME, "twin-acid-time:upper-back-cheek", "diet.csv", grade="224 min"),
        finding(Kind.FEAR, "fear-mdas", "anxiety.json mdas", "anxiety.json vas", grade="high"),
    )


def plan(**rest):
    steps = (
        Step(
            what="See the mouth clinic about the sore on your tongue",
            why="It has been there for more than three weeks.",
            other_choices="Wait: we advise against it.",
            when="within 2 weeks",
            findings=("ng12-r1:signs.0",),
            source="NICE NG12 (S)",
        ),
        Step(
            what="Fill the hole in tooth 16",
            why="The inner tooth shows.",
            other_choices="A sealant, or no filling and looking again in 3 months.",
            when="2045-06-01",
            findings=("icdas-merge:16:M", "perio-stage", "cambra", "gum-health"),
            source="ICDAS (S)",
        ),
    )
    facts = {
        "steps": steps,
        "agreed_about_fear": ("You raise your hand, and we stop.", "Lila breathes with you first."),
        "signed_by": "Dr Mia Chen",
        "signed_at": "2045-05-04T10:12:33Z",
        "signature": base64.b64encode(bytes(range(64))).decode(),
    }
    return Plan(**(facts | rest))


def sam():
    return Patient(
        ref="P-9f2c41aa",
        given="Sam",
        family="Caldwell",
        born=date(2010, 7, 9),
        gender="male",
        language="en-GB",
        identifiers=(("https://clinic.example/mrn", "40017"),),
    )


def visit(**rest):
    """A rich visit; any part may be given otherwise."""
    facts = {
        "visit_id": "V-2045-05-04-1",
        "on": DAY,
        "reason": "First visit in nine years; a sore on the tongue",
        "clinic_name": "Chen Dental Ecology",
        "dentist_name": "Dr Mia Chen",
        "patient": sam(),
        "patient_resource": {"resourceType": "Patient", "id": "sam-1", "birthDate": "2010-07-09"},
        "consent": Consent(given_on=DAY, given_by="patient", permits=EVERYTHING),
        "refused": (),
        "exam": adult_exam(),
        "anxiety": anxiety(),
        "forecast": forecast(),
        "samples": samples(),
        "findings": findings(),
        "plan": plan(),
        "recorded_at": "2045-05-04T10:12:34.567890+00:00",
        "records": (12, 57),
        "checkpoint": CHECKPOINT,
        "software": "commensal 0.1.0",
    }
    return VisitRecord(**(facts | rest))


def child_visit():
    """Mixed dentition, a guardian's consent, a form filled in part."""
    teeth = {fdi: sound(fdi) for fdi in ("16", "11", "21", "26", "36", "31", "41", "46", "53", "63", "65", "73", "83")}
    teeth["55"] = ToothExam(
        fdi="55",
        presence=Presence.PRESENT,
        surfaces={"O": Surface(icdas=6, is_active=True), "M": Surface(icdas=0)},
    )
    teeth["54"] = ToothExam(fdi="54", presence=Presence.ABSENT, why="fell out")
    teeth["75"] = ToothExam(fdi="75", presence=Presence.NOT_EXAMINED)
    half = anxiety(
        mdas_answers=(3, None, 5, None, 5),
        mdas=None,
        mdas_band=Band.NOT_SCORED,
        vas=None,
        vas_band=Band.NOT_SCORED,
        level=Level.L0,
        mode="proxy",
        taken_at="2045-05-04T08:55",
        not_scored_because="2 of 5 answers are missing",
    )
    caries = finding(
        Kind.CARIES,
        "icdas-merge:55:O",
        "exam.json teeth.55.surfaces.O",
        grade="extensive",
        tooth="55",
        surface="O",
    )
    return visit(
        patient=replace(sam(), ref="P-77", given="Noa Li", born=date(2037, 2, 1), gender="unknown", language=""),
        patient_resource={
            "resourceType": "Patient",
            "id": "noa",
            "birthDate": "2037-02",
            "name": [{"given": ["Noa", "Li"]}],
        },
        consent=Consent(given_on=DAY, given_by="mother", permits=EVERYTHING),
        exam=adult_exam(
            age_y=8,
            teeth=teeth,
            signs=(),
            soft_tissue_examined=False,
            examiner=ExaminerRole.OTHER,
            saliva=Saliva(),
        ),
        anxiety=half,
        forecast=None,
        samples=(),
        findings=(caries,),
        plan=Plan(steps=(), agreed_about_fear=("Your mother stays with you.",)),
    )


def overridden_visit():
    """A dentist set three rules aside: a caries, a stage and a referral."""
    chosen = {"icdas-merge:16:M", "perio-stage", "ng12-r1:signs.0"}
    decided = Override(statement="This is a stain.", reason="It wipes off.", by="Dr Mia Chen", on=DAY)
    return visit(findings=tuple(replace(f, override=decided) if f.id in chosen else f for f in findings()))


def refusing_visit():
    """Everything refused but the record itself and its export."""
    meaning = "We did not do this, because you said no."
    refused = (Purpose.EXAMINATION, Purpose.ANXIETY, Purpose.SIMULATION, Purpose.LAB)
    return visit(
        consent=Consent(
            given_on=DAY,
            given_by="patient",
            permits=frozenset({Purpose.RECORD, Purpose.EXPORT}),
            refusals=frozenset(refused[:2]),
        ),
        refused=tuple((purpose, meaning) for purpose in refused),
        exam=None,
        anxiety=None,
        forecast=None,
        samples=(),
        findings=(),
        plan=Plan(steps=()),
    )


def awkward_visit():
    """Names in many scripts, control characters, empty and very long texts."""
    long = "All of this was said. " * 5000
    odd = replace(sam(), given="Зоя 小明 \u202eأحمد", family="O'Brien–Ünlü \x00\ud800 👄", language="ar")
    return visit(
        patient=odd,
        patient_resource={},
        reason="  ",
        clinic_name="",
        dentist_name="",
        findings=(finding(Kind.GUM_HEALTH, "gum-health", statement=long, title="\ttitle\x0b", cannot_know=("", " ")),),
        plan=plan(signed_by="Dr 陳", steps=(), agreed_about_fear=(long, "")),
        anxiety=anxiety(wishes=("", "ไม่เอาเข็ม", long), visit_marks=()),
        consent=Consent(given_on=DAY, given_by="", permits=EVERYTHING),
    )


VARIANTS = {
    "rich": visit,
    "unsigned": lambda: visit(plan=plan(signature="", signed_by="", signed_at="")),
    "no examination": lambda: visit(exam=None, findings=()),
    "no forecast": lambda: visit(forecast=None),
    "everything refused but record and export": refusing_visit,
    "child with mixed dentition": child_visit,
    "overridden": overridden_visit,
    "awkward texts": awkward_visit,
}
