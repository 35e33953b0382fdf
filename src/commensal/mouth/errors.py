"""What the twin refuses.

CommensalError
└── MouthError            anything the twin refuses
    ├── ParameterError    a parameter table that is not as it must be
    ├── SolveError        a day that could not be computed to its tolerance
    ├── SceneError        a scene file that is not as it must be
    ├── StrainError       a strain card that is not as it must be
    ├── ReplayError       a run's folder that cannot be written, or not be replayed
    └── CheckpointError   a checkpoint that a run cannot go on from
"""

from commensal.errors import CommensalError


class MouthError(CommensalError):
    """Anything the twin refuses on purpose."""


class ParameterError(MouthError):
    """A parameter table with a missing source, an unknown unit, or a value outside its own range."""


class SolveError(MouthError):
    """A day that could not be computed to its tolerance; it says where, when and, as far as known, why."""


class SceneError(MouthError):
    """A scene file that is not as it must be; nothing was run and nothing written."""


class StrainError(MouthError):
    """A strain card that is not as it must be, or strains that cannot be together; nothing was run."""


class ReplayError(MouthError):
    """A folder that a run may not be written to, or a manifest that cannot be replayed here."""


class CheckpointError(MouthError):
    """A checkpoint that a run cannot go on from: cut off, of another scene, program or machine."""
