"""The campaigns a fresh workspace has: one e-mail, a sequence, classic merge fields, a paused and an old one."""

from datetime import timedelta
from typing import Any

from bot.sandbox.plusvibe.world import Campaign, PlusVibeWorld

AUDIT_LETTER = "66c0de000000000000000001"
AUDIT_SEQUENCE = "66c0de000000000000000002"
QUICK_WINS = "66c0de000000000000000003"
AUTUMN = "66c0de000000000000000004"
SPRING = "66c0de000000000000000005"
INTERESTED_FOLLOW_UP = "66c0de000000000000000006"


def seed_campaigns(world: PlusVibeWorld) -> None:
    """Five campaigns and one follow-up campaign, which the list shows only when asked."""
    texts: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
        AUDIT_LETTER: ("Website audit letter", "ACTIVE", [_generated("")]),
        AUDIT_SEQUENCE: ("Website audit, three steps", "ACTIVE", [_generated(f"_{step}") for step in (1, 2, 3)]),
        QUICK_WINS: ("SEO quick wins, Central Europe", "ACTIVE", [_QUICK_WIN, _QUICK_WIN_REMINDER]),
        AUTUMN: ("Autumn re-engagement", "PAUSED", [_AUTUMN]),
        SPRING: ("Spring fair follow-up", "ARCHIVED", [_SPRING]),
        INTERESTED_FOLLOW_UP: ("Interested, propose a time", "ACTIVE", [_PROPOSAL]),
    }
    for age, (campaign_id, (name, status, steps)) in enumerate(texts.items()):
        world.campaigns[campaign_id] = Campaign(
            campaign_id,
            name,
            [_step(number, *texts) for number, texts in enumerate(steps, start=1)],
            status,
            parent_id=AUDIT_SEQUENCE if campaign_id == INTERESTED_FOLLOW_UP else "",
            created_at=world.clock() - timedelta(days=10 * (age + 1)),
        )


def _step(number: int, subject: str, body: str) -> dict[str, Any]:
    variation = {"variation": "A", "subject": subject, "preheader": "", "body": body}
    return {"step": number, "wait_time": 3, "variations": [variation]}


def _generated(suffix: str) -> tuple[str, str]:
    """A step whose every word comes from the writeback."""
    letter = f"{{{{custom_email_body{suffix}}}}}"  # plain text: its empty lines must survive in HTML
    closing = f"<p>{{{{custom_email_cta{suffix}}}}}</p><p>{{{{sender_signature}}}}</p>"
    body = f'<div style="white-space:pre-line">{letter}</div>{closing}'
    return f"{{{{custom_email_subject{suffix}}}}}", body


_QUICK_WIN = (
    "{{custom_company_name}}: grade {{custom_audit_grade}}, and one thing to fix first",
    "<p>{{random|Hello|Good day}} {{fallback|{{first_name}}|there}},</p>"
    "<p>we looked at {{custom_domain}} last week. It scores {{custom_score_seo}} of 100 for search and "
    "{{custom_score_performance}} for speed.</p>"
    "<p>What costs you most: <b>{{custom_top_issue}}</b>. {{custom_top_issue_fix}}</p>"
    '<p>The whole report: <a href="{{custom_audit_url}}">{{custom_audit_url}}</a></p><p>{{sender_signature}}</p>',
)
_QUICK_WIN_REMINDER = (
    "",
    "<p>{{fallback|{{first_name}}|Hello}}, did you get to look at it? {{custom_issue_count}} findings in all, "
    "and the first one takes an afternoon.</p><p>{{sender_first_name}}</p>",
)
_AUTUMN = (
    "Is {{custom_domain}} ready for the season?",
    "<p>Hi {{first_name}},</p><p>{{custom_audit_summary}}</p><p>Shall I show you the three quickest repairs?</p>"
    "<p>{{sender_signature}}</p>",
)
_SPRING = (
    "Good to meet you in Brno",
    "<p>Hi {{first_name}},</p><p>as promised, our short guide for {{company_name}}.</p><p>{{sender_signature}}</p>",
)
_PROPOSAL = ("", "<p>{{first_name}}, would Tuesday at ten suit you?</p><p>{{sender_first_name}}</p>")
