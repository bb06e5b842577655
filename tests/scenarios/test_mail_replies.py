"""A mail of ours, its answer, and ours to that: from the slash commands through every door and back."""

import asyncio
from dataclasses import replace
from datetime import time

import pytest

from blocks import ids
from bot.outreach.errors import Conflict
from bot.outreach.leads import LeadStatus
from bot.outreach.sequences import REPLIED, RunState
from bot.outreach.unibox import AnswerState
from bot.services.filing import Typed
from tests.blocks.reading import element, labels, words
from tests.scenarios.hands import press, press_under, shown
from tests.scenarios.test_direct_sending import view
from tests.scenarios.test_sequences_in_slack import run_of, start, with_sequence
from tests.scenarios.unibox_given import answers_in, thread_of
from tests.scenarios.unibox_given import typed as types
from tests.services.test_direct_mails import ANA, a_site, dispatched, queued, told
from tests.services.test_mail_hearing import heard, kinds_of

EMAIL, PARSE = "deferred@acme.example.com", "parse.sunny.test"
SENDER = "lena@sunny.test"
pytestmark = pytest.mark.usefixtures("allowed")


async def sequence_begun(world):
    """A lead in a sequence made by hand, whose first step has left from a site that says where answers go."""
    lead = await world.has_lead("Acme", email=EMAIL)
    await with_sequence(world)
    await world.say("/outreach sites")
    await world.click(ids.SITE_EDIT, view_id=world.modal().id)
    await world.submit({"reply_domain": {"value": PARSE}})
    await start(world, lead)
    await world.submit()
    await world.tick()
    return lead


async def replied_to(world):
    """A lead answered an email of ours, and the card stands in the channel."""
    lead = await world.has_lead("Acme", email=EMAIL)
    await queued(world, lead, await a_site(world, reply_domain=PARSE))
    await dispatched(world)
    return lead, *await reply_heard(world)


async def reply_heard(world):
    """What the prospect answered is told, and in the channel; their mail and the card."""
    await told(world)
    there = world.demo.sendgrid.mails[-1]
    await world.demo.sendgrid.reply(there, "What does it cost?")
    await heard(world)
    await world.tick(seconds=5)
    return there, world.posts()[-1]


async def open_composer(world, card, **which):
    await press_under(world, card, ids.REPLY, **which)


async def answered(world, card, words_="It is 900 euros.\n\nLena"):
    await open_composer(world, card)
    await types(world, words_)
    await world.submit()


def newest(world, card):
    """The card as it stands now."""
    return next(post for post in world.posts() if post.ts == card.ts)


async def test_from_their_answer_to_ours(either_world):
    world = either_world
    lead = await sequence_begun(world)
    there, card = await reply_heard(world)
    assert "Acme replied" in words(card.blocks) and "What does it cost?" in words(card.blocks)
    assert {"Reply", "Take", "Mark read"} <= set(labels(card.blocks))
    run = await run_of(world, lead)
    assert (run.state, run.why) == (RunState.STOPPED, REPLIED)
    assert (await world.lead(lead.id)).status is LeadStatus.REPLIED

    await open_composer(world, card)
    assert f"Goes to *{lead.email}* from *{SENDER}*" in words(shown(world))
    assert element(shown(world), ids.REPLY_SUBJECT)["initial_value"] == "Re: A question"
    await types(world, "It is <b>900</b> euros.")
    delivery = await world.submit()
    await world.slack.replay(delivery)
    await world.idle()

    assert f"Sent to {lead.email} from {SENDER}" in words(shown(world))
    _, sent = world.demo.sendgrid.mails
    assert (sent.to, sent.subject, sent.sender) == (lead.email, "Re: A question", SENDER)
    assert "It is 900 euros." in sent.text and "It is <b>900</b> euros." in sent.html
    assert "List-Unsubscribe" in sent.headers and sent.reply_to.endswith(PARSE) and sent.reply_to != there.reply_to
    thread = await thread_of(world, lead)
    async with world.database.read(world.workspace_id) as uow:
        mails = await uow.conversations.mails(thread.id)
    theirs = f"<{mails[1].told.message_id}>"
    assert (sent.headers["In-Reply-To"], sent.headers["References"]) == (theirs, f"{there.smtp_id} {theirs}")
    await world.tick(seconds=5)
    final = newest(world, card)
    assert "Answered by Ana" in words(final.blocks) and "Reply" not in labels(final.blocks)
    assert [answer.state for answer in await answers_in(world, thread)] == [AnswerState.SENT]
    kinds = [str(kind) for kind in await kinds_of(world, lead)]
    assert kinds.count("reply_sent") == kinds.count("email_sent") == kinds.count("replied") == 1


async def test_their_next_answer_stands_in_the_same_conversation(world):
    lead, _, card = await replied_to(world)
    await answered(world, card)
    world.clock.move(minutes=5)

    await world.demo.sendgrid.reply(world.demo.sendgrid.mails[-1], "Too much.")
    await heard(world)
    await world.tick(seconds=5)

    await world.say(f"/unibox {lead.email}")
    await press(world, ids.OPEN_THREAD)
    text = words(shown(world))
    said = ["Hello Jane,", "What does it cost?", "It is 900 euros.", "Too much."]
    assert [text.index(each) for each in said] == sorted(text.index(each) for each in said)
    assert "By email" in text
    async with world.database.read(world.workspace_id) as uow:
        assert len(await uow.conversations.of_leads([lead.id])) == 1


async def test_an_answer_whose_process_died_before_the_call_leaves_once(world):
    lead, _, card = await replied_to(world)
    thread, answers = await thread_of(world, lead), world.house.services.answers
    typed = Typed(thread.id, SENDER, "Re: A question", "It is 900 euros.")

    begun = [await answers.begin(world.workspace_id, ANA, typed, "one") for _ in range(2)]
    world.clock.move(seconds=5)
    await world.house.poster.deliver_due(world.workspace_id)
    assert "'s reply is on its way." in words(newest(world, card).blocks)
    assert "Reply" not in labels(newest(world, card).blocks)
    with pytest.raises(Conflict, match="is being sent"):
        await answers.begin(world.workspace_id, ANA, typed, "another")
    await asyncio.gather(*(answers.carry_out(world.workspace_id, begun[0].id) for _ in range(5)), world.tick(seconds=5))
    await world.tick(seconds=10)

    assert begun[0] == begun[1] and len(world.demo.sendgrid.mails) == 2
    assert "Answered by" in words(newest(world, card).blocks)


async def test_their_answer_to_an_answer_nobody_knew_of_proves_it(world):
    lead, _, card = await replied_to(world)
    world.demo.sendgrid.faults.fail_next(drop_after_effect=True)
    await answered(world, card)
    world.clock.move(minutes=5)

    await world.demo.sendgrid.reply(world.demo.sendgrid.mails[-1], "Too much.")
    await heard(world)
    await world.tick(seconds=10)
    await world.tick(seconds=10)

    thread = await thread_of(world, lead)
    assert [each.state for each in await answers_in(world, thread)] == [AnswerState.SENT]
    async with world.database.read(world.workspace_id) as uow:
        mails = await uow.conversations.mails(thread.id)
    said = [each.told.text.partition("\n")[0].strip() for each in mails]
    assert said == ["Hello Jane,", "What does it cost?", "It is 900 euros.", "Too much."]
    assert "Answered by" in words(newest(world, card).blocks) and thread.waiting_since is not None


async def test_a_full_day_and_quiet_hours_hold_no_answer_back_and_it_counts(world):
    _, _, card = await replied_to(world)
    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    full = replace(budget.site, daily_cap=1, quiet_from=time(0), quiet_to=time(23, 59))
    await world.house.services.sites.save(world.workspace_id, ANA, full)

    await answered(world, card)

    (after,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    assert (len(world.demo.sendgrid.mails), after.used) == (2, budget.used + 1)


async def test_what_sendgrid_refuses_is_not_sent_and_keeps_its_text(world):
    lead, _, card = await replied_to(world)
    world.demo.sendgrid.faults.fail_next(status=400)

    await answered(world, card)

    assert "Not sent: SendGrid refused the message. Your text is kept." in words(shown(world))
    await world.tick(seconds=5)
    assert "'s reply was not sent" in words(newest(world, card).blocks)
    await open_composer(world, card, block_id=f"failed:{(await answers_in(world, await thread_of(world, lead)))[0].id}")
    assert element(shown(world), ids.REPLY_BODY)["initial_value"].startswith("It is 900 euros.")
    await world.submit()
    await world.tick(seconds=5)
    assert len(world.demo.sendgrid.mails) == 2
    assert "Answered by Ana" in words(newest(world, card).blocks)


async def test_somebody_who_unsubscribed_meanwhile_gets_no_answer(world):
    _, there, card = await replied_to(world)
    await open_composer(world, card)
    await types(world, "It is 900 euros.")
    await world.demo.sendgrid.unsubscribe(there)

    await world.submit()

    assert "Not sent: Recipient unsubscribed" in words(shown(world))
    assert len(world.demo.sendgrid.mails) == 1


async def test_a_lost_outcome_is_a_persons_to_decide_or_proven_by_an_event(world):
    _, _, card = await replied_to(world)
    world.demo.sendgrid.faults.fail_next(drop_after_effect=True)

    await answered(world, card)
    await world.tick(seconds=5)
    unclear = newest(world, card).blocks
    await told(world)
    await world.tick(seconds=10)

    assert "It is not known whether Ana Novak's reply went out" in words(unclear)
    assert {"It was sent", "Send again"} <= set(labels(unclear))
    assert "Answered by Ana" in words(newest(world, card).blocks)
    assert len(world.demo.sendgrid.mails) == 2


@pytest.mark.parametrize("decision", [ids.IT_WAS_SENT, ids.SEND_AGAIN])
async def test_a_person_decides_about_an_unclear_answer_once(world, decision):
    lead, _, card = await replied_to(world)
    world.demo.sendgrid.faults.fail_next(drop_after_effect=True, effect=False)
    await answered(world, card)
    await world.tick(seconds=5)
    unclear = newest(world, card)
    early = await press_under(world, unclear, ids.SEND_AGAIN)
    assert early is not None and len(world.demo.sendgrid.mails) == 1
    await world.tick(seconds=31 * 60)

    for _ in range(2):
        await press_under(world, newest(world, card), decision) if decision in _acts(newest(world, card)) else None
        await world.tick(seconds=5)

    assert len(world.demo.sendgrid.mails) == (2 if decision == ids.SEND_AGAIN else 1)
    assert "Answered by Ana" in words(newest(world, card).blocks)
    sent = [answer.state for answer in await answers_in(world, await thread_of(world, lead))]
    again = [AnswerState.SENT, AnswerState.AGAIN]
    assert sent == (again if decision == ids.SEND_AGAIN else [AnswerState.SENT])


def _acts(post):
    return {each.get("action_id") for block in post.blocks for each in block.get("elements", [])}


async def test_a_stopped_site_makes_an_answer_wait_with_its_reason(world):
    _, _, card = await replied_to(world)
    world.demo.sendgrid.faults.fail_next(status=401)
    await answered(world, card)
    await world.tick(seconds=5)

    assert "Ana Novak's reply waits: " in words(newest(world, card).blocks)
    assert "SENDGRID_API_KEY" in words(newest(world, card).blocks)
    (budget,) = await world.house.services.sites.budgets(world.workspace_id, ANA)
    await world.house.services.sites.save(world.workspace_id, ANA, budget.site)
    await world.tick(seconds=11 * 60)
    await world.tick(seconds=10)
    assert "Answered by Ana" in words(newest(world, card).blocks)


async def test_read_is_marked_here_and_refresh_asks_nobody(world):
    lead, _, card = await replied_to(world)
    calls = len(world.plusvibe.calls)
    await world.say(f"/unibox {lead.email}")
    await press(world, ids.OPEN_THREAD)
    await press(world, ids.MARK_READ)
    assert "Read" not in labels(shown(world))
    await press(world, ids.THREAD_REFRESH)

    assert "What does it cost?" in words(shown(world)) and len(world.plusvibe.calls) == calls
    await world.tick(seconds=5)
    assert "Mark read" not in labels(newest(world, card).blocks)


async def test_the_host_answers_go_to_is_checked(world):
    await a_site(world)
    await world.say("/outreach sites")
    await world.click(ids.SITE_EDIT, view_id=world.modal().id)
    await world.submit({"reply_domain": {"value": "https://parse.sunny.test/"}})
    assert "host name" in world.modal().errors["reply_domain"]
    await world.submit({"reply_domain": {"value": "Parse.Sunny.test"}})

    assert "answers to parse.sunny.test" in words(view(world)["blocks"])
