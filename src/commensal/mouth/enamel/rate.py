"""What enamel loses or gains in a fluid: saturation with activities, acids, fluoride (plaque model, section 6).

Scalar kernels for the column and for loops. Symbols: g1, g2, g3 activity coefficients by charge (Davies); a activity;
DS = (a_Ca^5 a_PO4^3 a_X / Ksp)^(1/9), X = OH for enamel, F for fluorapatite. Concentrations in mmol/L, mol/L inside.
All are continuous, bounded for bounded fluids, and take 0 (or a trace below 0) of anything.

Leaves out: ion pairs, carbonate in the mineral, dissolution by water or by mineral acids (next to none without an
organic acid or phosphate).
"""

import math

from commensal.mouth.compiled import bare
from commensal.mouth.enamel.constants import Floats

(
    PK_W, PK_P1, PK_P2, PK_P3, PK_F, PK_LACTIC, PK_ACETIC, PK_PROPIONIC, PK_HA, PK_FA, K_D, ORDER, PHOSPHORIC, K_R,
    MOST, GAIN, HALF, INTO, SLOPE, AT_ONE, CLIP, COVER, WEAKER, FLUORINE,
) = range(24)  # fmt: skip
DAVIES = 0.51
NINTH = 1.0 / 9.0


@bare
def activity_coefficient(charge: float, ionic_mol_l: float) -> float:
    """Davies: log10 g = -0.51 z^2 (sqrt(I)/(1 + sqrt(I)) - 0.3 I)."""
    ionic = max(ionic_mol_l, 0.0)
    root = math.sqrt(ionic)
    return float(10.0 ** (-DAVIES * charge * charge * (root / (1.0 + root) - 0.3 * ionic)))


@bare
def degree_of_saturation(
    h_mmol_l: float, calcium_mmol_l: float, phosphate_mmol_l: float, fluoride_mmol_l: float, ionic_mol_l: float,
    k: Floats,
) -> tuple[float, float]:  # fmt: skip
    """DS of enamel and of fluorapatite; 1 is equilibrium, below 1 the solid dissolves.

    Args:
        h_mmol_l: 1000 x 10^-pH, > 0.
        calcium_mmol_l: free calcium.
        phosphate_mmol_l: total phosphate.
        fluoride_mmol_l: total fluoride.
        ionic_mol_l: ionic strength, mol/L (saliva 0.04, plaque fluid 0.15-0.2).
        k: `EnamelConstants.as_array()`.
    """
    h = 1e-3 * h_mmol_l
    g1 = activity_coefficient(1.0, ionic_mol_l)
    g2 = activity_coefficient(2.0, ionic_mol_l)
    g3 = activity_coefficient(3.0, ionic_mol_l)
    k1, k2, k3 = 10.0 ** -k[PK_P1], 10.0 ** -k[PK_P2], 10.0 ** -k[PK_P3]
    calcium = g2 * 1e-3 * max(calcium_mmol_l, 0.0)
    total = 1e-3 * max(phosphate_mmol_l, 0.0)
    kf = 10.0 ** -k[PK_F]
    phosphate = total * k1 * k2 * k3 / (h * h * h + k1 * h * h / g1 + k1 * k2 * h / g2 + k1 * k2 * k3 / g3)
    common = calcium**5 * phosphate**3
    hydroxide = 10.0 ** -k[PK_W] / h
    fluoride = 1e-3 * max(fluoride_mmol_l, 0.0) * kf / (h + kf / g1)
    enamel = (common * 10.0 ** k[PK_HA] * hydroxide) ** NINTH
    fluorapatite = (common * 10.0 ** k[PK_FA] * fluoride) ** NINTH
    return enamel, fluorapatite


@bare
def acid_activity_mmol_l(
    h_mmol_l: float, lactate_mmol_l: float, acetate_mmol_l: float, propionate_mmol_l: float, phosphate_mmol_l: float,
    ionic_mol_l: float, k: Floats,
) -> float:  # fmt: skip
    """Activity of undissociated lactic, acetic and propionic acid, and of H2PO4- at its small share, mmol/L."""
    h = 1e-3 * h_mmol_l
    g1 = activity_coefficient(1.0, ionic_mol_l)
    g2 = activity_coefficient(2.0, ionic_mol_l)
    k1, k2 = 10.0 ** -k[PK_P1], 10.0 ** -k[PK_P2]
    organic = (
        max(lactate_mmol_l, 0.0) * h / (h + 10.0 ** -k[PK_LACTIC] / g1)
        + max(acetate_mmol_l, 0.0) * h / (h + 10.0 ** -k[PK_ACETIC] / g1)
        + max(propionate_mmol_l, 0.0) * h / (h + 10.0 ** -k[PK_PROPIONIC] / g1)
    )
    dihydrogen = max(phosphate_mmol_l, 0.0) * k1 * h / (h * h + k1 * h / g1 + k1 * k2 / g2)
    return float(organic + k[PHOSPHORIC] * dihydrogen)


@bare
def fluoride_reduction(fluoride_mmol_l: float, k: Floats) -> float:
    """Share by which fluoride in acid alone slows dissolution: slope ln(F in mg/L) + at 1 mg/L, 0 to 0.99."""
    ppm = max(fluoride_mmol_l, 0.0) * k[FLUORINE]
    if ppm <= 1e-9:
        return 0.0
    return float(min(max(k[SLOPE] * math.log(ppm) + k[AT_ONE], 0.0), k[CLIP]))


@bare
def net_rate(
    ds_enamel: float, ds_fluorapatite: float, acid_mmol_l: float, fluoride_mmol_l: float, deficit_share: float,
    k: Floats,
) -> tuple[float, float]:  # fmt: skip
    """Dissolution and remineralisation, both >= 0, mol of Ca5(PO4)3OH per m2 s.

    Dissolution k_d A (1 - DS)^n, slowed by fluoride in two ways: in the acid (`fluoride_reduction`), and by a cover of
    fluorapatite x/(1 + x), x = coverage F (DS_FA - 1), where that is supersaturated. In a lesion both are weaker.
    Remineralisation k_r s (1 + a F/(F + K)) deficit, s = (DS - 1) bounded, DS of the mixed mineral that forms,
    whose share of fluorapatite grows as F/(F + K).
    """
    deficit = min(max(deficit_share, 0.0), 1.0)
    ppm = max(fluoride_mmol_l, 0.0) * k[FLUORINE]
    weaker = 1.0 + k[WEAKER] * deficit
    dissolved = 0.0
    if ds_enamel < 1.0:
        cover = k[COVER] * ppm * max(ds_fluorapatite - 1.0, 0.0) / weaker
        slowed = (1.0 - fluoride_reduction(fluoride_mmol_l, k) / weaker) / (1.0 + cover)
        dissolved = k[K_D] * acid_mmol_l * (1.0 - ds_enamel) ** k[ORDER] * slowed
    half = ppm / (ppm + k[HALF])
    into = k[INTO] * half
    mixed = ds_enamel
    if into > 0.0:
        mixed = ds_enamel ** (1.0 - into) * ds_fluorapatite**into
    over = max(mixed - 1.0, 0.0)
    over /= 1.0 + over / k[MOST]
    return dissolved, k[K_R] * over * (1.0 + k[GAIN] * half) * deficit


@bare
def enamel_flux(
    h_mmol_l: float, lactate_mmol_l: float, acetate_mmol_l: float, propionate_mmol_l: float, phosphate_mmol_l: float,
    calcium_mmol_l: float, fluoride_mmol_l: float, ionic_mol_l: float, deficit_share: float, k: Floats,
) -> float:  # fmt: skip
    """Net loss of mineral, mol of Ca5(PO4)3OH per m2 of tooth and s; < 0 is remineralisation.

    Each unit lost gives the fluid 5 Ca, 3 total phosphate and a strong charge of +10 (2 for each Ca; phosphate counts
    uncharged). Without fluoride it is 0 at DS = 1.

    Args:
        h_mmol_l: 1000 x 10^-pH, > 0; meant for pH 3 to 9.
        lactate_mmol_l: total; so are acetate, propionate, phosphate and fluoride.
        acetate_mmol_l: total.
        propionate_mmol_l: total.
        phosphate_mmol_l: total.
        calcium_mmol_l: free.
        fluoride_mmol_l: total.
        ionic_mol_l: ionic strength, mol/L.
        deficit_share: mineral lost so far over the most that counts (dZ/dZ_max), 0 (sound) to 1.
        k: `EnamelConstants.as_array()`.
    """
    enamel, fluorapatite = degree_of_saturation(
        h_mmol_l, calcium_mmol_l, phosphate_mmol_l, fluoride_mmol_l, ionic_mol_l, k
    )
    acid = acid_activity_mmol_l(
        h_mmol_l, lactate_mmol_l, acetate_mmol_l, propionate_mmol_l, phosphate_mmol_l, ionic_mol_l, k
    )
    lost, gained = net_rate(enamel, fluorapatite, acid, fluoride_mmol_l, deficit_share, k)
    return lost - gained
