"""What is wrong with a visit folder, gathered file by file, and said without naming the patient.

InputError            one thing is wrong
└── FolderError       several are; it reads as a list and behaves as its first
"""

import json
import re
from collections.abc import Iterable
from typing import NoReturn

from commensal.errors import InputError

MAX_SHOWN = 20
"""Problems printed in one message; the rest are counted."""

MIN_NAME_WITHIN = 5
"""Names of so many letters are looked for inside words too, shorter ones ("Sam", "samples") only as words."""

HARMLESS_TEXT = re.compile(r"[a-z0-9][a-z0-9 _.:/%+-]{0,39}")
"""What may be repeated before the patient's name is known: short, lower case, no letters beyond ASCII."""


class FolderError(InputError):
    """Several problems at once. `problems` holds each; file, field and the rest are the first one's."""

    def __init__(self, problems: Iterable[InputError]) -> None:
        """`problems` must hold at least one."""
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.file, first.field, first.expected, first.came, first.remedy)
        lines = [str(problem) for problem in self.problems[:MAX_SHOWN]]
        if len(self.problems) > MAX_SHOWN:
            lines.append(f"and {len(self.problems) - MAX_SHOWN} more")
        self.args = ("\n".join(lines),)


class Problems:
    """A list of problems being gathered over a folder, which knows the words it must not repeat."""

    def __init__(self) -> None:
        """No problems yet, and no patient known: texts are repeated only when they are harmless."""
        self.found: list[InputError] = []
        self._secrets: tuple[str, ...] | None = None

    def keep_secret(self, names: Iterable[str]) -> None:
        """From now on no message repeats a text that contains one of `names`, in any case of letters."""
        words = {word.casefold() for name in names for word in [name, *name.split()] if word}
        self._secrets = tuple(sorted(words))

    def add(self, file: str, field: str, expected: str, came: str, remedy: str = "") -> None:
        """One more problem. `came` must already be fit to print: see `shown`."""
        self.found.append(InputError(file, field, expected, came, remedy))

    def raise_if_any(self) -> None:
        """Ends the reading when anything was wrong: see `stop`."""
        if self.found:
            self.stop()

    def stop(self) -> NoReturn:
        """Ends the reading with what was found; there must be something.

        Raises:
            InputError: exactly one problem was found.
            FolderError: more than one.
        """
        if len(self.found) == 1:
            raise self.found[0]
        raise FolderError(self.found)

    def shown(self, value: object, *, is_free_text: bool = False) -> str:
        """`value` as a message may print it: numbers as they are, texts only when they are harmless."""
        if value is None or isinstance(value, bool | int | float):
            return json.dumps(value)
        if isinstance(value, list):
            return f"a list of {len(value)}"
        if isinstance(value, dict):
            return f"an object with {len(value)} fields"
        text = str(value)
        if not text.strip():
            return "an empty text"
        if is_free_text or not self._may_repeat(text):
            return f"a text of {len(text)} characters"
        return json.dumps(text, ensure_ascii=False)

    def key_shown(self, key: str) -> str:
        """A field name as a message may print it."""
        return key if self._may_repeat(key) else f"a name of {len(key)} characters"

    def _may_repeat(self, text: str) -> bool:
        if len(text) > 60 or not text.isprintable():
            return False
        if self._secrets is None:
            return HARMLESS_TEXT.fullmatch(text) is not None
        folded = text.casefold()
        words = set(re.split(r"[\W_]+", folded))
        return not any(
            secret in words or (len(secret) >= MIN_NAME_WITHIN and secret in folded) for secret in self._secrets
        )
