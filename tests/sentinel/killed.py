"""An act on a folder, killed before every step it takes there: a real process each time, ended by SIGKILL.

    python -m tests.sentinel.killed MODULE:FUNCTION TEMPLATE WORK

For n = 1, 2, ... the template is copied to WORK/n and FUNCTION runs on the copy in a child of this process, which kills
itself before the n-th step: before each file that is opened for writing, renamed, removed or made under the folder, and
before each commit of a database. It ends with the first child that finishes, and prints how many were killed.
"""

import importlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, event

STEPS_MAX = 200
WATCHED = {"os.rename": 0, "os.remove": 0, "os.rmdir": 0, "os.mkdir": 0}


def killed_copies(function: Callable[[Path], None], template: Path, work: Path) -> list[Path]:
    """One folder for each step before which `function` was killed, and last the one where it finished."""
    name = f"{function.__module__}:{function.__name__}"
    command = [sys.executable, "-W", "error", "-m", "tests.sentinel.killed", name, str(template), str(work)]
    ran = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return [work / str(n) for n in range(1, int(ran.stdout) + 2)]


def _die_before(step: int, folder: Path) -> None:
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(name: str, arguments: tuple[object, ...]) -> None:
        is_write = name == "open" and int(arguments[2]) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (is_write or name in WATCHED) and str(arguments[0]).startswith(str(folder)):
            count()

    sys.addaudithook(watch)
    event.listen(Engine, "commit", lambda _: count())


def main(function: str, template: str, work: str) -> None:
    module, name = function.split(":")
    act = getattr(importlib.import_module(module), name)
    for step in range(1, STEPS_MAX):
        folder = Path(work) / str(step)
        shutil.copytree(template, folder)
        child = os.fork()
        if child == 0:
            _die_before(step, folder)
            try:
                act(folder)
            except BaseException as error:
                os.write(2, repr(error).encode())
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            continue
        assert os.WEXITSTATUS(status) == 0
        print(step - 1)
        return
    raise AssertionError(f"not finished within {STEPS_MAX} steps")


if __name__ == "__main__":
    main(*sys.argv[1:])
