"""What every benchmark shares: a readable table, one JSON object as the last line, a dated result kept."""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import commensal

RESULTS = Path(__file__).parent / "results"
WIDTH = 120
"""Of what is printed, characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One figure and what it should reach: `value` at least, or at most, `goal`."""

    name: str
    value: float
    goal: float
    at_least: bool = True

    @property
    def is_met(self) -> bool:
        """Whether the figure reaches its goal."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def arguments(description: str) -> argparse.Namespace:
    """The options of a benchmark: --quick is a smaller form of the same measurement."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a smaller form of the same measurement")
    return parser.parse_args()


def cpu_s(work: Callable[[], Any]) -> float:
    """CPU seconds this process spends on `work`; machines are shared, so wall time says less."""
    before = time.process_time()
    work()
    return time.process_time() - before


def show_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print one table."""
    table = Table(*headings, title=title, title_justify="left", show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row))
    Console(width=WIDTH).print(table)


def report(
    name: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    figures: dict[str, float],
    goals: Sequence[Goal] = (),
    *,
    quick: bool = False,
) -> None:
    """Print the table and the goals, keep the result under benchmarks/results, and print one JSON object last."""
    show_table(name, headings, rows)
    console = Console(width=WIDTH)
    for goal in goals:
        sign = ">=" if goal.at_least else "<="
        console.print(
            f"{'met   ' if goal.is_met else 'MISSED'}  {goal.name}: {goal.value:.4g} (goal {sign} {goal.goal:g})"
        )
    at = datetime.now(UTC)
    result = {
        "benchmark": name,
        "quick": quick,
        "at": at.isoformat(timespec="seconds"),
        "version": commensal.__version__,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "figures": figures,
        "goals": [
            {"name": g.name, "value": g.value, "goal": g.goal, "at_least": g.at_least, "met": g.is_met} for g in goals
        ],
    }
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{name}{'-quick' if quick else ''}-{at:%Y-%m-%d}.json"
    kept.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result))
