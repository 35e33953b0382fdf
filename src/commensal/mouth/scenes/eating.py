"""What a scene's day holds: when it begins and ends, when sleep comes, what is eaten, drunk and done."""

from dataclasses import dataclass
from difflib import get_close_matches

from commensal.mouth.day import Day
from commensal.mouth.errors import SceneError
from commensal.mouth.foods import Food, find_food, foods
from commensal.mouth.intake import How, Intake
from commensal.mouth.products import Product
from commensal.mouth.scenes.doing import read_exposures
from commensal.mouth.toml_table import TomlTable, expected

MAX_INTAKES = 500
LONGEST_MIN = 240.0
"""Nothing is eaten longer in one go, minutes; as in a visit's diet.csv."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDay:
    """A day as a file gives it, with what was looked up for it."""

    day: Day
    foods: tuple[Food | None, ...]
    """For each intake, the row of `data/foods.csv` its sugar came from."""
    products: tuple[Product | None, ...]
    """For each exposure, the row of `data/products.csv` it is."""


def read_day(whole: TomlTable) -> ReadDay:
    """The table [day] and all tables [[intake]] and [[exposure]]; with them the foods and products looked up.

    Raises:
        SceneError: no day, a time, an intake or an exposure that cannot be, a food or product that nobody knows.
    """
    table = whole.table("day")
    if table is None:
        raise expected(whole.file, "day", 'a table [day] with begins = "07:00" and ends = "31:00"', "none")
    begins, ends = _must_clock(table, "begins"), _must_clock(table, "ends")
    sleeps = table.clock_min("sleeps")
    table.finish()
    taken = sorted((_intake(inner) for inner in whole.tables("intake", MAX_INTAKES)), key=lambda pair: pair[0].at_min)
    done = read_exposures(whole)
    try:
        day = Day(
            intakes=tuple(pair[0] for pair in taken),
            exposures=tuple(pair[0] for pair in done),
            begin_min=begins,
            end_min=ends,
            asleep_min=sleeps,
        )
    except ValueError as error:
        remedy = 'these are minutes after midnight; the next day begins at "24:00" (1440)'
        raise SceneError(f"{table.file}: day: {error}; {remedy}") from error
    return ReadDay(day=day, foods=tuple(pair[1] for pair in taken), products=tuple(pair[1] for pair in done))


def _must_clock(table: TomlTable, name: str) -> float:
    value = table.clock_min(name)
    if value is None:
        raise expected(table.file, table.place(name), 'a time in quotes, such as "07:00"', "nothing")
    return value


def _intake(table: TomlTable) -> tuple[Intake, Food | None]:
    at_min = _must_clock(table, "at")
    what = table.text("what")
    if what is None:
        raise expected(table.file, table.place("what"), 'a food or drink in quotes, such as "cola"', "nothing")
    place = f"{table.where} ({what})"
    how = _how(table, place)
    duration_min = table.number("duration_min", 1.0 / 60.0, LONGEST_MIN, "was that seconds?")
    percent, mmol_l = table.number("sugar_percent_w_v"), table.number("sugar_mmol_l")
    arginine_mmol_l = table.number("arginine_mmol_l")
    is_between_meals = table.yes_or_no("is_between_meals")
    table.finish()
    if duration_min is None:
        raise expected(table.file, f"{place}: duration_min", "how many minutes it takes", "nothing")
    food = None if how is not None and (percent is not None or mmol_l is not None) else find_food(what)
    if how is None:
        how = _known(table, place, what, food).how
    if percent is None and mmol_l is None:
        percent = _known(table, place, what, food).sugar_percent_w_v
    try:
        intake = Intake(
            name=what,
            at_min=at_min,
            duration_min=duration_min,
            how=how,
            sugar_percent_w_v=percent,
            sugar_mmol_l=mmol_l,
            arginine_mmol_l=arginine_mmol_l or 0.0,
            is_between_meals=is_between_meals,
        )
    except ValueError as error:
        raise SceneError(f"{table.file}: {table.where}: {error}") from error
    return intake, food


def _how(table: TomlTable, place: str) -> How | None:
    told = table.text("how")
    if told is None:
        return None
    if told not in set(How):
        raise expected(table.file, f"{place}: how", f"one of {', '.join(How)}", told)
    return How(told)


def _known(table: TomlTable, place: str, what: str, food: Food | None) -> Food:
    if food is not None:
        return food
    names = [name for known in foods() for name in (known.name, *known.also)]
    near = get_close_matches(what.lower(), names, n=1, cutoff=0.6)
    meant = f"did you mean {near[0]}? otherwise " if near else ""
    remedy = f"{meant}give how and sugar_percent_w_v"
    raise expected(table.file, place, "a food or drink of data/foods.csv", what, remedy)
