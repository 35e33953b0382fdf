"""Kernels just compiled and kernels out of the cache give the same bits."""

import pytest

from tests.cli.test_commands import commensal
from tests.mouth.scenes.small import EXAMPLES


@pytest.mark.long
def test_the_first_run_after_a_change_is_replayed_bit_for_bit(tmp_path):
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = commensal("mouth", "run", EXAMPLES / "rinse.toml", "--out", tmp_path / "run", "--pictures", "none", **cache)
    assert first.returncode == 0, first.stderr
    again = commensal("mouth", "replay", tmp_path / "run", **cache)
    assert again.stdout.endswith("as they were written.\n")
