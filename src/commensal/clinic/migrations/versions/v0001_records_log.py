"""The records log and the settings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WIDE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "log_entry",
        sa.Column("idx", WIDE, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_data_key",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False, unique=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_payload",
        sa.Column("idx", WIDE, primary_key=True, autoincrement=False),
        sa.Column("key_id", sa.Text, sa.ForeignKey("log_data_key.key_id"), nullable=False),
        sa.Column("sealed_record", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_tile",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", WIDE, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
