"""A witness's memory: which logs it knows, what it cosigned, and what contradicts it. One SQLite file.

WAL and synchronous=FULL: what `writing` committed survives a power cut. A witness whose memory is lost must be retired
with its key: an empty memory would cosign a second history.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from commensal.sentinel.checkpoint import Checkpoint
from commensal.sentinel.errors import WitnessError
from commensal.sentinel.note import VerifierKey

STATE_VERSION = 1
BUSY_TIMEOUT_S = 5
LOGS_MAX = 1_024
"""Log keys one witness trusts at most."""
COSIGNED_KEPT = 1_024
"""Cosigned checkpoints remembered for each log; a fork that returns to one of these sizes proves itself."""
EVIDENCE_MAX = 64
"""Contradictions kept for each log and kind; the first ones stay."""

SPLIT, INCONSISTENT, ROLLBACK = "split", "inconsistent", "rollback"
"""Two roots for one size; a newer view whose proof does not hold; an older view than was cosigned."""

SCHEMA = """
CREATE TABLE trusted (vkey TEXT PRIMARY KEY, origin TEXT NOT NULL) STRICT;
CREATE TABLE cosigned (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, PRIMARY KEY (origin, size)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY, origin TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL, size INTEGER NOT NULL,
    root BLOB NOT NULL, known_note TEXT NOT NULL, came_note TEXT NOT NULL, UNIQUE (origin, kind, size, root)
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint this witness cosigned, and the note as the log signed it."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Two views one log signed, both whole. `at` is the witness's clock when the second came."""

    number: int
    origin: str
    kind: str
    at: str
    known_note: str
    came_note: str


class Memory:
    """The memory within one transaction."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def version(self) -> int:
        """The version of the memory's shape."""
        (version,) = self._conn.execute("PRAGMA user_version").fetchone()
        return int(version)

    def trusted(self, origin: str) -> list[str]:
        """The verifier keys trusted to sign for a log; none when the log is unknown."""
        rows = self._conn.execute("SELECT vkey FROM trusted WHERE origin = ? ORDER BY vkey", (origin,))
        return [vkey for (vkey,) in rows]

    def trust(self, key: VerifierKey) -> None:
        """Know a log by its key from now on.

        Raises:
            WitnessError: it knows as many as it takes.
        """
        (have,) = self._conn.execute("SELECT count(*) FROM trusted").fetchone()
        if have >= LOGS_MAX:
            raise WitnessError(f"witness: knows {LOGS_MAX} log keys and takes no more; found another witness")
        self._conn.execute("INSERT OR IGNORE INTO trusted VALUES (?, ?)", (str(key), key.name))

    def latest(self, origin: str) -> Cosigned | None:
        """The largest checkpoint cosigned for a log."""
        return self._one("WHERE origin = ? ORDER BY size DESC LIMIT 1", origin)

    def cosigned(self, origin: str, size: int) -> Cosigned | None:
        """What was cosigned for a log at this size, if it is still remembered."""
        return self._one("WHERE origin = ? AND size = ?", origin, size)

    def save(self, checkpoint: Checkpoint, note: str) -> None:
        """Remember a checkpoint as cosigned; the first note of a size stays."""
        self._conn.execute(
            "INSERT OR IGNORE INTO cosigned VALUES (?, ?, ?, ?)",
            (checkpoint.origin, checkpoint.size, checkpoint.root, note),
        )
        self._conn.execute(
            "DELETE FROM cosigned WHERE origin = ?1 AND size <= "
            "(SELECT size FROM cosigned WHERE origin = ?1 ORDER BY size DESC LIMIT 1 OFFSET ?2)",
            (checkpoint.origin, COSIGNED_KEPT),
        )

    def keep(self, kind: str, at: str, known_note: str, came_note: str, came: Checkpoint) -> None:
        """Keep two views that contradict each other, each pair of size and root once a kind, at most `EVIDENCE_MAX`.

        Both are signed by the log, so nobody but the log can fill this.
        """
        self._conn.execute(
            "INSERT OR IGNORE INTO evidence (origin, kind, at, size, root, known_note, came_note) "
            "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 "
            "WHERE (SELECT count(*) FROM evidence WHERE origin = ?1 AND kind = ?2) < ?8",
            (came.origin, kind, at, came.size, came.root, known_note, came_note, EVIDENCE_MAX),
        )

    def evidence(self) -> list[Evidence]:
        """All contradictions, in the order they came."""
        rows = self._conn.execute(
            "SELECT number, origin, kind, at, known_note, came_note FROM evidence ORDER BY number"
        )
        return [
            Evidence(number=number, origin=origin, kind=kind, at=at, known_note=known, came_note=came)
            for number, origin, kind, at, known, came in rows
        ]

    def _one(self, where: str, *values: str | int) -> Cosigned | None:
        row = self._conn.execute(f"SELECT size, root, note FROM cosigned {where}", values).fetchone()  # noqa: S608
        return Cosigned(*row) if row is not None else None


class WitnessState:
    """The file of a witness's memory. Every use opens it anew, so threads and processes may share it.

    Args:
        path: made by `create`.

    Raises:
        WitnessError: no such file, or one of something else or another version.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise WitnessError(
                f"{path}: no witness's memory here; `commensal witness init` makes one. If it was lost, retire the "
                "witness and its key: a new memory would cosign a second history"
            )
        self._path = path
        try:
            with self.reading() as memory:
                version = memory.version()
        except sqlite3.DatabaseError as error:
            raise WitnessError(f"{path}: this is no witness's memory ({error})") from error
        if version != STATE_VERSION:
            raise WitnessError(f"{path}: expected a witness's memory of version {STATE_VERSION}, got {version}")

    @classmethod
    def create(cls, path: Path) -> "WitnessState":
        """Make an empty memory in a new file.

        Raises:
            WitnessError: there is one already.
        """
        if path.exists():
            raise WitnessError(f"{path}: there already; nothing was changed")
        with closing(sqlite3.connect(path)) as conn:
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = FULL")
            conn.executescript(f"BEGIN;{SCHEMA}PRAGMA user_version = {STATE_VERSION};COMMIT;")
        return cls(path)

    @contextmanager
    def reading(self) -> Iterator[Memory]:
        """The memory at one moment; nothing is written."""
        with self._connection("BEGIN DEFERRED") as conn:
            yield Memory(conn)

    @contextmanager
    def writing(self) -> Iterator[Memory]:
        """The memory with the write lock held; on disk when the block ends well, unchanged when it does not."""
        with self._connection("BEGIN IMMEDIATE") as conn:
            yield Memory(conn)

    @contextmanager
    def _connection(self, begin: str) -> Iterator[sqlite3.Connection]:
        uri = f"{self._path.absolute().as_uri()}?mode=rw"  # never made anew where it was lost
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as conn:
            conn.execute("PRAGMA synchronous = FULL")
            conn.execute(begin)
            try:
                yield conn
            except BaseException:
                conn.rollback()
                raise
            conn.commit()
