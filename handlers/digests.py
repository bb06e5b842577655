"""`/outreach digest`: what is posted where, and the digest."""

from handlers import Table

TABLE = Table()
