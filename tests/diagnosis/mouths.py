"""Made-up mouths for the tests of the rules: whole, sound and unafraid unless a test says otherwise."""

from dataclasses import replace
from datetime import date, timedelta

from commensal.diagnosis.exam import (
    PERMANENT,
    PROBING_SITES,
    SURFACES,
    Exam,
    ExaminerRole,
    History,
    Presence,
    ProbingSite,
    SignKind,
    SoftTissueSign,
    Surface,
    ToothExam,
)

TODAY = date(2045, 11, 22)
ALL_NO = History(
    radiographic_dentine_caries=False,
    radiographic_approximal_enamel_lesions=False,
    heavy_plaque=False,
    hyposalivatory_drugs=False,
    mutans_and_lactobacilli_high=False,
    deep_pits=False,
    exposed_roots=False,
    appliances=False,
    recreational_drugs=False,
    unable_to_clean=False,
    medical_condition=False,
    fluoridated_water=False,
    fluoride_paste_ppm=1450,
    fluoride_paste_times_a_day=2,
    fluoride_varnish_in_6_months=False,
    fluoride_rinse=False,
    chlorhexidine=False,
    xylitol=False,
    calcium_phosphate_paste=False,
)
"""Every question answered: nothing that adds risk, and fluoride paste two times a day."""


def probing(
    depth_mm: float = 2, loss_mm: float | None = 0, *, bleeds: bool | None = False, **sites: ProbingSite
) -> dict[str, ProbingSite]:
    """Six sites alike, but for those named."""
    usual = ProbingSite(depth_mm=depth_mm, attachment_loss_mm=loss_mm, bleeding=bleeds)
    return {name: sites.get(name, usual) for name in PROBING_SITES}


def tooth(fdi: str, **changes: object) -> ToothExam:
    """A present, sound, fully probed tooth, with changes."""
    sound = ToothExam(
        fdi=fdi,
        presence=Presence.PRESENT,
        surfaces={name: Surface(icdas=0) for name in SURFACES},
        probing=probing(),
        mobility=0,
        furcation=0,
    )
    return replace(sound, **changes)  # type: ignore[arg-type]


def absent(fdi: str) -> ToothExam:
    """A tooth that is gone."""
    return ToothExam(fdi=fdi, presence=Presence.ABSENT)


def mouth(*changed: ToothExam, **changes: object) -> Exam:
    """An adult's whole mouth looked at by a dentist, with these teeth and facts changed."""
    teeth = {fdi: tooth(fdi) for fdi in PERMANENT} | {one.fdi: one for one in changed}
    whole = Exam(on=TODAY, age_y=40, examiner=ExaminerRole.DENTIST, teeth=teeth, soft_tissue_examined=True)
    return replace(whole, **changes)  # type: ignore[arg-type]


def decayed(fdi: str, surface: str = "O", *, icdas: int, is_active: bool | None = True) -> ToothExam:
    """A tooth with one surface that is not sound."""
    surfaces = {name: Surface(icdas=0) for name in SURFACES}
    return tooth(fdi, surfaces=surfaces | {surface: Surface(icdas=icdas, is_active=is_active)})


def sign(kind: SignKind, days: int, **changes: object) -> SoftTissueSign:
    """An unexplained sign first noticed `days` ago."""
    since = TODAY - timedelta(days=days)
    return replace(
        SoftTissueSign(kind=kind, where="here", since=since, is_unexplained=True),
        **changes,  # type: ignore[arg-type]
    )


def lossy(fdi: str, loss_mm: float, depth_mm: float = 3) -> ToothExam:
    """A tooth with loss between the teeth at one site."""
    return tooth(fdi, probing=probing(MB=ProbingSite(depth_mm=depth_mm, attachment_loss_mm=loss_mm, bleeding=False)))


def periodontal(loss_mm: float = 5, depth_mm: float = 4, **changes: object) -> Exam:
    """A case: loss between the teeth at 16 and 36."""
    return mouth(lossy("16", loss_mm, depth_mm), lossy("36", loss_mm, depth_mm), **changes)
