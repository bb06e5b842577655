"""What the stand-in tells our webhook, and that our reader understands it."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from bot.gateways.plusvibe_events import PlusVibeEvent, parse_event, verify_signature
from bot.sandbox.plusvibe import happenings, seed
from bot.sandbox.plusvibe.app import plusvibe_app
from bot.sandbox.plusvibe.unknowns import Unknowns
from bot.sandbox.plusvibe.world import API_KEY, WORKSPACE_ID, PlusVibeWorld, StoredLead
from bot.sandbox.serving import serving

SECRET = "whsec-1"


class Listener:
    """Our end. answers: the next statuses, then 200."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.events: list[PlusVibeEvent] = []
        self.answers: list[int] = []
        self.app.add_api_route("/plusvibe/webhook", self.take, methods=["POST"], response_model=None)

    async def take(self, request: Request) -> Response:
        raw = await request.body()
        event = parse_event(raw)
        assert event is not None
        assert verify_signature(SECRET, raw, request.headers)
        self.events.append(event)
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    @property
    def names(self) -> list[str]:
        return [event.event for event in self.events]


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def hook_url(listener: Listener) -> AsyncIterator[str]:
    async with serving(listener.app) as url:
        yield f"{url}/plusvibe/webhook"


@pytest.fixture
async def world(hook_url: str) -> AsyncIterator[PlusVibeWorld]:
    world = PlusVibeWorld(unknowns=Unknowns(limiter=False, webhook_retry_seconds=0.001))
    seed.seed_campaigns(world)
    world.add_hook(hook_url, secret=SECRET)
    yield world
    await world.aclose()


@pytest.fixture
def jane(world: PlusVibeWorld) -> StoredLead:
    return world.enrol(seed.AUDIT_SEQUENCE, "jane@acme.example", {"first_name": "Jane"}, {"email_subject_1": "Hi"})


async def test_a_sent_email_is_told_as_it_was_rendered(
    world: PlusVibeWorld, jane: StoredLead, listener: Listener
) -> None:
    await happenings.send_email(world, jane)

    (sent,) = listener.events
    assert (sent.event, sent.email, sent.campaign_provider_id) == ("EMAIL_SENT", jane.email, seed.AUDIT_SEQUENCE)
    assert sent.subject == "Hi"
    assert sent.occurred_at is not None
    assert (jane.status, jane.step) == ("CONTACTED", 1)


async def test_a_sequence_ends_with_its_last_step(world: PlusVibeWorld, jane: StoredLead, listener: Listener) -> None:
    for _ in range(5):
        await happenings.send_email(world, jane)

    assert listener.names == ["EMAIL_SENT"] * 3
    assert jane.status == "COMPLETED"


async def test_a_bounce_is_told_with_the_servers_words(
    world: PlusVibeWorld, jane: StoredLead, listener: Listener
) -> None:
    await happenings.bounce(world, jane)

    (bounced,) = listener.events
    assert (bounced.email, bounced.campaign_provider_id) == (jane.email, seed.AUDIT_SEQUENCE)
    assert bounced.bounce_message.startswith("550")


async def test_one_reply_is_several_events_of_one_message(
    world: PlusVibeWorld, jane: StoredLead, listener: Listener
) -> None:
    await happenings.reply(world, jane)
    first = listener.names
    await happenings.reply(world, jane, "Stop.", label="NOT_INTERESTED", sentiment="NEGATIVE")

    assert first == ["ALL_EMAIL_REPLIES", "FIRST_EMAIL_REPLIES", "ALL_POSITIVE_REPLIES", "LEAD_MARKED_AS_INTERESTED"]
    assert listener.names[4:] == ["ALL_EMAIL_REPLIES", "LEAD_MARKED_AS_NOT_INTERESTED"]
    assert len({event.message_id for event in listener.events}) == 2
    assert len({event.key for event in listener.events}) == 6
    assert (listener.events[0].label, listener.events[0].sentiment) == ("INTERESTED", "positive")
    assert [row["subject"] for row in world.messages] == ["Re: Hi"] * 2


@pytest.mark.parametrize("keys", [("camp_id",), ("campaign_id",)])
async def test_either_name_of_the_campaign_is_understood(
    world: PlusVibeWorld, jane: StoredLead, listener: Listener, keys: tuple[str, ...]
) -> None:
    world.unknowns.reply_campaign_keys = keys

    await happenings.mark(world, jane, "MEETING_BOOKED")

    (marked,) = listener.events
    assert (marked.label, marked.campaign_provider_id) == ("MEETING_BOOKED", seed.AUDIT_SEQUENCE)


async def test_a_delivery_is_repeated_byte_for_byte_until_it_is_taken(
    world: PlusVibeWorld, jane: StoredLead, listener: Listener
) -> None:
    listener.answers = [500, 503]

    await happenings.bounce(world, jane)

    assert [delivery.status for delivery in world.deliveries] == [500, 503, 200]
    assert len({event.key for event in listener.events}) == 1


async def test_a_listener_that_is_away_gets_nothing_and_nothing_breaks(world: PlusVibeWorld, jane: StoredLead) -> None:
    for hook in world.hooks.values():
        hook.url = "http://127.0.0.1:9/"

    await happenings.bounce(world, jane)

    assert [delivery.status for delivery in world.deliveries] == [None] * 3


async def test_hooks_hear_only_what_they_asked_for(world: PlusVibeWorld, jane: StoredLead, hook_url: str) -> None:
    world.hooks.clear()
    world.add_hook(hook_url, secret=SECRET, events=["EMAIL_SENT"])
    world.add_hook(hook_url, secret=SECRET, campaign_ids=[seed.AUTUMN])

    await happenings.bounce(world, jane)

    assert world.deliveries == []


async def test_a_new_hook_gets_a_sample_which_we_know_for_one(world: PlusVibeWorld, listener: Listener) -> None:
    body = {"workspace_id": WORKSPACE_ID, "url": next(iter(world.hooks.values())).url, "secret": SECRET,
            "camp_ids": ["ALL"], "event_types": ["ALL_EMAIL_REPLIES"]}  # fmt: skip
    async with serving(plusvibe_app(world)) as url, httpx.AsyncClient(trust_env=False) as client:
        added = await client.post(f"{url}/api/v1/hook/add", json=body, headers={"x-api-key": API_KEY})
        await world.settled()

    assert added.json()["_id"] in world.hooks
    assert [event.is_sample for event in listener.events] == [True]
