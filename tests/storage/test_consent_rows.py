"""The consent ledger asked for many addresses at once says what the rule says of each."""

from datetime import timedelta
from itertools import product

from bot.outreach.consents import ConsentValue, permits, standing_consent
from bot.outreach.reachability import AddressFact, AddressRecord
from tests.storage.given import AT, HERE, a_consent

MOMENTS = [AT + timedelta(days=days) for days in (0, 1)]
SAID = list(product(ConsentValue, MOMENTS))
LEFT = [None, *product((AddressFact.UNSUBSCRIBED, AddressFact.COMPLAINED, AddressFact.BOUNCED), MOMENTS)]


async def test_every_pair_of_words_and_every_way_of_leaving(database):
    cases = {f"p{number}@b.com": case for number, case in enumerate(product(SAID, [None, *SAID], LEFT))}
    entries, records = [], []
    for key, (first, second, left) in cases.items():
        said = [(0, first), *([(1, second)] if second else [])]
        entries += [
            a_consent(key, value, captured_at=at, at=AT + timedelta(days=9, hours=n)) for n, (value, at) in said
        ]
        records += [AddressRecord(key, left[0], left[1], "link")] if left else []

    async with database.begin(HERE) as uow:
        await uow.consents.add_many(entries)
        await uow.addresses.add_many(records)

    async with database.read(HERE) as uow:
        said = await uow.consents.of_keys(cases)
        left = await uow.addresses.of_keys(cases)
        expected = {key for key in cases if permits(standing_consent(said[key], left.get(key, [])))}
        assert await uow.consents.permitting(cases) == expected
        assert await uow.consents.permitting(["nobody@b.com"]) == set()
    assert 0 < len(expected) < len(cases)
