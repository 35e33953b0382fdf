"""What crosses the surface: nothing at saturation, more with more acid, less with fluoride, back where it is missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commensal.mouth.acid_base import AcidConstants
from commensal.mouth.enamel.constants import enamel_constants
from commensal.mouth.enamel.front import dissolved_by, mineral_lost
from commensal.mouth.enamel.rate import enamel_rate
from commensal.mouth.enamel.saturation import critical_ph
from commensal.mouth.enamel.surface import Enamel
from commensal.mouth.parameters import load

ACID = AcidConstants.of(load()).as_array()
K = enamel_constants(ionic_strength=0.2)


def rate(ph, lactate=20.0, acetate=20.0, phosphate=14.0, calcium=3.0, fluoride=0.0, deficit=0.5):
    h = 10.0 ** (3.0 - ph)
    return enamel_rate(h, lactate, acetate, 0.0, phosphate, calcium, fluoride, deficit, K, ACID)


def test_nothing_crosses_at_the_critical_ph_and_no_jump_is_there():
    at = critical_ph(3.0, 14.0, 0.2)
    assert rate(at - 0.05) > 0.0 > rate(at + 0.05)
    assert abs(rate(at - 1e-4)) < 1e-4 * rate(4.5)
    assert abs(rate(at + 1e-4)) < 1e-4 * rate(4.5)


def test_it_dissolves_at_the_rate_that_was_stated_for_acidified_plaque_fluid():
    assert 1e-7 < rate(4.5) < 3e-6  # the range of the plaque model


def test_sound_enamel_takes_nothing_back_and_a_lesion_in_proportion():
    assert rate(7.0, deficit=0.0) == 0.0
    assert rate(7.0, deficit=0.8) == pytest.approx(2.0 * rate(7.0, deficit=0.4))
    assert rate(7.0, fluoride=0.05 / 19.0) == pytest.approx(2.5 * rate(7.0))


def test_fluoride_slows_dissolution_by_the_law_that_was_seen_where_no_mineral_ion_is():
    bare = rate(4.0, 0.0, 16.7, 0.0, 0.0)
    for ppm in (0.2, 1.0, 10.0, 1000.0):
        left = rate(4.0, 0.0, 16.7, 0.0, 0.0, ppm / 19.0) / bare
        assert 100.0 * (1.0 - left) == pytest.approx(7.93 * np.log(ppm) + 35.5, abs=0.01)


@given(st.floats(3.0, 9.0), *(st.floats(0.0, most) for most in (100.0, 100.0, 50.0, 20.0, 50.0)), st.floats(-0.1, 1.5))
def test_it_is_finite_whatever_the_fluid(ph, lactate, acetate, phosphate, calcium, fluoride, deficit):
    assert np.isfinite(rate(ph, lactate, acetate, phosphate, calcium, fluoride, deficit))


def test_a_lesion_grows_with_the_root_of_time_once_diffusion_rules():
    lost = [mineral_lost(55.5, 4.0, days) for days in (100.0, 400.0, 1600.0)]
    assert lost[2] / lost[1] == pytest.approx(2.0, rel=0.03)
    assert mineral_lost(55.5, 4.0, 1e-3) / mineral_lost(55.5, 4.0, 5e-4) == pytest.approx(2.0, rel=0.05)


def test_stronger_acid_dissolves_more():
    assert dissolved_by(55.5, 4.0, 0.1) > dissolved_by(55.5, 4.8, 0.1) > dissolved_by(10.0, 4.8, 0.1) > 0.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Enamel(deficit_vol_percent_um=4000.0), "deficit_vol_percent_um must be 0 to 3000 vol%.um, got 4000"),
        (lambda: Enamel(deficit_vol_percent_um=float("nan")), "deficit_vol_percent_um must be"),
        (lambda: Enamel(changes={"dissolution": 1.0}), "dissolution must be 2e-08 to 5e-07"),
        (lambda: Enamel(changes={"hardness": 1.0}), "expected numbers of enamel.csv"),
        (lambda: mineral_lost(0.0, 4.0, 21.0), "expected lactate > 0 mmol/L"),
        (lambda: mineral_lost(50.0, 4.0, 0.0), "days must be > 0"),
    ],
)
def test_enamel_that_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
