"""The stand-in's page: what it shows, and its buttons."""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox.plusvibe import seed
from bot.sandbox.plusvibe.app import plusvibe_app
from bot.sandbox.plusvibe.page import next_letter
from bot.sandbox.plusvibe.rendering import blanks_in, rendered
from bot.sandbox.plusvibe.world import PlusVibeWorld
from bot.sandbox.serving import serving


@pytest.fixture
async def world() -> AsyncIterator[PlusVibeWorld]:
    world = PlusVibeWorld()
    seed.seed_campaigns(world)
    yield world
    await world.aclose()


@pytest.fixture
async def browser(world: PlusVibeWorld) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(plusvibe_app(world)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, follow_redirects=True) as client,
    ):
        yield client


async def test_campaigns_and_their_texts_are_shown(browser: httpx.AsyncClient) -> None:
    assert "Website audit, three steps" in (await browser.get("/plusvibe")).text
    assert "{{custom_email_body_3}}" in (await browser.get(f"/plusvibe/campaigns/{seed.AUDIT_SEQUENCE}")).text


async def test_a_letter_with_blanks_is_shown_in_red(world: PlusVibeWorld, browser: httpx.AsyncClient) -> None:
    lead = world.enrol(seed.QUICK_WINS, "jane@acme.example", custom={"audit_grade": "B"})

    page = (await browser.get(f"/plusvibe/leads/{lead.id}")).text

    assert "custom_top_issue is empty" in page
    assert "custom_audit_grade is empty" not in page
    assert "7 blank" in (await browser.get(f"/plusvibe/campaigns/{seed.QUICK_WINS}")).text


async def test_what_leads_are_called_cannot_break_the_page(world: PlusVibeWorld, browser: httpx.AsyncClient) -> None:
    evil = '"><script>alert(1)</script>'
    lead = world.enrol(seed.AUDIT_LETTER, "jane@acme.example", {"company_name": evil}, {"email_body": evil})

    for path in (f"/plusvibe/leads/{lead.id}", f"/plusvibe/campaigns/{seed.AUDIT_LETTER}"):
        assert "<script>" not in (await browser.get(path)).text


@pytest.mark.parametrize(
    ("button", "status"),
    [("send", "COMPLETED"), ("bounce", "BOUNCED"), ("reply", "REPLIED"), ("refuse", "REPLIED"),
     ("meeting", "NOT_CONTACTED")],
)  # fmt: skip
async def test_buttons_play_the_other_side(
    world: PlusVibeWorld, browser: httpx.AsyncClient, button: str, status: str
) -> None:
    lead = world.enrol(seed.AUDIT_LETTER, "jane@acme.example")

    page = await browser.post(f"/plusvibe/leads/{lead.id}/{button}")

    assert (page.status_code, lead.status) == (200, status)


async def test_the_switch_turns_everything_off_and_on(world: PlusVibeWorld, browser: httpx.AsyncClient) -> None:
    down = await browser.post("/plusvibe/down")
    call = await browser.get("/api/v1/authenticate", headers={"x-api-key": world.api_key})
    up = await browser.post("/plusvibe/down")

    assert "answers 503" in down.text
    assert call.status_code == 503
    assert "answers 503" not in up.text


@pytest.mark.parametrize("path", ["/plusvibe/leads/none", "/plusvibe/campaigns/none"])
async def test_what_is_gone_is_not_found(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(path)).status_code == 404


async def test_another_site_cannot_press_the_buttons(world: PlusVibeWorld, browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/plusvibe/down", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert not world.down


@pytest.mark.parametrize(
    ("text", "letter", "blanks"),
    [
        ("Hi {{first_name}}", "Hi Jane", []),
        ("{{ custom_grade }}|{{custom_none}}", "B|", ["custom_none"]),
        ("{{fallback|{{last_name}}|there}} {{fallback|{{first_name}}|there}}", "there Jane", []),
        ("{{random|Hello|Hi}}, {{sender_first_name}}", "Hello, Lena", []),
        ("{{custom_blank}}", "", ["custom_blank"]),
    ],
)
def test_tokens_render_as_plusvibe_renders_them(text: str, letter: str, blanks: list[str]) -> None:
    world = PlusVibeWorld()
    seed.seed_campaigns(world)
    lead = world.enrol(seed.AUTUMN, "j@acme.example", {"first_name": "Jane"}, {"grade": "B", "blank": " "})
    campaign = world.campaigns[seed.AUTUMN]

    assert rendered(text, lead, campaign) == letter
    assert blanks_in(text, lead, campaign) == blanks


def test_a_blank_is_red_in_the_text_and_absent_inside_a_tag() -> None:
    world = PlusVibeWorld()
    seed.seed_campaigns(world)
    lead = world.enrol(seed.QUICK_WINS, "j@acme.example")

    letter = next_letter(lead, world.campaigns[seed.QUICK_WINS])

    assert '<a href=""><span style=' in letter.html
    assert letter.subject.startswith("<span")
    assert "&lt;" not in letter.subject
