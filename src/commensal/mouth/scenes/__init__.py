"""Scenes: a file that says which sites, whose mouth and what day; run into a folder, and replayed from it.

Scene        what a scene file says, checked
read         a scene file -> a Scene, or one clear error
run          a Scene -> a folder with results, pictures and manifest
replay       a folder -> run again from its manifest alone, compared bit for bit
Kept         a run in its folder
Replay       what a replay found
FileFormat   how results are written: NetCDF or Zarr
Pictures     how pictures are drawn: PNG, SVG or not at all

Formats: docs/specs/mouth-scene.md, docs/specs/mouth-run.md. Files and drawing are loaded when they are needed.
"""

from commensal.mouth.keeping import FileFormat
from commensal.mouth.pictures import Pictures
from commensal.mouth.scenes.reading import read
from commensal.mouth.scenes.replaying import Replay, replay
from commensal.mouth.scenes.running import Kept, run
from commensal.mouth.scenes.scene import Scene

__all__ = ["FileFormat", "Kept", "Pictures", "Replay", "Scene", "read", "replay", "run"]
