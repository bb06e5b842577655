"""Alembic steps."""
