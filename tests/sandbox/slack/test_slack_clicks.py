"""Clicks with a real Bolt app: buttons, selects, inputs, suggestions, Home, shortcuts."""

import pytest
from slack_sdk.errors import SlackApiError
from small_app import actions, asking, button, modal, option, plain

from bot.sandbox.slack.refusals import NotPossible
from bot.sandbox.slack.server import ANA, BEN, OUTREACH


async def opened(slack):
    """A modal that /leads opened for Ana."""
    await slack.run_command(ANA, OUTREACH, "/leads new")
    return slack.workspace.modals[ANA][-1]


async def test_an_external_select_offers_what_the_app_suggests_and_remembers_it(slack, app):
    view = await opened(slack)

    nothing = await slack.options(ANA, action_id="company", value="", view_id=view.id)
    found = await slack.options(ANA, action_id="company", value="Acme", view_id=view.id)
    values = {"name": {"name": "Acme"}, "company": {"company": "acme inc"}}
    await slack.submit(ANA, view.id, values)

    assert nothing == []
    assert [each["value"] for each in found] == ["acme ltd", "acme inc"]
    chosen = app.heard[-1]["view"]["state"]["values"]["company"]["company"]
    assert chosen["selected_option"] == option("Acme Inc")


async def test_an_input_tells_the_app_at_once_only_when_it_dispatches(slack, app, client):
    box = {"type": "plain_text_input", "action_id": "note"}
    view = await opened(slack)
    blocks = [asking("quiet", box), asking("loud", box, dispatch_action=True)]
    await client.views_update(view_id=view.id, view=modal(*blocks))

    quiet = await slack.click(ANA, action_id="note", block_id="quiet", view_id=view.id, selected="a")
    loud = await slack.click(ANA, action_id="note", block_id="loud", view_id=view.id, selected="b")

    assert (quiet.error, loud.ok) == ("not_sent", True)
    assert app.heard[-1]["actions"][0]["value"] == "b"
    assert app.heard[-1]["view"]["state"]["values"]["quiet"]["note"]["value"] == "a"


async def test_a_button_in_a_message_carries_what_bolt_and_an_app_need(slack, app, client):
    row = actions(button("approve", value="7"), button("approve_all", value="8"))
    posted = await client.chat_postMessage(channel=OUTREACH, text="Draft", blocks=[row])

    await slack.click(BEN, action_id="approve", message=(OUTREACH, posted["ts"]))

    heard = app.heard[-1]
    assert heard["user"]["id"] == BEN
    assert heard["actions"][0] | {"action_ts": ""} == {
        "action_id": "approve",
        "block_id": "row",
        "type": "button",
        "text": plain("Press"),
        "value": "7",
        "action_ts": "",
    }
    assert heard["message"]["ts"] == heard["container"]["message_ts"] == posted["ts"]
    assert heard["container"]["is_ephemeral"] is False


async def test_every_kind_of_element_reports_what_was_chosen(slack, app, client):
    choices = [option("Agency"), option("Shop")]
    elements = [
        {"type": "static_select", "options": choices},
        {"type": "multi_static_select", "options": choices},
        {"type": "checkboxes", "options": choices},
        {"type": "radio_buttons", "options": choices},
        {"type": "overflow", "options": choices},
        {"type": "datepicker"},
        {"type": "timepicker"},
        {"type": "users_select"},
        {"type": "multi_users_select"},
    ]
    row = actions(*(element | {"action_id": element["type"]} for element in elements))
    posted = await client.chat_postMessage(channel=OUTREACH, text="Pick", blocks=[row])
    chosen = {
        "static_select": ("shop", {"selected_option": option("Shop")}),
        "multi_static_select": (["shop", "agency"], {"selected_options": [option("Shop"), option("Agency")]}),
        "checkboxes": (["agency"], {"selected_options": [option("Agency")]}),
        "radio_buttons": ("agency", {"selected_option": option("Agency")}),
        "overflow": ("agency", {"selected_option": option("Agency")}),
        "datepicker": ("2026-02-01", {"selected_date": "2026-02-01"}),
        "timepicker": ("09:30", {"selected_time": "09:30"}),
        "users_select": (BEN, {"selected_user": BEN}),
        "multi_users_select": ([BEN, ANA], {"selected_users": [BEN, ANA]}),
    }

    for kind, (selected, expected) in chosen.items():
        await slack.click(ANA, action_id=kind, message=(OUTREACH, posted["ts"]), selected=selected)
        assert expected.items() <= app.heard[-1]["actions"][0].items()

    kept = app.heard[-1]["state"]["values"]["row"]
    assert kept["static_select"]["selected_option"] == option("Shop")
    assert "overflow" not in kept


async def test_what_is_not_there_cannot_be_clicked(slack, app, client):
    row = actions(button("approve", value="1", visible_to_user_ids=[BEN]))
    posted = await client.chat_postMessage(channel=OUTREACH, text="Draft", blocks=[row])
    where = (OUTREACH, posted["ts"])

    with pytest.raises(NotPossible, match="no element 'reject' here"):
        await slack.click(BEN, action_id="reject", message=where)
    with pytest.raises(NotPossible, match="does not see"):
        await slack.click(ANA, action_id="approve", message=where)
    direct = await client.chat_postMessage(channel=ANA, text="Draft", blocks=[row])
    with pytest.raises(NotPossible, match="does not see this message"):
        await slack.click(BEN, action_id="approve", message=(direct["channel"], direct["ts"]))
    with pytest.raises(NotPossible, match="no message"):
        await slack.click(BEN, action_id="approve", message=(OUTREACH, "1.2"))
    assert (await slack.click(BEN, action_id="approve", message=where)).ok


@pytest.mark.parametrize("drawings", [1, 5])
async def test_the_page_may_click_what_was_drawn_anew_a_moment_ago(slack, app, client, drawings):
    posted = await client.chat_postMessage(channel=OUTREACH, text="Draft", blocks=[actions(button("send", value="1"))])
    where = (OUTREACH, posted["ts"])
    (seen,) = slack.board.find(*where).blocks
    for _ in range(drawings):
        await client.chat_update(channel=OUTREACH, ts=posted["ts"], text="Sent", blocks=[actions(button("undo"))])
    gone = {"block_id": seen["block_id"], "state": {seen["block_id"]: {"send": "1"}}}

    await slack.click(ANA, action_id="send", value="1", message=where, late=True, **gone)

    assert app.heard[-1]["actions"][0]["action_id"] == "send"
    assert app.heard[-1]["message"]["text"] == "Sent"
    assert app.heard[-1]["state"]["values"] == {}
    with pytest.raises(NotPossible, match="no element 'send' here"):
        await slack.click(ANA, action_id="send", value="1", message=where)


async def test_the_home_tab_belongs_to_one_person_and_has_no_channel(slack, app, client):
    home = {"type": "home", "blocks": [actions(button("refresh"))]}
    await client.views_publish(user_id=ANA, view=home)

    view = slack.workspace.homes[ANA]
    await slack.click(ANA, action_id="refresh", view_id=view.id)

    assert app.heard[-1]["view"]["type"] == "home"
    assert "channel" not in app.heard[-1]
    with pytest.raises(NotPossible):
        await slack.click(BEN, action_id="refresh", view_id=view.id)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id=ANA, view=home, hash="1.old")


async def test_shortcuts_carry_a_trigger_and_a_message_only_where_there_is_one(slack, app, client):
    posted = await client.chat_postMessage(channel=OUTREACH, text="Report")

    await slack.shortcut(ANA, "grab")
    alone = app.heard[-1]
    await slack.shortcut(ANA, "grab", message=(OUTREACH, posted["ts"]))

    assert alone["type"] == "shortcut"
    assert "response_url" not in alone
    assert app.heard[-1]["type"] == "message_action"
    assert app.heard[-1]["message"]["text"] == "Report"
