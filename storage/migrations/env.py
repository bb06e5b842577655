"""Alembic's entry. `storage.schema.migrate` hands over an open connection in a transaction."""

from alembic import context

from storage.tables import metadata
from storage.unit_of_work import UnitOfWork

_EVERY_TABLE = UnitOfWork  # importing it defines them all

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
