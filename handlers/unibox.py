"""`/unibox`: conversations, and the composer."""

from handlers import Table

TABLE = Table()
