"""Home shows each site's day and the mails nobody knows about; a person decides about those from there."""

import pytest

from blocks import ids
from bot.outreach.mails import SEND_LEASE, MailState
from bot.sandbox.slack.server import ANA
from handlers.home import refresh_homes
from tests.blocks.reading import labels, words
from tests.scenarios.hands import press, shown
from tests.scenarios.mail_given import has_due, has_site, states_of
from tests.scenarios.test_home import home

pytestmark = pytest.mark.usefixtures("allowed")


async def lost(world, site, number=1):
    """So many mails whose answer was lost just now."""
    sent = await has_due(world, [site] * number)
    async with world.database.begin(world.workspace_id) as uow:
        await uow.mails.begin([mail.id for mail in sent], world.clock(), SEND_LEASE)
        await uow.mails.move_many(MailState.UNCLEAR, {mail.id: {"problem": "Lost."} for mail in sent})
    return sent


async def test_home_opens_what_is_unclear_and_a_person_says_it_was_sent(either_world):
    world = either_world
    sent = await lost(world, await has_site(world))
    view = await home(world)
    assert "1 email is unclear" in words(view.payload)

    await world.click(ids.OPEN_UNCLEAR, view_id=view.id)
    said = words(shown(world))
    assert "Firm 0" in said and "from Sunny" in said and sent[0].to_email in said
    assert "SendGrid's Email Activity" in said and labels(shown(world)) == ["Open lead", "It was sent", "Send again"]
    await press(world, ids.MAIL_SENT_ANYWAY)

    assert "No email is unclear" in words(shown(world))
    assert await states_of(world, sent) == {sent[0].id: MailState.ACCEPTED}
    assert await refresh_homes(world.house) == 1
    assert "unclear" not in words((await home(world)).payload)


async def test_sending_again_waits_for_the_evidence(world):
    sent = await lost(world, await has_site(world))
    view = await home(world)
    await world.click(ids.OPEN_UNCLEAR, view_id=view.id)

    await press(world, ids.MAIL_AGAIN)
    assert "Wait half an hour" in words(shown(world))
    world.clock.move(minutes=31)
    world.slack.workspace.modals.clear()
    await world.click(ids.OPEN_UNCLEAR, view_id=view.id)
    await press(world, ids.MAIL_AGAIN)

    assert "No email is unclear" in words(shown(world))
    assert (await states_of(world, sent))[sent[0].id] is MailState.AGAIN


async def test_many_are_paged_and_the_doctor_counts_them(world):
    await lost(world, await has_site(world), 12)
    view = await home(world)
    await world.click(ids.OPEN_UNCLEAR, view_id=view.id)
    assert "Firm 9" in words(shown(world)) and "Firm 10" not in words(shown(world))

    await press(world, f"{ids.UNCLEAR_PAGE}|next")
    assert "Firm 11" in words(shown(world)) and "Previous" in labels(shown(world))
    await press(world, f"{ids.UNCLEAR_PAGE}|previous")
    assert "Firm 0" in words(shown(world))

    await world.say("/outreach doctor")
    assert "12 emails are unclear: SendGrid's answer was lost" in world.told()[-1]


async def test_home_follows_what_each_site_has_sent_today(world):
    sites = [await has_site(world, name, daily_cap=10) for name in ("Bright", "Dim", "Moony", "Sunny")]
    said = words((await home(world)).payload)
    assert "0 of 10 sent today" in said and "and 1 more site" in said and "Sunny" not in said

    await has_due(world, sites[:1])
    await world.house.services.dispatch.send_due(world.workspace_id)

    assert await refresh_homes(world.house) == 1
    assert "1 of 10 sent today, resets" in words(world.slack.workspace.homes[ANA].payload)
