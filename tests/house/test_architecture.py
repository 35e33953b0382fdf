"""The arrows of docs/architecture.md, kept."""

import ast
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import commensal

SOURCE = Path(commensal.__file__).parent
FLOOR = {"units", "errors", "clock", "seeds", "provenance"}
MAY_ENTER = {
    "mouth": set(),
    "rinse": {"mouth"},
    "diagnosis": {"rinse", "mouth"},
    "lila": set(),
    "sentinel": set(),
    "dispenser": {"rinse", "sentinel"},
    "clinic": {"diagnosis", "lila", "sentinel"},
    "outreach": {"clinic", "lila", "sentinel"},
}
FACES = {"house", "cli", "web", "drill", "__main__"}
ROOMS = sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists())
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = {"sqlalchemy", "alembic", "cryptography", "cbor2", "cedarpy", "jinja2", "jsonschema", "pydantic", "fastapi",
         "starlette", "uvicorn", "sqlite3", "httpx"}  # fmt: skip


def room_of(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> list[tuple[int, str]]:
    """Every `commensal` module a file imports, with its line; `from commensal import x` counts as `commensal.x`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "commensal":
            found += [(node.lineno, f"commensal.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: say the whole path, not a relative one"
            found.append((node.lineno, node.module or ""))
    return [(line, name) for line, name in found if name.split(".")[0] == "commensal"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_follow_the_arrows_and_enter_by_the_door(path):
    here = room_of(path)
    for line, name in imports(path):
        parts = name.split(".")
        there = parts[1] if len(parts) > 1 else ""
        if not there or there == here or there in FLOOR:
            assert here not in FLOOR or there in FLOOR, f"{path}:{line}: the floor knows no room"
            continue
        assert here not in FLOOR, f"{path}:{line}: the floor knows no room"
        assert here in FACES or there in MAY_ENTER[here], f"{path}:{line}: {here} may not import {there}"
        assert there in FACES or len(parts) == 2, f"{path}:{line}: enter {there} by its door, not {name}"


LISTED = {"clinic", "sentinel"}
"""Rooms whose doors list every name that is taken through them; the older rooms also lend whole files."""


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_what_is_taken_through_a_door_is_on_its_list(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("commensal."):
            continue
        room = (node.module or "").split(".", 1)[1]
        if room in LISTED and room != room_of(path):
            listed = importlib.import_module(f"commensal.{room}").__all__
            assert {alias.name for alias in node.names} <= set(listed), f"{path}:{node.lineno}"


@pytest.mark.parametrize("room", [room for room in ROOMS if room in MAY_ENTER])
def test_a_door_is_an_explicit_list_of_at_most_a_dozen_names(room):
    door = importlib.import_module(f"commensal.{room}")
    assert door.__doc__
    assert len(door.__all__) <= 12, door.__all__
    assert sorted(door.__all__) == sorted(set(door.__all__))
    for name in door.__all__:
        assert hasattr(door, name)


def test_every_room_is_one_of_the_design_and_has_work():
    assert set(ROOMS) <= set(MAY_ENTER) | FACES
    for room in ROOMS:
        assert len(list((SOURCE / room).rglob("*.py"))) > 1, f"{room} is an empty room"


def test_no_drawer_for_odds_and_ends():
    forbidden = {"utils", "util", "common", "core", "helpers", "misc", "manager"}
    assert not [p for p in MODULES if forbidden & set(p.relative_to(SOURCE).with_suffix("").parts)]


def test_importing_the_mouth_loads_no_database_cryptography_or_web_package():
    asked = "import json, sys, commensal.mouth; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    loaded = set(json.loads(subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True).stdout))
    assert "commensal" in loaded
    assert not loaded & HEAVY
    assert not loaded & {"urllib3", "requests", "aiohttp"}


def public_things():
    for info in pkgutil.walk_packages([str(SOURCE)], "commensal."):
        if any(part.startswith("_") for part in info.name.split(".")) or ".migrations" in info.name:
            continue
        module = importlib.import_module(info.name)
        yield info.name, module
        for name, thing in vars(module).items():
            is_ours = getattr(thing, "__module__", None) == info.name
            if name.startswith("_") or not is_ours or not (inspect.isclass(thing) or inspect.isfunction(thing)):
                continue
            yield f"{info.name}.{name}", thing
            if inspect.isclass(thing):
                for member, value in vars(thing).items():
                    inner = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
                    if not member.startswith("_") and inspect.isfunction(inner):
                        yield f"{info.name}.{name}.{member}", inner


def test_every_public_name_has_a_docstring():
    generated = ("Alias for", "Initialize self")
    bare = [
        name
        for name, thing in public_things()
        if not (thing.__doc__ or "").strip()
        or thing.__doc__.startswith(generated)
        or (inspect.isclass(thing) and thing.__doc__.startswith(f"{thing.__name__}("))
    ]
    assert not bare, bare


def test_no_source_file_has_grown_past_what_one_can_hold_in_mind():
    long = {str(p.relative_to(SOURCE)): len(p.read_text().splitlines()) for p in MODULES}
    assert not {name: lines for name, lines in long.items() if lines > 500}
