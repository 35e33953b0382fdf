"""Views made again from the records log, beside the old ones, which are then compared and dropped."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, inspect, select, text

from commensal.clinic import views
from commensal.clinic.projecting import Projection
from commensal.clinic.schema import make_views, view_names
from commensal.sentinel import Record, RecordsLog

Progress = Callable[[float], None]

FLUSH_RECORDS = 5_000
"""Records whose rows are gathered before they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild made."""

    records: int
    rows: dict[str, int]
    """Rows of each view."""
    changed: tuple[str, ...]
    """Views whose rows differ from before."""


def make_again(conn: Connection, log: RecordsLog, progress: Progress = lambda _share: None) -> Rebuilt:
    """Make every view again from the log, inside the caller's transaction, which holds the write lock."""
    before = [_set_aside(conn, name) for name in view_names(conn)]
    make_views(conn)
    size = log.size(conn)
    project_all(log.records(conn), conn, lambda index: progress(index / max(size, 1)))
    changed = tuple(name for name in sorted(views.views.tables) if not _is_same(conn, name, before))
    for name in before:
        conn.execute(text(f'DROP TABLE "{_aside(name)}"'))
    counts = {
        name: conn.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in sorted(views.views.tables.items())
    }
    return Rebuilt(records=size, rows=counts, changed=changed)


def project_all(
    records: Iterable[tuple[int, Record | None]],
    conn: Connection,
    progress: Callable[[int], None] = lambda _index: None,
) -> None:
    """Fill empty views from records; those that were erased leave nothing."""
    projection = Projection(conn, is_empty=True)
    for index, record in records:
        if record is None:
            projection.pass_over(index)
        else:
            projection.take(index, record)
        if index % FLUSH_RECORDS == FLUSH_RECORDS - 1:
            projection.flush()
            progress(index)
    projection.flush()


def _aside(name: str) -> str:
    return f"before_{name}"


def _set_aside(conn: Connection, name: str) -> str:
    """Rename a view, so that the new one can take its place."""
    for index in inspect(conn).get_indexes(name):
        conn.execute(text(f'DROP INDEX "{index["name"]}"'))
    conn.execute(text(f'ALTER TABLE "{name}" RENAME TO "{_aside(name)}"'))
    return name


def _is_same(conn: Connection, name: str, before: list[str]) -> bool:
    """Whether a view made again holds the very rows that it held before."""
    table = views.views.tables[name]
    if name not in before:
        return False
    columns = table.columns.keys()
    if [column["name"] for column in inspect(conn).get_columns(_aside(name))] != columns:
        return False
    names = ", ".join(f'"{column}"' for column in columns)
    new, old = (f'SELECT {names} FROM "{one}"' for one in (name, _aside(name)))  # noqa: S608 - our own names
    differ = f"SELECT 1 WHERE EXISTS ({new} EXCEPT {old}) OR EXISTS ({old} EXCEPT {new})"
    counts = f'SELECT (SELECT count(*) FROM "{name}") = (SELECT count(*) FROM "{_aside(name)}")'  # noqa: S608
    return conn.execute(text(differ)).first() is None and bool(conn.execute(text(counts)).scalar_one())
