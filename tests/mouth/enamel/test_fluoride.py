"""Fluoride in saliva: what is said of it, and that the stores give a washed mouth exactly that course."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from commensal.mouth.enamel.fluoride import PRODUCTS, fluoride_course, fluoride_stores


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_washed_mouth_with_the_stores_follows_the_course(product):
    flow_ml_min, volume_ml = 0.4, 1.0
    stores = fluoride_stores(product, flow_ml_min, volume_ml)

    def slopes(_t, y):
        mouth, fast, slow = y
        given = stores.fast_per_s * fast + stores.slow_per_s * slow
        return [given / (volume_ml * 1e-3) - flow_ml_min / volume_ml / 60.0 * mouth, -stores.fast_per_s * fast,
                -stores.slow_per_s * slow]  # fmt: skip

    minutes = np.array([0.0, 3.0, 10.0, 40.0, 120.0])
    start = [stores.set_mmol_l, stores.fast_mmol, stores.slow_mmol]
    got = solve_ivp(slopes, (0.0, 7200.0), start, t_eval=minutes * 60.0, rtol=1e-9, atol=1e-14).y[0] * 18.998
    assert np.allclose(got, fluoride_course(product).saliva_mg_l(minutes), rtol=1e-5)


def test_the_late_slope_is_the_slow_half_time_and_the_early_one_the_fast():
    course = fluoride_course("paste_1450")
    late = course.saliva_mg_l(np.array([300.0, 380.0]))
    early = course.saliva_mg_l(np.array([0.0, 7.0]))
    assert late[1] / late[0] == pytest.approx(0.5, abs=1e-3)
    assert early[1] / early[0] == pytest.approx(0.5, abs=0.02)


def test_varnish_lasts_longer_and_a_stronger_paste_leaves_more():
    at_4_h = {product: float(fluoride_course(product).saliva_mg_l(240.0)) for product in PRODUCTS}
    assert at_4_h["varnish_22600"] > at_4_h["paste_5000"] > at_4_h["paste_1450"] > at_4_h["water_1"] > 0.0


def test_a_mouth_too_dry_to_wash_needs_no_stores():
    stores = fluoride_stores("paste_1450", 0.0, 1.0)
    assert stores.fast_mmol == stores.slow_mmol == 0.0


def test_what_is_no_product_time_or_mouth_is_refused():
    with pytest.raises(ValueError, match="expected one of paste_1450"):
        fluoride_course("paste")
    with pytest.raises(ValueError, match="must be >= 0 min"):
        fluoride_course("paste_1450").saliva_mg_l(-1.0)
    with pytest.raises(ValueError, match="volume > 0 mL"):
        fluoride_stores("paste_1450", 0.4, 0.0)
