"""What new verdicts change: the address ledger, waiting mails, runs, and what is known of addresses and domains."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.outreach.access import CLOCK
from bot.outreach.events import Event, EventKind, by
from bot.outreach.leads import Lead
from bot.outreach.reachability import REASONS, AddressFact, AddressRecord
from bot.outreach.sequences import Signals
from bot.outreach.validation import AddressCheck, Verdict, proven
from bot.services.run_news import Told, hear
from bot.services.verifying import Looked
from storage.unit_of_work import UnitOfWork

SOURCE = "validation"


async def record(uow: UnitOfWork, looked: Sequence[Looked], now: datetime) -> None:
    """Store what these looks came to. Rows of mails, leads and runs are locked before those of addresses and domains.

    An address is banned once, when it turns invalid and nothing else stands against it: whoever clears it by hand is
    right until it was valid in between. What only validation said is taken back when it says so no more.
    """
    pairs = [pair for each in looked for pair in each.checked]
    worse = [new for old, new in pairs if new.verdict is Verdict.INVALID and old.verdict is not Verdict.INVALID]
    better = [new for old, new in pairs if old.verdict is Verdict.INVALID and new.verdict is not Verdict.INVALID]
    if worse or better:
        standing = await uow.addresses.standing({check.address_key for check in (*worse, *better)})
        bans = [check for check in worse if check.address_key not in standing]
        lifts = [check for check in better if standing.get(check.address_key) is AddressFact.INVALID]
        await _follow(uow, bans, lifts, now)
    await uow.verdicts.settle([new for _, new in pairs])
    await uow.verdicts.release([(each.domain, each.back_at) for each in looked], now)


async def prove(uow: UnitOfWork, bounced: Mapping[str, bool], now: datetime) -> None:
    """What mails themselves prove of addresses, by key: that they bounced for good, or that they arrived."""
    known = await uow.verdicts.of(bounced) if bounced else {}
    after = {key: proven(check, now, bounced=bounced[key]) for key, check in known.items()}
    await uow.verdicts.settle([check for key, check in after.items() if check is not known[key]])


async def _follow(uow: UnitOfWork, bans: Sequence[AddressCheck], lifts: Sequence[AddressCheck], now: datetime) -> None:
    keys = [check.address_key for check in bans]
    await uow.mails.cancel_to(keys, REASONS[AddressFact.INVALID])
    leads = await uow.leads.by_keys({check.address_key for check in (*bans, *lifts)})
    told = [Told(leads[key].id, Signals(standing=AddressFact.INVALID)) for key in keys if key in leads]
    await hear(uow, told, CLOCK, now)
    await uow.addresses.add_many(
        [AddressRecord(check.address_key, AddressFact.INVALID, now, SOURCE, CLOCK.id, _why(check)) for check in bans]
        + [AddressRecord(check.address_key, AddressFact.CLEARED, now, SOURCE, CLOCK.id, _why(check)) for check in lifts]
    )
    await uow.events.add_many(
        [
            *_events(EventKind.ADDRESS_INVALID, bans, leads, now),
            *_events(EventKind.SUPPRESSION_CLEARED, lifts, leads, now),
        ]
    )


def _events(kind: EventKind, checks: Iterable[AddressCheck], leads: dict[str, Lead], now: datetime) -> list[Event]:
    known = [(leads[check.address_key].id, check) for check in checks if check.address_key in leads]
    return [by(CLOCK, kind, now, lead_id, {"reason": _why(check)}) for lead_id, check in known]


def _why(check: AddressCheck) -> str:
    words = (check.reason or "").replace("_", " ")
    return f"{words}: {check.evidence}" if check.evidence else words
