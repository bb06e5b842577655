"""The posts that show a draft."""

from collections.abc import Mapping

from blocks.draft_card import draft_message, rejected_message
from bot.outreach.drafts import DraftCard, DraftState
from bot.outreach.posts import WantedPost
from handlers.posting import wanted


def draft_posts(card: DraftCard, places: Mapping[str, str]) -> list[WantedPost]:
    """The draft's card under each of these keys, and the news for its author once somebody else rejected it."""
    draft = card.draft
    message = draft_message(card)
    posts = [wanted(key, channel, message) for key, channel in places.items()]
    is_person = draft.author[:1] in {"U", "W"}
    if draft.state is DraftState.REJECTED and is_person and draft.author != draft.decided_by:
        posts.append(wanted(rejected_key(draft.id), draft.author, rejected_message(card)))
    return posts


def rejected_key(draft_id: str) -> str:
    """The direct message to a draft's author. Not under the draft's own keys: it is no copy of its card."""
    return f"draft-rejected:{draft_id}"
