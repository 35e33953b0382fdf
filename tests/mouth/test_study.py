"""Plaque with guilds through days without hygiene: what it was calibrated on, and the saliva and film it lives under."""

from functools import cache

import numpy as np
import pytest

from commensal.mouth import Day, Intake, Mouth, Saliva, Site, simulate
from commensal.mouth.calibrating import FASTER_FERMENTATION, FASTER_GROWTH, FITTED_GROWTH, page, slower
from commensal.mouth.early_plaque import NIGHT_BEGINS_H, SECOND_NIGHT_H
from commensal.mouth.film_measures import GEL_UM, half_times_min
from commensal.mouth.parameters import load
from commensal.mouth.processes.table import load_guilds
from commensal.mouth.reference import reference_mouth
from commensal.mouth.study import RINSED_MIN, Rinse, live, molar, usual_day
from commensal.mouth.subjects import SUBJECTS, draw
from commensal.provenance import Mark

GUILD_TABLE = {
    "mutans": (8.0, 0.3),
    "mitis": (9.0, 0.35),
    "arginolytic": (6.0, 0.35),
    "salivarius": (7.0, 0.4),
    "actinomyces": (4.0, 0.2),
    "lactobacilli": (6.0, 0.15),
}
"""What the guild table says of fermentation (mmol/g/h) and growth (1/h), before the two fitted factors."""


@cache
def mornings() -> tuple[list[Rinse], list[Rinse]]:
    return live([molar(), molar(slower(FASTER_FERMENTATION, FASTER_GROWTH))])


def test_the_calibrated_plaque_reaches_what_was_sampled_and_the_guild_table_alone_does_not():
    young, old = mornings()
    assert 5.2 <= young[0].sampled_ph.min() <= 5.8
    assert 4.41 <= old[0].sampled_ph.min() <= 4.97
    assert old[1].sampled_ph.min() > 4.97


def test_plaque_thickens_from_day_to_day_and_acid_is_deepest_at_the_enamel():
    young, old = mornings()
    assert molar().thickness_um < young[0].thickness_um < old[0].thickness_um
    assert old[0].enamel_ph.min() < old[0].sampled_ph.min()
    assert young[0].sampled_ph.min() - old[0].sampled_ph.min() >= 0.3


def test_two_factors_lead_from_the_guild_table_to_the_shipped_rates():
    before = slower(FASTER_FERMENTATION, FASTER_GROWTH).changes
    for guild, (fermentation, growth) in GUILD_TABLE.items():
        assert before[f"{guild}.q_sugar"] == pytest.approx(fermentation)
        assert load_guilds()[f"{guild}.q_sugar"].mark is Mark.CALIBRATED
        is_fitted = f"{guild}." in FITTED_GROWTH
        got = before[f"{guild}.mu_sugar"] if is_fitted else load_guilds()[f"{guild}.mu_sugar"].value
        assert got == pytest.approx(growth)


def test_mutans_ferments_less_than_sanguinis_and_bears_more_acid():
    table = load_guilds()
    assert table["mutans.q_sugar"].value < table["mitis.q_sugar"].value
    for what in ("growth_ph_lowest", "glycolysis_ph_lowest", "kill_ph"):
        assert table[f"mutans.{what}"].value < table[f"mitis.{what}"].value


def test_bacteria_take_the_room_that_water_leaves():
    table = load()
    room = (1.0 - table.value("porosity")) * table.value("solid_density")
    assert table.value("biomass_total") == pytest.approx(room)


@pytest.mark.long
def test_undoing_one_choice_after_the_other_shows_what_each_did():
    shown = page().splitlines()
    assert shown[1].startswith("as calibrated")
    assert len(shown) == 8


def test_the_return_of_the_ph_is_the_last_one():
    minute = np.array([0.0, 3.0, 6.0, 9.0, 12.0])
    rinse = Rinse(60.0, minute, np.array([6.6, 5.5, 6.1, 5.9, 6.2]), minute, {})
    assert rinse.lowest_at_min == 3.0
    assert (rinse.back_above_min(6.0), rinse.back_above_min(5.0), rinse.back_above_min(6.3)) == (12.0, 0.0, np.inf)


def test_the_usual_day_is_rinsed_before_anything_is_eaten():
    assert min(one.at_min for one in usual_day(10.0).intakes) == RINSED_MIN
    assert len(usual_day(10.0).intakes) == len(usual_day().intakes) + 1
    assert usual_day().asleep_min == 60.0 * (7.0 + NIGHT_BEGINS_H)
    assert SECOND_NIGHT_H == (40.0, 48.0)


def test_saliva_has_everything_and_that_of_the_reference_experiment_only_what_it_names():
    for which in ("rest", "stimulated"):
        assert all(amount > 0.0 for amount in Saliva.of_table(which).solutes().values())
    for saliva in (reference_mouth().rest, reference_mouth().stimulated):
        assert {name for name, amount in saliva.solutes().items() if amount > 0.0} == {"carbonate", "phosphate"}


def test_what_nobody_uses_is_computed_only_if_it_binds_acid_or_is_eaten():
    rinse = Intake(name="rinse", at_min=0.0, duration_min=1.0, how="rinse", sugar_mmol_l=0.0, arginine_mmol_l=5.0)
    for intakes, extra in (((), set()), ((rinse,), {"arginine"})):
        day = Day(intakes=intakes, begin_min=0.0, end_min=1.0)
        solutes = set(simulate([Site()], Mouth(), day).data["solute"].values)
        assert (
            solutes == {"hexose", "lactate", "carbonate", "phosphate", "strong_charge", "ammonium", "fluoride"} | extra
        )
    living = set(simulate([molar()], Mouth(), day).data["solute"].values)
    assert {"oxygen", "nitrate", "urea", "arginine"} <= living
    assert "calcium" not in living


def test_half_of_a_salt_leaves_gel_under_a_very_fast_film_as_from_a_slab():
    gel = Site(
        thickness_um=GEL_UM, film_speed_mm_min=1e6, diffusivity_plaque_ion_m2_s=1.9e-9, glycolysis_mmol_l_h=0.0,
        film_thickness_um=10.0,
    )  # fmt: skip
    slab_min = 0.197 * (GEL_UM * 1e-6) ** 2 / 1.9e-9 / 60.0
    # The mouth takes seconds to clear, and 10 um of film are crossed.
    assert half_times_min([gel])[0] == pytest.approx(slab_min, rel=0.05)


def test_the_same_people_are_drawn_every_time_and_film_follows_flow():
    sites, mouths = draw()
    assert (sites, mouths) == draw()
    assert len(sites) == len(mouths) == SUBJECTS
    speed = [site.film_speed_mm_min for site in sites]
    flow = [mouth.flow_unstimulated_ml_min for mouth in mouths]
    assert np.corrcoef(np.log(speed), np.log(flow))[0, 1] > 0.6
    assert np.median(flow) == pytest.approx(0.3, rel=0.05)
