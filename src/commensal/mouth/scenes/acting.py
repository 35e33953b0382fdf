"""A scene, run: the one place where what a scene file says meets the solver."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from commensal.mouth.course import Course, simulate
from commensal.mouth.errors import CheckpointError, SceneError
from commensal.mouth.run import Checkpoint, Progress
from commensal.mouth.scenes.scene import Scene
from commensal.provenance import Mark, weakest

if TYPE_CHECKING:
    import xarray as xr


def act(
    scene: Scene,
    progress: Progress | None = None,
    *,
    threads: int | None = None,
    on_checkpoint: Callable[[Checkpoint], None] | None = None,
    resume: Checkpoint | None = None,
) -> Course:
    """Runs a scene. The same scene gives the same bits on the same machine with the same program.

    Args:
        scene: what to run.
        progress, threads, on_checkpoint, resume: see `simulate`; none of them changes a result.

    Raises:
        SceneError: something the solver will not take.
        CheckpointError: a checkpoint of another run.
        SolveError: a day that cannot be computed to its tolerance; it says where, when and why.
    """
    options = scene.options
    try:
        return simulate(
            [named.site for named in scene.sites],
            scene.mouth,
            scene.day,
            every_s=options.every_s,
            days=options.days,
            layers=options.layers,
            tolerance=options.tolerance,
            threshold_ph=options.threshold_ph,
            threads=threads,
            progress=progress,
            on_checkpoint=on_checkpoint,
            resume=resume,
        )
    except ValueError as error:
        if resume is not None:
            raise CheckpointError(f"{error}; take the checkpoint away to begin again") from error
        raise SceneError(f"{scene.file}: {error}") from error


def labelled(scene: Scene, course: Course) -> "xr.Dataset":
    """The course's arrays with the sites' names on them, and on each number the weakest mark of what it rests on."""
    data = course.data.assign_coords(site=("site", [named.id for named in scene.sites]))
    mark = weakest([Mark(data.attrs["mark"]), *scene.marks]).value
    data.attrs = {**data.attrs, "title": scene.title, "mark": mark}
    for variable in data.data_vars.values():
        variable.attrs = {**variable.attrs, "mark": mark}
    return data
