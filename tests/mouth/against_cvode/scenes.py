"""Twenty-four different sites, and three days of meals, sips, sticky food, gum, a rinse and sleep."""

from dataclasses import dataclass, replace

from commensal.mouth import Day, Intake, Mouth, Site
from commensal.mouth.community import Community

DAYS = 3
DAY = Day(
    intakes=(
        Intake(name="breakfast", at_min=450.0, duration_min=12.0, how="meal", sugar_percent_w_v=3.0),
        Intake(name="sweet coffee", at_min=560.0, duration_min=30.0, how="sip", sugar_percent_w_v=4.0),
        Intake(name="toffee", at_min=660.0, duration_min=8.0, how="sticky", sugar_percent_w_v=20.0),
        Intake(name="lunch", at_min=750.0, duration_min=20.0, how="meal", sugar_percent_w_v=1.5),
        Intake(name="sugar-free gum", at_min=790.0, duration_min=15.0, how="gum", sugar_mmol_l=0.0),
        Intake(name="gum", at_min=900.0, duration_min=15.0, how="gum", sugar_percent_w_v=10.0),
        Intake(name="lemonade", at_min=990.0, duration_min=5.0, how="drink", sugar_percent_w_v=10.0),
        Intake(name="biscuit", at_min=1050.0, duration_min=4.0, how="snack", sugar_percent_w_v=5.0),
        Intake(name="dinner", at_min=1140.0, duration_min=30.0, how="meal", sugar_percent_w_v=2.0),
        Intake(
            name="arginine rinse", at_min=1260.0, duration_min=1.0, how="rinse", sugar_mmol_l=0.0, arginine_mmol_l=50.0
        ),
    ),
    begin_min=420.0,
    end_min=1860.0,
    asleep_min=1380.0,
)
MORNING = Day(
    intakes=(
        Intake(name="sweet coffee", at_min=425.0, duration_min=5.0, how="sip", sugar_percent_w_v=4.0),
        Intake(name="rinse", at_min=440.0, duration_min=1.0, how="rinse", sugar_mmol_l=100.0, arginine_mmol_l=20.0),
        Intake(name="bread", at_min=480.0, duration_min=6.0, how="meal", sugar_percent_w_v=2.0),
    ),
    begin_min=420.0,
    end_min=600.0,
    asleep_min=570.0,
)


@dataclass(frozen=True)
class Place:
    name: str
    site: Site
    mouth: Mouth


def mouth(**extra: float) -> Mouth:
    """A mouth whose salivas hold more of something."""
    plain = Mouth()
    return replace(plain, rest=replace(plain.rest, **extra), stimulated=replace(plain.stimulated, **extra))


def shape(thickness: float, speed: float, length: float = 6.0) -> dict[str, float]:
    return {"thickness_um": thickness, "film_speed_mm_min": speed, "crossing_length_mm": length}


RICH = {"ammonium_mmol_l": 2.0, "urea_mmol_l": 3.0, "arginine_mmol_l": 0.05, "nitrate_mmol_l": 0.3}
AERATED = {"oxygen_mmol_l": 0.2, "ammonium_mmol_l": 1.0}
EVERYTHING = RICH | AERATED | {"fluoride_mmol_l": 0.001, "calcium_mmol_l": 0.7}
COMMUNITIES = {
    "usual": Community.usual(),
    "mutans": Community.usual(mutans=0.3),
    "lactobacilli": Community.usual(mutans=0.15, lactobacilli=0.2),
    "arginolytic": Community.usual(arginolytic=0.4, mutans=0.002),
    "hungry": Community(shares=Community.usual().shares, changes={"mitis.q_sugar": 12.0, "arginolytic.q_sugar": 9.0}),
    "mutacin": Community(shares=Community.usual(mutans=0.2).shares, changes={"mutans.q_mutacin": 0.0003}),
    "four": Community(shares={"mutans": 0.1, "mitis": 0.5, "actinomyces": 0.25, "veillonella": 0.15}),
}
OF_TEN = (
    ("usual, as it comes", "usual", shape(150, 6.0), {}),
    ("thin, fast film", "usual", shape(40, 8.0), {}),
    ("thick, slow film", "usual", shape(300, 0.8), RICH),
    ("very thick", "usual", shape(500, 4.0, 3.0), {}),
    ("long film", "usual", shape(120, 2.0, 10.0), RICH),
    ("short film", "usual", shape(200, 3.0, 2.0), AERATED),
    ("mutans", "mutans", shape(180, 2.0), {}),
    ("mutans, thin", "mutans", shape(60, 1.6), RICH),
    ("mutans, thick", "mutans", shape(350, 5.0), EVERYTHING),
    ("lactobacilli", "lactobacilli", shape(220, 1.0), {}),
    ("lactobacilli, fast film", "lactobacilli", shape(90, 7.0), RICH),
    ("arginine users", "arginolytic", shape(150, 4.0), RICH),
    ("arginine users, thick", "arginolytic", shape(280, 2.0), EVERYTHING),
    ("hungry", "hungry", shape(150, 3.0), {}),
    ("hungry, in air", "hungry", shape(70, 5.0), AERATED),
    ("mutacin", "mutacin", shape(130, 4.0), RICH),
    ("all that saliva holds", "usual", shape(100, 6.0), EVERYTHING),
    ("in air, slow film", "usual", shape(240, 1.2), AERATED),
)
LUMPED = (
    ("lumped", {}, {}),
    ("lumped, own acid", {"endogenous_acid_mmol_l_h": 27.0}, {}),
    ("lumped, Veillonella", {"veillonella_mmol_l_h": 108.0, "endogenous_acid_mmol_l_h": 27.0}, {}),
    ("lumped, arginine users", {"arginine_mmol_l_h": 72.0, "endogenous_acid_mmol_l_h": 27.0}, RICH),
    ("lumped, second buffer", {"fixed_buffer_2_mmol_l": 20.0, "thickness_um": 300.0, "film_speed_mm_min": 2.0}, {}),
    ("lumped, acetate", {"lactate_yield": 1.0, "acetate_yield": 1.0, "thickness_um": 80.0}, {}),
)
PLACES = [
    *(Place(name, Site(community=COMMUNITIES[who], **where), mouth(**saliva)) for name, who, where, saliva in OF_TEN),
    *(Place(name, Site(**change), mouth(**saliva)) for name, change, saliva in LUMPED),
]
FOUR = Place(
    "four guilds", Site(community=COMMUNITIES["four"], **shape(120, 3.0)), mouth(**AERATED, nitrate_mmol_l=0.3)
)
