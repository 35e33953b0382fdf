"""Which fluoride fits an age and a concern (Delivering Better Oral Health, v3/v4 summaries; check the v4
text).

"Giving concern" is active caries, a cavity nobody called inactive, or a high caries risk. "Active caries"
is a surface someone wrote down as active. The guide's ages meet at 3 and at 6 years; here 3 and 6 belong to
the middle row, and each birthday starts the next. It names no age for adults: 18 is ours.

Leaves out: drops and tablets, dose by body weight, the Scottish advice on varnish for every child from 2
years.
"""

from dataclasses import dataclass

from commensal.diagnosis.exam import Exam
from commensal.diagnosis.finding import Certainty, Evidence, Finding, Kind
from commensal.diagnosis.rules.caries import examined
from commensal.diagnosis.rules.tables import limit, rows, rule


@dataclass(frozen=True, slots=True, kw_only=True)
class FluorideAdvice:
    """What fits: daily paste (ppm), how much of it, varnish, rinse, and stronger pastes by prescription."""

    paste_min_ppm: int
    paste_max_ppm: int | None
    amount: str
    """"" when the guide names none."""
    varnish_a_year: int
    """At least so often; 0 = the guide asks for none."""
    rinse: bool
    """A daily 0.05 % NaF rinse (230 ppm), at another time than brushing."""
    stronger_ppm: tuple[int, ...]
    """Of 2800 and 5000 ppm, those the age and the caries allow."""


def advise_fluoride(age_y: int, *, is_concern: bool, has_active_caries: bool) -> FluorideAdvice:
    """What the guide's row for this age says.

    Args:
        age_y: completed years, >= 0.
        is_concern: the patient gives concern; active caries always does.
        has_active_caries: some surface is active.

    Raises:
        ValueError: a negative age.
    """
    if not age_y >= 0:
        raise ValueError(f"age_y must be >= 0 y, got {age_y}")
    concern = is_concern or has_active_caries
    row = [row for row in rows("fluoride") if int(row["from_age_y"]) <= age_y][-1]
    which = "concern" if concern else "paste"
    highest = row[f"{which}_max_ppm"]
    may_be_strong = concern if age_y >= limit("fluoride_adult_from_y") else has_active_caries
    return FluorideAdvice(
        paste_min_ppm=int(row[f"{which}_min_ppm"]),
        paste_max_ppm=int(highest) if highest else None,
        amount=row["amount"],
        varnish_a_year=int(row["concern_varnish_a_year" if concern else "varnish_a_year"]),
        rinse=concern and age_y >= limit("fluoride_rinse_from_y"),
        stronger_ppm=tuple(ppm for ppm in (2800, 5000) if may_be_strong and age_y >= limit(f"fluoride_{ppm}_from_y")),
    )


def find_fluoride(exam: Exam, caries_risk: str) -> Finding:
    """The fluoride that fits this patient, given the CAMBRA level."""
    active = [
        Evidence(name="active caries", value="yes", where=f"exam.json teeth.{tooth}.surfaces.{name}.active")
        for tooth, name, surface in examined(exam)
        if surface.icdas > 0 and surface.is_active
    ]
    cavities = [
        Evidence(
            name="a cavity not called inactive",
            value=f"ICDAS {surface.icdas}",
            where=f"exam.json teeth.{tooth}.surfaces.{name}.icdas",
        )
        for tooth, name, surface in examined(exam)
        if surface.icdas >= limit("icdas_moderate_from") and surface.is_active is None
    ]
    risk = [Evidence(name="caries risk", value=caries_risk)] if caries_risk in ("high", "extreme") else []
    concerns = active[:1] + cavities[:1] + risk
    advice = advise_fluoride(exam.age_y, is_concern=bool(concerns), has_active_caries=bool(active))
    age = Evidence(name="age", value=str(exam.age_y), unit="y", where="patient.fhir.json birthDate")
    return Finding(
        id="dboh-fluoride",
        kind=Kind.FLUORIDE,
        title="Fluoride that fits",
        statement=_words(advice),
        rule=rule("dboh-fluoride"),
        evidence=(age, *concerns),
        certainty=Certainty.MEDIUM,
        grade=", ".join(f"{ppm} ppm eligible" for ppm in advice.stronger_ppm) or "usual paste",
        cannot_know=("We did not ask how much fluoride is in your water and food.",)
        if exam.history.fluoridated_water is None
        else (),
    )


def _words(advice: FluorideAdvice) -> str:
    strength = (
        f"at least {advice.paste_min_ppm} ppm"
        if advice.paste_max_ppm is None
        else f"{advice.paste_min_ppm} to {advice.paste_max_ppm} ppm"
    )
    amount = f" Use {advice.amount}." if advice.amount else ""
    said = f"Paste with {strength} fluoride fits, two times a day.{amount}"
    if advice.stronger_ppm:
        said += f" A dentist may give paste of {' or '.join(str(ppm) for ppm in advice.stronger_ppm)} ppm."
    if advice.varnish_a_year:
        said += f" Varnish fits {advice.varnish_a_year} times a year or more."
    if advice.rinse:
        said += " So does a fluoride rinse each day."
    return said
