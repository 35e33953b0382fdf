"""The door is small and light: a researcher who wants plaque gets plaque only."""

import os
import subprocess
import sys

import numpy as np
import pytest

import commensal.mouth
from commensal.seeds import latin_hypercube, stream
from commensal.units import SCALE, convert

HEAVY = ("sqlalchemy", "cryptography", "starlette", "fastapi", "jinja2", "cedarpy", "cbor2", "xarray")


def python(code: str, **environment: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | environment
    ).stdout.strip()


def test_the_door_has_at_most_a_dozen_names_and_all_are_documented():
    assert len(commensal.mouth.__all__) <= 12
    assert all(getattr(commensal.mouth, name).__doc__ for name in commensal.mouth.__all__)


def test_importing_the_mouth_loads_no_database_cryptography_web_or_labels():
    loaded = python("import commensal.mouth, sys; print(*sys.modules)").split()
    assert not [name for name in HEAVY if name in loaded]


def test_importing_the_mouth_compiles_nothing():
    code = "import commensal.mouth, commensal.mouth.column.march as m; print(len(m.march.signatures))"
    assert python(code) == "0"


def test_without_a_writable_home_the_kernels_are_still_there():
    code = "from commensal.mouth.compiled import CAN_CACHE; import commensal.mouth; print(CAN_CACHE)"
    unset = {"NUMBA_CACHE_DIR": "", "XDG_CACHE_HOME": "/dev/null/nowhere", "HOME": "/dev/null"}
    assert python(code, **unset) == "False"


def test_the_cache_folder_is_named_after_what_the_kernels_say(tmp_path):
    code = "import numba, commensal.mouth; print(numba.config.CACHE_DIR)"
    folder = python(code, NUMBA_CACHE_DIR="", XDG_CACHE_HOME=str(tmp_path))
    assert folder.startswith(str(tmp_path / "commensal" / "numba"))


def test_a_stream_is_the_same_for_the_same_seed_and_name_only():
    draws = [stream(1, "a").random(4), stream(1, "a").random(4), stream(2, "a").random(4), stream(1, "b").random(4)]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    assert not np.array_equal(draws[0], draws[3])
    with pytest.raises(ValueError, match="seed must be >= 0, got -1"):
        stream(-1, "a")
    with pytest.raises(ValueError, match="a stream needs a name"):
        stream(1, "")


def test_a_latin_hypercube_has_one_point_in_every_slice_of_every_variable():
    points = latin_hypercube(24, 4, stream(7, "test"))
    assert points.shape == (24, 4)
    assert (np.sort(np.floor(24 * points), axis=0) == np.arange(24)[:, None]).all()
    with pytest.raises(ValueError, match="must be >= 1"):
        latin_hypercube(0, 4, stream(7, "test"))


def test_units_convert_within_their_dimension_only():
    assert convert(2.0, "mm/min", "mm/min") == 2.0
    assert convert(1.0, "h", "s") == 3600.0
    assert convert(400.0, "mmol/L/h", "mmol/L/s") == pytest.approx(1 / 9)
    with pytest.raises(ValueError, match="expected a unit of length"):
        convert(1.0, "um", "min")
    with pytest.raises(ValueError, match="expected one of the units"):
        convert(1.0, "ell", "m")
    assert all(factor > 0.0 for _, factor in SCALE.values())
