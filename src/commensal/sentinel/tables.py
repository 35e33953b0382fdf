"""Where a log is kept in a database: five tables, no view among them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

log_tables = MetaData()

entry = Table(
    "log_entry",
    log_tables,
    Column("idx", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
)
data_key = Table(
    "log_data_key",
    log_tables,
    Column("key_id", Text, primary_key=True),
    Column("subject", Text, nullable=False, unique=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
payload = Table(
    "log_payload",
    log_tables,
    Column("idx", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("key_id", Text, ForeignKey("log_data_key.key_id"), nullable=False),
    Column("sealed_record", LargeBinary, nullable=False),
)
tile = Table(
    "log_tile",
    log_tables,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
checkpoint = Table(
    "log_checkpoint",
    log_tables,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
"""One row, slot 0: the latest signed checkpoint."""
