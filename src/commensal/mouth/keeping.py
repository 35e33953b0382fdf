"""Results as files: one NetCDF or one Zarr, every array bit for bit, and digests that tell when one has changed.

Neither format is given a time or a name of the machine: the same results make the same bytes.
"""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

PACKED_FROM = 1024
"""Arrays with at least so many values are compressed (without loss)."""


class FileFormat(StrEnum):
    """How results are written: NETCDF is one file (NetCDF 4), ZARR a folder (Zarr 2) that many may read at once."""

    NETCDF = "netcdf"
    ZARR = "zarr"

    @property
    def file(self) -> str:
        """The name results have in this format."""
        return "course.nc" if self is FileFormat.NETCDF else "course.zarr"


def keep(data: "xr.Dataset", folder: Path, file_format: FileFormat) -> str:
    """Writes a course's arrays into a folder; the name of what was written.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / file_format.file
    if file_format is FileFormat.NETCDF:
        packed = {"zlib": True, "complevel": 4, "shuffle": True}
        encoding = {str(name): packed for name, array in data.data_vars.items() if array.size >= PACKED_FROM}
        data.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    else:
        data.to_zarr(path, mode="w-", zarr_format=2, consolidated=True)
    return path.name


def open_kept(path: Path) -> "xr.Dataset":
    """The arrays of a file that `keep` wrote, in memory.

    Raises:
        OSError, ValueError: a file that cannot be read as what its name says.
    """
    import xarray as xr

    engine = "zarr" if path.suffix == ".zarr" else "h5netcdf"
    options: dict[str, Any] = {"consolidated": True} if engine == "zarr" else {}
    with xr.open_dataset(path, engine=engine, **options) as opened:
        return opened.load()


def array_sha256(values: np.ndarray[Any, np.dtype[Any]]) -> str:
    """SHA-256 of an array: kind of number, shape, then every value, little-endian, last axis fastest.

    >>> array_sha256(np.array([1.0])) == array_sha256(np.array([1.0 + 1e-15]))
    False
    """
    digest = hashlib.sha256()
    if values.dtype.kind in "OUST":
        digest.update(f"text {values.shape}\n".encode())
        digest.update("\0".join(str(value) for value in values.ravel()).encode())
    else:
        little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
        digest.update(f"{little.dtype.str} {little.shape}\n".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()


def arrays_of(data: "xr.Dataset") -> dict[str, dict[str, Any]]:
    """Every array of a result with dimensions, unit and digest, by name."""
    return {
        str(name): {
            "dimensions": {str(axis): int(size) for axis, size in array.sizes.items()},
            "unit": str(array.attrs.get("units", "")),
            "sha256": array_sha256(array.values),
        }
        for name, array in sorted(data.variables.items(), key=lambda item: str(item[0]))
    }


def file_sha256(path: Path) -> str:
    """SHA-256 of a file; of a folder, over lines `HASH  PATH`, sorted by path, as sha256sum prints them."""
    if path.is_dir():
        inner = sorted(p for p in path.rglob("*") if p.is_file())
        lines = "".join(f"{file_sha256(p)}  {p.relative_to(path).as_posix()}\n" for p in inner)
        return hashlib.sha256(lines.encode()).hexdigest()
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
