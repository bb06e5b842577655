"""The table of the mails we send ourselves, and which of them wait, are under way or unclear."""

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint, literal_column

from bot.outreach.limits import Limit
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mail_types import DraftType
from bot.outreach.mails import MailState
from storage.tables import metadata, owned_columns, refers_to, stands_at
from storage.types import Choice, CleanText, Int64, KeyText, UtcDateTime

mails = Table(
    "mails",
    metadata,
    *owned_columns(),
    Column("key", KeyText, nullable=False),
    Column("lead_id", KeyText, nullable=False),
    Column("to_email", CleanText, nullable=False),
    Column("address_key", KeyText, nullable=False),
    Column("site_id", KeyText, nullable=False),
    Column("type", Choice(DraftType), nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", Choice(MailState), nullable=False),
    Column("template_id", KeyText, nullable=False),
    Column("draft_id", KeyText, nullable=False),
    Column("waits_for", Choice(Limit)),
    Column("attempted_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("message_id", KeyText, nullable=False),
    Column("smtp_id", CleanText, nullable=False),
    Column("problem", CleanText, nullable=False),
    Column("delivery", Choice(Delivery), nullable=False),
    Column("engagement", Choice(Engagement), nullable=False),
    Column("is_clicked", Boolean, nullable=False),
    Column("machine_opens", Int64, nullable=False),
    Column("run_id", KeyText),
    Column("thread", CleanText, nullable=False),
    Column("html", CleanText, nullable=False),
    Column("opportunity_id", KeyText),
    Column("lease_until", UtcDateTime),
    refers_to("leads", "lead_id"),
    refers_to("sites", "site_id"),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "workspace_id", "run_id"),
    Index(None, "workspace_id", "lead_id", "seq"),
    Index(None, "workspace_id", "address_key", "seq"),
    Index(None, "workspace_id", "message_id"),
)
_LEFT = mails.c.accepted_at.is_not(None)
Index("ix_mails_left", mails.c.workspace_id, mails.c.accepted_at, sqlite_where=_LEFT, postgresql_where=_LEFT)
_FOR_LINK = mails.c.opportunity_id.is_not(None)
Index(
    "ix_mails_opportunity",
    mails.c.workspace_id,
    mails.c.opportunity_id,
    mails.c.seq,
    sqlite_where=_FOR_LINK,
    postgresql_where=_FOR_LINK,
)
HELD = stands_at(mails.c.state, MailState.HELD)
SENDING = stands_at(mails.c.state, MailState.SENDING)
for _name, _open, *_columns in (("held", HELD, "due_at", "seq"), ("sending", SENDING, "lease_until")):
    _indexed = (mails.c[name] for name in ("workspace_id", *_columns))
    Index(f"ix_mails_{_name}", *_indexed, sqlite_where=_open, postgresql_where=_open)
TOLD = mails.c.smtp_id != literal_column("''")  # written out: with a parameter SQLite would not take the index
Index("ix_mails_smtp_id", mails.c.workspace_id, mails.c.smtp_id, sqlite_where=TOLD, postgresql_where=TOLD)
UNCLEAR = stands_at(mails.c.state, MailState.UNCLEAR)
Index("ix_mails_unclear", mails.c.workspace_id, mails.c.seq, sqlite_where=UNCLEAR, postgresql_where=UNCLEAR)
