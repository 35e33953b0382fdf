"""Saturation against plain formulas written anew, and the rate law at its edges."""

import math

import numpy as np
import pytest

from commensal.mouth.enamel import critical_ph, fluxes, saturations
from commensal.mouth.enamel.constants import default_constants
from commensal.mouth.enamel.rate import enamel_flux

ACIDIFIED = {
    "lactate_mmol_l": 50.0,
    "acetate_mmol_l": 20.0,
    "propionate_mmol_l": 8.0,
    "phosphate_mmol_l": 14.0,
    "ionic_mol_l": 0.2,
}


def log_saturation(ph: float, calcium_mol_l: float, phosphate_mol_l: float, fluoride_mol_l: float, ionic: float):
    """DS of enamel and fluorapatite in logarithms, each species solved from the mass balance of phosphate."""

    def log_gamma(z: int) -> float:
        return -0.51 * z**2 * (ionic**0.5 / (1 + ionic**0.5) - 0.3 * ionic)

    relative = [0.0, ph - 2.15, 2 * ph - 9.36, 3 * ph - 21.56]  # log activity of H3PO4 ... PO4(3-), with H3PO4 at 1
    total = sum(10 ** (a - log_gamma(z)) for z, a in enumerate(relative))
    log_po4 = math.log10(phosphate_mol_l) - math.log10(total) + relative[3]
    log_ca = math.log10(calcium_mol_l) + log_gamma(2)
    hf_by_f = 10 ** (3.17 - ph + log_gamma(1))  # [HF]/[F-]
    log_f = math.log10(fluoride_mol_l / (1 + hf_by_f)) + log_gamma(1)
    common = 5 * log_ca + 3 * log_po4
    return 10 ** ((common + ph - 13.6 + 57.8) / 9), 10 ** ((common + log_f + 60.15) / 9)


@pytest.mark.parametrize("ph", [3.0, 4.5, 5.5, 7.0, 9.0])
def test_saturation_is_that_of_plain_formulas(ph):
    got = saturations(ph, 1.3, 8.0, 0.01, ionic_mol_l=0.12)
    expected = log_saturation(ph, 1.3e-3, 8e-3, 1e-5, 0.12)
    assert np.allclose(got, expected, rtol=1e-10)


@pytest.mark.parametrize(
    ("fluid", "options", "expected"),
    [
        ((0.7, 5.0, 0.04), {}, 5.51),
        ((0.7, 5.0, 0.04), {"pk": 58.5}, 5.41),
        ((0.7, 5.0, 0.04), {"pk": 54.26}, 6.03),
        ((0.3, 2.0, 0.04), {}, 5.95),
        ((1.0, 12.0, 0.15), {}, 5.37),
        ((3.0, 14.0, 0.2), {}, 5.02),
        ((0.7, 5.0, 0.04), {"fluoride_mmol_l": 2.63e-3}, 4.71),
    ],
)
def test_critical_ph_of_the_fluids_of_the_plaque_model(fluid, options, expected):
    assert critical_ph(*fluid, **options) == pytest.approx(expected, abs=0.01)


def test_the_rate_is_that_of_a_white_spot_in_an_acidified_fluid():
    """DS 0.3 is at pH 4.35 here; the scale of the plaque model is 2 to 6e-7 mol/m2/s."""
    assert float(saturations(4.35, 3.0, 14.0, ionic_mol_l=0.2)[0]) == pytest.approx(0.3, abs=0.01)
    assert 2e-7 < float(fluxes(4.35, calcium_mmol_l=3.0, **ACIDIFIED)) < 6e-7


def test_nothing_happens_at_saturation_and_each_side_has_its_sign():
    critical = critical_ph(3.0, 14.0, 0.2)
    at, below, above = fluxes(
        np.array([critical, critical - 0.1, critical + 0.1]), calcium_mmol_l=3.0, deficit_share=0.5, **ACIDIFIED
    )
    assert abs(at) < 1e-18
    assert above < 0.0 < below


def test_sound_enamel_cannot_gain():
    assert float(fluxes(7.0, calcium_mmol_l=3.0, fluoride_mmol_l=0.05, **ACIDIFIED)) == 0.0


@pytest.mark.parametrize("fluoride", [0.0, 1e-4, 5e-3, 0.5])
def test_the_rate_has_no_jumps_and_no_infinities_from_ph_3_to_9(fluoride):
    ph = np.linspace(3.0, 9.0, 6001)
    for calcium, phosphate in ((0.0, 0.0), (0.0, 5.0), (1.0, 0.0), (1.0, 12.0), (-1e-9, -1e-9)):
        fluid = ACIDIFIED | {"phosphate_mmol_l": phosphate}
        rate = fluxes(ph, calcium_mmol_l=calcium, fluoride_mmol_l=fluoride, deficit_share=0.3, **fluid)
        assert np.all(np.isfinite(rate))
        assert np.abs(np.diff(rate)).max() < 0.01 * (np.ptp(rate) + 1e-12)


def test_the_rate_has_no_jump_in_fluoride():
    fluoride = np.concatenate([[-1e-12, 0.0], np.geomspace(1e-9, 100.0, 4000)])
    rate = fluxes(4.5, calcium_mmol_l=3.0, fluoride_mmol_l=fluoride, **ACIDIFIED)
    assert np.abs(np.diff(rate)).max() < 0.01 * rate[0]
    assert np.all(np.diff(rate) <= 1e-20)


def test_the_kernel_and_its_vector_form_are_one_law():
    k = default_constants().as_array()
    one = enamel_flux(10.0**-1.5, 50.0, 20.0, 8.0, 14.0, 3.0, 0.01, 0.2, 0.4, k)
    assert one == float(fluxes(4.5, calcium_mmol_l=3.0, fluoride_mmol_l=0.01, deficit_share=0.4, **ACIDIFIED))


def test_what_is_no_fluid_is_refused():
    with pytest.raises(ValueError, match="pH must lie in 0 to 14"):
        fluxes(15.0)
    with pytest.raises(ValueError, match="must be > 0 mmol/L"):
        critical_ph(0.0, 5.0, 0.04)
