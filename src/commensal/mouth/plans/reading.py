"""A plan from a TOML file, read strictly: docs/specs/mouth-plan.md. It reads a day and a mouth as a scene does."""

from pathlib import Path

from commensal.mouth.community import Community
from commensal.mouth.enamel.surface import Enamel
from commensal.mouth.errors import ParameterError, SceneError
from commensal.mouth.intake import DAY_MIN
from commensal.mouth.plans.plan import Plan
from commensal.mouth.presets import ORDINARY, shares_of
from commensal.mouth.scenes.eating import read_day
from commensal.mouth.scenes.places import read_mouth
from commensal.mouth.teeth import Dentition, Twin
from commensal.mouth.toml_table import MAX_BYTES, FileKind, TomlTable, expected, outermost, text_of

FORMAT = "commensal.mouth-plan/1"
PLAN = FileKind("plan", "docs/specs/mouth-plan.md", "examples/plans/today.toml", SceneError)


def read_plan(path: Path) -> Plan:
    """The plan of a file.

    Raises:
        SceneError: a file that cannot be read, is no plan, or says what cannot be; the message says where.
    """
    whole = outermost(text_of(path, MAX_BYTES, PLAN), path.name, PLAN, FORMAT)
    title = whole.text("title") or path.stem
    mouth, _ = read_mouth(whole.table("mouth") or TomlTable(whole.file, "mouth", {}))
    told = whole.table("teeth") or TomlTable(whole.file, "teeth", {})
    dentition = _dentition(told)
    plaque = told.text("plaque") or ORDINARY
    deficit = told.number("deficit_vol_percent_um")
    told.finish()
    read = read_day(whole)
    whole.finish()
    if read.day.end_min - read.day.begin_min != DAY_MIN:
        came = f"{read.day.end_min - read.day.begin_min:g} min"
        raise expected(whole.file, "day", 'a whole day, such as begins = "07:00" and ends = "31:00"', came)
    try:
        twin = Twin(
            dentition=dentition,
            mouth=mouth,
            community=Community(shares=shares_of(plaque)),
            enamel=Enamel(deficit_vol_percent_um=deficit or 0.0),
        )
    except (ValueError, ParameterError) as error:
        raise SceneError(f"{whole.file}: teeth: {error}") from error
    looked_up = [*read.foods, *read.products]
    return Plan(title=title, twin=twin, day=read.day, marks=tuple(one.mark for one in looked_up if one is not None))


def _dentition(table: TomlTable) -> Dentition:
    """All teeth of an age, or those named; without those that are missing."""
    age_y, present, absent = table.number("age_y", 3.0, 120.0), table.texts("present"), table.texts("absent")
    try:
        if present is not None:
            return Dentition.of(present, absent or ())
        usual = Dentition.permanent(has_wisdom_teeth=False) if age_y is None else Dentition.usual_at(age_y)
        return usual.without(*(absent or ()))
    except ValueError as error:
        raise SceneError(f"{table.file}: {table.where}: {error}") from error
