"""Processes as data: what the table says is completed, checked, and refused when something comes from nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commensal.mouth.ecology import nine_species_table
from commensal.mouth.errors import ParameterError
from commensal.mouth.parameters import data_file, load, read_rows
from commensal.mouth.processes.components import CONSERVED, load_components, parse_components
from commensal.mouth.processes.expressions import Factor, evaluate, factors, pairs
from commensal.mouth.processes.formula import Formula
from commensal.mouth.processes.rates import programme
from commensal.mouth.processes.table import (
    COLUMNS,
    LUMPED_PROCESSES,
    PLAQUE_GUILDS,
    load_guilds,
    load_processes,
    parse_guilds,
    parse_processes,
)
from commensal.mouth.site import Site

PLAQUE = load_processes((*PLAQUE_GUILDS, "matrix"))
ARMED = load_processes(
    (*PLAQUE_GUILDS, "matrix"),
    overrides={
        "mutans.q_mutacin": 2e-4,
        "arginolytic.q_dentisanin": 2e-4,
        "arginolytic.q_protease": 2e-4,
        "salivarius.q_salivaricin": 2e-4,
        "mutans.kill_unrescued": 0.3,
        "mutans.kill_signalled": 3.0,
    },
    also=("xylitol",),
)
LUMPED = load_processes(("lumped",), processes=LUMPED_PROCESSES)
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
        ("HNO2", -6),
        ("H2O2", -2),
        ("C6H14N4O2", 22),
        ("C5H12N2O2", 22),
        ("CH4N2O", 0),
        ("CaO", 0),
        ("HF", 0),
    ],
)
def test_electrons_are_counted_from_what_cannot_give_any(text, electrons):
    assert Formula.of(text).electrons == electrons


@pytest.mark.parametrize("text", ["", "c6", "C6H12O6C", "C6 H12", "Fe2", "C-1", "C6H12O6)", "1C"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ParameterError):
        Formula.of(text)


def made(table):
    return table.stoichiometry @ table.contents + table.outside_stoichiometry @ table.outside_contents


@pytest.mark.parametrize("table", [ARMED, LUMPED, nine_species_table()], ids=["plaque", "lumped", "nine species"])
def test_every_shipped_process_makes_nothing_from_nothing(table):
    assert abs(made(table)).max() < 1e-11
    assert abs(table.stoichiometry).max() >= 1.0
    charges = [process.strong_charge for process in table.processes]
    assert charges == pytest.approx(table.stoichiometry @ table.strong_charges)


def test_every_row_runs_in_some_guild():
    rows = {row["name"] for row in read_rows(data_file("processes.csv").read_text(), "processes.csv", COLUMNS)}
    ran = {process.name for table in (PLAQUE, LUMPED, load_processes(["walls"])) for process in table.processes}
    peptides = {
        f"{verb}_{what}" for what in ("mutacin", "dentisanin", "salivaricin") for verb in ("make", "die_of", "lose")
    }
    assert rows - ran == peptides | {
        "make_protease",
        "lose_protease",
        "starve_of_rescue",
        "die_of_signal",
        "waste_on_xylitol",
    }
    assert rows - ran <= {process.name for process in ARMED.processes}


def test_a_bacteriocin_that_nobody_makes_is_left_out_until_somebody_brings_it():
    assert not {"mutacin", "dentisanin"} & set(PLAQUE.states)
    assert {"mutacin", "dentisanin"} <= set(ARMED.states)
    rinsed = load_processes(["mitis", "matrix"], also=("mutacin",))
    assert {"die_of_mutacin", "lose_mutacin"} <= {process.name for process in rinsed.processes}


def amounts(name, guild, table=PLAQUE):
    return next(p.amounts for p in table.processes if (p.name, p.guild) == (name, guild))


@pytest.mark.parametrize(
    ("name", "guild", "expected"),
    [
        ("ferment_fast", "mutans", {"hexose": -1, "lactate": 2}),
        ("ferment_slow", "mitis", {"hexose": -1, "acetate": 3}),
        ("use_arginine", "arginolytic", {"arginine": -1, "ornithine": 1, "ammonium": 2, "carbonate": 1}),
        ("split_urea", "salivarius", {"urea": -1, "ammonium": 2, "carbonate": 1}),
        ("use_lactate", "veillonella", {"lactate": -1, "acetate": 1 / 3, "propionate": 2 / 3, "carbonate": 1 / 3}),
        ("oxidise_lactate", "actinomyces", {"lactate": -1, "oxygen": -1, "acetate": 1, "carbonate": 1}),
        ("respire_lactate", "neisseria", {"lactate": -1, "oxygen": -3, "carbonate": 3}),
        ("respire_sugar", "neisseria", {"hexose": -1, "oxygen": -6, "carbonate": 6}),
        ("use_catalase", "neisseria", {"peroxide": -1, "oxygen": 0.5}),
        (
            "reduce_nitrate",
            "neisseria",
            {"nitrate": -1, "nitrite": 1, "lactate": -0.5, "acetate": 0.5, "carbonate": 0.5},
        ),
        (
            "reduce_nitrite",
            "neisseria",
            {"nitrite": -1, "ammonium": 1, "lactate": -1.5, "acetate": 1.5, "carbonate": 1.5},
        ),
        (
            "make_peroxide",
            "mitis",
            {"peroxide": 1, "hexose": -0.5, "oxygen": -1.5, "acetate": 1, "carbonate": 1},
        ),
    ],
)
def test_what_is_known_of_a_reaction_comes_out_of_the_table(name, guild, expected):
    assert amounts(name, guild) == pytest.approx(expected)


def test_nitrite_that_becomes_ammonium_takes_its_negative_charge_along():
    charge = {p.name: p.strong_charge for p in PLAQUE.processes if p.strong_charge}
    assert charge == {"reduce_nitrite": 1.0}


def test_stored_sugar_weighs_what_its_residue_weighs():
    assert amounts("store", "mutans")["storage.mutans"] == pytest.approx(0.16214, abs=1e-5)
    assert amounts("ferment_storage", "mutans")["acetate"] == pytest.approx(3 / 0.16214, rel=1e-4)


def test_growth_takes_ammonium_and_phosphate_and_leaves_acid():
    grow = amounts("grow_on_sugar", "mutans")
    assert grow["hexose"] == pytest.approx(-1 / 0.12)
    assert grow["ammonium"] == pytest.approx(10 * grow["phosphate"])
    assert grow["ammonium"] < 0 < grow["acetate"]
    nine = amounts("grow_on_sugar", "mutans", nine_species_table())
    assert nine["lactate"] == pytest.approx(1.5 / 0.0287)
    assert 0 < nine["acetate"] < 0.2 * nine["lactate"]


def test_fast_and_slow_fermentation_are_one_law_split_by_flux():
    fast, slow = (
        next(p.law for p in PLAQUE.processes if (p.name, p.guild) == (name, "mutans"))
        for name in ("ferment_fast", "ferment_slow")
    )
    assert [one for one in fast if one not in slow] == [Factor("monod", ("hexose", "half_switch"))]
    assert [one for one in slow if one not in fast] == [Factor("inhibited", ("hexose", "half_switch"))]


def cardinal(ph, guild, what):
    low, best, high = (load_guilds()[f"{guild}.{what}_ph_{which}"].value for which in ("lowest", "best", "highest"))
    both = (ph - low) * (ph - high)
    return max(both / (both - (ph - best) ** 2), 0.0) if low < ph < high else 0.0


def test_mutans_wins_by_bearing_acid_and_not_by_making_more_of_it():
    """At pH 7 S. sanguinis and its like ferment more sugar per cell; under acid they stop first."""

    def acid(guild, ph):
        return load_guilds()[f"{guild}.q_sugar"].value * cardinal(ph, guild, "glycolysis")

    assert acid("mitis", 7.0) > acid("mutans", 7.0)
    assert acid("mitis", 4.8) < acid("mutans", 4.8)
    for guild in ("mutans", "mitis", "arginolytic", "salivarius", "actinomyces", "lactobacilli"):
        assert cardinal(5.0, guild, "growth") <= cardinal(5.0, guild, "glycolysis")
    growth = {guild: load_guilds()[f"{guild}.growth_ph_lowest"].value for guild in PLAQUE_GUILDS}
    assert sorted(growth, key=lambda guild: growth[guild])[0] == "lactobacilli"
    assert growth["mutans"] < min(growth[guild] for guild in ("mitis", "arginolytic", "salivarius", "actinomyces"))


def test_the_lumped_guild_is_the_reference_plaque():
    """Its parameters are those of `data/plaque.csv`, by which `Site` is made."""
    for name, one in load_guilds().items():
        guild, _, what = name.partition(".")
        if guild == "lumped":
            assert (one.value, one.low, one.high, one.unit, one.mark) == tuple(
                getattr(load()[what], field) for field in ("value", "low", "high", "unit", "mark")
            )
    site = Site()
    assert amounts("glycolysis", "lumped", LUMPED) == {"hexose": -1.0, "lactate": site.lactate_yield}
    assert [p.outside for p in LUMPED.processes if p.name == "endogenous_acid"] == [
        {"host_substance": pytest.approx(-(3 * 0.1 + 2 * 0.9))}
    ]


def test_the_lumped_guild_keeps_its_form_at_every_site():
    changed = load_processes(
        ("lumped",),
        processes=LUMPED_PROCESSES,
        overrides={"lumped.lactate_yield": 0.0, "lumped.acetate_yield": 0.6, "lumped.arginine_vmax": 500.0},
    )
    assert changed.states == LUMPED.states
    assert amounts("glycolysis", "lumped", changed) == pytest.approx({"hexose": -1, "acetate": 0.6, "neutral": 4.8})
    assert changed.parameters["lumped.arginine_vmax"].value == 500.0
    assert abs(made(changed)).max() < 1e-13


def test_what_an_override_makes_impossible_is_refused():
    with pytest.raises(ParameterError, match=r"glycolysis of lumped: its balance closes only if 0\.6 mmol of neutral"):
        load_processes(("lumped",), processes=LUMPED_PROCESSES, overrides={"lumped.lactate_yield": 2.2})
    with pytest.raises(ParameterError, match="is a yield above what its food can give"):
        load_processes(["mitis"], overrides={"mitis.yield_sugar": 0.2})
    with pytest.raises(ParameterError, match=r"overrides: expected a parameter of mitis, got 'mitis\.speed'"):
        load_processes(["mitis"], overrides={"mitis.speed": 1.0})
    with pytest.raises(ParameterError, match="must be finite"):
        load_processes(["mitis"], overrides={"mitis.mu_sugar": float("nan")})


def test_a_strain_is_a_copy_of_a_guild_until_overridden():
    both = load_processes(
        ["mutans", "effector"],
        copies={"effector": "mutans"},
        overrides={"effector.lactate_yield": 0.0, "effector.acetate_yield": 0.6},
    )
    names = {guild: [p.name for p in both.processes if p.guild == guild] for guild in both.guilds}
    assert names["effector"] == names["mutans"]
    assert amounts("ferment_fast", "mutans", both) == {"hexose": -1.0, "lactate": 2.0}
    ldh = {"hexose": -1, "acetate": 0.6, "ethanol": 1.6, "carbonate": 1.6}
    assert amounts("ferment_fast", "effector", both) == pytest.approx(ldh)
    assert {"biomass.effector", "storage.effector", "host_nutrient.mutans"} <= set(both.states)
    assert "host_nutrient.effector" not in both.states  # strains of a guild share its niche
    assert amounts("grow_on_host", "effector", both)["host_nutrient.mutans"] == -5.0
    laws = programme(load_processes(both.guilds, copies={"effector": "mutans"}, processes=("grow_on_host",)))
    assert laws.rows[0] != laws.rows[len(laws.rows) // 2]  # each its own biomass
    assert laws.rows[1] == laws.rows[len(laws.rows) // 2 + 1]  # one nutrient


@pytest.mark.parametrize(
    ("copies", "got"),
    [
        ({"effector": "gravel"}, "strain effector: .*mutans.*got 'gravel'"),
        ({"effector": "effector"}, "strain effector: .*got itself"),
        ({"one": "other", "other": "one"}, "strain one: .*got 'other', another strain"),
        ({"one": "other", "other": "mutans"}, "strain one: .*got 'other', another strain"),
    ],
)
def test_a_strain_of_anything_but_a_guild_is_refused(copies, got):
    with pytest.raises(ParameterError, match=got):
        load_processes(["mutans", *copies], copies=copies)


def test_what_is_not_there_neither_feeds_nor_harms():
    absent = ("peroxide", "oxygen", "undissociated")
    bare = load_processes(["mutans", "veillonella", "matrix"], without=absent)
    assert not set(absent) & set(bare.states)
    assert not {"die_of_peroxide", "lose_peroxide"} & {p.name for p in bare.processes}
    asked = {one.arguments[0] for p in bare.processes for one in p.law if one.arguments}
    assert {"hexose", "hydrogen_fluoride"} <= asked
    assert not {"oxygen", "undissociated"} & asked


def test_states_that_nothing_moves_may_be_held_all_the_same():
    table = load_processes(["mutans"], also=("calcium", "fluoride"))
    assert {"calcium", "fluoride"} <= set(table.states)
    assert table.strong_charges[table.states.index("calcium")] == 2.0
    with pytest.raises(ParameterError, match="one of the components"):
        load_processes(["mutans"], also=("gold",))


def test_a_process_nobody_knows_is_refused():
    with pytest.raises(ParameterError, match="expected names of its processes, got dance"):
        load_processes(["mutans"], processes=("dance",))


def as_row(process):
    """A row that says every amount of a process and leaves nothing to be closed."""
    all_of_them = {**{state.partition(".")[0]: x for state, x in process.amounts.items()}, **process.outside}
    law = " * ".join(name for name, x in all_of_them.items() if x < 0.0 and name != "host_substance") or "1"
    return all_of_them, f'grow,mutans,{law},"{{}}",,here,recalled,\n'


EVERY_PROCESS = [*ARMED.processes, *LUMPED.processes, *nine_species_table().processes]


@settings(deadline=None)
@given(
    process=st.sampled_from(EVERY_PROCESS),
    at=st.integers(0, 20),
    by=st.floats(-0.5, 0.5).filter(lambda x: abs(x) > 1e-6),
)
def test_no_amount_of_any_process_can_be_changed_alone(process, at, by):
    named, row = as_row(process)
    said = "; ".join(f"{name} = {amount!r}" for name, amount in named.items())
    table_of(row.format(said))  # accepted; a bacteriocin that nobody makes is then left out
    name = list(named)[at % len(named)]
    wrong = "; ".join(f"{one} = {(1.0 + by * (one == name)) * amount!r}" for one, amount in named.items())
    with pytest.raises(ParameterError, match="made from nothing, or lost"):
        table_of(row.format(wrong))


@settings(deadline=None)
@given(
    process=st.sampled_from(EVERY_PROCESS), what=st.sampled_from(sorted(load_components())), much=st.floats(0.01, 10)
)
def test_nothing_can_be_added_to_any_process(process, what, much):
    """Not even what holds no carbon: everything here holds something that is counted."""
    named, row = as_row(process)
    said = "; ".join(f"{name} = {amount!r}" for name, amount in {**named, what: named.get(what, 0.0) + much}.items())
    with pytest.raises(ParameterError, match=r"made from nothing, or lost|even where there is none"):
        table_of(row.format(said))


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


def test_a_name_stands_once():
    text = data_file("guilds.csv").read_text()
    with pytest.raises(ParameterError, match="expected a new name"):
        parse_guilds(text + text.splitlines()[1] + "\n")


@pytest.mark.parametrize("name", ["mu", "mutans.", ".mu", "mutans.mu.now"])
def test_a_guilds_parameter_is_named_by_both(name):
    with pytest.raises(ParameterError, match=r"guild\.parameter"):
        parse_guilds(GUILD_HEAD + f"{name},0.5,1/h,0,1,here,recalled,\n")


COMPONENT_HEAD = "name,formula,kind,transport,strong_charge,owner,source,mark,note\n"
NITRATE = "nitrate,HNO3,solute,ion,-1,all,general chemistry,seen,\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("solute", "vapour"), "expected a kind"),
        (("HNO3", "Fe"), "elements"),
        ((",all,", ",nobody,"), "an owner"),
        (("general chemistry", ""), "and a source"),
        (("nitrate", "6e"), "expected a new name"),
        (("solute,ion", "solute,stays"), "a solute is transported as sugar or ion or gas or large"),
        (("solute,ion", "solid,ion"), "a solid is transported as stays"),
        (("ion", "gas"), "could come from nothing"),
        (("HNO3", "H2O"), "could come from nothing"),
        ((",-1,", ",nan,"), "finite"),
    ],
)
def test_a_component_that_is_not_as_it_must_be_is_refused(change, said):
    assert parse_components(COMPONENT_HEAD + NITRATE)["nitrate"].strong_charge == -1.0
    with pytest.raises(ParameterError, match=rf"components\.csv.*{said}"):
        parse_components(COMPONENT_HEAD + NITRATE.replace(*change, 1))
    assert set(CONSERVED) == {"carbon", "nitrogen", "phosphorus", "calcium", "fluorine", "electrons"}


def test_two_ways_to_close_a_balance_are_one_too_many():
    with pytest.raises(ParameterError, match="acetate, lactate can close a balance in more than one way"):
        table_of('grow,mutans,"hexose",hexose = -1,+acetate lactate,here,recalled,\n')


def test_arithmetic_is_read_and_never_run():
    assert evaluate("-(1 + 2) * half / 4", {"half": 2.0}) == -1.5
    assert factors("2 * mu * monod(hexose, 0.5)") == (Factor("2"), Factor("mu"), Factor("monod", ("hexose", "0.5")))
    assert pairs(" a = 1 ;b=-2") == {"a": "1", "b": "-2"}
    for text in ("__import__('os')", "[1]", "True", "1 if 1 else 2", "x" * 500, "(" * 300):
        with pytest.raises(ParameterError):
            evaluate(text, {})
