"""The database's own version: what is made when a clinic is founded, and what is checked each time it is opened."""

from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, inspect, select, text

from commensal.clinic import views
from commensal.clinic.errors import StoreError

HEAD = "0002"
"""The newest migration; a test holds it to the folder."""
RESTORING = "restoring"
"""A table that is there only while a backup is being restored into this database."""

kept = MetaData()
"""Tables of the clinic that are neither log nor view: backed up with the log, moved by migrations."""

settings = Table("setting", kept, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
outbox = Table(
    "outbox",
    kept,
    Column("key", Text, primary_key=True),
    Column("record", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("delivered_at", Text),
    Column("last_error", Text),
)
"""Side effects that follow a record. A row names the record and holds nothing of it: forgetting leaves nothing here."""


def make_schema(conn: Connection) -> None:
    """Create everything in an empty database: migrations to the newest, then the views."""
    upgrade(conn)
    make_views(conn)


def upgrade(conn: Connection) -> None:
    """Run every migration that this database has not seen, in the caller's transaction; views are left as they are."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    views.keep_no_samples(conn, ("log_payload", "log_data_key", "outbox"))


def version_of(conn: Connection, *, is_being_restored: bool = False) -> str:
    """The migration a clinic's database is at, "0001" on.

    Raises:
        StoreError: not a clinic's database, or one that is not restored as a whole yet, unless that is asked for.
    """
    tables = set(inspect(conn).get_table_names())
    if RESTORING in tables and not is_being_restored:
        raise StoreError("database: a restore into it is at work, or was cut short; run `commensal restore` again")
    if "alembic_version" not in tables or "log_checkpoint" not in tables:
        raise StoreError("database: this holds no clinic; check the path, or found one with `commensal init`")
    return str(conn.execute(text("SELECT version_num FROM alembic_version")).scalar())


def is_from_the_future(version: str) -> bool:
    """True for a version that this program does not know."""
    return not version.isdigit() or len(version) != len(HEAD) or version > HEAD


def view_version_of(conn: Connection) -> str:
    """The version of the views that are there; "" when none says so."""
    return str(conn.execute(select(settings.c.value).where(settings.c.name == "view_version")).scalar() or "")


def make_views(conn: Connection) -> None:
    """Make the views, empty, in the shape of this program version; none may be there."""
    views.make_tables(conn)
    conn.execute(settings.delete().where(settings.c.name.in_(("views", "view_version"))))
    names = ",".join(sorted(views.views.tables))
    conn.execute(
        settings.insert(),
        [{"name": "views", "value": names}, {"name": "view_version", "value": str(views.VIEW_VERSION)}],
    )


def view_names(conn: Connection) -> list[str]:
    """The views there are now, perhaps of another program version."""
    found = conn.execute(select(settings.c.value).where(settings.c.name == "views")).scalar()
    there = set(inspect(conn).get_table_names())
    return [name for name in (found or "").split(",") if name in there]


def check_schema(conn: Connection, *, any_view_version: bool = False) -> None:
    """Refuse a database this program cannot use as it is.

    Raises:
        StoreError: not a clinic's database; one of another version; views of another version.
    """
    found = version_of(conn)
    if found != HEAD:
        remedy = "use the program version that wrote it" if is_from_the_future(found) else "run `commensal migrate`"
        raise StoreError(f"database: expected version {HEAD}, it is {found}; {remedy}. Nothing was changed")
    if any_view_version:
        return
    version = view_version_of(conn)
    if version != str(views.VIEW_VERSION):
        raise StoreError(
            f"database: expected views of version {views.VIEW_VERSION}, they are {version}; run `commensal rebuild`"
        )
