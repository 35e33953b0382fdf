"""A TOML file from outside, as its outermost table: bounded, in UTF-8, of the format it says it is."""

import stat
import tomllib
from pathlib import Path

from commensal.mouth.scenes.toml_table import TomlTable, expected

MAX_BYTES = 256 * 1024


def read_file(path: Path, what: str) -> str:
    """The text of a file; `what` it should be is for messages, such as "scene".

    Raises:
        SceneError: a file that cannot be read, is too large, or no UTF-8.
    """
    name = path.name
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            came = "a folder" if stat.S_ISDIR(status.st_mode) else "something else"
            raise expected(name, "", f"a {what} file", came, "name the .toml file itself")
        if status.st_size > MAX_BYTES:
            raise expected(name, "", f"at most {MAX_BYTES} bytes", f"{status.st_size} bytes", "is it the right file?")
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a name that no file can have"
        raise expected(name, "", f"a {what} file that can be read", reason, "check the name") from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        came = f"the byte 0x{raw[error.start]:02x} at {error.start}"
        raise expected(name, "", "a text file in UTF-8", came, f"is it a {what} file?") from error


def outermost(text: str, file: str, what: str, file_format: str, example: str) -> TomlTable:
    """The outermost table of a text that says it is of a format.

    Raises:
        SceneError: no TOML, or of another format.
    """
    try:
        content = tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise expected(file, "", f"a {what} in TOML", "brackets in brackets without end") from error
    except ValueError as error:  # also whole numbers of thousands of digits
        raise expected(file, "", f"a {what} in TOML", error, f"an example: {example}") from error
    whole = TomlTable(file, "", content)
    if whole.text("format") != file_format:
        raise expected(file, "format", f'format = "{file_format}" on the first line', content.get("format", "nothing"))
    return whole
