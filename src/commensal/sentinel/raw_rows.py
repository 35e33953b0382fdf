"""Rows as the database really has them, for an audit: a value of a foreign type reads as None and crashes nothing.

SQLite keeps any type in any column, and text that is no UTF-8; neither may stop an audit half-way.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Column, Connection, LargeBinary, Table, Text, TextClause, func, select, text
from sqlalchemy.exc import DatabaseError

PAGE_ROWS = 1_024
"""Rows fetched at once: about half a megabyte of usual payloads, so they are still near when they are looked at."""
Row: TypeAlias = Sequence[Any]
LOWEST = -(2**63)
"""Below every key that a database can hold."""


def raw_rows(conn: Connection, table: Table, *names: str) -> list[Row]:
    """Every row's columns `names`, in no order."""
    return _fetch(conn, table, names, _query(table, names, "", _is_loose(conn)), {})


def raw_where(conn: Connection, table: Table, *names: str, where: str, **bounds: int) -> list[Row]:
    """The rows for which `where` holds, our own SQL with `bounds` for its parameters; it may order them too."""
    return _fetch(conn, table, names, _query(table, names, f"WHERE {where}", _is_loose(conn)), bounds)


def stored_where(conn: Connection, table: Table, *names: str, where: str, **bounds: int) -> list[Row]:
    """As `raw_where`, with text as the driver gives it: in SQLite its bytes, whether or not they are UTF-8."""
    return _as_driven(conn, _query(table, names, f"WHERE {where}", _is_loose(conn)), bounds)


def raw_pages(conn: Connection, table: Table, *names: str) -> Iterator[list[Row]]:
    """Rows in the order of the first of `names`, an integer key; a page at a time, to spare memory.

    Rows whose key is no integer are left out: compare with `count_rows`.
    """
    key, is_loose = names[0], _is_loose(conn)
    is_integer = f" AND typeof({key}) = 'integer'" if is_loose else ""
    where = f"WHERE {key} >= :first{is_integer} ORDER BY {key} LIMIT {PAGE_ROWS}"
    query = _query(table, names, where, is_loose)
    first = LOWEST
    while rows := _fetch(conn, table, names, query, {"first": first}):
        yield rows
        if len(rows) < PAGE_ROWS:
            return
        first = rows[-1][0] + 1


def _fetch(
    conn: Connection, table: Table, names: tuple[str, ...], query: TextClause, bounds: dict[str, int]
) -> list[Row]:
    rows = _as_driven(conn, query, bounds)
    texts = [i for i, name in enumerate(names) if isinstance(table.c[name].type, Text)]
    if not texts or not rows:
        return rows
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for i in texts:
        read = {value: _as_text(value) for value in set(columns[i])}
        columns[i] = [read[value] for value in columns[i]]
    return list(zip(*columns, strict=True))


def _as_driven(conn: Connection, query: TextClause, bounds: dict[str, int]) -> list[Row]:
    """The driver's own rows: what is put around each would cost an audit as much as hashing an entry."""
    result = conn.execute(query, bounds)
    cursor: Any = result.cursor
    try:
        return list(cursor.fetchall())
    except conn.dialect.loaded_dbapi.Error as error:
        raise DatabaseError(None, None, error) from error
    finally:
        result.close()


def count_rows(conn: Connection, table: Table) -> int:
    """How many rows a table has, whatever is in them."""
    return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def _is_loose(conn: Connection) -> bool:
    return conn.dialect.name == "sqlite"


@cache
def _query(table: Table, names: tuple[str, ...], where: str, is_loose: bool) -> TextClause:
    columns = [_checked(table.c[name]) if is_loose else name for name in names]
    return text(f"SELECT {', '.join(columns)} FROM {table.name} {where}")  # noqa: S608 - names are our own tables'


def _checked(column: Column[Any]) -> str:
    name = column.name
    if isinstance(column.type, LargeBinary):
        return f"CASE typeof({name}) WHEN 'blob' THEN {name} END"
    if isinstance(column.type, Text):
        return f"CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) END"
    return f"CASE typeof({name}) WHEN 'integer' THEN {name} END"


def _as_text(value: bytes | str | None) -> str | None:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
