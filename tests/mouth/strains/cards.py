"""Cards for tests: the one of the specification, and the least that can be read."""

import re
from pathlib import Path

SPEC = Path(__file__).parents[3] / "docs" / "specs" / "strain-card.md"
FULL = re.search(r"^```toml\n(.*?)^```", SPEC.read_text(encoding="utf-8"), re.M | re.S)[1]
EVIDENCE = '\n[[evidence]]\ntext = "none"\nsource = "a test"\nmark = "seen"\n'


def least(id: str = "plain", parent: str = "mutans", top: str = "", more: str = "") -> str:  # noqa: A002
    """A card with nothing in it that need not be there."""
    head = f'format = "commensal.strain-card/1"\nid = "{id}"\nname = "plain"\nparent = "{parent}"\n'
    return f"{head}is_engineered = false\n{top}{EVIDENCE}{more}"


def figure(name: str, value: object, unit: str, low: object = None, high: object = None) -> str:
    low, high = (value if low is None else low), (value if high is None else high)
    return (
        f'\n[[parameter]]\nname = "{name}"\nvalue = {value}\nunit = "{unit}"\nlow = {low}\nhigh = {high}\n'
        'source = "a test"\nmark = "calibrated"\n'
    )
