"""Every way a call can fail: what is tried again, what is not, and what a person is told."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.gateways.http import Patience
from bot.gateways.plusvibe import EnrolLead, PlusVibe
from bot.outreach.errors import OutreachError, Unavailable
from bot.sandbox.plusvibe import seed
from bot.sandbox.plusvibe.world import API_KEY, WORKSPACE_ID, PlusVibeWorld

JANE = "jane.secret@acme.example"
Ask = Callable[[PlusVibe], Awaitable[Any]]


async def enrol(plusvibe: PlusVibe) -> Any:
    return await plusvibe.add_leads(seed.AUDIT_LETTER, [EnrolLead(JANE)])


async def look(plusvibe: PlusVibe) -> Any:
    return await plusvibe.enrolled_emails(seed.AUDIT_LETTER, [JANE])


READS: list[tuple[str, Ask]] = [
    ("/authenticate", lambda plusvibe: plusvibe.check()),
    ("/campaign/list-all", lambda plusvibe: plusvibe.campaigns()),
    ("/lead/get", look),
]
REPEATABLE_WRITES: list[tuple[str, Ask]] = [
    ("/lead/data/update", lambda plusvibe: plusvibe.update_variables(seed.AUTUMN, JANE, {"a": "b"})),
    ("/lead/update/status", lambda plusvibe: plusvibe.mark_completed(seed.AUTUMN, JANE)),
    ("/lead/delete", lambda plusvibe: plusvibe.remove(seed.AUTUMN, [JANE])),
]
PASSING: list[dict[str, Any]] = [{"status": 429}, {"status": 500}, {"status": 503}, {"hang_seconds": 1.2},
                                 {"drop_after_effect": True}]  # fmt: skip
HOW_LOST = [
    pytest.param({"status": 502, "effect": True}, id="a proxy lost the answer"),
    pytest.param({"status": 500, "effect": True}, id="fault after the effect"),
    pytest.param({"hang_seconds": 1.2}, id="too late"),
    pytest.param({"drop_after_effect": True}, id="cut in the middle"),
    pytest.param({"garbage": True}, id="a page instead of JSON"),
    pytest.param({"refused": True, "effect": True}, id="200 without success"),
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
@pytest.mark.parametrize(("path", "ask"), READS + REPEATABLE_WRITES[:2])
async def test_a_passing_fault_is_ridden_out_where_repeating_is_harmless(
    world: PlusVibeWorld, plusvibe: PlusVibe, path: str, ask: Ask, fault: dict[str, Any]
) -> None:
    world.enrol(seed.AUTUMN, JANE)
    world.fail_next(path, **fault)

    await ask(plusvibe)


@pytest.mark.parametrize(("path", "ask"), READS + REPEATABLE_WRITES)
@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 502}], ids=str)
async def test_a_lasting_fault_is_told_after_few_tries(
    world: PlusVibeWorld, plusvibe: PlusVibe, path: str, ask: Ask, fault: dict[str, Any]
) -> None:
    world.enrol(seed.AUTUMN, JANE)
    world.fail_next(path, **fault, times=99)

    with pytest.raises(Unavailable, match="PlusVibe") as caught:
        await ask(plusvibe)

    assert caught.value.transient
    assert len(world.calls) == 3


@pytest.mark.parametrize("fault", HOW_LOST)
async def test_an_enrolment_whose_answer_is_lost_is_not_sent_twice(
    world: PlusVibeWorld, plusvibe: PlusVibe, fault: dict[str, Any]
) -> None:
    world.fail_next("/lead/add", **fault, times=99)

    with pytest.raises(Unavailable) as caught:
        await enrol(plusvibe)

    assert not caught.value.answered
    await asyncio.sleep(fault.get("hang_seconds", 0))
    assert [call.path for call in world.calls] == ["/lead/add"]
    assert await look(plusvibe) == {JANE}


async def test_an_enrolment_asked_to_wait_waits_and_is_sent_again(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.fail_next("/lead/add", status=429, times=2)

    added = await enrol(plusvibe)

    assert added.leads_uploaded == 1
    assert [call.status for call in world.calls] == [429, 429, 200]


async def test_an_enrolment_kept_waiting_had_certainly_no_effect(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.fail_next("/lead/add", status=429, times=99)

    with pytest.raises(Unavailable, match="slow down") as caught:
        await enrol(plusvibe)

    assert caught.value.answered
    assert caught.value.transient
    assert world.leads == {}


async def test_an_enrolment_nobody_received_had_certainly_no_effect(hasty: Patience, closing: AsyncExitStack) -> None:
    plusvibe = PlusVibe("http://127.0.0.1:9/api/v1", API_KEY, WORKSPACE_ID, calls_per_second=1000, patience=hasty)
    closing.push_async_callback(plusvibe.aclose)

    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        await enrol(plusvibe)

    assert caught.value.answered
    assert caught.value.transient


async def test_a_connection_closed_without_a_word_leaves_the_outcome_unknown(
    hasty: Patience, closing: AsyncExitStack
) -> None:
    """The HTTP layer calls this a connect timeout; trusting that would enrol twice."""
    heard: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"}]"))
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    closing.callback(server.close)
    plusvibe = PlusVibe(f"http://127.0.0.1:{port}", API_KEY, WORKSPACE_ID, calls_per_second=1000, patience=hasty)
    closing.push_async_callback(plusvibe.aclose)

    with pytest.raises(Unavailable) as caught:
        await enrol(plusvibe)

    assert not caught.value.answered
    assert len(heard) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_named_and_not_tried_again(
    world: PlusVibeWorld, plusvibe: PlusVibe, status: int
) -> None:
    world.fail_next("/lead/add", status=status)

    with pytest.raises(Unavailable, match="PLUSVIBE_API_KEY") as caught:
        await enrol(plusvibe)

    assert caught.value.answered
    assert not caught.value.transient
    assert len(world.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 304])
async def test_a_redirect_is_not_followed(world: PlusVibeWorld, plusvibe: PlusVibe, status: int) -> None:
    world.fail_next("/lead/add", status=status)

    with pytest.raises(Unavailable) as caught:
        await enrol(plusvibe)

    assert not caught.value.transient


@pytest.mark.parametrize("path", ["/lead/get", "/lead/workspace-leads"])
async def test_a_page_instead_of_evidence_is_not_taken_for_absence(
    world: PlusVibeWorld, plusvibe: PlusVibe, path: str
) -> None:
    addresses = [JANE] if path == "/lead/get" else [f"p{number}@acme.example" for number in range(20)]
    world.fail_next(path, status=404, times=99)

    with pytest.raises(Unavailable):
        await plusvibe.enrolled_emails(seed.AUDIT_LETTER, addresses)


async def test_the_switch_on_the_page_takes_everything_down(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.down = True

    with pytest.raises(Unavailable, match=r"fault of its own \(503\)"):
        await plusvibe.check()


@pytest.mark.parametrize("fault", [*PASSING, {"garbage": True}, {"refused": True}, {"status": 400}], ids=str)
@pytest.mark.parametrize("ask", [enrol, look])
async def test_no_address_and_no_key_leaves_in_errors_or_logs(
    world: PlusVibeWorld, plusvibe: PlusVibe, caplog: pytest.LogCaptureFixture, fault: dict[str, Any], ask: Ask
) -> None:
    caplog.set_level(logging.DEBUG)
    world.fail_next(**fault, times=99)

    with pytest.raises(OutreachError) as caught:
        await ask(plusvibe)

    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert JANE not in told
    assert API_KEY not in told


async def test_calls_keep_the_vendors_rate(world: PlusVibeWorld, api_url: str, closing: AsyncExitStack) -> None:
    plusvibe = PlusVibe(api_url, API_KEY, WORKSPACE_ID)
    closing.push_async_callback(plusvibe.aclose)

    begun = asyncio.get_running_loop().time()
    await asyncio.gather(*(plusvibe.check() for _ in range(12)))

    arrived = sorted(call.at - begun for call in world.calls)
    early = [place for place, seconds in enumerate(arrived) if seconds < place / 5]  # a busy machine only adds to it
    assert len(arrived) == 12 and not early


async def test_a_limit_met_all_the_same_is_waited_out(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.unknowns.limiter, world.unknowns.retry_after_seconds = True, 1

    for _ in range(6):
        await plusvibe.check()

    assert [call.status for call in world.calls] == [200] * 5 + [429, 200]
