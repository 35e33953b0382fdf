"""How the numerical kernels are compiled: lazily, by Numba, and kept for the next process where that is possible.

Numba renews a cached function only when the file that defines it changes, not when a file it calls does.
The cache folder is therefore named after the contents of every file that holds kernels, and of every file of this
room that such a file takes something from: an edit in one of them starts afresh, an edit elsewhere does not.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

IMPORTED = re.compile(r"^from commensal\.mouth\.([a-z_.]+) import", re.MULTILINE)


def kernel_sources() -> list[Path]:
    """The files that compiled code comes from: those with kernels, and those of this room that they import from."""
    room = Path(__file__).parent
    texts = {source: source.read_text(encoding="utf-8") for source in sorted(room.rglob("*.py"))}
    found = {Path(__file__)}
    for source, text in texts.items():
        if "\n@compiled\n" in text or "\n@bare\n" in text:
            found.add(source)
            for name in IMPORTED.findall(text):
                module = room / f"{name.replace('.', '/')}.py"
                found.add(module if module in texts else module.with_suffix("") / "__init__.py")
    return sorted(found)


def _cache_folder() -> Path | None:
    """A folder this user may write for this version of the kernels; None when there is none."""
    digest = hashlib.sha256(numba.__version__.encode())
    for source in kernel_sources():
        digest.update(str(source).encode() + b"\0" + source.read_bytes())
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(root) / "commensal" / "numba" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:  # a read-only or full home: compile in every process instead
        return None


def _can_cache() -> bool:
    if os.environ.get("NUMBA_CACHE_DIR"):  # the user has chosen a folder; Numba itself reports a bad one
        return True
    try:
        folder = _cache_folder()
    except RuntimeError:  # no home folder at all
        return False
    if folder is None:
        return False
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
    return True


CAN_CACHE = _can_cache()
_jit: Any = numba.njit
OPTIONS: dict[str, Any] = {"cache": CAN_CACHE, "error_model": "numpy", "nogil": True}
Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(function: Kernel) -> Kernel:
    """`function` in machine code from its first call on, without the interpreter's lock while it runs.

    No sum is regrouped: a kernel gives the same bits whether it was just compiled or comes out of the cache, alone or
    within another, and so a run can be repeated bit for bit.
    """
    return cast(Kernel, _jit(**OPTIONS)(function))


def bare(function: Kernel) -> Kernel:
    """As `compiled`, for a function that allocates nothing; Numba refuses one that does.

    Numba then leaves out the counting of references, which takes half of the time of kernels that pass many arrays to
    each other.
    """
    return cast(Kernel, _jit(**OPTIONS, _nrt=False)(function))


def is_ready(kernel: Callable[..., Any]) -> bool:
    """True when a kernel has run in this process, so that nothing must be compiled or loaded first."""
    return bool(getattr(kernel, "signatures", ()))
