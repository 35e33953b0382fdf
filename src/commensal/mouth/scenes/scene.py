"""A scene: which sites, whose mouth, what day, and how to run them; what a scene file says, checked."""

from dataclasses import dataclass

from commensal.mouth.community import MATRIX
from commensal.mouth.day import Day
from commensal.mouth.foods import Food
from commensal.mouth.groups import SiteGroup
from commensal.mouth.parameters import Parameter
from commensal.mouth.processes.table import load_guilds
from commensal.mouth.products import Product
from commensal.mouth.saliva import Mouth
from commensal.mouth.site import Site
from commensal.provenance import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSite:
    """One site of a scene; `given` are the fields that the scene itself set, which carry no mark of ours."""

    id: str
    site: Site
    group: SiteGroup | None
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a scene is run; None is the table's or the program's own choice."""

    every_s: float
    """Time between samples, s."""
    layers: int | None = None
    tolerance: float | None = None
    threshold_ph: float | None = None
    days: int = 1
    """How often the day is lived, one after the other."""
    seed: int = 0
    """Kept in the manifest; today nothing in a run is left to chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a scene file says, checked; `text` is the file itself, from which `read_text` makes the same again."""

    file: str
    """The file's name, without its folder."""
    text: str
    title: str
    sites: tuple[NamedSite, ...]
    mouth: Mouth
    mouth_given: tuple[str, ...]
    day: Day
    foods: tuple[Food | None, ...]
    """For each intake of the day, the row of `data/foods.csv` its sugar came from."""
    products: tuple[Product | None, ...]
    """For each exposure of the day, the row of `data/products.csv` it is."""
    options: Options

    @property
    def marks(self) -> list[Mark]:
        """Marks of what the scene took from tables: groups, guilds, foods, products. What it gives itself has none."""
        groups = [named.group.mark for named in self.sites if named.group is not None]
        foods = [food.mark for food in self.foods if food is not None]
        products = [product.mark for product in self.products if product is not None]
        return groups + foods + products + [row.mark for row in self.guild_parameters]

    @property
    def guild_parameters(self) -> list[Parameter]:
        """Every figure of `data/guilds.csv` that a community of this scene rests on."""
        communities = [named.site.community for named in self.sites if named.site.community is not None]
        guilds = {guild for community in communities for guild in (*community.shares, MATRIX)}
        return [row for name, row in load_guilds().items() if name.partition(".")[0] in guilds]
