"""What strains do in trials, against what must follow from how they differ."""

import math

import numpy as np
import pytest

from commensal.mouth.processes.table import load_guilds
from commensal.mouth.strains.acid import acid_in_sugar_of
from commensal.mouth.strains.ecology import (
    course,
    displacement_day,
    dose_to_colonise_cfu,
    holds,
    off_target_log10,
    persistence_days,
    washout,
)
from commensal.mouth.strains.reading import parse_card, shipped
from commensal.mouth.strains.trial import dose_g_l, number, run_trial, settled, untouched, usual_doses
from tests.mouth.strains.cards import FULL, least


def test_a_strain_that_differs_in_nothing_neither_wins_nor_loses():
    """It shares its parent's niche in proportion, holds by number alone, and harms nobody."""
    trial = course(parse_card(least(id="twin"), "twin"))
    share = trial.share("twin")
    assert holds(trial, "twin")
    assert share[-1] == pytest.approx(share[-15], rel=0.1)
    both = trial.living["twin"] + trial.living["mutans"]
    assert both[-1] == pytest.approx(untouched(len(share)).living["mutans"][-1], rel=0.02)
    assert displacement_day(trial) is None
    assert max(abs(x) for x in off_target_log10(trial).values()) < 0.01
    assert trial.residual < 1e-10


def test_doses_add_what_the_table_says():
    strain, days = parse_card(least(id="twin"), "twin"), 1
    trial = run_trial(strain, [(0.0, 2.5e9)], days)
    assert dose_g_l(2.5e9) == pytest.approx(0.01 * 0.25 * 0.5)
    assert 0.3 * dose_g_l(2.5e9) < trial.living["twin"][0] < dose_g_l(2.5e9)
    assert run_trial(strain, [], days).living["twin"][0] == 0.0


def test_who_is_given_for_a_while_is_lost_at_the_pace_of_its_card():
    """0.0183 instead of 0.01 /h of waning: the rest of the guild stays, it falls by e^(-0.0083 h)."""
    strain = shipped()["dentisani_7746"]
    trial = course(strain)
    slope_per_h = float(np.log(trial.share(strain.id)[-1] / trial.share(strain.id)[-11])) / 240.0
    more = strain.overrides["dentisani_7746.wane"].value - load_guilds()["all.wane"].value
    assert slope_per_h == pytest.approx(-more, rel=0.1)
    days = persistence_days(strain, trial)
    last_dose = round(usual_doses()[-1][0])
    by_hand = math.log(trial.share(strain.id)[last_dose] / number("detected")) / (24.0 * -slope_per_h) + 1.0
    assert days == pytest.approx(by_hand, abs=1.0)
    assert 14.0 < days < 28.0  # FCIMB 2020;10:465: two to four weeks
    assert not holds(trial, strain.id)


def test_the_parent_of_the_effector_displaces_s_mutans_and_the_streptococci_of_health():
    trial = course(shipped()["jh1140"])
    assert holds(trial, "jh1140")
    assert 20 < displacement_day(trial) < 56
    harm = off_target_log10(trial)
    assert max(harm[guild] for guild in ("mitis", "arginolytic", "salivarius")) < -3.0
    assert abs(harm["veillonella"]) < 0.1
    assert persistence_days(shipped()["jh1140"], trial) is None
    assert dose_to_colonise_cfu(shipped()["jh1140"]) == pytest.approx(1e9)
    assert dose_to_colonise_cfu(shipped()["k12"]) is None


def test_the_protease_of_a12_keeps_s_mutans_from_making_mutacin():
    """Half of it where there is as much protease as halves it: read off the rate of the process itself."""
    from commensal.mouth.strains.strain import strains_table

    both = strains_table(("jh1140", "a12", "matrix"), list(shipped().values()))
    alone = strains_table(("jh1140", "matrix"), list(shipped().values()))
    law = {p.name: p.law for p in both.processes if p.guild == "jh1140"}["make_mutacin"]
    bare = {p.name: p.law for p in alone.processes if p.guild == "jh1140"}["make_mutacin"]
    assert [f.arguments for f in law if f.name == "inhibited"] == [("protease", "half_protease")]
    assert not [f for f in bare if f.name == "inhibited"]


def test_the_signal_kills_at_the_pace_that_was_measured_on_top_of_what_is_lost_anyway():
    strain = parse_card(FULL, "spec")
    trial = run_trial(strain, [(0.0, 1e11)], 7)
    ended = washout(strain, trial)
    loss = number("dilution") * 3600.0 + load_guilds()["all.wane"].value
    kill = strain.kill_switch.kill_per_h
    assert ended.by == "the signal anhydrotetracycline"
    most_growth = load_guilds()["arginolytic.mu_sugar"].value
    least_h, most_h = (8.0 * math.log(10.0) / rate for rate in (kill + loss, kill - most_growth))
    assert least_h < ended.gone_after_h < most_h
    assert ended.logs_lost == 8.0
    assert washout(shipped()["k12"], trial) is None


def test_an_auxotroph_lives_while_it_is_fed_and_dies_when_it_is_not():
    strain = shipped()["a2jm"]
    fed = run_trial(strain, [(0.0, 1e11)], 7)
    hungry = run_trial(strain, [(0.0, 1e11)], 7, is_rescued=False)
    assert fed.living["a2jm"][-1] > 1e3 * hungry.living["a2jm"][-1]
    lost_per_h = -float(np.log(hungry.living["a2jm"][3] / hungry.living["a2jm"][2])) / 24.0
    assert 0.3 < lost_per_h < 0.3 + 0.06 + 0.01


def test_acid_of_strains_without_lactate_dehydrogenase():
    for name in ("bcs3_l1", "a2jm", "jh145"):
        acid = acid_in_sugar_of(shipped()[name])
        assert acid.lactate_mmol_l == 0.0
        assert 0.25 < acid.total_mmol_l / acid.of_parent_mmol_l < 0.45
    assert acid_in_sugar_of(parse_card(least(parent="veillonella"), "v")) is None


def test_a_settled_plaque_stays_as_it_is():
    for guild in ("mutans", "mitis", "arginolytic", "salivarius", "actinomyces", "veillonella", "neisseria"):
        assert untouched(56).living[guild][-1] == pytest.approx(settled()[f"biomass.{guild}"], rel=0.05)
