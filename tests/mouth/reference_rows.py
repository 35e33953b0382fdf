"""The results of the plaque model's section 8, as printed there, and the case behind each row.

Every row: name, what it changes, lowest pH, its time (min, None = not printed), minutes below 5.5, minute of
return above 6 (infinity = later than the run's 120 min), lactate in the innermost cell at 7 min (mmol/L).
"""

import math
from typing import NamedTuple

NEVER = math.inf
LDH = {"lactate_yield": 0.0, "acetate_yield": 0.6}
HALF_LDH = {"lactate_yield": 1.0, "acetate_yield": 0.3}
ADS72 = {"arginine_mmol_l_h": 72.0, "salivary_arginine_mmol_l": 0.05}
ADS180 = {"arginine_mmol_l_h": 180.0, "salivary_arginine_mmol_l": 0.05}
VEILLONELLA = {"veillonella_mmol_l_h": 108.0}


class Row(NamedTuple):
    name: str
    change: dict[str, float | tuple[float, float]]
    lowest_ph: float
    lowest_at_min: float | None
    below_min: float
    back_min: float
    lactate_mmol_l: float


ROWS = (
    Row("default", {}, 4.94, 15, 25.3, 36.4, 16.0),
    Row("50 um", {"thickness_um": 50.0}, 5.75, None, 0, 13, 6.2),
    Row("100 um", {"thickness_um": 100.0}, 5.20, None, 12, 23, 11.2),
    Row("200 um", {"thickness_um": 200.0}, 4.78, None, 40, 53, 20.7),
    Row("300 um", {"thickness_um": 300.0}, 4.60, None, 74, 90, 29.3),
    Row("500 um", {"thickness_um": 500.0}, 4.46, None, 116, NEVER, 41.6),
    Row("0.8 mm/min", {"film_speed_mm_min": 0.8}, 4.15, None, 116, NEVER, 31),
    Row("2 mm/min", {"film_speed_mm_min": 2.0}, 4.45, None, 104, NEVER, 26),
    Row("4 mm/min", {"film_speed_mm_min": 4.0}, 4.77, None, 43, 57, 20),
    Row("8 mm/min", {"film_speed_mm_min": 8.0}, 5.06, None, 17, 27, 14),
    Row("low flow", {"flow": (0.1, 0.3)}, 4.83, 24, 44, 56, 16.3),
    Row("0.5 % sucrose", {"sugar_mmol_l": 29.2}, 5.36, None, 6, 18, 11.2),
    Row("1 % sucrose", {"sugar_mmol_l": 58.4}, 5.22, None, 11.5, 23, 14.6),
    Row("2 % sucrose", {"sugar_mmol_l": 116.8}, 5.12, None, 16, 27, 15.5),
    Row("5 % sucrose", {"sugar_mmol_l": 292.0}, 5.01, None, 21, 32, 15.9),
    Row("glycolysis x 0.25", {"glycolysis_mmol_l_h": 100.0}, 5.89, None, 0, 20, 5.2),
    Row("glycolysis x 0.5", {"glycolysis_mmol_l_h": 200.0}, 5.40, None, 8, 27, 9.5),
    Row("glycolysis x 1.5", {"glycolysis_mmol_l_h": 600.0}, 4.70, None, 34, 43, 21),
    Row("glycolysis x 2", {"glycolysis_mmol_l_h": 800.0}, 4.55, None, 39, 48, 25),
    Row("LDH-", LDH, 5.87, None, 0, 16, 0),
    Row("half LDH-", HALF_LDH, 5.29, None, 12, 27, 9),
    Row("lowest pH of glycolysis 4.4", {"glycolysis_ph_lowest": 4.4}, 5.03, None, 23, 34, 14.8),
    Row("ADS, salivary arginine", ADS72, 4.94, None, 25, 36, 16.0),
    Row("ADS, 1.5 % arginine in the rinse", {**ADS72, "arginine_mmol_l": 86.0}, 5.09, None, 19.3, 32, 17.0),
    Row("ADS 180, 1.5 % arginine in the rinse", {**ADS180, "arginine_mmol_l": 86.0}, 5.21, None, 12.4, 29, 18.4),
    Row("Veillonella", VEILLONELLA, 4.97, None, 24.4, 36, 14.5),
    Row("fixed buffer 80", {"fixed_buffer_1_mmol_l": 80.0}, 4.73, None, 24, 31, 14.3),
    Row("fixed buffer 240", {"fixed_buffer_1_mmol_l": 240.0}, 5.09, None, 24.3, 40, 17.0),
    Row(
        "caries-free",
        {"glycolysis_mmol_l_h": 200.0, "film_speed_mm_min": 8.0, "glycolysis_ph_lowest": 4.4, **ADS72},
        5.60,
        None,
        0,
        19,
        7.8,
    ),
    Row(
        "caries-active",
        {
            "glycolysis_mmol_l_h": 520.0,
            "thickness_um": 250.0,
            "film_speed_mm_min": 4.0,
            "glycolysis_ph_lowest": 3.8,
        },
        4.34,
        23.5,
        99,
        117,
        36.5,
    ),
)
