"""What became of an answer, stored with everything that shows it."""

from dataclasses import dataclass
from datetime import datetime

from bot.outreach.access import CLOCK, Actor
from bot.outreach.unibox import Answer, AnswerState
from bot.services.filing import event_of, existing_answer, file_sent
from bot.services.reply_cards import TellAuthor, Wording, show_cards, tell_author
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Settling:
    """wording: a reply's card. author: what an author hears of an answer that is unclear, and how that ended."""

    wording: Wording
    author: TellAuthor

    async def settle(
        self,
        uow: UnitOfWork,
        answer: Answer,
        state: AnswerState,
        now: datetime,
        *,
        problem: str = "",
        email_id: str = "",
        actor: Actor = CLOCK,
        look_at: datetime | None = None,
    ) -> Answer:
        """Once; the answer as it stands then. look_at: when more may be known."""
        if await uow.answers.settle(answer.id, state, problem=problem, email_id=email_id, look_at=look_at):
            answer = await existing_answer(uow, answer.id)
            if state is AnswerState.SENT:
                await file_sent(uow, answer, now)
            await uow.events.add(event_of(answer, actor, now))
            await self.show(uow, answer, now)
            await tell_author(uow, answer, self.author, now)
        return await existing_answer(uow, answer.id)

    async def show(self, uow: UnitOfWork, answer: Answer, now: datetime) -> None:
        """The posted cards of its conversation follow."""
        await show_cards(uow, await uow.replies.in_thread(answer.thread_id), self.wording, now)
