"""Steps a person is asked about, and how their notices and their cards are named."""

from dataclasses import dataclass

from bot.outreach.leads import Lead
from bot.outreach.mail_templates import Rendered
from bot.outreach.sequences import Mode, Run, RunState, Sequence

_OVER = "over"


@dataclass(frozen=True, slots=True)
class DueStep:
    """A run's step, from 0, that waits or waited for a person. words: as the lead would get it; None when nobody waits
    any more, or a value is missing. decided_by: who sent it or ended the run, by name; empty when that was no person.
    """

    run: Run
    step: int
    lead: Lead
    sequence: Sequence
    words: Rendered | None = None
    decided_by: str = ""

    @property
    def waits(self) -> bool:
        """Whether a person still has to act; a manual run just resumed only has not been looked at yet."""
        run = self.run
        is_asked = run.state is RunState.WAITING or (run.state is RunState.ACTIVE and run.mode is Mode.MANUAL)
        return is_asked and run.step == self.step and run.next_at is not None


def asked(run: Run) -> str:
    """What names the notice that its next step waits."""
    return f"{run.id}:{run.step}"


def over(run_id: str) -> str:
    """What names the notice that the run is over, for the cards that ask about it."""
    return f"{run_id}:{_OVER}"


def read_asked(item_id: str) -> tuple[str, int] | None:
    """The run and its step; None for the notice that it is over."""
    run_id, _, step = item_id.rpartition(":")
    return None if step == _OVER else (run_id, int(step))


def cards_of_run(run_id: str) -> str:
    """What the keys of all its cards begin with."""
    return f"step:{run_id}:"


def card_key(card: DueStep, channel: str) -> str:
    """The key of its card in a channel."""
    return f"{cards_of_run(card.run.id)}{card.step}:{channel}"


def step_of_card(key: str) -> int:
    """The step that a card's key names."""
    return int(key.split(":")[2])
