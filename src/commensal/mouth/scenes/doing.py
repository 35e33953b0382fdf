"""What is done in a scene's day besides eating: tables [[exposure]], by a product's name or with figures of its own."""

from difflib import get_close_matches

from commensal.mouth.errors import SceneError
from commensal.mouth.exposure import Exposure, Slow
from commensal.mouth.products import Product, find_product, products
from commensal.mouth.toml_table import TomlTable, expected

MAX_EXPOSURES = 100
LONGEST_MIN = 240.0
FIGURES = ("holds_mmol_l", "lingers", "removes", "kills_log10", "adds_g_m2")


def read_exposures(whole: TomlTable) -> tuple[tuple[Exposure, Product | None], ...]:
    """All tables [[exposure]] of a scene, by time; with each the product it was looked up as.

    Raises:
        SceneError: a product that nobody knows, or an exposure that cannot be.
    """
    found = [_exposure(table) for table in whole.tables("exposure", MAX_EXPOSURES)]
    return tuple(sorted(found, key=lambda pair: pair[0].at_min))


def _exposure(table: TomlTable) -> tuple[Exposure, Product | None]:
    at_min, what = table.clock_min("at"), table.text("what")
    if at_min is None:
        raise expected(table.file, table.place("at"), 'a time in quotes, such as "07:15"', "nothing")
    if what is None:
        raise expected(
            table.file, table.place("what"), 'what is done, such as "brushing with fluoride paste"', "nothing"
        )
    duration_min = table.number("duration_min", 1.0 / 60.0, LONGEST_MIN, "was that seconds?")
    kills_to_um = table.number("kills_to_um", 0.1, 1e6)
    given = {name: inner for name in FIGURES if (inner := table.table(name)) is not None}
    table.finish()
    product = None if given else find_product(what)
    if product is None and not given:
        names = [name for known in products() for name in (known.name, *known.also)]
        near = get_close_matches(what.lower(), names, n=1, cutoff=0.5)
        meant = f"did you mean {near[0]}? otherwise " if near else ""
        remedy = f"{meant}give what it does: {', '.join(FIGURES)}"
        raise expected(table.file, f"{table.where} ({what})", "a product of data/products.csv", what, remedy)
    try:
        if product is not None:
            return product.exposure(at_min, name=what, duration_min=duration_min), product
        if duration_min is None:
            raise expected(table.file, f"{table.where} ({what}): duration_min", "how many minutes it takes", "nothing")
        return Exposure(
            name=what,
            at_min=at_min,
            duration_min=duration_min,
            holds_mmol_l=_figures(given, "holds_mmol_l"),
            lingers={} if "lingers" not in given else _slow(given["lingers"]),
            removes=_figures(given, "removes"),
            kills_log10=_figures(given, "kills_log10"),
            kills_to_um=float("inf") if kills_to_um is None else kills_to_um,
            adds_g_m2=_figures(given, "adds_g_m2"),
        ), None
    except ValueError as error:
        raise SceneError(f"{table.file}: {table.where}: {error}") from error


def _figures(given: dict[str, TomlTable], name: str) -> dict[str, float]:
    return given[name].numbers(list(given[name].content)) if name in given else {}


def _slow(table: TomlTable) -> dict[str, Slow]:
    found = {}
    for solute in list(table.content):
        inner = table.table(solute)
        amount = None if inner is None else inner.number("amount_umol", 0.0, 1e6)
        half = None if inner is None else inner.number("half_min", 0.1, 144000.0)
        if inner is None or amount is None or half is None:
            raise expected(table.file, table.place(solute), "{ amount_umol = 1.5, half_min = 70 }", "something else")
        inner.finish()
        found[solute] = Slow(amount_umol=amount, half_min=half)
    return found
