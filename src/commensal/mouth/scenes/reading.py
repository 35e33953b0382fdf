"""From a scene file to a Scene, or one clear error: what was expected, what came, what to do."""

from pathlib import Path

from commensal.mouth.column.shape import MAX_LAYERS
from commensal.mouth.day import Day
from commensal.mouth.intake import DAY_MIN
from commensal.mouth.parameters import load
from commensal.mouth.scenes.eating import read_day
from commensal.mouth.scenes.places import read_mouth, read_sites
from commensal.mouth.scenes.scene import Options, Scene
from commensal.mouth.toml_table import MAX_BYTES, SCENE, TomlTable, expected, outermost, text_of

FORMAT = "commensal.mouth-scene/1"
MOST_FIELDS = 48
"""As many as a plaque of ten guilds has, pH included."""
MAX_RESULT_BYTES = 2 * 1024**3
"""Largest result that is kept in memory, bytes."""
MAX_DAYS = 3660
EVERY_S, EVERY_S_OF_DAYS = 60.0, 1800.0
"""Time between samples when a scene does not say, s: of one day, of several."""


def read(path: Path) -> Scene:
    """The scene of a file.

    Raises:
        SceneError: a file that is none, too large, no UTF-8, no TOML, or says what cannot be.
    """
    return read_text(text_of(path, MAX_BYTES, SCENE), path.name)


def read_text(text: str, file: str) -> Scene:
    """The scene of a file's text; `file` is its name for messages.

    Raises:
        SceneError: text that is no TOML, or says what cannot be.
    """
    whole = outermost(text, file, SCENE, FORMAT)
    title = whole.text("title") or Path(file).stem
    options = _options(whole.table("run") or TomlTable(file, "run", {}))
    sites = read_sites(whole)
    mouth, mouth_given = read_mouth(whole.table("mouth") or TomlTable(file, "mouth", {}))
    read = read_day(whole)
    day = read.day
    whole.finish()
    if options.days > 1 and day.end_min - day.begin_min != DAY_MIN:
        came = f"{day.end_min - day.begin_min:g} min with days = {options.days}"
        raise expected(file, "day", "24 hours from begins to ends when it is lived more than once", came)
    _check_size(file, len(sites), day, options)
    return Scene(
        file=file,
        text=text,
        title=title,
        sites=sites,
        mouth=mouth,
        mouth_given=mouth_given,
        day=day,
        foods=read.foods,
        products=read.products,
        options=options,
    )


def _options(table: TomlTable) -> Options:
    every_s = table.number("every_s", 0.1, 86400.0)
    days = table.whole("days", 1, MAX_DAYS) or 1
    usual_s = EVERY_S if days == 1 else EVERY_S_OF_DAYS
    found = Options(
        every_s=usual_s if every_s is None else every_s,
        layers=table.whole("layers", 2, MAX_LAYERS),
        tolerance=table.number("tolerance", 1e-8, 0.1),
        threshold_ph=table.number("threshold_ph", 3.0, 9.0),
        days=days,
        seed=table.whole("seed", 0, 2**63 - 1) or 0,
    )
    table.finish()
    return found


def _check_size(file: str, sites: int, day: Day, options: Options) -> None:
    """Refuses a result that would fill the memory before it is run."""
    layers = options.layers or int(load().value("layers"))
    samples = 60.0 * options.days * (day.end_min - day.begin_min) / options.every_s + 1.0
    size = sites * samples * MOST_FIELDS * (layers + 2) * 8
    if size > MAX_RESULT_BYTES:
        came = f"{sites} sites x {samples:.0f} samples x {layers} layers: {size / 1024**3:.3g} GiB"
        remedy = "take a longer every_s in [run], or fewer sites"
        raise expected(file, "run", f"a result of at most {MAX_RESULT_BYTES // 1024**3} GiB", came, remedy)
