"""The manifest of a run: everything it came from, and a digest of everything that came out.

Two runs of one scene with one program on one machine have one manifest, but for `made`, which holds the moment. No
path, no name of a machine or of a person is in it. Format: docs/specs/mouth-run.md.
"""

import hashlib
import json
import math
import platform
import stat
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commensal.errors import shortened
from commensal.mouth.errors import ReplayError
from commensal.mouth.keeping import arrays_of
from commensal.mouth.parameters import TABLES, data_file, load
from commensal.mouth.scenes.scene import Scene

if TYPE_CHECKING:
    import xarray as xr

FORMAT = "commensal.mouth-run/1"
NAME = "manifest.json"
MAX_BYTES = 16 * 1024**2
"""Largest manifest that is read, bytes."""
TABLES_OF_A_RUN = (
    *(f"{table}.csv" for table in TABLES),
    "components.csv",
    "enamel.csv",
    "foods.csv",
    "products.csv",
    "guilds.csv",
    "processes.csv",
    "site_groups.csv",
)
Manifest = dict[str, Any]


def manifest_of(scene: Scene, data: "xr.Dataset") -> Manifest:
    """The manifest of a scene and its results, without files and moment, which are added when they are there."""
    table = load()
    return {
        "format": FORMAT,
        "model": data.attrs["model"],
        "program": {"name": "commensal", "version": version("commensal"), "code_sha256": code_sha256()},
        "platform": platform_now(),
        "written_with": {name: version(name) for name in ("xarray", "h5netcdf", "h5py", "zarr", "matplotlib")},
        "parameters": {
            "sha256": table.sha256,
            "mark": table.mark.value,
            "tables_sha256": tables_sha256(),
            "values": [
                {"name": row.name, "value": row.value, "unit": row.unit, "mark": row.mark.value}
                for row in (*table, *scene.guild_parameters)
            ],
        },
        "scene": {"file": scene.file, "sha256": text_sha256(scene.text), "text": scene.text},
        "inputs": _inputs(scene),
        "options": _options(scene, data),
        "mark": data.attrs["mark"],
        "balance": _balance(data),
        "results": {"arrays": arrays_of(data)},
    }


def platform_now() -> dict[str, str]:
    """What bits depend on besides the program: versions of what computes, and the kind of machine."""
    from llvmlite import binding  # type: ignore[import-untyped]

    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "numba", "llvmlite")},
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": str(binding.get_host_cpu_name()),
    }


def code_sha256() -> str:
    """SHA-256 over every source file of the mouth: the version number stays while a program is being changed."""
    room = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for source in sorted(room.rglob("*.py")):
        digest.update(source.relative_to(room).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def tables_sha256() -> dict[str, str]:
    """SHA-256 of every table that a run may read."""
    return {name: hashlib.sha256(data_file(name).read_bytes()).hexdigest() for name in TABLES_OF_A_RUN}


def text_sha256(text: str) -> str:
    """SHA-256 of a text as UTF-8, which is the SHA-256 of its file."""
    return hashlib.sha256(text.encode()).hexdigest()


def _inputs(scene: Scene) -> Manifest:
    """Every figure the run was given, as the solver got it; `given` are those the scene set itself."""
    sites = [
        {
            "id": named.id,
            "group": None if named.group is None else named.group.id,
            "given": list(named.given),
            **asdict(named.site),
        }
        for named in scene.sites
    ]
    intakes = [
        {
            **asdict(intake),
            "how": intake.way.value,
            "food": None if food is None else food.name,
            "food_mark": None if food is None else food.mark.value,
        }
        for intake, food in zip(scene.day.intakes, scene.foods, strict=True)
    ]
    exposures = [
        {
            **asdict(exposure),
            "kills_to_um": exposure.kills_to_um if math.isfinite(exposure.kills_to_um) else None,
            "product": None if product is None else product.name,
            "product_mark": None if product is None else product.mark.value,
        }
        for exposure, product in zip(scene.day.exposures, scene.products, strict=True)
    ]
    day = {"begin_min": scene.day.begin_min, "end_min": scene.day.end_min, "asleep_min": scene.day.asleep_min}
    return {
        "sites": sites,
        "mouth": {"given": list(scene.mouth_given), **asdict(scene.mouth)},
        "day": {**day, "intakes": intakes, "exposures": exposures},
    }


def _options(scene: Scene, data: "xr.Dataset") -> Manifest:
    """Every option with the value it had in the end."""
    options = scene.options
    return {
        "every_s": options.every_s,
        "layers": int((data["node_kind"].values == "plaque").sum()),
        "tolerance": load().value("tolerance") if options.tolerance is None else options.tolerance,
        "threshold_ph": float(data["minutes_below"].attrs["threshold_ph"]),
        "days": options.days,
        "seed": options.seed,
    }


def _balance(data: "xr.Dataset") -> Manifest:
    residual = {
        str(quantity): float(abs(data["residual"].sel(quantity=quantity)).max())
        for quantity in data["residual"]["quantity"].values
    }
    return {
        "largest_relative_residual": float(data.attrs["largest_relative_residual"]),
        "largest_residual_of": residual,
        "steps": int(data.attrs["steps"]),
        "steps_refused": int(data.attrs["steps_refused"]),
    }


def as_text(manifest: Manifest) -> str:
    """A manifest as it lies in its file: JSON, floats with all their digits."""
    return json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a run's folder, its form checked as far as a replay goes into it.

    Raises:
        ReplayError: none there, one that is cut off, of another format, or changed so that it contradicts itself.
    """
    path = folder / NAME
    try:
        if not stat.S_ISREG(path.stat().st_mode) or path.stat().st_size > MAX_BYTES:
            raise ReplayError(f"{NAME}: expected a file of at most {MAX_BYTES} bytes; name the folder of a run")
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, OSError):
            raise ReplayError(
                f"{path}: expected the manifest of a run, got {error.strerror}; name the folder that "
                "`commensal mouth run` wrote"
            ) from error
        raise ReplayError(
            f"{path}: expected a whole manifest, got {shortened(error)}; it was cut off or changed: take a copy"
        ) from error
    came = found.get("format") if isinstance(found, dict) else type(found).__name__
    if came != FORMAT:
        raise ReplayError(f"{path}: expected the format {FORMAT}, got {shortened(came)}; another version wrote it")
    _check(found, path)
    return dict(found)


SHAPE: dict[str, type] = {
    "program.version": str,
    "platform": dict,
    "parameters.sha256": str,
    "parameters.tables_sha256": dict,
    "scene.file": str,
    "scene.sha256": str,
    "scene.text": str,
    "results.arrays": dict,
    "results.files": dict,
}


def _check(manifest: Manifest, path: Path) -> None:
    for name, kind in SHAPE.items():
        value: Any = manifest
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if not isinstance(value, kind):
            raise ReplayError(f"{path}: {name}: expected {kind.__name__}, got {shortened(value)}; it was changed")
    for group in ("arrays", "files"):
        for name, row in manifest["results"][group].items():
            if not isinstance(row, dict) or not isinstance(row.get("sha256"), str):
                raise ReplayError(f"{path}: results.{group}.{name}: expected its sha256, got none; it was changed")
    if text_sha256(manifest["scene"]["text"]) != manifest["scene"]["sha256"]:
        raise ReplayError(f"{path}: scene: the text is not the one its sha256 was made of; the manifest was changed")
