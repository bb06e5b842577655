"""`/pipeline`: the funnel and its stages."""

from handlers import Table

TABLE = Table()
