"""How far each mailbox was read for replies."""

from collections.abc import Sequence

from alembic import op

from storage.migrations.columns import key, keyed, moment, number, text

revision = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "mailbox_marks",
        *keyed("mailbox_marks", "mailbox"),
        key("mailbox"),
        moment("look_at"),
        *(number(name, nullable=True) for name in ("validity", "uid")),
        *(number(name) for name in ("mails_read", "left_out")),
        moment("looked_at", nullable=True),
        number("failures"),
        *text("problem"),
    )
