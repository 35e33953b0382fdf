"""Processes as data: what the table says is completed, checked, and refused when something comes from nothing."""

import pytest

from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import data_file
from commensal.mouth.processes.components import CONSERVED, load_components, parse_components
from commensal.mouth.processes.expressions import Factor, evaluate, factors, pairs
from commensal.mouth.processes.formula import Formula
from commensal.mouth.processes.rates import programme
from commensal.mouth.processes.table import load_processes, parse_guilds, parse_processes

GUILDS = ("mutans", "lactobacilli", "arginolytic", "fusobacteria", "community")
HEAD = "name,guilds,rate,stoichiometry,closed_by,source,mark,note\n"
GUILD_HEAD = "name,value,unit,low,high,source,mark,note\n"
GROW = 'grow,mutans,"mu * biomass * monod(hexose, 1) * ammonium * phosphate","biomass = 1; hexose = -1 / yield_sugar",{},here,recalled,\n'


def one_guild(yield_g_mmol: float = 0.03):
    rows = f"mutans.mu,0.5,1/h,0,1,here,recalled,\nmutans.yield_sugar,{yield_g_mmol},g/mmol,0,1,here,recalled,\n"
    return parse_guilds(GUILD_HEAD + rows)


def table_of(row: str, **given):
    return parse_processes(HEAD + row, load_components(), one_guild(**given), ["mutans"])


@pytest.mark.parametrize(
    ("text", "electrons"),
    [
        ("C6H12O6", 24),
        ("C3H6O3", 12),
        ("C2H4O2", 8),
        ("CO2", 0),
        ("NH3", 0),
        ("H3PO4", 0),
        ("O2", -4),
        ("HNO3", -8),
        ("H2", 2),
        ("C2H6O", 12),
    ],
)
def test_electrons_are_counted_from_what_cannot_give_any(text, electrons):
    assert Formula.of(text).electrons == electrons


@pytest.mark.parametrize("text", ["", "c6", "C6H12O6C", "C6 H12", "Fe2", "C-1", "C6H12O6)", "1C"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ParameterError):
        Formula.of(text)


def test_every_shipped_process_makes_nothing_from_nothing():
    table = load_processes(GUILDS)
    made = table.stoichiometry @ table.contents
    assert abs(made).max() < 1e-9
    assert abs(table.stoichiometry).max() > 1
    assert len(table.processes) == 4 + 5 + 5


def test_growth_on_sugar_leaves_lactate_and_takes_ammonium():
    grow = next(p for p in load_processes(GUILDS).processes if (p.name, p.guild) == ("grow_on_sugar", "mutans"))
    assert grow.amounts["hexose"] == pytest.approx(-1 / 0.0287)
    assert grow.amounts["ammonium"] < 0 < grow.amounts["lactate"]
    assert grow.strong_charge == 0


@pytest.mark.parametrize(
    ("closed_by", "said"),
    [
        ("", "carbon"),
        ("carbonate ammonium phosphate", "electrons"),
        ("+lactate carbonate phosphate", "nitrogen"),
        ("+lactate carbonate ammonium", "phosphorus"),
        ("-lactate carbonate ammonium phosphate", "lactate are made"),
        ("hexose carbonate ammonium phosphate", "stand nowhere else"),
        ("+gold carbonate", "stand nowhere else"),
    ],
)
def test_what_comes_from_nothing_is_refused_and_named(closed_by, said):
    with pytest.raises(ParameterError, match=f"grow of mutans: .*{said}"):
        table_of(GROW.format(closed_by))


def test_a_yield_above_what_sugar_can_give_is_refused():
    assert table_of(GROW.format("+lactate carbonate ammonium phosphate"), yield_g_mmol=0.13).processes
    with pytest.raises(ParameterError, match="is a yield above what its food can give"):
        table_of(GROW.format("+lactate carbonate ammonium phosphate"), yield_g_mmol=0.16)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ("mu * biomass * gold", "expected one of the components"),
        ("mu * biomass * monod(hexose)", "expected monod"),
        ("mu * biomass * monod(inert, speed)", "expected a number or one of mu, yield_sugar"),
        ("mu * biomass * monod(inert, 1) * magic(2)", "expected monod"),
        ("mu + biomass", "expected a product"),
        ("mu * biomass.__class__", "expected a product"),
        ("mu * (lambda: 1)()", "expected a product"),
        ("mu *", "expected arithmetic"),
        ("mu * biomass * cardinal(growth)", "growth_ph_lowest"),
        ("mu * biomass * monod(host_nutrient, 1)", "only ask for what some process moves"),
    ],
)
def test_a_rate_law_that_says_nothing_is_refused(rate, said):
    row = f'grow,mutans,"{rate}",biomass = -1; inert = 1,,here,recalled,\n'
    with pytest.raises(ParameterError, match=said):
        programme(table_of(row))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("grow,", "2 grow,"), "expected a name"),
        ((",here,", ",,"), "and a source"),
        ((",recalled,", ",heard,"), "expected a mark"),
        (("inert = 1", "inert 1"), "expected `name = amount"),
        (("inert = 1", "inert = 1; inert = 2"), "each name once"),
        (("inert = 1", "gold = 1"), "one of the components"),
        (("inert = 1", "inert = 1 / 0"), "finite"),
        (("inert = 1", "inert = speed"), "expected one of mu"),
        (("inert = 1", "inert = 2 ** 9"), "only"),
    ],
)
def test_a_row_that_is_not_as_it_must_be_is_refused(change, said):
    row = "grow,mutans,mu * biomass,biomass = -1; inert = 1,,here,recalled,\n"
    assert table_of(row).states == ("biomass.mutans", "inert")
    with pytest.raises(ParameterError, match=said):
        table_of(row.replace(*change))


def test_what_is_used_must_limit():
    row = 'grow,mutans,"mu * {}","biomass = -1; hexose = 1; inert = 1; lactate = -2",,here,recalled,\n'
    assert table_of(row.format("biomass * monod(lactate, 1)")).processes
    with pytest.raises(ParameterError, match="it uses lactate even where there is none"):
        table_of(row.format("biomass * inhibited(lactate, 1)"))
    with pytest.raises(ParameterError, match="it uses biomass even where"):
        table_of(row.format("lactate"))


def test_what_holds_for_all_gives_way_to_a_guilds_own():
    rows = "all.mu,0.5,1/h,0,1,here,recalled,\nmitis.mu,0.7,1/h,0,1,here,recalled,\nmutans.y,1,1,0,1,here,recalled,\n"
    row = "die,all,mu * biomass,biomass = -1; inert = 1,,here,recalled,\n"
    table = parse_processes(HEAD + row, load_components(), parse_guilds(GUILD_HEAD + rows), ["mutans", "mitis"])
    assert (table.parameters["mutans.mu"].value, table.parameters["mitis.mu"].value) == (0.5, 0.7)
    with pytest.raises(ParameterError, match="guilds: expected some of mitis, mutans, each once, got all"):
        parse_processes(HEAD + row, load_components(), parse_guilds(GUILD_HEAD + rows), ["all"])


@pytest.mark.parametrize("guilds", [(), ("mutans", "mutans"), ("gold",)])
def test_a_community_is_made_of_known_guilds(guilds):
    with pytest.raises(ParameterError, match="guilds: expected some of"):
        load_processes(guilds)


@pytest.mark.parametrize("name", ["mu", "mutans.", ".mu", "mutans.mu.now"])
def test_a_guilds_parameter_is_named_by_both(name):
    with pytest.raises(ParameterError, match=r"guild\.parameter"):
        parse_guilds(GUILD_HEAD + f"{name},0.5,1/h,0,1,here,recalled,\n")


@pytest.mark.parametrize(
    "change", [("solute", "gas"), ("C6H12O6", "Fe"), (",no,", ",perhaps,"), ("general chemistry", ""), ("hexose", "6e")]
)
def test_a_component_that_is_not_as_it_must_be_is_refused(change):
    text = data_file("components.csv").read_text()
    assert set(CONSERVED) == {"carbon", "nitrogen", "phosphorus", "electrons"}
    with pytest.raises(ParameterError, match=r"components\.csv"):
        parse_components(text.replace(*change, 1))


def test_arithmetic_is_read_and_never_run():
    assert evaluate("-(1 + 2) * half / 4", {"half": 2.0}) == -1.5
    assert factors("2 * mu * monod(hexose, 0.5)") == (Factor("2"), Factor("mu"), Factor("monod", ("hexose", "0.5")))
    assert pairs(" a = 1 ;b=-2") == {"a": "1", "b": "-2"}
    for text in ("__import__('os')", "[1]", "True", "1 if 1 else 2", "x" * 500, "(" * 300):
        with pytest.raises(ParameterError):
            evaluate(text, {})
