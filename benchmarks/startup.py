"""How much CPU the command line takes before it does anything, against bare Python and the libraries it stands on."""

import resource
import subprocess
import sys

from benchmarks.harness import Goal, arguments, report

CASES = {
    "python -c pass": ["-c", "pass"],
    "import typer, rich": ["-c", "import typer, rich.console, rich.table"],
    "commensal --help": ["-m", "commensal", "--help"],
    "commensal visit --help": ["-m", "commensal", "visit", "--help"],
    "import commensal.mouth": ["-c", "import commensal.mouth"],
}
HELP_CPU_S = 0.3


def child_cpu_s(args: list[str]) -> float:
    """CPU seconds (user and system) of one child process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *args], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Run the benchmark."""
    options = arguments(__doc__)
    trials = 3 if options.quick else 15
    for args in CASES.values():
        child_cpu_s(args)  # fills the byte-code caches
    medians = {name: sorted(child_cpu_s(args) for _ in range(trials))[trials // 2] for name, args in CASES.items()}
    rows = [[name, f"{cpu * 1000:.0f}", f"{cpu / medians['python -c pass']:.1f}"] for name, cpu in medians.items()]
    goals = [
        Goal(name=f"{name}, CPU s", value=medians[name], goal=HELP_CPU_S, at_least=False)
        for name in ("commensal --help", "commensal visit --help")
    ]
    figures = {f"{name}, CPU s": cpu for name, cpu in medians.items()}
    report("startup", ["case", "CPU ms (median)", "x bare Python"], rows, figures, goals, quick=options.quick)


if __name__ == "__main__":
    main()
