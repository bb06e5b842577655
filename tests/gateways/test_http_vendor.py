"""How long a vendor may keep us waiting, and how much it may send."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from fastapi import FastAPI, Response

from bot.gateways.http import Patience, vendor_client
from bot.gateways.plusvibe import PlusVibe
from bot.gateways.vendor import Vendor, retry_after
from bot.outreach.errors import Unavailable
from bot.sandbox.plusvibe.world import PlusVibeWorld
from bot.sandbox.serving import serving

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        pytest.param({"retry-after": "7"}, 7, id="seconds"),
        pytest.param({"retry-after": "0"}, 0, id="at once"),
        pytest.param({"retry-after": "86400"}, 86400, id="a day"),
        pytest.param({"retry-after": "9" * 40}, 10**8, id="absurd"),
        pytest.param({"retry-after": format_datetime(NOON + timedelta(seconds=9), usegmt=True),
                      "date": format_datetime(NOON, usegmt=True)}, 9, id="date"),
        pytest.param({"retry-after": format_datetime(NOON, usegmt=True),
                      "date": format_datetime(NOON + timedelta(hours=1), usegmt=True)}, 0, id="date gone by"),
        pytest.param({"retry-after": format_datetime(NOON, usegmt=True)}, None, id="date without the answer's own"),
        pytest.param({"retry-after": "soon"}, None, id="words"),
        pytest.param({"retry-after": "-3"}, None, id="negative"),
        pytest.param({"retry-after": "٣"}, None, id="other digits"),
        pytest.param({}, None, id="absent"),
    ],
)  # fmt: skip
def test_retry_after(headers: dict[str, str], wait: int | None) -> None:
    assert retry_after(headers) == (None if wait is None else timedelta(seconds=wait))


async def test_a_short_wait_is_kept(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.fail_next("/authenticate", status=429, retry_after="1")

    await plusvibe.check()

    first, second = (call.at for call in world.calls)
    assert second - first >= 1


async def test_a_vendor_that_wants_a_long_rest_is_left_alone(world: PlusVibeWorld, plusvibe: PlusVibe) -> None:
    world.fail_next("/authenticate", status=429, retry_after="86400")

    with pytest.raises(Unavailable, match="slow down"):
        await plusvibe.check()

    assert len(world.calls) == 1


@pytest.mark.parametrize("body", [{"name": "Zoë \u2028", "n": [1, None]}, [], {}, {"text": "x" * 70_000}])
async def test_a_call_is_on_the_wire_what_httpx_would_send(body: object, hasty: Patience) -> None:
    told: list[tuple[httpx.Headers, bytes, str]] = []

    async def heard(request: httpx.Request) -> httpx.Response:
        told.append((request.headers, await request.aread(), str(request.url)))
        return httpx.Response(200)

    base, headers = "https://api.example.com/v1", {"Authorization": "Bearer key", "User-Agent": "ours"}
    transport = httpx.MockTransport(heard)
    async with httpx.AsyncClient(base_url=base, headers=headers, transport=transport) as client:
        vendor = Vendor("Ours", client, key_setting="KEY", patience=hasty)
        for _ in range(2):  # what the first call leaves behind is no part of the second
            await vendor.call("POST", "/things", repeatable=False, body=body)
        await client.post("/things", json=body)

    assert told[0] == told[1] == told[2]


async def test_an_endless_answer_is_cut(hasty: Patience) -> None:
    app = FastAPI()

    @app.get("/big")
    def big() -> Response:
        return Response(b" " * 5000, headers={"Content-Encoding": "identity"})

    async with serving(app) as url:
        client = vendor_client(url, {}, patience=hasty)
        vendor = Vendor("Big", client, key_setting="KEY", patience=hasty, largest_body_bytes=4000)

        with pytest.raises(Unavailable, match="larger answer") as caught:
            await vendor.call("GET", "/big", repeatable=True)

        assert not caught.value.transient
        await vendor.aclose()


async def test_we_say_who_we_are(hasty: Patience) -> None:
    async with httpx.AsyncClient() as plain, vendor_client("https://api.example", {"x-api-key": "k"}) as client:
        assert client.headers["user-agent"].startswith("outreach-bot/")
        assert client.headers["user-agent"] != plain.headers["user-agent"]
