"""The files of a visit folder: found, measured, read once and hashed, with no way out of the folder."""

import hashlib
import stat
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from commensal.clinic.folder.problems import Problems

KIB, MIB = 1024, 1024 * 1024
MAX_BYTES = {
    "consent.json": 64 * KIB,
    "anxiety.json": 64 * KIB,
    "diet.csv": 256 * KIB,
    "exam.json": 1 * MIB,
    "lab/lab.json": 1 * MIB,
    "patient.fhir.json": 32 * MIB,
}
"""Largest size of each named file, bytes."""

MAX_LAB_FILE_BYTES = 32 * MIB
MAX_LAB_FILES = 50
IGNORED = frozenset({"readme.md", "readme.txt", "thumbs.db", "desktop.ini"})


@dataclass(slots=True)
class Files:
    """One folder's files, by path in it: those that are there, those asked for, the hashes of those read."""

    root: Path
    present: tuple[str, ...] = ()
    asked: set[str] = field(default_factory=set)
    sha256: dict[str, str] = field(default_factory=dict)

    @property
    def inputs_sha256(self) -> str:
        """SHA-256 over all files: over lines `HASH  PATH`, sorted by path, as sha256sum prints them."""
        lines = "".join(f"{self.sha256[path]}  {path}\n" for path in sorted(self.sha256))
        return hashlib.sha256(lines.encode()).hexdigest()

    def read(self, file: str, problems: Problems) -> bytes | None:
        """The bytes of one file, hashed on the way; None after adding to `problems`."""
        self.asked.add(file)
        raw = self._bytes(file, problems)
        if raw is not None:
            self.sha256[file] = hashlib.sha256(raw).hexdigest()
        return raw

    def _bytes(self, file: str, problems: Problems) -> bytes | None:
        limit = MAX_BYTES.get(file, MAX_LAB_FILE_BYTES)
        try:
            path = (self.root / file).resolve(strict=True)
            if not path.is_relative_to(self.root.resolve()):
                problems.add(file, "", "a file in this folder", "a link that leaves it", "copy the file itself here")
                return None
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                problems.add(file, "", "a file", kind_shown(status.st_mode))
                return None
            if status.st_size > limit:
                came = f"{size_shown(status.st_size)} ({status.st_size} bytes)"
                problems.add(file, "", f"at most {size_shown(limit)}", came, "is it the right file?")
                return None
            with path.open("rb") as stream:
                raw = stream.read(limit + 1)
        except (OSError, RuntimeError) as error:
            problems.add(file, "", "a file that may be read", reason_shown(error), remedy_for(error))
            return None
        if len(raw) > limit:
            problems.add(file, "", f"at most {size_shown(limit)}", "a file that grows while it is read")
            return None
        return raw


def open_folder(folder: Path, problems: Problems) -> Files:
    """Lists a visit folder without reading any file; files that do not belong in it are problems.

    Raises:
        InputError: there is no such folder, or it cannot be listed: nothing else can be said about it.
    """
    files = Files(root=folder)
    names = _listed(folder, str(folder), problems)
    if names is None:
        problems.raise_if_any()
        return files
    present = []
    known = {name.split("/")[0] for name in MAX_BYTES}
    for name in names:
        if name == "lab":
            lab_names = _listed(folder / "lab", "lab", problems) or []
            if len(lab_names) > MAX_LAB_FILES:
                problems.add("lab", "", f"at most {MAX_LAB_FILES} files", f"{len(lab_names)} files")
                lab_names = []
            present += [f"lab/{lab_name}" for lab_name in lab_names]
        elif name in known:
            present.append(name)
        else:
            near = get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.6)
            remedy = f"did you mean {near[0]}?" if near else "keep other files elsewhere"
            problems.add(str(folder.name), "", "only the files of a visit", f"a file named {_printable(name)}", remedy)
    files.present = tuple(present)
    return files


def _listed(folder: Path, shown: str, problems: Problems) -> list[str] | None:
    """The names in a folder that count, sorted; None after adding to `problems`."""
    try:
        status = folder.stat()
        if not stat.S_ISDIR(status.st_mode):
            problems.add(_printable(shown), "", "a folder", kind_shown(status.st_mode), "name the folder that holds it")
            return None
        if shown == "lab" and folder.is_symlink():
            problems.add(shown, "", "a folder in this folder", "a link", "copy the folder itself here")
            return None
        names = sorted(path.name for path in folder.iterdir())
    except (OSError, ValueError, RuntimeError) as error:
        problems.add(_printable(shown), "", "a folder with a visit", reason_shown(error), remedy_for(error))
        return None
    return [name for name in names if not name.startswith(".") and name.lower() not in IGNORED]


def kind_shown(mode: int) -> str:
    """What a thing on disk is, in words."""
    kinds = ((stat.S_ISREG, "a file"), (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"))
    return next((words for is_kind, words in kinds if is_kind(mode)), "a device or socket")


def size_shown(size_bytes: int) -> str:
    """A size in the largest binary unit that keeps it at least 1: "64 KiB", "1.5 GiB"."""
    for unit, name in ((1024 * MIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.4g} {name}"
    return f"{size_bytes} bytes"


def reason_shown(error: Exception) -> str:
    """Why the system refused a file, without its full path."""
    match error:
        case FileNotFoundError():
            return "nothing there"
        case PermissionError():
            return "no permission"
        case RuntimeError():
            return "links that run in a circle"
        case OSError():
            return (error.strerror or "an error from the disk").lower()
        case _:
            return "a name that no file can have"


def remedy_for(error: Exception) -> str:
    """What to do about a file that the system refused."""
    match error:
        case FileNotFoundError():
            return "check the name; docs/specs/visit-folder.md lists what a visit needs"
        case PermissionError():
            return "give yourself the right to read it"
        case _:
            return ""


def _printable(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)
