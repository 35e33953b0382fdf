"""Errors that people read: what was expected, what came, what to do next.

    CommensalError            anything this package refuses on purpose
    ├── InputError            a file or value from outside is not what was asked for
    └── (one small family per room, in that room's errors.py)

A message names no patient and holds no secret.
"""


class CommensalError(Exception):
    """Anything this package refuses on purpose; its text is meant for the person at the keyboard."""


class InputError(CommensalError):
    """Input that is not what was asked for. Nothing has been changed when it is raised.

    Args:
        file: the file (relative to the folder the user named), or the option it came from.
        field: where in the file: a JSON path such as `teeth.16.probing`, a column and line, or "" for the whole.
        expected: what would have been right, with unit and range.
        came: what was there, shortened; never a patient's name.
        remedy: what to do next, when it is not plain from `expected`.

    >>> print(InputError("exam.json", "teeth.19", "an FDI tooth number", "19"))
    exam.json: teeth.19: expected an FDI tooth number, got 19
    """

    def __init__(self, file: str, field: str, expected: str, came: object, remedy: str = "") -> None:
        self.file, self.field, self.expected, self.remedy = file, field, expected, remedy
        self.came = shortened(came)
        where = f"{file}: {field}" if field else file
        super().__init__(f"{where}: expected {expected}, got {self.came}" + (f"; {remedy}" if remedy else ""))


def shortened(value: object, length: int = 80) -> str:
    """`value` as one line of at most `length` characters, for an error message."""
    text = " ".join(str(value).split())
    return text if len(text) <= length else text[: length - 1] + "…"
