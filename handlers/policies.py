"""`/outreach settings`: the workspace's own rules."""

from handlers import Table

TABLE = Table()
