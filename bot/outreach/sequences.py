"""Sequences of our own mails: ordered steps with delays and stop conditions, and one lead's run through them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.outreach.errors import Invalid
from bot.outreach.leads import REPLIED_OR_CONVERTED, Lead, LeadStatus
from bot.outreach.limits import Slot, after_quiet
from bot.outreach.mail_facts import Delivery, Engagement
from bot.outreach.mail_templates import Rendered
from bot.outreach.mails import Outgoing
from bot.outreach.policies import Policy
from bot.outreach.reachability import REASONS, AddressFact

DELAY_HOURS = 72
LEAST_DELAY_HOURS = 24
MOST_DELAY_HOURS = 24 * 90
MOST_STEPS = 10
LONGEST_NAME = 80
NO_REPLY = "Completed (no reply)"
REPLIED = "They replied"
BY_HAND = "A person stopped it"
CLICKED = "They clicked a link"
OPENED = "They opened the email"
BOUNCED = "The email bounced"
DROPPED = "SendGrid dropped the email"
AWAY = "out of office"
ASKED_OUT = "They asked to be removed"


class Mode(StrEnum):
    """`auto`: the clock sends the later steps. `manual`: it only says that one is due, and a person sends it."""

    AUTO = "auto"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Step:
    """One mail. delay_hours: after the step before it left; the first one's counts for nothing.

    stop_on_*: what ends the run once this step has left. in_thread: in the conversation of the step before it.
    """

    template_id: str
    delay_hours: int = DELAY_HOURS
    stop_on_reply: bool = True
    stop_on_click: bool = True
    stop_on_open: bool = True
    in_thread: bool = True


@dataclass(frozen=True, slots=True)
class Sequence:
    """A named row of steps. mode: what its runs begin with. revision: from 1, one more with each change."""

    id: str
    name: str
    steps: tuple[Step, ...]
    mode: Mode = Mode.AUTO
    revision: int = 1
    author: str = ""
    updated_at: datetime | None = None

    def uses(self, template_id: str) -> bool:
        """Whether one of its steps is made from this template."""
        return any(step.template_id == template_id for step in self.steps)


class RunState(StrEnum):
    """`active`: the clock looks at it. `waiting`: for a person, who sends the next step. The last two are for ever."""

    ACTIVE = "active"
    PAUSED = "paused"
    WAITING = "waiting"
    STOPPED = "stopped"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Run:
    """One lead's way through a sequence; a lead has one open at a time.

    step: the next one to make a mail of, from 0. next_at: when that is due; None while the mail before it has not
    left. mail_id: the mail that left last. why: why it stopped or paused, or why a person has to look. had_replied: the
    lead's status said so when it began, so that alone does not stop it. resume_at: when the clock ends the pause; None
    when a person does. held_by: the reply of somebody else at the company that pauses it until a person decides.
    opportunity_id: the page it is to win a link from.
    """

    id: str
    sequence_id: str
    lead_id: str
    site_id: str
    mode: Mode
    author: str
    started_at: datetime
    had_replied: bool = False
    step: int = 0
    state: RunState = RunState.ACTIVE
    next_at: datetime | None = None
    mail_id: str = ""
    why: str = ""
    ended_at: datetime | None = None
    resume_at: datetime | None = None
    held_by: str = ""
    opportunity_id: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still send something."""
        return self.ended_at is None

    def step_key(self, step: int) -> str:
        """What no two mails of one step share."""
        return f"run:{self.id}:{step}"


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known by now. delivery, engagement: of one mail of the run. standing: against the lead's address.

    has_replied: the lead's status says so, and did not when the run began.
    """

    delivery: Delivery = Delivery.NONE
    engagement: Engagement = Engagement.NONE
    standing: AddressFact | None = None
    has_replied: bool = False


@dataclass(frozen=True, slots=True)
class RunPreview:
    """A run as it would go. words, times: of every step, the times the earliest. slot: what step 1 runs into."""

    lead: Lead
    mode: Mode
    words: tuple[Rendered, ...]
    times: tuple[datetime, ...]
    slot: Slot


def usual_mode(policy: Policy) -> Mode:
    """What a new sequence begins as: where only permission counts, a person looks at every step."""
    return Mode.MANUAL if policy.permission else Mode.AUTO


def checked_sequence(sequence: Sequence) -> Sequence:
    """The sequence as it may be stored. Raises `Invalid` with the field: `name`, `steps`, or `delay:1`, from 0."""
    if not sequence.name.strip() or len(sequence.name) > LONGEST_NAME:
        raise Invalid(f"Give the sequence a name of up to {LONGEST_NAME} characters.", field="name")
    if not sequence.steps:
        raise Invalid("A sequence has at least one step: choose a template.", field="steps")
    if len(sequence.steps) > MOST_STEPS:
        raise Invalid(f"A sequence has at most {MOST_STEPS} steps.", field="steps")
    for number, step in enumerate(sequence.steps[1:], start=1):
        if step.delay_hours < LEAST_DELAY_HOURS:
            words = f"A prospect rests for {LEAST_DELAY_HOURS} hours after each email, so the delay is at least that."
            raise Invalid(words, field=f"delay:{number}")
        if step.delay_hours > MOST_DELAY_HOURS:
            raise Invalid(f"The delay is at most {MOST_DELAY_HOURS:,} hours.", field=f"delay:{number}")
    first = replace(sequence.steps[0], delay_hours=0, in_thread=False)
    return replace(sequence, steps=(first, *sequence.steps[1:]))


def stop_reason(step: Step, known: Signals) -> str | None:
    """Why the run must end now, or None to go on. What stands against the address and bounces always end it.

    step: the one that left last; its conditions hold until the next leaves. Whoever clicks or replies has also opened.
    """
    if known.standing is not None:
        return REASONS[known.standing]
    if known.delivery in {Delivery.BOUNCED, Delivery.DROPPED}:
        return BOUNCED if known.delivery is Delivery.BOUNCED else DROPPED
    if step.stop_on_reply and (known.has_replied or known.engagement is Engagement.REPLIED):
        return REPLIED
    if step.stop_on_click and known.engagement is Engagement.CLICKED:
        return CLICKED
    if step.stop_on_open and known.engagement is not Engagement.NONE:
        return OPENED
    return None


def step_before(run: Run, sequence: Sequence) -> Step:
    """The step made last, whose conditions hold now."""
    made = sequence.steps[: run.step] or sequence.steps or (Step(""),)
    return made[-1]


def signals_of(
    run: Run, status: LeadStatus | None, mail: Outgoing | None = None, standing: AddressFact | None = None
) -> Signals:
    """What is known now. status: the lead's. mail: the one that left last."""
    has_replied = status in REPLIED_OR_CONVERTED and not run.had_replied
    if mail is None:
        return Signals(standing=standing, has_replied=has_replied)
    return Signals(mail.delivery, mail.engagement, standing, has_replied)


def sequence_gone(run: Run) -> Sequence:
    """What stands in for a sequence that was deleted: it has no step left to make."""
    return Sequence(run.sequence_id, "a deleted sequence", ())


def after_sent(run: Run, sequence: Sequence, mail_id: str, sent_at: datetime) -> Run:
    """The run once a mail of it has really left: the next step's time, or its end after the last one."""
    run = replace(run, mail_id=mail_id)
    if run.step >= len(sequence.steps):
        return ended(run, RunState.COMPLETED, NO_REPLY, sent_at)
    return replace(run, next_at=sent_at + timedelta(hours=sequence.steps[run.step].delay_hours))


def earliest(sequence: Sequence, first: Slot) -> Iterator[datetime]:
    """The earliest moment of each step. first: what step 1 runs into; later days may be full, which puts off more."""
    at = first.leaves_at
    for number, step in enumerate(sequence.steps):
        if number:
            at = after_quiet(first.budget.site, at + timedelta(hours=step.delay_hours))
        yield at


def away(run: Run, until: datetime) -> Run | None:
    """The run of a lead that is out of office until then; None for one that is over or that a person paused.

    The later day counts. What holds it for another reason goes on holding it.
    """
    if not run.is_open or _is_paused_by_person(run) or (run.resume_at is not None and run.resume_at >= until):
        return None
    return replace(run, state=RunState.PAUSED, resume_at=until, why=run.why if run.held_by else AWAY)


def held(run: Run, reply_id: str, why: str) -> Run | None:
    """The run, paused by somebody else's reply; None for one that is over, or held or paused by a person already."""
    if not run.is_open or run.held_by or _is_paused_by_person(run):
        return None
    return replace(run, state=RunState.PAUSED, held_by=reply_id, why=why)


def let_go(run: Run, now: datetime) -> Run:
    """The run as that reply leaves it: on its way again, unless its lead is out of office still."""
    if run.resume_at is not None and run.resume_at > now:
        return replace(run, held_by="", why=AWAY)
    return resumed(run)


def kept(run: Run) -> Run:
    """The run, paused by a person from now on: no reply and no day ends that."""
    return replace(run, held_by="", resume_at=None)


def asked_out(run: Run) -> Run | None:
    """The run of a lead that asks to be removed, paused until a person decides; None when nothing of it would leave."""
    if not run.is_open or _is_paused_by_person(run):
        return None
    return replace(kept(run), state=RunState.PAUSED, why=ASKED_OUT)


def resumed(run: Run) -> Run:
    """The run, on its way again where it stood."""
    return replace(run, state=RunState.ACTIVE, why="", resume_at=None, held_by="")


def _is_paused_by_person(run: Run) -> bool:
    return run.state is RunState.PAUSED and run.resume_at is None and not run.held_by


def ended(run: Run, state: RunState, why: str, now: datetime) -> Run:
    """The run, over for good."""
    return replace(run, state=state, why=why, next_at=None, ended_at=now, resume_at=None, held_by="")
