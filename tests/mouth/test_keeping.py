"""Results on disk are the arrays that were computed, in either format, and digests tell one bit from another."""

import numpy as np
import pytest
import xarray as xr

from commensal.mouth.keeping import FileFormat, array_sha256, arrays_of, file_sha256, keep, open_kept


def some_results() -> xr.Dataset:
    chance = np.random.default_rng(3)
    ph = chance.uniform(4.0, 7.0, (2, 700, 5))
    ph[0, 0, 0] = np.nan
    ph[0, 1, 0] = -0.0
    return xr.Dataset(
        {"ph": (("site", "time", "node"), ph, {"units": "pH", "mark": "recalled"}), "lowest_ph": ("site", [4.1, 5.2])},
        {
            "site": ["oben – Lippe", "bas"],
            "time": ("time", np.arange(700.0), {"units": "min after midnight"}),
            "node_kind": ("node", ["plaque", "plaque", "plaque", "film", "mouth"]),
        },
        {"title": "Prüfung", "steps": 12, "largest_relative_residual": 1e-15},
    )


@pytest.mark.parametrize("file_format", FileFormat)
def test_what_is_kept_comes_back_bit_for_bit_with_units_and_marks(tmp_path, file_format):
    data = some_results()
    name = keep(data, tmp_path, file_format)
    back = open_kept(tmp_path / name)
    assert arrays_of(back) == arrays_of(data)
    assert np.signbit(back["ph"].values[0, 1, 0])
    assert back["ph"].attrs == {"units": "pH", "mark": "recalled"}
    assert {key: back.attrs[key] for key in data.attrs} == data.attrs


@pytest.mark.parametrize("file_format", FileFormat)
def test_the_same_results_make_the_same_bytes(tmp_path, file_format):
    digests = set()
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        digests.add(file_sha256(tmp_path / place / keep(some_results(), tmp_path / place, file_format)))
    assert len(digests) == 1


def test_netcdf_is_read_by_a_plain_hdf5_reader(tmp_path):
    import h5py

    keep(some_results(), tmp_path, FileFormat.NETCDF)
    with h5py.File(tmp_path / "course.nc") as opened:
        assert opened["ph"].attrs["units"] == "pH"
        assert np.array_equal(opened["ph"][()], some_results()["ph"].values, equal_nan=True)


def test_a_digest_sees_one_bit_a_shape_and_a_kind_of_number():
    ones = np.ones(6)
    one_bit = ones.copy()
    one_bit[3] = np.nextafter(1.0, 2.0)
    others = [one_bit, ones.reshape(2, 3), ones.astype(np.float32), -ones, np.array(["1.0"] * 6)]
    digests = {array_sha256(array) for array in [ones, *others]}
    assert len(digests) == 6
    assert array_sha256(ones[::-1]) == array_sha256(ones)
    assert array_sha256(ones.astype(">f8")) == array_sha256(ones)
    assert array_sha256(np.array(["ab", "c"])) != array_sha256(np.array(["a", "bc"]))


def test_a_folders_digest_is_what_sha256sum_makes_of_it(tmp_path):
    import hashlib

    (tmp_path / "z" / "b").mkdir(parents=True)
    (tmp_path / "z" / "b" / "2").write_text("two")
    (tmp_path / "z" / "a").write_text("one")
    lines = f"{hashlib.sha256(b'one').hexdigest()}  a\n{hashlib.sha256(b'two').hexdigest()}  b/2\n"
    assert file_sha256(tmp_path / "z") == hashlib.sha256(lines.encode()).hexdigest()
