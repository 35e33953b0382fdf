"""Auditing and rebuilding a whole store: the log recomputed, views made again and compared, signatures checked."""

import json
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import SQLAlchemyError

from commensal.clinic import views
from commensal.clinic.plain import from_plain, to_plain
from commensal.clinic.plan import Plan
from commensal.clinic.rebuilding import Rebuilt, make_again, project_all
from commensal.clinic.store import Store
from commensal.errors import CommensalError
from commensal.sentinel import AuditReport, audit, keyring

Progress = Callable[[float], None]


def audit_store(store: Store, saved_checkpoint: str | None, progress: Progress = lambda _share: None) -> AuditReport:
    """Audit the log in full, then every view against a rebuild, and every signed plan against its dentist's key.

    Views are only compared when the log itself is sound: views made from a damaged log would say nothing.
    """
    with store.reading() as conn:
        report = audit(conn, store.log.vkey, store.log.vault, saved_checkpoint, lambda share: progress(0.6 * share))
        if not report.is_sound:
            return report
        try:
            problems, first = _compare_views(conn, store)
            progress(0.95)
            problems += _check_signatures(conn)
        except SQLAlchemyError as error:  # whatever is wrong with a table, it is not the view the log makes
            problems, first = [f"views: cannot be read ({type(error).__name__}); run `commensal rebuild`"], None
    return replace(report, problems=tuple(problems), first_bad_index=first) if problems else report


def rebuild(store: Store, progress: Progress = lambda _share: None) -> Rebuilt:
    """Drop the views and make them again from the log, in one transaction."""
    with store.writing() as conn:
        return make_again(conn, store.log, progress)


def _compare_views(conn: Connection, store: Store) -> tuple[list[str], int | None]:
    engine = create_engine("sqlite://")
    with engine.begin() as fresh:
        views.make_tables(fresh)
        project_all(store.log.records(conn), fresh)
        expected = views.rows(fresh)
    engine.dispose()
    problems: list[str] = []
    indexes: list[int] = []
    stored = views.rows(conn)
    for name, rows in expected.items():
        wrong = set(map(repr, stored[name])) ^ set(map(repr, rows))
        if not wrong and len(stored[name]) == len(rows):
            continue
        problems.append(f"view {name}: {max(len(wrong), 1)} rows are not what the log makes; run `commensal rebuild`")
        columns = views.views.tables[name].columns.keys()
        place = next((columns.index(c) for c in ("record", "first_record") if c in columns), None)
        if place is not None:
            found = (row[place] for row in [*rows, *stored[name]] if repr(row) in wrong)
            indexes += [index for index in found if isinstance(index, int)]
    return problems, min(indexes, default=None)


def _check_signatures(conn: Connection) -> list[str]:
    known = set(conn.execute(select(views.founding.c.dentist_key)).scalars())
    problems = []
    for row in conn.execute(select(views.signature)).all():
        drafts = conn.execute(
            select(views.chart.c.content).where(
                views.chart.c.visit_id == row.visit_id, views.chart.c.act == "draftPlan"
            )
        ).scalars()
        try:
            text = [views.as_text(to_plain(Plan, from_plain(Plan, json.loads(draft)["plan"]))) for draft in drafts]
        except (CommensalError, ValueError):
            text = []
        is_good = any(keyring.is_signed_by(row.public_key, one.encode(), row.signature) for one in text)
        if row.public_key not in known or not is_good:
            problems.append(f"record {row.record}: the plan's signature does not hold under the dentist's key")
    return problems
