"""A scene that runs in a moment, for tests that need one."""

from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "examples" / "mouth"

SMALL = """\
format = "commensal.mouth-scene/1"
title = "Small"

[run]
every_s = 60
layers = 4
seed = 7

[day]
begins = "00:00"
ends = "00:20"

[[intake]]
at = "00:00"
what = "10 % sucrose"
how = "rinse"
duration_min = 1
sugar_percent_w_v = 10

[[intake]]
at = "00:10"
what = "cola"
duration_min = 2

[[site]]
id = "usual"

[[site]]
group = "lower-back-biting"
"""


def changed(old: str, new: str) -> str:
    """The small scene with one thing changed."""
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)
