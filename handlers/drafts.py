"""`/drafts`: the approval queue, a draft's preview and its edit."""

from handlers import Table

TABLE = Table()
