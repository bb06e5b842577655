"""A person who writes mischief, blocks in few words, and looking at the page."""

from datetime import UTC, datetime

from bot.sandbox.slack.server import ANA, BOT, OUTREACH

NOW = datetime(2026, 3, 3, 20, 0, tzinfo=UTC)
EVIL = "<img src=x onerror=alert(1)>&\"'"
ESCAPED = "&lt;img src=x onerror=alert(1)&gt;&amp;&#34;&#39;"


def text_of(words):
    return {"type": "mrkdwn", "text": words}


def plain(words):
    return {"type": "plain_text", "text": words}


def option(words, value=None):
    return {"text": plain(words), "value": value or words.lower()}


def asking(element, **more):
    return {
        "type": "input",
        "block_id": "asked",
        "label": plain("Asked"),
        "element": {"action_id": "v", **element},
        **more,
    }


def says(local, *blocks, user=BOT, **more):
    return local.board.post(local.place(OUTREACH), {"text": "notified", "blocks": list(blocks), **more}, user=user)


async def seen(page, place=OUTREACH, user=ANA, **query):
    answer = await page.get(f"/client/{place}", params={"user": user, **query})
    assert answer.status_code == 200, answer.text
    return answer.text
