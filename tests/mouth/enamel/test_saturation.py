"""Saturation with enamel: the plaque model's own figures, a second way to the same number, and where it ends."""

import math

import pytest

from commensal.mouth.enamel.constants import enamel_constants, vol_percent_um
from commensal.mouth.enamel.saturation import critical_ph, saturation_enamel, saturation_fluorapatite


@pytest.mark.parametrize(
    ("calcium", "phosphate", "ionic", "changes", "expected"),
    [
        (0.7, 5.0, 0.04, {}, 5.51),
        (0.7, 5.0, 0.04, {"pk_enamel": 58.5}, 5.41),
        (0.7, 5.0, 0.04, {"pk_enamel": 54.26}, 6.03),
        (0.3, 2.0, 0.04, {}, 5.95),
        (1.0, 12.0, 0.15, {}, 5.37),
        (3.0, 14.0, 0.2, {}, 5.02),
        (0.7, 5.0, 0.04, {"fluoride_mmol_l": 2.63e-3}, 4.71),
    ],
)
def test_critical_ph_is_that_of_the_plaque_model(calcium, phosphate, ionic, changes, expected):
    assert critical_ph(calcium, phosphate, ionic, **changes) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize("ph", [4.0, 5.5, 7.0, 8.5])
def test_saturation_is_what_one_gets_species_by_species(ph):
    calcium, phosphate, fluoride, ionic = 1.2, 9.0, 0.01, 0.15
    gamma = {
        z: 10.0 ** (-0.51 * z * z * (math.sqrt(ionic) / (1.0 + math.sqrt(ionic)) - 0.3 * ionic)) for z in (1, 2, 3)
    }
    a_h = 10.0**-ph
    k1, k2, k3 = 10.0**-2.15, 10.0**-7.21, 10.0**-12.20
    # [H3PO4] : [H2PO4-] : [HPO4 2-] : [PO4 3-], each from the one before it by its own constant.
    shares = [1.0]
    for constant, (from_z, to_z) in zip((k1, k2, k3), ((0, 1), (1, 2), (2, 3)), strict=True):
        shares.append(shares[-1] * constant / a_h * (gamma[from_z] if from_z else 1.0) / gamma[to_z])
    po4 = gamma[3] * 1e-3 * phosphate * shares[3] / sum(shares)
    product = (gamma[2] * 1e-3 * calcium) ** 5 * po4**3
    f = gamma[1] * 1e-3 * fluoride * 10.0**-3.17 / (10.0**-3.17 + a_h)
    k = enamel_constants(ionic_strength=ionic)
    expected = (product * 10.0 ** (ph - 13.6) * 10.0**57.8) ** (1 / 9)
    assert saturation_enamel(1e3 * a_h, calcium, phosphate, k) == pytest.approx(expected, rel=1e-9)
    expected = (product * f * 10.0**60.15) ** (1 / 9)
    assert saturation_fluorapatite(1e3 * a_h, calcium, phosphate, fluoride, k) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("calcium", "phosphate"), [(0.0, 5.0), (1.0, 0.0), (-1.0, 5.0), (float("nan"), 5.0)])
def test_without_calcium_or_phosphate_nothing_is_saturated(calcium, phosphate):
    assert saturation_enamel(1e-3, calcium, phosphate, enamel_constants()) == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 5.0, 0.04), "calcium and phosphate must be > 0 mmol/L, got 0.0 and 5.0"),
        ((1.0, 5.0, float("nan")), "ionic_mol_l must be 0 to 0.5 mol/L"),
        ((1e-9, 1e-9, 0.04), "just saturated at no pH of 2 to 11"),
    ],
)
def test_a_fluid_without_critical_ph_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        critical_ph(*arguments)


def test_a_volume_percent_micrometre_is_a_hundredth_of_a_micrometre_of_mineral():
    metres = 1000.0 * 0.01e-6  # of solid mineral
    assert vol_percent_um(metres * 3.15e6 / 502.3) == pytest.approx(1000.0)
