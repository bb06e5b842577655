"""The link board: opportunities in four columns, each with what its card shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.outreach.leads import Lead
from bot.outreach.link_checks import LinkCheck
from bot.outreach.mail_facts import MailFact
from bot.outreach.mails import Outgoing
from bot.outreach.opportunities import BoardColumn, Opportunity
from bot.outreach.sequences import Run

LOOKS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class LinkCard:
    """One opportunity. lead: whom one writes to. mail: the newest. run: the open one, of so many steps."""

    opportunity: Opportunity
    lead: Lead | None = None
    mail: Outgoing | None = None
    run: Run | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class LinkBoard:
    """The newest few of each column. counts: how many each has, or how many of them were found. any: there is one."""

    cards: Mapping[BoardColumn, Sequence[LinkCard]]
    counts: Mapping[BoardColumn, int]
    any: bool = True


@dataclass(frozen=True, slots=True)
class LinkPage:
    """One page of a column. cursor: of the next page, empty on the last. total: None while searching."""

    column: BoardColumn
    cards: Sequence[LinkCard]
    cursor: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class LinkHistory:
    """What was sent for an opportunity, newest first, what was heard of each by its id, and the newest looks."""

    opportunity: Opportunity
    lead: Lead | None
    mails: Sequence[Outgoing]
    heard: Mapping[str, Sequence[MailFact]]
    checks: Sequence[LinkCheck] = ()
