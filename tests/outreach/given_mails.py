"""A site and mails for the rules of direct sending."""

from datetime import UTC, datetime, timedelta

from bot.outreach.mail_types import DraftType
from bot.outreach.mails import Outgoing
from bot.outreach.sites import Site

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_site(**values: object) -> Site:
    given = {"from_email": "lena@sunny.test", "from_name": "Lena", "address": "1 Sunny Street", "timezone": "UTC"}
    return Site("site", "Sunny", **(given | values))  # type: ignore[arg-type]


def a_mail(number: int = 1, **values: object) -> Outgoing:
    given = {
        "id": f"mail-{number}",
        "lead_id": "lead",
        "to_email": "jane@acme.test",
        "site_id": "site",
        "type": DraftType.MANUAL,
        "subject": "Hello",
        "text": "Hello Jane",
        "author": "U1",
        "created_at": NOON,
        "due_at": NOON,
    }
    return Outgoing(**(given | values))  # type: ignore[arg-type]


def after(**span: float) -> datetime:
    return NOON + timedelta(**span)
