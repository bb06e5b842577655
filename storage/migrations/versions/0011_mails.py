"""Direct sending: sites and their days, templates, mails, what was heard of them, and prospects' rests."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, keyed, moment, number, owned, refers, text, unique

revision = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _sites()
    op.create_table(
        "mail_templates",
        *owned("mail_templates"),
        key("name"),
        *text("subject", "body"),
        number("revision"),
        *text("author"),
        moment("updated_at"),
        unique("mail_templates", "name"),
    )
    _mails()
    op.create_table(
        "mail_facts",
        *owned("mail_facts"),
        key("mail_id"),
        key("key"),
        *text("kind"),
        moment("at"),
        sa.Column("is_machine", sa.Boolean(), nullable=False),
        *text("url", "useragent", "why"),
        refers("mail_facts", "mail_id", "mails"),
        unique("mail_facts", "mail_id", "key"),
    )
    op.create_index("ix_mail_facts_workspace_id_mail_id_at", "mail_facts", ["workspace_id", "mail_id", "at"])
    op.create_table(
        "rests",
        *keyed("rests", "address_key"),
        key("address_key"),
        key("mail_id"),
        moment("sent_at", nullable=True),
    )
    op.drop_index("ix_inbox_waiting", "inbox")
    _partial("ix_inbox_waiting", "inbox", ["workspace_id", "vendor", "seq"], "state = 'waiting'")


def _sites() -> None:
    op.create_table(
        "sites",
        *owned("sites"),
        key("name"),
        *text("from_email", "from_name", "address", "timezone"),
        *(number(name) for name in ("daily_cap", "quiet_from", "quiet_to")),
        *text("stopped"),
        unique("sites", "name"),
    )
    op.create_table(
        "site_days",
        *keyed("site_days", "site_id", "day"),
        key("site_id"),
        key("day"),
        number("used"),
        refers("site_days", "site_id", "sites"),
    )


def _mails() -> None:
    op.create_table(
        "mails",
        *owned("mails"),
        key("key"),
        key("lead_id"),
        *text("to_email"),
        key("address_key"),
        key("site_id"),
        *text("type", "subject", "text", "author"),
        moment("created_at"),
        moment("due_at"),
        *text("state"),
        key("template_id"),
        key("draft_id"),
        *text("waits_for", nullable=True),
        moment("attempted_at", nullable=True),
        moment("accepted_at", nullable=True),
        key("message_id"),
        *text("smtp_id", "problem", "delivery", "engagement"),
        number("machine_opens"),
        moment("lease_until", nullable=True),
        refers("mails", "lead_id", "leads"),
        refers("mails", "site_id", "sites"),
        unique("mails", "key"),
    )
    for columns in (("lead_id", "seq"), ("address_key", "seq"), ("message_id",)):
        op.create_index(f"ix_mails_workspace_id_{'_'.join(columns)}", "mails", ["workspace_id", *columns])
    _partial("ix_mails_held", "mails", ["workspace_id", "due_at"], "state = 'held'")
    _partial("ix_mails_sending", "mails", ["workspace_id", "lease_until"], "state = 'sending'")


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
