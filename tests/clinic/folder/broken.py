"""Copies of the demonstration visit with one thing changed, and what the reader says about them."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from commensal.clinic.folder import FolderError, read_visit_folder
from commensal.errors import InputError

FIRST = Path(__file__).parents[3] / "examples" / "visits" / "first"
TODAY = date(2025, 11, 21)


def first_visit(tmp_path: Path) -> Path:
    """A fresh copy of the demonstration visit."""
    folder = tmp_path / "visit"
    shutil.copytree(FIRST, folder)
    return folder


def edit(folder: Path, file: str, change: Callable[[dict], object]) -> None:
    """Changes one JSON file of a folder in place."""
    path = folder / file
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def put(document: dict, path: str, value: object) -> None:
    """Sets `teeth.16.surfaces.M` and the like; numbers index lists."""
    *way, last = path.split(".")
    for step in way:
        document = document[int(step)] if isinstance(document, list) else document.setdefault(step, {})
    document[int(last) if isinstance(document, list) else last] = value


def problems_of(folder: Path, today: date | None = TODAY) -> tuple[InputError, ...]:
    """Everything the reader finds wrong; fails when it finds nothing, or names the patient."""
    with pytest.raises(InputError) as caught:
        read_visit_folder(folder, today=today)
    assert "Caldwell" not in str(caught.value)
    if isinstance(caught.value, FolderError):
        return caught.value.problems
    return (caught.value,)


def only_problem(folder: Path, today: date | None = TODAY) -> InputError:
    """The one thing that is wrong."""
    found = problems_of(folder, today)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]
