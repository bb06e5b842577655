"""Verdicts on addresses and what is known of their domains. Every lead's address waits to be looked at."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, moment, number, numbered, text, unique

revision = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "verdicts",
        *numbered("verdicts"),
        key("address_key"),
        key("domain"),
        *text("verdict", "reason", nullable=True),
        *text("evidence", "flags"),
        *(moment(name, nullable=True) for name in ("checked_at", "valid_until", "next_at")),
        number("attempts"),
        unique("verdicts", "address_key"),
    )
    op.create_table(
        "mail_domains",
        *numbered("mail_domains"),
        key("domain"),
        moment("held_until", nullable=True),
        *text("found", nullable=True),
        *text("hosts"),
        moment("hosts_until", nullable=True),
        *text("catch_all", nullable=True),
        moment("catch_all_until", nullable=True),
        unique("mail_domains", "domain"),
    )
    op.create_index("ix_mail_domains_held_until", "mail_domains", ["workspace_id", "held_until"])
    _enqueue()
    queued = sa.text("next_at IS NOT NULL")
    for names in (["next_at"], ["domain", "next_at"]):
        name, columns = f"ix_verdicts_{'_'.join(names)}", ["workspace_id", *names, "seq"]
        op.create_index(name, "verdicts", columns, sqlite_where=queued, postgresql_where=queued)


def _enqueue() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    domain = "substr(email_key, instr(email_key, '@') + 1)" if is_sqlite else "substring(email_key from '[^@]*$')"
    op.execute(
        "INSERT INTO verdicts (workspace_id, address_key, domain, evidence, flags, next_at, attempts) "
        f"SELECT workspace_id, email_key, {domain}, '', '', created_at, 0 "
        "FROM leads WHERE email_key IS NOT NULL AND removed_at IS NULL"
    )
