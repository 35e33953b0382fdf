"""Alembic's entry: runs on the connection that `commensal.clinic.schema` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
