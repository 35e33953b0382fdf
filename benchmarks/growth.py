"""How the work grows with the log, from a thousand records to a million: appends flat, proofs logarithmic, audit and
rebuild straight. The picture is kept beside the results.
"""

import math
import random
import statistics
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import matplotlib as mpl

from benchmarks.harness import RESULTS, Goal, arguments, cpu_s, report
from benchmarks.records import founded, proposal
from commensal.clinic import Store, rebuild
from commensal.sentinel import audit, keyring

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GROUP = 64
BULK = 2_000
PROOFS = 300
APPENDS = 60


def grow(store: Store, size: int) -> None:
    """Append records until the log has `size` entries."""
    with store.reading() as conn:
        have = store.log.size(conn)
    for start in range(have, size, BULK):
        store.commit([proposal(i) for i in range(start, min(start + BULK, size))])


def measured(store: Store) -> dict[str, float]:
    """CPU seconds of each work at the log's present size; medians where it is short."""
    chance = random.Random(7)
    with store.reading() as conn:
        size = store.log.size(conn)
        places = [chance.randrange(size) for _ in range(PROOFS)]
        proof = statistics.median(cpu_s(partial(store.log.prove, conn, place)) for place in places)

        def audited() -> None:
            if not audit(conn, store.log.vkey, store.log.vault).is_sound:
                raise SystemExit("the benchmark's own log is not sound")

        audit_s = cpu_s(audited)
    rebuilt = []
    rebuild_s = cpu_s(lambda: rebuilt.append(rebuild(store)))
    if rebuilt[0].changed:
        raise SystemExit(f"rebuilt views differ from the originals: {rebuilt[0].changed}")
    batch = [proposal(i) for i in range(GROUP)]
    append = statistics.median(cpu_s(lambda: store.commit(batch)) for _ in range(APPENDS)) / GROUP
    return {"size": size, "append_s": append, "proof_s": proof, "audit_s": audit_s, "rebuild_s": rebuild_s}


def slope(points: list[dict[str, float]], name: str) -> float:
    """How steeply work rises with size, both as logarithms: 0 is flat, 1 is straight. Least squares."""
    xs = [math.log(point["size"]) for point in points]
    ys = [math.log(point[name]) for point in points]
    mean_x, mean_y = statistics.fmean(xs), statistics.fmean(ys)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return rise / sum((x - mean_x) ** 2 for x in xs)


def draw(points: list[dict[str, float]], to: Path) -> None:
    """Four small plots, each with the line that its work should follow."""
    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(9, 6.4), sharex=True, layout="constrained")
    sizes = [point["size"] for point in points]
    panels = (
        ("append_s", f"one record appended, {GROUP} a commit", "µs", 1e6, lambda size: 1.0, "flat"),
        ("proof_s", "one proof made and checked", "ms", 1e3, math.log, "logarithm of the size"),
        ("audit_s", "full audit, payloads opened", "s", 1.0, lambda size: size, "straight"),
        ("rebuild_s", "views made again", "s", 1.0, lambda size: size, "straight"),
    )
    for axis, (name, title, unit, scale, law, words) in zip(axes.flat, panels, strict=True):
        values = [point[name] * scale for point in points]
        fitted = statistics.fmean(value / law(size) for value, size in zip(values, sizes, strict=True))  # type: ignore[no-untyped-call]
        axis.plot(sizes, [fitted * law(size) for size in sizes], color="0.7", linewidth=3, label=words)  # type: ignore[no-untyped-call]
        axis.plot(sizes, values, "o-", color="#0b6e6e", label="measured")
        axis.set_xscale("log")
        if unit == "s":
            axis.set_yscale("log")
        else:
            axis.set_ylim(0, 1.6 * max(values))
        axis.set_title(title, loc="left", fontsize=11)
        axis.set_ylabel(f"CPU {unit}")
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, fontsize=9, loc="upper left")
    for axis in axes[1]:
        axis.set_xlabel("records in the log")
    figure.savefig(to, dpi=110)
    pyplot.close(figure)


def main() -> None:
    """Measure, draw and report."""
    quick = arguments(__doc__ or "").quick
    points = []
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as made:
        keys = keyring.create_keys(Path(made) / "keys", None, origin="clinic.example/log", dentist="Dr Mia Chen")
        store = founded(f"sqlite:///{made}/clinic.db", keys)
        for size in SIZES[:3] if quick else SIZES:
            grow(store, size)
            points.append(measured(store))
        store.close()
    rows = [
        [f"{p['size']:.0f}", f"{p['append_s'] * 1e6:.0f} µs", f"{p['proof_s'] * 1e3:.2f} ms", f"{p['audit_s']:.2f} s",
         f"{p['rebuild_s']:.2f} s", f"{p['size'] / p['rebuild_s']:.0f}/s"]
        for p in points
    ]  # fmt: skip
    first, last = points[0], points[-1]
    logs = math.log(last["size"]) / math.log(first["size"])
    goals = [
        Goal(name="append, slowest over fastest", value=_spread(points, "append_s"), goal=1.5, at_least=False),
        Goal(
            name="proof, growth over the logarithm's", value=last["proof_s"] / first["proof_s"] / logs, goal=1.5,
            at_least=False,
        ),
        Goal(name="audit, slope", value=slope(points[1:], "audit_s"), goal=1.1, at_least=False),
        Goal(name="rebuild, slope", value=slope(points[1:], "rebuild_s"), goal=1.1, at_least=False),
        Goal(name="rebuild, records a CPU second", value=last["size"] / last["rebuild_s"], goal=20_000),
    ]  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    draw(points, RESULTS / f"growth{'-quick' if quick else ''}-{datetime.now(UTC):%Y-%m-%d}.png")
    figures = {f"{name} at {p['size']:.0f}": p[name] for p in points for name in p if name != "size"}
    report("growth", ["records", "append", "proof", "audit", "rebuild", "rebuilt"], rows, figures, goals, quick=quick)


def _spread(points: list[dict[str, float]], name: str) -> float:
    values = [point[name] for point in points]
    return max(values) / min(values)


if __name__ == "__main__":
    main()
