"""What became of a bulk `Mark completed`: done, skipped, failed, each with its reasons. Nothing is silent."""

from collections import Counter
from collections.abc import Sequence

from blocks.campaign_choice import campaign_name
from blocks.message import Message, context, count, esc, section
from bot.outreach.campaigns import Campaign
from bot.outreach.pushes import Envelope, Outcome

MOST_REASONS = 5


def completed(campaign: Campaign, envelope: Envelope) -> Message:
    """`Closed at provider: 12 contacts in Spring`, and a line for every reason somebody was left out."""
    done = f"Closed at provider: {count(len(envelope.done), 'contact')} in {campaign_name(campaign)}"
    left_out = [*_reasons("skipped", envelope.skipped), *_reasons("failed", envelope.failed)]
    mark = "⚠️" if envelope.failed else "✅"
    blocks = [section(f"{mark} *{done.replace('*', '∗')}*"), *(context(line) for line in left_out)]
    return Message("\n".join([done, *left_out]), blocks)


def _reasons(what: str, outcomes: Sequence[Outcome]) -> list[str]:
    reasons = Counter(outcome.reason for outcome in outcomes)
    return [f"{number:,} {what}: {esc(reason, 300)}" for reason, number in reasons.most_common(MOST_REASONS)]
