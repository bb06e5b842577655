"""Conversations, replies and answers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from storage.migrations.columns import key, moment, number, owned, refers, text, unique

revision = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _threads()
    _messages()
    _replies()
    _answers()
    _closings()


def _threads() -> None:
    op.create_table(
        "threads",
        *owned("threads"),
        key("lead_id"),
        key("provider_id"),
        *text("subject", "preview"),
        moment("last_at"),
        *text("last_direction"),
        sa.Column("unread", sa.Boolean(), nullable=False),
        moment("waiting_since", nullable=True),
        *text("label", "sentiment", "mailbox", "campaign_provider_id", "last_reply_id", "claimed_by"),
        refers("threads", "lead_id", "leads"),
    )
    _index("threads", "lead_id", "last_at")
    _index("threads", "last_at", "seq")
    _partial("ix_threads_waiting", "threads", ["last_at", "seq"], "waiting_since IS NOT NULL")


def _messages() -> None:
    op.create_table(
        "messages",
        *owned("messages"),
        key("thread_id"),
        key("key"),
        key("email_id", nullable=True),
        *text("direction", "lead_email", "from_email", "to_email"),
        moment("at"),
        *text("subject", "text", "html", "mailbox", "provider_thread_id", "message_id", "campaign_provider_id"),
        refers("messages", "thread_id", "threads"),
        unique("messages", "key"),
        unique("messages", "email_id"),
    )
    _index("messages", "thread_id", "at")


def _replies() -> None:
    op.create_table(
        "replies",
        *owned("replies"),
        key("lead_id"),
        key("thread_id"),
        key("key"),
        *text("label", "sentiment"),
        moment("received_at"),
        *text("claimed_by"),
        moment("answered_at", nullable=True),
        *text("answered_by"),
        moment("read_at", nullable=True),
        refers("replies", "lead_id", "leads"),
        refers("replies", "thread_id", "threads"),
        unique("replies", "key"),
    )
    _index("replies", "thread_id", "received_at")
    _index("replies", "lead_id")
    _partial("ix_replies_unanswered", "replies", ["received_at"], "answered_at IS NULL")


def _answers() -> None:
    op.create_table(
        "answers",
        *owned("answers"),
        key("key"),
        key("thread_id"),
        key("lead_id"),
        *text("author", "mailbox", "to_email", "subject", "typed", "html", "reply_to"),
        moment("created_at"),
        *text("state"),
        moment("attempted_at", nullable=True),
        *text("problem", "email_id"),
        moment("look_at", nullable=True),
        refers("answers", "thread_id", "threads"),
        unique("answers", "key"),
    )
    _index("answers", "thread_id", "seq")
    _partial("ix_answers_open", "answers", ["look_at"], "look_at IS NOT NULL")


def _closings() -> None:
    op.create_table(
        "closings",
        *owned("closings"),
        key("lead_id"),
        key("campaign_id"),
        key("reply_id"),
        number("attempts"),
        moment("next_try_at", nullable=True),
        moment("lease_until", nullable=True),
        *text("error"),
        refers("closings", "lead_id", "leads"),
        refers("closings", "campaign_id", "campaigns"),
        unique("closings", "lead_id", "campaign_id", "reply_id"),
    )
    _partial("ix_closings_open", "closings", ["next_try_at"], "next_try_at IS NOT NULL")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_workspace_id_{'_'.join(columns)}", table, ["workspace_id", *columns])


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, ["workspace_id", *columns], sqlite_where=condition, postgresql_where=condition
    )
