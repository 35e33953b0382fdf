"""Where the real data from outside is, and what happens when it is not there."""

import os
from pathlib import Path

import pytest


def data_dir(*parts: str) -> Path:
    """A file or folder of the shared data; the test skips by name without it, or fails where it is required."""
    root = Path(os.environ.get("COMMENSAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    path = root.joinpath(*parts)
    if not path.exists():
        message = f"needs {'/'.join(parts) or 'the shared data'}: set COMMENSAL_DATA to the data folder"
        if os.environ.get("COMMENSAL_REQUIRE_DATA") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return path
