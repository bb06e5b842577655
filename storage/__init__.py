"""The rows: tables and repositories. They take and return the frozen dataclasses of `bot.outreach`."""
