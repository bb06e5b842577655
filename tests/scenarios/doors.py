"""Every permission with the doors it closes, and pressing any of them as anybody, whether or not it is shown."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from blocks import ids, link_ids, segment_ids
from bot.outreach.access import Permission
from bot.sandbox.slack.server import OUTREACH
from tests.handlers.api_given import finished
from tests.world import World

NOWHERE = str(uuid4())
_NUMBERS = count(1)


@dataclass(frozen=True)
class Things:
    """What is there to be acted on: a lead, ready to be pushed, and its draft."""

    lead: str
    draft: str


@dataclass(frozen=True)
class Command:
    """What somebody types."""

    text: str

    async def open(self, world: World, user: str, things: Things) -> str:
        said = _said(world)
        await world.slack.run_command(user, OUTREACH, self.text)
        return await _answer(world, said)


@dataclass(frozen=True)
class Button:
    """A button or select. value: `{lead}` and `{draft}` stand for their ids."""

    action_id: str
    value: str = NOWHERE

    async def open(self, world: World, user: str, things: Things) -> str:
        said = _said(world)
        value = self.value.format(**asdict(things))
        action = {"action_id": self.action_id, "value": value, "action_ts": f"{next(_NUMBERS)}.5"}
        payload = _payload(world, "block_actions", user, actions=[action], view={"id": "V0DOOR", "type": "home"})
        await world.slack.courier.deliver("interactive", payload)
        return await _answer(world, said)


@dataclass(frozen=True)
class Modal:
    """A form handed in. values: what its boxes hold, by block and action."""

    callback_id: str
    values: Mapping[str, Any] = field(default_factory=dict)

    async def open(self, world: World, user: str, things: Things) -> str:
        said = _said(world)
        metadata = dict.fromkeys(("id", "lead", "user", "address", "opportunity"), things.lead)
        view = {
            "id": "V0DOOR",
            "type": "modal",
            "callback_id": self.callback_id,
            "private_metadata": json.dumps(metadata | {"draft": things.draft, "revision": 1}),
            "state": {"values": json.loads(json.dumps(dict(self.values)).replace("{lead}", things.lead))},
        }
        payload = _payload(world, "view_submission", user, view=view)
        delivery = await world.slack.courier.deliver("interactive", payload)
        return f"{delivery.body} {await _answer(world, said)}"


Door = Command | Button | Modal


def text(block: str, value: str, action: str = "value") -> dict[str, Any]:
    """A box with a text in it."""
    return {block: {action: {"type": "plain_text_input", "value": value}}}


def chosen(block: str, action: str, value: str) -> dict[str, Any]:
    """A select with an option chosen."""
    return {block: {action: {"type": "static_select", "selected_option": {"value": value}}}}


_LEADS = {"leads": {ids.PUSH_LEADS: {"selected_options": [{"value": "{lead}"}]}}}
DOORS: Mapping[Permission, tuple[Door, ...]] = {
    Permission.READ_LEADS: (Command("/leads"), Command("/pipeline"), Button(ids.OPEN_LIST)),
    Permission.READ_LOG: (Command("/outreach log"), Button(ids.LOG_OLDER, "9")),
    Permission.EDIT_LEADS: (
        Button(ids.NORMALISE, "{lead}"),
        Modal(ids.LEAD_ADD, text("company_name", "Acme") | text("email", "jane@acme.example")),
    ),
    Permission.START_AUDITS: (Button(ids.START_AUDIT, "{lead}"),),
    Permission.COMPLETE_AUDITS: (),
    Permission.WRITE_BACK: (Button(ids.WRITE_BACK, "{lead}"),),
    Permission.SYNC_LEADS: (Command("/outreach sync"), Button(ids.SYNC_NOW)),
    Permission.REMOVE_LEADS: (Button(ids.REMOVE_LEAD, "{lead}"),),
    Permission.EDIT_DRAFTS: (Button(ids.GENERATE_EMAIL, "{lead}"),),
    Permission.SEND_REPLIES: (Button(ids.TAKE_THREAD), Button(ids.REPLY), Modal(ids.COMPOSER)),
    Permission.EDIT_TEMPLATES: (Modal(ids.TEMPLATE_FORM),),
    Permission.EDIT_SEQUENCES: (Modal(ids.SEQUENCE_FORM),),
    Permission.EDIT_SEGMENTS: (
        Modal(segment_ids.SEGMENT_FORM, text("name", "Hotels") | chosen("kind", segment_ids.SEGMENT_KIND, "static")),
    ),
    Permission.EDIT_OPPORTUNITIES: (Modal(link_ids.LINK_ADD_FORM), Modal(link_ids.LINK_REMOVE_FORM)),
    Permission.RECORD_CONSENT: (Modal(ids.CONSENT_FORM, chosen("value", ids.CONSENT_VALUE, "form")),),
    Permission.SET_ROUTES: (Button(ids.SEND_DIGEST, OUTREACH),),
    Permission.IMPORT_LEADS: (
        Command("/leads import"),
        Command("/outreach import"),
        Button(ids.IMPORT_OPEN),
        Button(ids.IMPORT_CANCEL),
        Button(ids.IMPORT_UNDO),
        Modal(ids.IMPORT_FORM),
        Modal(ids.IMPORT_MAPPING),
    ),
    Permission.PUSH_LEADS: (
        Command("/push acme.example.com to Website audit letter"),
        Button(ids.PUSH_READY),
        Button(ids.ARM_PUSH),
        Modal(ids.PUSH_FORM, chosen("campaign", ids.PUSH_CAMPAIGN, "{lead}") | _LEADS),
    ),
    Permission.APPROVE_DRAFTS: (Button(ids.APPROVE_DRAFT, "{draft}:1"), Modal(ids.DRAFT_REJECT, text("comment", "No"))),
    Permission.SEND_MAIL: (Button(ids.SEND_MAIL, "{lead}"), Modal(ids.MAIL_FORM)),
    Permission.SET_SITES: (Modal(ids.SITE_FORM, text("daily_cap", "9")),),
    Permission.SUPPRESS: (Modal(ids.SUPPRESS_FORM),),
    Permission.CLEAR_SUPPRESSION: (Modal(ids.CLEAR_FORM),),
    Permission.SET_FORMS: (Modal(ids.FORM_FORM, text("name", "Newsletter")), Modal(ids.FORM_RETIRE)),
    Permission.EXPORT_PEOPLE: (Command("/outreach export nobody@nowhere.example"), Button(ids.UNSUBSCRIBES_EXPORT)),
    Permission.ERASE_PEOPLE: (Command("/outreach erase nobody@nowhere.example"),),
    Permission.SET_POLICY: (Modal(ids.POLICY_FORM),),
    Permission.READ_RAW: (Button(ids.RAW_PAYLOAD, "{lead}"),),
    Permission.MANAGE_TOKENS: (),
    Permission.MANAGE_ROLES: (
        Button(ids.ROLE_CHANGE),
        Button(ids.ROLE_GRANTS),
        Button(ids.ROLE_DEFAULT),
        Button(ids.ROLE_GROUP_ADD),
        Button(ids.ROLE_GROUP_REMOVE),
        Modal(ids.ROLE_FORM),
        Modal(ids.GRANTS_FORM),
        Modal(ids.DEFAULT_ROLE_FORM, chosen("role", ids.ROLE_CHOICE, "viewer")),
        Modal(
            ids.ROLE_GROUP_FORM,
            chosen("role", ids.ROLE_CHOICE, "viewer") | chosen("group", ids.ROLE_GROUP, "S0NOBODYS"),
        ),
    ),
}
JSON: Mapping[Permission, tuple[str, str, Any]] = {
    Permission.READ_LEADS: ("GET", "/api/leads", None),
    Permission.EDIT_LEADS: ("POST", "/api/leads", {"email": "june@acme.example"}),
    Permission.START_AUDITS: ("POST", "/api/leads/{lead}/audit", None),
    Permission.COMPLETE_AUDITS: ("POST", "/api/audits/complete", finished(leadId=NOWHERE)),
    Permission.WRITE_BACK: ("POST", "/api/leads/{lead}/writeback", {"tone": "formal"}),
    Permission.EDIT_DRAFTS: ("POST", "/api/leads/{lead}/emails", {"tone": "formal"}),
    Permission.APPROVE_DRAFTS: ("POST", "/api/emails/{draft}/approve", {"revision": 99}),
    Permission.IMPORT_LEADS: ("GET", f"/api/imports/{NOWHERE}", None),
    Permission.PUSH_LEADS: ("POST", "/api/plusvibe/leads/push", {"campaignId": NOWHERE, "leadIds": [NOWHERE]}),
}
BY_SHELL = {Permission.MANAGE_TOKENS}  # has no other door


def _payload(world: World, kind: str, user: str, **more: Any) -> dict[str, Any]:
    trigger = world.slack.triggers.issue(user, None)
    return {"type": kind, "user": {"id": user}, "team": {"id": "T0ACMEOUT"}, "trigger_id": trigger, **more}


def _said(world: World) -> tuple[int, int]:
    return len(world.slack.workspace.calls), len(_messages(world))


async def _answer(world: World, said: tuple[int, int]) -> str:
    """All that was shown to anybody since."""
    await world.idle()
    calls, messages = said
    return f"{world.slack.workspace.calls[calls:]} {_messages(world)[messages:]}"


def _messages(world: World) -> list[str]:
    kept = [message for messages in world.slack.workspace.messages.values() for message in messages]
    return [message.text for message in sorted(kept, key=lambda message: float(message.ts))]
