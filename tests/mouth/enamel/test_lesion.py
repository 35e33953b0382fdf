"""Lesions: books, front, surface layer, fluoride, refinement, and an independent solver in two limits."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from commensal.mouth.enamel.constants import default_constants
from commensal.mouth.enamel.experiments import cycled_lesion, white_spot
from commensal.mouth.enamel.lesion import default_tissue, grow_lesion
from commensal.mouth.enamel.pore_fluid import Fluid, equilibrium_mmol_l, phases_of, pore_state
from commensal.mouth.enamel.rate import enamel_flux

ACID = Fluid(ph=4.4, calcium_mmol_l=2.0, phosphate_mmol_l=2.0, acetate_mmol_l=75.0, ionic_mol_l=0.1)
LN10 = np.log(10.0)


@pytest.mark.parametrize("fluoride", [0.0, 0.05, 1.0])
def test_calcium_that_leaves_is_five_times_the_mineral_lost(fluoride):
    lesion = cycled_lesion(fluoride, days=7)
    assert lesion.mineral_lost_mol_m2[-1] > 0.01
    assert np.allclose(lesion.calcium_lost_mol_m2, 5.0 * lesion.mineral_lost_mol_m2, rtol=1e-8, atol=1e-12)


def test_constant_acid_moves_a_front_inwards():
    lesion = grow_lesion([(24.0, ACID)] * 20)
    assert np.all(np.diff(lesion.depth_of_front_um) >= 0.0)
    assert lesion.depth_of_front_um[-1] > 2.0 * lesion.depth_of_front_um[1] > 0.0
    assert np.all(np.diff(lesion.loss_vol_percent_um) > 0.0)
    assert np.all(np.diff(lesion.mineral[-1]) >= -1e-9)  # no surface layer by acid alone


def test_cycles_leave_a_surface_layer_over_a_body_and_fluoride_thickens_it():
    plain, little = cycled_lesion(0.0), cycled_lesion(0.05)
    assert little.surface_over_body() >= 10.0
    assert little.surface_over_body() > plain.surface_over_body() + 10.0
    assert little.depth_um[little.mineral[-1].argmin()] > 10.0
    assert little.loss_vol_percent_um[-1] < plain.loss_vol_percent_um[-1]
    assert little.deposit[-1][:5].mean() > little.deposit[-1][50:55].mean()


def test_finer_layers_change_little():
    coarse, fine = cycled_lesion(layers=100), cycled_lesion(layers=200)
    assert coarse.loss_vol_percent_um[-1] == pytest.approx(fine.loss_vol_percent_um[-1], rel=0.005)
    assert coarse.surface_over_body() == pytest.approx(fine.surface_over_body(), abs=0.5)


def test_a_shrinking_core_grows_with_the_root_of_time():
    """Where the reaction is fast the front is sharp: d(depth^2)/dt = 2 D x_eq V / mineral, D that of the empty layer."""
    tissue = replace(default_tissue(), area=1e7, porosity=0.5, mineral_share=0.5, diffusivity=2e-12)
    days = 20
    lesion = grow_lesion([(24.0, ACID)] * days, tissue=tissue, depth_um=150.0, layers=150)
    k = default_constants().as_array()
    x_eq = equilibrium_mmol_l(-LN10 * ACID.ph, ACID.as_array(), 0, k)
    seconds = lesion.time_h * 3600.0
    expected_um = 1e6 * np.sqrt(2.0 * 4e-12 * x_eq * tissue.molar_volume_m3 * seconds / 0.5)
    got_um = lesion.loss_vol_percent_um / 50.0
    assert got_um[5:] == pytest.approx(expected_um[5:], rel=0.03)


def test_a_leaky_lesion_is_the_rate_law_alone():
    """Where diffusion is very fast each layer feels the fluid outside: an ordinary differential equation."""
    tissue = replace(default_tissue(), diffusivity=1e-3)
    fluid = replace(ACID, fluoride_mmol_l=1e-3)
    lesion = grow_lesion([(100.0, fluid)] * 2, tissue=tissue, layers=4)
    k = default_constants().as_array()
    sound = tissue.mineral_share

    def slope(_t, m):
        deficit = 1.0 - m[0] / sound
        at = (10.0 ** (3.0 - fluid.ph), 0.0, 75.0, 0.0, 2.0, 2.0, 1e-3, 0.1)
        return [-tissue.molar_volume_m3 * tissue.area * enamel_flux(*at, deficit, k) * m[0] / sound]

    assert pore_state(-LN10 * fluid.ph, fluid.as_array(), 0.0, k)[2] < 1.0  # nothing forms, so mineral is all old
    end = solve_ivp(slope, (0.0, 200.0 * 3600.0), [sound], rtol=1e-9, atol=1e-12, method="LSODA").y[0, -1]
    assert end < 0.9 * sound
    assert lesion.mineral[-1] == pytest.approx(np.full(4, end), rel=0.03)


def test_pore_fluid_is_electroneutral_and_ends_saturated():
    k = default_constants().as_array()
    outside, fluid = -LN10 * ACID.ph, ACID.as_array()
    x = equilibrium_mmol_l(outside, fluid, 0, k)
    assert x > 0.0
    assert pore_state(outside, fluid, x, k)[0] == pytest.approx(1.0, abs=1e-9)
    assert pore_state(outside, fluid, 0.5 * x, k)[0] < 1.0


def test_a_lesion_can_go_on_and_mends_in_a_supersaturated_fluid():
    first = white_spot(days=3)
    rest = Fluid(ph=7.0, calcium_mmol_l=1.5, phosphate_mmol_l=0.9, fluoride_mmol_l=0.0026)
    mended = grow_lesion([(240.0, rest)], start=first)
    assert mended.loss_vol_percent_um[-1] < 0.9 * first.loss_vol_percent_um[-1]
    assert mended.loss_vol_percent_um[0] == pytest.approx(first.loss_vol_percent_um[-1])


def test_progress_is_told_and_nonsense_refused():
    told: list[float] = []
    grow_lesion([(1.0, ACID)] * 4, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]
    with pytest.raises(ValueError, match="phases of more than 0 h"):
        grow_lesion([(0.0, ACID)])
    with pytest.raises(ValueError, match="at least 4 layers"):
        grow_lesion([(1.0, ACID)], layers=1)
    with pytest.raises(ValueError, match="pH must lie in"):
        Fluid(ph=12.0)


def test_a_time_course_becomes_phases_of_its_means():
    flat = np.ones(3)
    solutes = ("calcium", "phosphate", "lactate", "acetate", "propionate", "fluoride")
    course = dict.fromkeys([f"{name}_mmol_l" for name in solutes], flat)
    phases = phases_of(np.array([0.0, 1.0, 3.0]), np.array([7.0, 5.0, 6.0]), **course)
    assert [(hours, fluid.ph) for hours, fluid in phases] == [(1.0, 6.0), (2.0, 5.5)]
    assert phases[0][1].calcium_mmol_l == 1.0
    with pytest.raises(ValueError, match="rising times"):
        phases_of(np.array([0.0, 0.0, 1.0]), flat, **course)
    with pytest.raises(ValueError, match="must have the shape"):
        phases_of(np.array([0.0, 1.0]), flat, **course)
