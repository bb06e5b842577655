"""A web form from the command to the visitor, the confirmation mail and consent with its proof."""

import asyncio
import re
from dataclasses import replace

from blocks import ids
from bot.outreach.consents import ConsentValue
from bot.outreach.forms import CONFIRM_AGAIN, CONFIRM_FOR, HONEYPOT, WebForm
from bot.outreach.opting_out import CONFIRM, UNSUBSCRIBE, token_for
from bot.outreach.routes import Cadence, Topic
from bot.outreach.submissions import ConfirmState
from bot.sandbox.slack.server import DEV, OUTREACH
from bot.services.consents import consent_in
from tests.blocks.reading import element, words
from tests.scenarios.hands import press, shown
from tests.services.test_direct_mails import ANA, a_site

JANE = {"email": "Jane@acme.example.com", "first_name": "Jane", "consent": "yes", "page": "https://acme.com/news"}
KEY = "jane@acme.example.com"


async def a_form(world, **values):
    site = await a_site(world, name=f"Site of {values.get('name', 'Newsletter')}")
    form = WebForm("", "", "Newsletter", ("first_name", "company_name"), site_id=site.id)
    return await world.house.services.forms.save(world.workspace_id, ANA, replace(form, **values))


async def sends(world, form, given=JANE, **how):
    return await world.api.post(f"/forms/{form.key}", data=given, **how)


async def submitted(world, key=KEY):
    async with world.database.read(world.workspace_id) as uow:
        return await uow.submissions.of_address(key, 99)


async def consent_of(world, key=KEY):
    async with world.database.read(world.workspace_id) as uow:
        return await consent_in(uow, key)


async def mailed(world):
    """The clock sends what is due; the links of the confirmation mails so far, oldest first."""
    await world.house.services.confirming.send_due(world.workspace_id)
    return [re.search(r"http\S+/forms/confirm/\w+", mail.text).group() for mail in world.demo.sendgrid.mails]


async def found(world, email=KEY):
    async with world.database.read(world.workspace_id) as uow:
        return (await uow.leads.by_keys([email])).get(email)


async def test_made_in_slack_shown_as_code_and_retired(world, allowed):
    site = await a_site(world)
    await world.say("/outreach forms")
    assert "No web form yet" in words(shown(world))
    await press(world, ids.FORM_NEW)
    values = {"name": {"value": "Newsletter"}, "origins": {"value": "https://www.acme.com"}}
    await world.submit({**values, "site": {ids.FORM_SITE: site.id}})

    said = words(shown(world))
    assert "Saved Newsletter." in said and "confirmed by email" in said and "https://www.acme.com" in said
    ((form,), _) = await forms_of(world)
    await press(world, ids.FORM_MENU, selected=f"code:{form.id}")
    code = words(shown(world))
    assert f"{world.house.base_url}/forms/{form.key}" in code and HONEYPOT in code and "&lt;form action" in code


async def forms_of(world):
    board = await world.house.services.forms.board(world.workspace_id, ANA)
    return board.forms, board.sites


async def test_a_wrong_form_is_refused_beside_its_box(world, allowed):
    await world.say("/outreach forms")
    await press(world, ids.FORM_NEW)
    await world.submit({"name": {"value": "Newsletter"}})

    assert "Choose the site" in str(world.modal().errors)


async def test_only_admins_change_forms(world, allowed):
    await a_form(world)
    await world.say("/outreach forms", user=DEV)

    assert "code:" in str(shown(world, DEV)) and "edit:" not in str(shown(world, DEV))
    assert element(shown(world, DEV), ids.FORM_NEW) is None


async def test_from_the_page_to_consent_with_its_proof(either_world, allowed):
    world = either_world
    form = await a_form(world)

    answer = await sends(world, form)
    assert answer.status_code == 200 and "Look into your inbox" in answer.text
    lead = await found(world)
    assert (lead.first_name, lead.domain, await consent_of(world)) == ("Jane", "acme.example.com", None)
    (link,) = await mailed(world)
    (mail,) = world.demo.sendgrid.mails
    assert mail.to == "Jane@acme.example.com" and form.wording in mail.text and not mail.html

    for _ in range(2):  # a scanner looks and changes nothing
        looked = await world.api.get(link)
        assert looked.status_code == 200 and "<button>Confirm</button>" in looked.text and "J•••@" in looked.text
    assert await consent_of(world) is None
    for _ in range(2):
        assert "Confirmed, thank you" in (await world.api.post(link)).text
    consent = await consent_of(world)
    (submission,) = await submitted(world)
    assert (consent.value, consent.source) == (ConsentValue.FORM, "Web form Newsletter")
    assert submission.id in consent.note and form.wording in consent.note and "https://acme.com/news" in consent.note
    async with world.database.read(world.workspace_id) as uow:
        assert len(await uow.consents.history(KEY)) == 1
    assert "Confirmed, thank you" in (await world.api.get(link)).text


async def test_the_card_shows_what_was_sent_and_the_timeline_tells_it(world, allowed):
    form = await a_form(world)
    await sends(world, form, {**JANE, "first_name": "Jane <!channel>"})
    await world.say(f"/leads show {KEY}")

    said = words(shown(world))
    assert "Webform submissions" in said and "confirmation email is due" in said
    assert "Web form filled in: Newsletter" in said
    await press(world, ids.SUBMISSIONS)
    assert "First name: Jane &lt;!channel&gt;" in words(shown(world)) and "acme.com/news" in words(shown(world))


async def test_what_a_person_filled_in_is_never_replaced(either_world):
    world = either_world
    lead = await world.has_lead("Acme", email=KEY)
    await sends(world, await a_form(world), {**JANE, "first_name": "Eve", "company_name": "Evil Inc"})
    assert (await world.lead(lead.id)).first_name == "Jane"
    assert (await world.lead(lead.id)).company_name == "Acme"


async def test_without_a_tick_there_is_a_lead_and_no_consent(world):
    await sends(world, await a_form(world), {"email": KEY})

    (submission,) = await submitted(world)
    assert (submission.agreed, submission.confirm) == (False, ConfirmState.NONE)
    assert await mailed(world) == [] and await consent_of(world) is None and await found(world) is not None


async def test_without_double_opt_in_consent_counts_at_once(world):
    form = await a_form(world, double_opt_in=False, thank_you_url="https://www.acme.com/thanks")

    answer = await sends(world, form)

    assert (answer.status_code, answer.headers["location"]) == (303, "https://www.acme.com/thanks")
    assert (await consent_of(world)).value is ConsentValue.FORM and await mailed(world) == []


async def test_a_script_sends_json_and_reads_json(world):
    form = await a_form(world, origins=("https://www.acme.com",))
    origin = {"Origin": "https://www.acme.com"}

    asked = await world.api.options(f"/forms/{form.key}", headers=origin)
    answer = await world.api.post(f"/forms/{form.key}", json={**JANE, "consent": True}, headers=origin)

    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "https://www.acme.com")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "confirm": True})
    assert answer.headers["access-control-allow-origin"] == "https://www.acme.com"
    elsewhere = {"Origin": "https://evil.com"}
    refused = await world.api.post(f"/forms/{form.key}", json=JANE, headers=elsewhere)
    assert refused.status_code == 403 and "access-control-allow-origin" not in refused.headers
    preflight = await world.api.options(f"/forms/{form.key}", headers=elsewhere)
    assert "access-control-allow-origin" not in preflight.headers


BAD = [
    ({"json": {"email": "nobody"}}, 422),
    ({"json": {"first_name": "Jane"}}, 422),
    ({"json": {"email": "a@b.com", "first_name": "n" * 101}}, 422),
    ({"content": b'{"email": "\\ud800@b.com"}', "headers": {"Content-Type": "application/json"}}, 422),
    ({"json": ["email"]}, 400),
    ({"json": {"email": {"a": 1}}}, 400),
    ({"json": {f"f{number}": "x" for number in range(51)}}, 400),
    ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ({"content": b"[" * 30_000, "headers": {"Content-Type": "application/json"}}, 400),
    ({"content": b"email=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400),
    ({"content": b"a&" * 60, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400),
    ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
    ({"data": {"email": "<script>@x"}}, 422),
    ({"content": b"x" * 40_000, "headers": {"Content-Type": "application/json"}}, 413),
]


async def test_what_cannot_be_used_is_refused_clearly_and_nothing_is_kept(world):
    form = await a_form(world)

    answers = [(await world.api.post(f"/forms/{form.key}", **body)) for body, _ in BAD]

    assert [answer.status_code for answer in answers] == [status for _, status in BAD]
    assert answers[0].json()["problems"][0]["field"] == "email"
    assert "<script>" not in answers[12].text
    async with world.database.read(world.workspace_id) as uow:
        assert await uow.leads.counts() == {}


async def test_an_unknown_key_is_404_and_a_retired_form_410_until_it_is_taken_up_again(world):
    form = await a_form(world)
    forms = world.house.services.forms

    assert (await sends(world, replace(form, key="nobodys"))).status_code == 404
    assert (await sends(world, replace(form, key="x" * 700))).status_code == 404
    await forms.retire(world.workspace_id, ANA, form.id)
    assert (await sends(world, form)).status_code == 410
    await forms.retire(world.workspace_id, ANA, form.id, back=True)
    assert (await sends(world, form)).status_code == 200


async def test_a_program_that_fills_in_the_hidden_box_hears_thank_you_and_leaves_nothing(world):
    answer = await sends(world, await a_form(world), {**JANE, HONEYPOT: "1"})

    assert answer.status_code == 200 and await found(world) is None


async def test_the_same_again_is_one_submission(either_world):
    world = either_world
    form = await a_form(world)
    for _ in range(5):
        assert (await sends(world, form)).status_code == 200

    assert len(await submitted(world)) == 1


async def test_one_address_is_taken_three_times_an_hour(world):
    form = await a_form(world)
    answers = [await sends(world, form, {**JANE, "first_name": f"Jane {number}"}) for number in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    retry_after = int(answers[3].headers["retry-after"])
    assert 3_500 < retry_after <= 3_601 and "Try again in 60 minutes" in answers[3].text
    world.clock.move(seconds=retry_after)
    assert (await sends(world, form, {**JANE, "first_name": "Jane 9"})).status_code == 200


async def test_one_place_is_taken_ten_times_in_ten_minutes(world):
    form = await a_form(world)
    answers = [await sends(world, form, {**JANE, "email": f"p{number}@acme.example.com"}) for number in range(11)]

    assert [answer.status_code for answer in answers] == [*[200] * 10, 429]
    assert all("127.0.0.1" not in str(each) for each in await submitted(world, "p0@acme.example.com"))


async def test_one_confirmation_mail_an_hour_goes_to_an_address(world):
    form, other = await a_form(world), await a_form(world, name="Webinar")
    await sends(world, form)
    await sends(world, other)

    assert len(await mailed(world)) == 1
    assert {each.confirm for each in await submitted(world)} == {ConfirmState.SENT, ConfirmState.HELD}
    world.clock.move(seconds=CONFIRM_AGAIN.total_seconds() + 1)
    await sends(world, form)
    assert len(await mailed(world)) == 2


async def test_two_clocks_at_once_send_it_once(either_world):
    world = either_world
    await sends(world, await a_form(world))
    await asyncio.gather(*(world.house.services.confirming.send_due(world.workspace_id) for _ in range(4)))

    assert len(world.demo.sendgrid.mails) == 1


async def test_a_suppressed_address_gets_none_and_its_visitor_hears_the_same(world):
    form = await a_form(world)
    usual = (await sends(world, form, {**JANE, "email": "other@acme.example.com"})).text
    await world.house.services.opting_out.suppress(world.workspace_id, ANA, KEY, "asked")

    assert (await sends(world, form)).text == usual
    assert [mail.to for mail in world.demo.sendgrid.mails] == []
    await mailed(world)
    assert [mail.to for mail in world.demo.sendgrid.mails] == ["other@acme.example.com"]
    assert [each.confirm for each in await submitted(world)] == [ConfirmState.FAILED]


async def test_links_that_are_not_ours_cut_changed_or_of_another_kind_confirm_nothing(world):
    await sends(world, await a_form(world))
    (link,) = await mailed(world)
    address, _, token = link.rpartition("/")
    (submission,) = await submitted(world)
    secret = world.house.services.submissions._secrets[0]
    forged = [
        token[:-1],
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token_for(CONFIRM, world.workspace_id, submission.id, b"another secret"),
        token_for(UNSUBSCRIBE, world.workspace_id, submission.id, secret),
        token_for(CONFIRM, submission.id, submission.id, secret),
        token_for(CONFIRM, world.workspace_id, submission.form_id, secret),
        "x",
    ]

    answers = [await world.api.post(f"{address}/{each}") for each in forged]

    assert [answer.status_code for answer in answers] == [404] * len(forged)
    assert await consent_of(world) is None


async def test_a_link_that_is_too_old_asks_for_a_new_one(world):
    await sends(world, await a_form(world))
    (link,) = await mailed(world)
    world.clock.move(seconds=CONFIRM_FOR.total_seconds())

    assert (await world.api.get(link)).status_code == 410
    assert "too old" in (await world.api.post(link)).text and await consent_of(world) is None


async def test_a_mail_sendgrid_puts_off_is_tried_again_but_no_lost_or_refused_one(world):
    form, faults = await a_form(world), world.demo.sendgrid.faults
    outcomes = []
    for number, fault in enumerate(({"status": 401}, {"status": 400, "message": "No"}, {"drop_after_effect": True})):
        email = f"p{number}@acme.example.com"
        await sends(world, form, {**JANE, "email": email})
        faults.fail_next(**fault)
        await mailed(world)
        outcomes += [each.confirm for each in await submitted(world, email)]

    assert outcomes == [ConfirmState.WANTED, ConfirmState.FAILED, ConfirmState.SENDING]
    world.clock.move(minutes=3)
    await mailed(world)
    assert [mail.to for mail in world.demo.sendgrid.mails].count("p0@acme.example.com") == 1
    assert [each.confirm for each in await submitted(world, "p0@acme.example.com")] == [ConfirmState.SENT]


async def test_a_channel_that_wants_it_hears_of_it_in_one_line(world, allowed):
    async with world.database.begin(world.workspace_id) as uow:
        routes = [route for route in await uow.routes.all() if route.channel == OUTREACH]
        await uow.routes.set([replace(next(r for r in routes if r.topic is Topic.FORMS), cadence=Cadence.IMMEDIATE)])
    await sends(world, await a_form(world), {**JANE, "company_name": "Acme <!here>"})
    await world.tick(seconds=30)
    await world.tick(seconds=1)

    said = [post for post in world.posts() if "web form" in post.text]
    assert [post.text for post in said] == ["1 web form filled in"]
    assert "&lt;!here&gt;" in str(said[0].blocks)


async def test_a_later_submission_of_the_same_person_is_another(world):
    form = await a_form(world)
    await sends(world, form)
    await sends(world, form, {**JANE, "first_name": "Janet"})

    assert len(await submitted(world)) == 2
