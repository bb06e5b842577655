"""Answers that leave as mails of ours: what they refer to, and how they stand as their mail stands."""

import re
from collections.abc import Mapping, Sequence

from bot.outreach.mails import MailState
from bot.outreach.matching import bare
from bot.outreach.unibox import AnswerState, Direction, Mail

MOST_QUOTED = 20
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,400}>")  # goes into a header: nothing but visible ASCII
STANDS_AS: Mapping[MailState, AnswerState] = {
    MailState.ACCEPTED: AnswerState.SENT,
    MailState.REFUSED: AnswerState.FAILED,
    MailState.CANCELLED: AnswerState.FAILED,
    MailState.UNCLEAR: AnswerState.UNCLEAR,
    MailState.AGAIN: AnswerState.AGAIN,
}


def answered_ids(mails: Sequence[Mail], smtp_ids: Mapping[str, str]) -> str:
    """The `Message-ID`s an answer to the newest message of theirs refers to, oldest first, a blank between two.

    mails: the conversation, oldest first. smtp_ids: of our mails, as far as the vendor told them, by our id. Of a long
    conversation the first and the newest stay (RFC 5322 lets a References line be cut so).
    """
    theirs = [at for at, mail in enumerate(mails) if mail.direction is Direction.IN]
    until = mails[: theirs[-1] + 1] if theirs else mails
    named = [f"<{bare(smtp_ids.get(mail.told.email_id) or mail.told.message_id)}>" for mail in until]
    usable = list(dict.fromkeys(each for each in named if _MESSAGE_ID.fullmatch(each)))
    return " ".join(usable if len(usable) <= MOST_QUOTED else [usable[0], *usable[1 - MOST_QUOTED :]])
