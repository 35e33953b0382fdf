"""Made-up visits. Every value is invented and belongs to the story's cast only: Sam Caldwell, Dr Mia Chen."""

from dataclasses import replace
from datetime import date
from math import exp

from commensal.clinic.people import Consent, Patient, Purpose
from commensal.clinic.plan import Plan, Step
from commensal.clinic.visit_record import VisitRecord
from commensal.diagnosis import Finding, Forecast, Sample
from commensal.diagnosis.exam import (
    PERMANENT,
    PRIMARY,
    SURFACES,
    Exam,
    ExaminerRole,
    Presence,
    Surface,
    ToothExam,
)
from commensal.diagnosis.finding import Certainty, Evidence, Kind, Override, Rule, overridden
from commensal.diagnosis.forecast import Occasion, SiteForecast
from commensal.diagnosis.sample import Biomarker, TaxonTable
from commensal.lila import Anxiety
from commensal.lila.anxiety import Band, Level
from commensal.provenance import Mark

ON = date(2045, 11, 22)
BACK_UPPER = ("14", "15", "16", "17", "24", "25", "26", "27")
FRONT_UPPER = ("11", "12", "13", "21", "22", "23")
FRONT_LOWER = ("31", "32", "33", "41", "42", "43")
BACK_LOWER = ("34", "35", "36", "37", "44", "45", "46", "47")
MEALS = (
    ("breakfast", 430, 15, False),
    ("sweet coffee", 600, 20, True),
    ("lunch", 760, 25, False),
    ("cola", 940, 30, True),
    ("dinner", 1140, 30, False),
    ("biscuits", 1290, 10, False),
)
CHECKPOINT = """commensal.example/log
1843
b0Zk7Q5xTm9vIGludmVudGVkIGhhc2ggaGVyZSBtWjF5NGM=

— commensal.example/log Az3dInventedSignatureOfTheClinicsLogWhichIsLongerThanOneLineOnPaperAndHasToBreak0123456789
— witness.second-clinic.example Qp07InventedWitnessSignature
"""


def whole(**changed: Surface) -> dict[str, Surface]:
    """Five examined surfaces, sound unless named."""
    return {name: changed.get(name, Surface(icdas=0)) for name in SURFACES}


def sam() -> Patient:
    return Patient(ref="p-00017", given="Sam", family="Caldwell", born=date(2011, 3, 14), gender="male")


def exam() -> Exam:
    teeth = {fdi: ToothExam(fdi=fdi, presence=Presence.PRESENT, surfaces=whole()) for fdi in PERMANENT if fdi[1] != "8"}
    for fdi in ("18", "28", "38"):
        teeth[fdi] = ToothExam(fdi=fdi, presence=Presence.ABSENT, why="taken out in 2031")
    teeth["48"] = ToothExam(fdi="48", presence=Presence.ABSENT, why="never came")
    surfaces = {
        "16": whole(M=Surface(icdas=3, is_active=True)),
        "36": whole(O=Surface(icdas=4, is_active=True, restoration="filling")),
        "26": whole(O=Surface(icdas=0, restoration="filling"), D=Surface(icdas=1, is_active=False)),
        "46": whole(**{name: Surface(icdas=0, restoration="crown") for name in SURFACES}),
        "37": whole(O=Surface(icdas=0, restoration="sealant")),
        "22": whole(M=Surface(icdas=2)),
        "14": {name: Surface(icdas=0) for name in "MDO"},
    }
    for fdi, seen in surfaces.items():
        teeth[fdi] = replace(teeth[fdi], surfaces=seen)
    teeth["47"] = ToothExam(fdi="47", presence=Presence.NOT_EXAMINED, why="you asked us to stop")
    return Exam(on=ON, age_y=34, examiner=ExaminerRole.DENTIST, teeth=teeth, soft_tissue_examined=True)


def site(name: str, label: str, teeth: tuple[str, ...], surfaces: str, depth: float, acid_min: float) -> SiteForecast:
    """A group whose course is a row of made-up Stephan curves of the given depth."""
    time_min = tuple(float(t) for t in range(0, 1441, 5))

    def course(kept: bool) -> tuple[float, ...]:
        values = []
        for t in time_min:
            falls = 0.0
            for _, at, lasting, sweet in MEALS:
                if (kept or not sweet) and t > at:
                    since = t - at
                    falls += (
                        depth * (1.2 if sweet else 1.0) * (1 - exp(-since / 8)) * exp(-max(0, since - lasting) / 45)
                    )
            values.append(max(4.1, 6.95 - falls))
        return tuple(values)

    now = course(kept=True)
    return SiteForecast(
        id=name,
        label=label,
        teeth=teeth,
        surfaces=tuple(surfaces),
        acid_min=acid_min,
        acid_min_interval=(acid_min * 0.8, acid_min * 1.2),
        acid_min_alternative=acid_min * 0.6,
        lowest_ph=min(now),
        lowest_ph_at_min=time_min[now.index(min(now))],
        ph=now,
        ph_alternative=course(kept=False),
    )


def forecast() -> Forecast:
    return Forecast(
        time_min=tuple(float(t) for t in range(0, 1441, 5)),
        sites=(
            site("upper-back-between", "upper back teeth, between them", BACK_UPPER, "MD", 2.2, 223),
            site("lower-back-top", "lower back teeth, top", BACK_LOWER, "O", 2.0, 168),
            site("upper-back-top", "upper back teeth, top", BACK_UPPER, "O", 1.7, 131),
            site("upper-front-lip", "upper front teeth, outer side", FRONT_UPPER, "BMDO", 1.4, 74),
            site("upper-back-cheek", "upper back teeth, outer side", BACK_UPPER, "B", 1.1, 28),
            site("lower-back-cheek", "lower back teeth, outer side", BACK_LOWER, "BMD", 1.0, 26),
            site("upper-tongue", "upper teeth, inner side", BACK_UPPER + FRONT_UPPER, "L", 0.6, 4),
            site("lower-tongue", "lower teeth, inner side", BACK_LOWER + FRONT_LOWER, "L", 0.4, 0),
            site("lower-front", "lower front teeth", FRONT_LOWER, "BMDO", 0.6, 6),
        ),
        occasions=tuple(
            Occasion(
                name=name,
                at_min=float(at),
                duration_min=float(lasting),
                is_sweet=sweet,
                is_between_meals=sweet,
                is_left_out=sweet,
            )
            for name, at, lasting, sweet in MEALS
        ),
        alternative="no sweet drinks between meals",
        critical_ph=5.5,
        unstimulated_flow_ml_min=0.30,
        flow_is_measured=True,
        model="plaque column 0.1",
        parameters_sha256="0" * 64,
        mark=Mark.RECALLED,
        cannot_know=("How thick the plaque on each tooth is.", "It cannot see inside a tooth."),
    )


def finding(name: str, kind: Kind, title: str, statement: str, mark: Mark = Mark.SEEN, **more: object) -> Finding:
    made = Finding(
        id=name,
        kind=kind,
        title=title,
        statement=statement,
        rule=Rule(id=name, version="1", title="ICDAS, merged", source="made up", mark=mark),
        evidence=(Evidence(name="ICDAS code", value="3"), Evidence(name="active", value="yes")),
        certainty=Certainty.HIGH,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def findings() -> tuple[Finding, ...]:
    fear = Evidence(name="MDAS", value="21", unit="of 25")
    return (
        finding(
            "c16",
            Kind.CARIES,
            "Caries on 16, front side",
            "The enamel is broken in one spot. It is active: it can grow.",
            tooth="16",
            cannot_know=("A look cannot show how deep it goes.",),
        ),
        finding(
            "c36",
            Kind.CARIES,
            "Caries on 36, top",
            "A dark shadow shows from under the enamel.",
            tooth="36",
            cannot_know=("A look cannot show how deep it goes.",),
        ),
        overridden(
            finding(
                "risk",
                Kind.CARIES_RISK,
                "Caries risk",
                "The risk of new caries is high.",
                Mark.DERIVED,
                certainty=Certainty.MEDIUM,
            ),
            Override(
                statement="The risk is moderate.",
                reason="New fluoride paste since spring; plaque is low now.",
                by="Dr Mia Chen",
                on=ON,
            ),
        ),
        finding(
            "acid",
            Kind.ACID_TIME,
            "Acid time: upper back teeth",
            "3 h 43 min a day in acid, or 3 h 5 min to 4 h 24 min. Simulated, not measured.",
            Mark.CALIBRATED,
            certainty=Certainty.MEDIUM,
            evidence=(),
        ),
        finding(
            "soft",
            Kind.SOFT_TISSUE,
            "Mouth cancer check",
            "No sign that asks for a referral today. This does not rule cancer out.",
            certainty=Certainty.LIMITED,
        ),
        finding("fear", Kind.FEAR, "Dental fear", "Your fear is high.", evidence=(fear,)),
    )


def plan() -> Plan:
    return Plan(
        steps=(
            Step(
                what="Water instead of sweet drinks",
                why="About an hour and a half less acid on tooth 16 each day.",
                other_choices="Sweeten less; only with meals",
                when="from today",
                findings=("acid",),
                source="twin (C)",
            ),
            Step(
                what="Fluoride paste, 1450 ppm, twice a day",
                why="Helps enamel take minerals back.",
                other_choices="Fluoride varnish here",
                when="from today",
                findings=("risk",),
                source="Delivering Better Oral Health (S)",
            ),
            Step(
                what="Small filling on 36",
                why="The shadow means it is deeper than it looks.",
                other_choices="Seal and watch, 3 months",
                when="2045-12-06",
                findings=("c36",),
                source="ICDAS (R)",
            ),
            Step(
                what="Look again at the soft tissues",
                why="Every visit. Come sooner if a sore stays over 3 weeks.",
                other_choices="",
                when="2046-05-22",
                findings=("soft",),
                source="NICE NG12 (S)",
            ),
        ),
        agreed_about_fear=(
            "You said this is hardest: needles, losing control.",
            "Raise your left hand: we stop at once, every time.",
            "Your slot is twenty minutes longer.",
            "You asked for this: my own music.",
        ),
        signed_by="Dr Mia Chen",
        signed_at="2045-11-22T11:24:00+00:00",
        signature="aW52ZW50ZWQ=",
    )


def anxiety() -> Anxiety:
    return Anxiety(
        mdas_answers=(4, 4, 4, 4, 5),
        mdas=21,
        mdas_band=Band.HIGH,
        vas=7.5,
        vas_band=Band.HIGH,
        level=Level.L1,
        language="en",
        instrument="MDAS, made up for tests",
        mode="self",
        taken_at="2045-11-22T10:40:00+00:00",
        hardest=("needles", "losing control"),
    )


def sample() -> Sample:
    return Sample(
        id="s1",
        material="saliva",
        taken_on="2045-11-20",
        biomarkers=(
            Biomarker(name="lactate", value=3.2, unit="mmol/L"),
            Biomarker(name="aMMP-8", value=None, unit="ng/mL", detection_limit=10),
        ),
        taxa=(
            TaxonTable(
                file="16s.tsv",
                sample_id="s1",
                taxa=212,
                total=51233,
                unit="reads",
                most=(("Streptococcus", 0.31), ("Veillonella", 0.12), ("Rothia", 0.09)),
            ),
        ),
    )


def visit(**changed: object) -> VisitRecord:
    """Sam's visit, rich and whole; any field can be changed."""
    record = VisitRecord(
        visit_id="00017-07",
        on=ON,
        reason="first visit after four years",
        clinic_name="Dr Chen’s clinic",
        dentist_name="Dr Mia Chen",
        patient=sam(),
        patient_resource={},
        consent=Consent(given_on=ON, given_by="patient", permits=frozenset(Purpose)),
        refused=(),
        exam=exam(),
        anxiety=anxiety(),
        forecast=forecast(),
        samples=(sample(),),
        findings=findings(),
        plan=plan(),
        recorded_at="2045-11-22T11:25:00+00:00",
        records=(1836, 1842),
        checkpoint=CHECKPOINT,
        software="commensal 0.1.0",
    )
    return replace(record, **changed)  # type: ignore[arg-type]


def without_forecast() -> VisitRecord:
    return visit(
        forecast=None,
        findings=tuple(found for found in findings() if found.kind is not Kind.ACID_TIME),
        refused=((Purpose.SIMULATION, "No model of your plaque was run."),),
    )


def without_exam() -> VisitRecord:
    return visit(exam=None, findings=tuple(f for f in findings() if f.kind in (Kind.ACID_TIME, Kind.FEAR)))


def all_refused() -> VisitRecord:
    kept = (Purpose.EXAMINATION, Purpose.ANXIETY, Purpose.SIMULATION, Purpose.LAB, Purpose.EXPORT)
    return visit(
        exam=None,
        anxiety=None,
        forecast=None,
        samples=(),
        findings=(),
        plan=Plan(steps=()),
        checkpoint="",
        consent=Consent(given_on=ON, given_by="patient", refusals=frozenset(kept)),
        refused=tuple((purpose, "This step was left out.") for purpose in kept),
    )


def child() -> VisitRecord:
    """Eight years old, mixed dentition, one milk tooth still beside its follower."""
    kept = [fdi for fdi in PRIMARY if fdi[1] in "345"]
    grown = [f"{q}{p}" for q in "1234" for p in "126"]
    teeth = {fdi: ToothExam(fdi=fdi, presence=Presence.PRESENT, surfaces=whole()) for fdi in kept + grown + ["71"]}
    teeth["85"] = replace(teeth["85"], surfaces=whole(O=Surface(icdas=5, is_active=True)))
    teeth["55"] = replace(teeth["55"], surfaces=whole(O=Surface(icdas=2), M=Surface(icdas=0, restoration="filling")))
    seen = Exam(on=ON, age_y=8, examiner=ExaminerRole.DENTIST, teeth=teeth, soft_tissue_examined=True)
    day = forecast()
    sites = tuple(
        replace(s, teeth=tuple(f for f in teeth if (f[0] in "1256") == s.id.startswith("upper"))) for s in day.sites
    )
    return visit(
        patient=replace(sam(), given="Robin", born=date(2037, 2, 1)),
        exam=seen,
        forecast=replace(day, sites=sites),
        findings=(finding("c85", Kind.CARIES, "Caries on 85, top", "There is a hole. The inner tooth shows."),),
    )


def many_findings() -> VisitRecord:
    """Forty findings, the first a referral, the second a referral that the dentist decided against."""
    referral = finding(
        "ng12-r1",
        Kind.REFERRAL,
        "Referral: ulcer, left side of the tongue",
        "This sore has been there for more than three weeks. The rule asks for a closer look. It does not say that you have cancer.",
        refer_within_days=14,
    )
    decided = overridden(
        replace(referral, id="ng12-r2", title="Referral: lump on the lip"),
        Override(
            statement="No referral: it is a scar.",
            reason="Unchanged since 2040, photographed twice.",
            by="Dr Mia Chen",
            on=ON,
        ),
    )
    many = tuple(
        finding(
            f"c{n}",
            Kind.CARIES,
            f"Caries on {PERMANENT[n % 32]}, top",
            "The enamel has a change that shows on a wet tooth.",
            list(Mark)[n % 4],
        )
        for n in range(38)
    )
    return visit(findings=(referral, decided, *many))


def long_names() -> VisitRecord:
    long = "Wolfeschlegelsteinhausenbergerdorffvoralternwarengewissenhaftschaferswessenschafe"
    return visit(
        patient=replace(sam(), given=f"Hubert {long}", family=f"{long}-Featherstonehaugh"),
        clinic_name=f"The {long} Memorial Community Dental Clinic of the Upper Valley",
        dentist_name=f"Dr {long}",
        visit_id="visit-" + "0123456789" * 9,
    )


def hostile() -> VisitRecord:
    """Markup in every text that comes from outside."""
    bad = """<script>alert("x")</script></style><img src=x onerror='y'>&"""
    record = visit(
        patient=replace(sam(), given=bad, family=bad),
        clinic_name=bad,
        dentist_name=bad,
        visit_id=bad,
        reason=bad,
        checkpoint=bad,
        software=bad,
        refused=((Purpose.LAB, bad),),
    )
    day = forecast()
    return replace(
        record,
        exam=replace(exam(), teeth={**exam().teeth, "18": ToothExam(fdi="18", presence=Presence.ABSENT, why=bad)}),
        anxiety=replace(anxiety(), mdas=None, not_scored_because=bad),
        forecast=replace(
            day,
            alternative=bad,
            model=bad,
            cannot_know=(bad,),
            sites=tuple(replace(s, label=bad) for s in day.sites),
            occasions=tuple(replace(o, name=bad) for o in day.occasions),
        ),
        samples=(replace(sample(), material=bad, taken_on=bad, biomarkers=(Biomarker(name=bad, value=1, unit=bad),)),),
        findings=(
            overridden(
                finding(
                    "f",
                    Kind.REFERRAL,
                    bad,
                    bad,
                    evidence=(Evidence(name=bad, value=bad, unit=bad),),
                    cannot_know=(bad,),
                ),
                Override(statement=bad, reason=bad, by=bad, on=ON),
            ),
        ),
        plan=Plan(
            steps=(Step(what=bad, why=bad, other_choices=bad, when=bad, findings=(), source=bad),),
            agreed_about_fear=(bad,),
            signed_by=bad,
            signed_at=bad,
            signature="eA==",
        ),
    )


def right_to_left() -> VisitRecord:
    return visit(patient=replace(sam(), given="سامي", family="القلعاوي", language="ar"), dentist_name="د. ميا تشن")


VARIANTS = {
    "rich": visit,
    "without a forecast": without_forecast,
    "without an examination": without_exam,
    "everything refused": all_refused,
    "child": child,
    "forty findings": many_findings,
    "long names": long_names,
    "hostile": hostile,
    "right to left": right_to_left,
}
