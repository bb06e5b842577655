"""Dynamic segments looked into: as one with many leads is, and as one that hardly anybody matches."""

from collections.abc import Sequence

from bot.outreach.criteria import Field, Operator, Rule
from bot.outreach.segments import NOBODY, SegmentKind
from bot.services.all import Services
from storage.ids import new_id
from tests.bench.measuring import Figure, in_turns
from tests.bench.million import HERE, Stock
from tests.bench.pages import ANA, services_over

_MANY = (
    Rule(Field.GRADE, Operator.IS, ("D", "E", "F")),
    Rule(Field.STATUS, Operator.IS, ("email_generated", "opened")),
)
_NOBODY = (Rule(Field.COUNTRY, Operator.IS, ("Norway",)),)


async def segment_previews(stock: Stock, *, rounds: int) -> list[Figure]:
    """The count and five samples, against one bare count of the same."""
    raw, mark = stock.raw(), "?" if stock.file else "%s"
    lower = "lower(country)" if stock.file else 'lower(country COLLATE "C")'
    mine = f"SELECT count(*) FROM leads WHERE workspace_id = {mark} AND removed_at IS NULL"

    async def many() -> None:
        which = "grade IN ('D', 'E', 'F') AND status IN ('email_generated', 'opened')"
        some = f"{mine.replace('count(*)', 'seq')} AND {which}"
        raw.execute(f"SELECT count(*) FROM ({some} LIMIT 10001) AS few", (HERE.id,)).fetchone()

    async def nobody() -> None:
        raw.execute(f"{mine} AND {lower} = 'norway'", (HERE.id,)).fetchone()

    async with services_over(stock) as asked:
        ids = [await _segment(asked, rules) for rules in (_MANY, _NOBODY)]

        async def to_the_end() -> None:
            first = await asked.segments.preview(HERE.id, ANA, ids[1])
            figures = [each async for each in asked.segments.counted_on(HERE.id, ANA, first)]
            assert (figures or [first])[-1].count == NOBODY

        ours_many, bare_many, ours_nobody, bare_nobody, whole = await in_turns(
            lambda: asked.segments.preview(HERE.id, ANA, ids[0]),
            many,
            lambda: asked.segments.preview(HERE.id, ANA, ids[1]),
            nobody,
            to_the_end,
            rounds=rounds,
        )
    raw.close()
    name, floor = f"{stock.kind}, {stock.leads:,} leads", "one bare count"
    first, end = "the first figure", "to the end, in stretches"
    many_soon, nobody_soon = ours_many <= 500, ours_nobody <= 500
    return [
        Figure(f"segment preview, {name}", ours_many, "ms", "≤ 500 ms", many_soon, bare_many, floor, first),
        Figure(f"segment nobody is in, {name}", ours_nobody, "ms", "≤ 500 ms", nobody_soon, bare_nobody, floor, first),
        Figure(f"segment nobody is in, {name}", whole, "ms", "", None, bare_nobody, floor, end),
    ]


async def _segment(asked: Services, rules: Sequence[Rule]) -> str:
    segment = await asked.segments.add(HERE.id, ANA, new_id(), SegmentKind.DYNAMIC)
    for place, rule in enumerate(rules, start=segment.revision):
        await asked.segments.set_rule(HERE.id, ANA, segment.id, rule, None, place)
    return segment.id
