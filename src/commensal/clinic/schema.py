"""The database's own version: what is made when a clinic is founded, and what is checked each time it is opened."""

from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, inspect, select, text

from commensal.clinic import views
from commensal.clinic.errors import StoreError

HEAD = "0002"
"""The newest migration; a test holds it to the folder."""

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
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    make_views(conn)


def make_views(conn: Connection) -> None:
    """Drop the views and make them empty, in the shape of this program version."""
    for (name,) in conn.execute(select(settings.c.value).where(settings.c.name == "views")).all():
        for table in name.split(","):
            conn.execute(text(f'DROP TABLE IF EXISTS "{table}"'))
    views.views.drop_all(conn)
    views.views.create_all(conn)
    conn.execute(settings.delete())
    names = ",".join(sorted(views.views.tables))
    conn.execute(
        settings.insert(),
        [{"name": "views", "value": names}, {"name": "view_version", "value": str(views.VIEW_VERSION)}],
    )


def check_schema(conn: Connection, *, any_view_version: bool = False) -> None:
    """Refuse a database this program cannot use as it is.

    Raises:
        StoreError: not a clinic's database; one of another version; views of another version.
    """
    tables = set(inspect(conn).get_table_names())
    if "alembic_version" not in tables or "log_checkpoint" not in tables:
        raise StoreError("database: this holds no clinic; check the path, or found one with `commensal init`")
    found = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found != HEAD:
        raise StoreError(
            f"database: expected version {HEAD}, it is {found}; use the program version that wrote it. "
            "Nothing was changed"
        )
    if any_view_version:
        return
    version = conn.execute(select(settings.c.value).where(settings.c.name == "view_version")).scalar()
    if version != str(views.VIEW_VERSION):
        raise StoreError(
            f"database: expected views of version {views.VIEW_VERSION}, they are {version}; run `commensal rebuild`"
        )
