"""Submissions of web forms in Slack: a lead's on its card, new ones in the channels that want them."""

from collections.abc import Sequence

from blocks import ids
from blocks.submissions import submissions_news, submissions_view
from bot.outreach.posts import WantedPost
from handlers import Table
from handlers.call import Call
from handlers.house import House
from handlers.posting import wanted


async def show_submissions(call: Call) -> None:
    """`All submissions` on the card."""
    await call.ack()
    member = await call.member()
    lead, seen = await call.services.submissions.of_lead(call.workspace_id, member.actor, call.value)
    await call.open(submissions_view(lead, seen, member.timezone))


async def submission_news(house: House, channel: str, submission_ids: Sequence[str]) -> list[WantedPost]:
    """One message for all of them; none when their leads are gone."""
    seen = await house.services.submissions.seen(house.workspace.id, submission_ids)
    return [wanted(f"forms:{channel}:{seen[0][0].submission.id}", channel, submissions_news(seen))] if seen else []


TABLE = Table(actions={ids.SUBMISSIONS: show_submissions})
