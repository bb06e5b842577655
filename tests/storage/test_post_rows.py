"""Posts and the inbox: wanted and received once, claimed by one."""

import pytest

from bot.outreach.posts import PostKind, PostState, WantedPost
from tests.storage.given import AT, HERE, LEASE, MINUTE, later


@pytest.fixture
async def uow(database):
    async with database.begin(HERE) as opened:
        yield opened


def wanted(text="one", key="key", **more):
    return WantedPost(key, "C1", {"text": text, "blocks": [{"type": "section"}]}, **more)


async def claim(uow, at=AT, keys=None, limit=9):
    return await uow.posts.claim_due(at, limit, LEASE, "token", keys)


async def test_wanting_the_same_twice_is_one_post(uow):
    first = await uow.posts.want(wanted(), AT)
    second = await uow.posts.want(wanted(), later(1))

    assert first == second == await uow.posts.by_key("key")
    assert (first.wanted, first.state, first.revision, first.ts) == (wanted(), PostState.DUE, 1, None)


async def test_another_body_is_the_next_revision(uow):
    post = await uow.posts.want(wanted(), AT)
    await claim(uow)
    await uow.posts.shown(post.id, 1, "1.1", later(1), later(3))
    assert (await uow.posts.by_key("key")).state is PostState.SHOWN
    assert await claim(uow, later(99)) == []

    changed = await uow.posts.want(wanted("two"), later(2))

    assert (changed.state, changed.revision, changed.ts, changed.wanted.body["text"]) == (
        PostState.DUE,
        2,
        "1.1",
        "two",
    )
    assert await claim(uow, later(2)) == []  # not sooner than the pace of edits allows
    assert len(await claim(uow, later(3))) == 1


async def test_a_change_meanwhile_stays_due(uow):
    post = await uow.posts.want(wanted(), AT)
    await claim(uow)
    await uow.posts.want(wanted("two"), later(1))

    await uow.posts.shown(post.id, 1, "1.1", later(2), later(4))

    (again,) = await claim(uow, later(4))
    assert (again.revision, again.ts, again.unclear_since) == (2, "1.1", None)


async def test_a_reply_waits_for_its_parent(uow):
    reply = await uow.posts.want(wanted("reply", "reply", parent_key="key", kind=PostKind.FILE), AT)
    parent = await uow.posts.want(wanted(), later(1))

    assert [post.id for post in await claim(uow, later(1))] == [parent.id]
    await uow.posts.shown(parent.id, 1, "1.1", AT, AT)
    (child,) = await claim(uow, later(1))
    assert (child.id, child.parent_ts, child.wanted.kind) == (reply.id, "1.1", PostKind.FILE)


async def test_a_claim_without_outcome_is_unclear_since_the_first(uow):
    post = await uow.posts.want(wanted(), AT)
    (first,) = await claim(uow)
    assert first.unclear_since is None
    assert await claim(uow, later(1)) == []

    (second,) = await claim(uow, AT + LEASE)
    (third,) = await claim(uow, AT + 2 * LEASE)
    assert second.unclear_since == third.unclear_since == AT

    await uow.posts.retry(post.id, AT + 2 * LEASE, "500")
    (fourth,) = await claim(uow, AT + 3 * LEASE)
    assert (fourth.unclear_since, fourth.attempts, fourth.error) == (None, 1, "500")


async def test_an_edit_is_never_unclear(uow):
    post = await uow.posts.want(wanted(), AT)
    await claim(uow)
    await uow.posts.shown(post.id, 1, "1.1", AT, AT)
    await uow.posts.want(wanted("two"), AT)
    await claim(uow)

    (again,) = await claim(uow, AT + LEASE)

    assert again.unclear_since is None


async def test_a_lost_post_rests_until_something_else_is_wanted(uow):
    post = await uow.posts.want(wanted(), AT)
    await claim(uow)
    await uow.posts.lose(post.id, "channel_not_found")

    assert (await uow.posts.want(wanted(), later(1))).state is PostState.LOST
    assert await claim(uow, later(9)) == []
    revived = await uow.posts.want(wanted("two"), later(2))
    assert (revived.state, revived.attempts, revived.error) == (PostState.DUE, 0, "")
    assert len(await claim(uow, later(9))) == 1


async def test_claims_are_limited_and_chosen(uow):
    for number in range(5):
        await uow.posts.want(wanted(key=f"k{number}"), later(-number))

    assert [post.wanted.key for post in await claim(uow, keys=["k1", "k3", "no"])] == ["k3", "k1"]
    assert [post.wanted.key for post in await claim(uow, limit=2)] == ["k4", "k2"]
    assert await claim(uow, keys=[]) == []


async def test_a_delivery_is_received_once(uow):
    assert await uow.inbox.receive("plusvibe", "e1", b"\x00\xff raw", AT)
    assert not await uow.inbox.receive("plusvibe", "e1", b"again", AT)
    assert await uow.inbox.receive("sendgrid", "e1", b"", AT)
    known_too = [("e1", b""), ("e2", b"2"), ("e2", b"2"), ("e3", b"3")]
    assert sorted(await uow.inbox.receive_many("plusvibe", known_too, AT)) == ["e2", "e3"]
    assert await uow.inbox.receive_many("plusvibe", [], AT) == []

    events = await uow.inbox.claim_due("plusvibe", AT, 9, MINUTE)
    assert [event.key for event in events] == ["e1", "e2", "e3"]
    (other,) = await uow.inbox.claim_due("sendgrid", AT, 9, MINUTE)
    assert (other.vendor, other.key, other.body) == ("sendgrid", "e1", b"")
    assert events[0].body == b"\x00\xff raw"
    assert await uow.inbox.claim_due("plusvibe", AT, 9, MINUTE) == []


async def test_a_delivery_is_applied_once(uow):
    for number in range(3):
        await uow.inbox.receive("plusvibe", f"e{number}", b"", AT)
    first, second, third = await uow.inbox.claim_due("plusvibe", AT, 9, MINUTE)

    assert await uow.inbox.applied([first.id], AT) == 1
    assert await uow.inbox.applied([first.id], AT) == 0
    await uow.inbox.quarantine(second.id, "nonsense")
    await uow.inbox.retry(third.id, later(5), "busy")

    assert await uow.inbox.claim_due("plusvibe", later(4), 9, MINUTE) == []
    (again,) = await uow.inbox.claim_due("plusvibe", later(9_999), 9, MINUTE)
    assert (again.key, again.attempts) == ("e2", 1)


async def test_a_held_delivery_is_nobody_elses_until_it_is_applied(database):
    async with database.begin(HERE) as uow:
        await uow.inbox.receive_many("plusvibe", [("e1", b""), ("e2", b"")], AT)
    if "sqlite" not in str(database.url):  # there the transaction is the only writer
        async with database.begin(HERE) as first, database.begin(HERE) as second:
            (held,) = await first.inbox.hold_due("plusvibe", AT, 1, 9)
            (other,) = await second.inbox.hold_due("plusvibe", AT, 9, 9)
            assert (held.key, other.key) == ("e1", "e2")
            assert await second.inbox.claim_due("plusvibe", AT, 9, MINUTE) == [other]

    async with database.begin(HERE) as uow:
        first, *leased = await uow.inbox.hold_due("plusvibe", AT + MINUTE, 9, 9)
        assert await uow.inbox.applied([first.id], AT) == 1
        await uow.inbox.claim_due("plusvibe", AT + MINUTE, 9, MINUTE)
        assert (len(leased), await uow.inbox.hold_due("plusvibe", AT + MINUTE, 9, 9)) == (1, [])
