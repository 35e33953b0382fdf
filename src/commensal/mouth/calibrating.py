"""How the numbers of plaque with guilds came about: `python -m commensal.mouth.calibrating` shows each one undone.

Four numbers were chosen on ST03, ST04, ST07 and ST08, inside the ranges of the tables, and on nothing else: how much
lives in a litre of plaque (`biomass_total`, which `porosity` and `solid_density` follow), one factor on how fast
streptococci, Actinomyces and lactobacilli ferment, one on how fast they grow on sugar, and how fast plaque wears.
"""

from dataclasses import replace

from commensal.mouth.community import Community
from commensal.mouth.parameters import Parameters, load
from commensal.mouth.processes.table import load_guilds
from commensal.mouth.study import Rinse, live, molar

FASTER_FERMENTATION, FASTER_GROWTH = 1.2, 1.5
"""By which the guild table's rates were multiplied; `data/guilds.csv` has the products."""
BEFORE = {"biomass_total": 70.0, "porosity": 0.8, "solid_density": 350.0, "wear": 100.0}
"""What stood in `data/plaque.csv`, of the plaque model, before."""


def changed(**values: float) -> Parameters:
    """The shipped parameters with other values for some."""
    table = load()
    return Parameters(rows=table.rows | {name: replace(table[name], value=x) for name, x in values.items()}, sha256="")


def slower(fermentation: float = 1.0, growth: float = 1.0) -> Community:
    """The usual community with its rates divided by these factors."""
    changes = {}
    for name, one in load_guilds().items():
        if name.endswith(".q_sugar"):
            changes[name] = one.value / fermentation
        if name.endswith(".mu_sugar") and name.startswith(FITTED_GROWTH):
            changes[name] = one.value / growth
    return Community(shares=Community.usual().shares, changes=changes)


FITTED_GROWTH = ("mutans.", "mitis.", "arginolytic.", "actinomyces.", "lactobacilli.")
"""S. salivarius lives on the tongue; its growth on teeth was left as the guild table has it."""


def trials() -> dict[str, tuple[Rinse, Rinse]]:
    """The rinse over plaque of one day and of five: as calibrated, then with one choice after the other undone.

    Raises:
        SolveError: it cannot be computed.
    """
    communities = {
        "as calibrated": Community.usual(),
        "fermentation of the guild table": slower(fermentation=FASTER_FERMENTATION),
        "growth of the guild table": slower(growth=FASTER_GROWTH),
        "both of the guild table": slower(FASTER_FERMENTATION, FASTER_GROWTH),
    }
    sites = [molar(community) for community in communities.values()]
    found = dict(zip(communities, zip(*live(sites), strict=True), strict=True))
    dense = {name: BEFORE[name] for name in ("biomass_total", "porosity", "solid_density")}
    for what, values in (("biomass of the plaque model", dense), ("wear of before", {"wear": BEFORE["wear"]})):
        young, old = live([molar()], changed(**values))
        found[what] = (young[0], old[0])
    young, old = live([molar(slower(FASTER_FERMENTATION, FASTER_GROWTH))], changed(**BEFORE))
    return found | {"nothing calibrated": (young[0], old[0])}


def page() -> str:
    """The trials as a table."""
    lines = [f"{'':34}{'ST03':>6}{'um':>6}{'ST04':>7}{'um':>6}{'ST07':>7}{'back above 6.0':>16}"]
    for what, (young, old) in trials().items():
        lowest = [rinse.sampled_ph.min() for rinse in (young, old)]
        late = f"{young.back_above_min(6.0):.0f} and {old.back_above_min(6.0):.0f}"
        lines.append(
            f"{what:34}{lowest[0]:6.2f}{young.thickness_um:6.0f}{lowest[1]:7.2f}{old.thickness_um:6.0f}"
            f"{old.lowest_at_min:7.0f}{late:>16}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(page())
