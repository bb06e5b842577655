"""The rules of a dynamic segment: added, changed, taken away, and how they go together."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from blocks import segment_ids
from blocks.criteria import rule_form
from bot.outreach.criteria import OPERATORS, Field, Match, Operator, Rule
from handlers import Table
from handlers.call import Call
from handlers.modals import submitted
from handlers.segments import act, segment_of, show_segment


async def set_match(call: Call) -> None:
    """All rules, or any."""
    await call.ack()
    actor, match = await call.actor(), Match(call.value)
    await act(call, call.services.segments.set_match(call.workspace_id, actor, segment_of(call), match), "")


async def add_rule(call: Call) -> None:
    """`Add rule`."""
    await call.ack()
    await _open_rule(call, Rule(Field.COUNTRY, Operator.IS), None, call.open)


async def rule_menu(call: Call) -> None:
    """A rule's menu: edit or remove it."""
    await call.ack()
    verb, _, place = call.value.partition(":")
    actor, kept = await call.actor(), call.kept
    if verb == "remove":
        seen = int(kept["seen"])
        doing = call.services.segments.remove_rule(call.workspace_id, actor, segment_of(call), int(place), seen)
        await act(call, doing, "")
        return
    segment = await call.services.segments.get(call.workspace_id, actor, segment_of(call))
    rules = segment.criteria.rules
    if segment.revision == kept["seen"] and int(place) < len(rules):
        await _open_rule(call, rules[int(place)], int(place), call.open)
        return
    await show_segment(call, segment.id, problem="Somebody changed the rules. These are the rules now.")


async def _open_rule(call: Call, rule: Rule, place: int | None, show: Callable[[Any], Awaitable[Any]]) -> None:
    kept = {key: value for key, value in call.kept.items() if key in {"segment", "seen"}} | {"place": place}
    campaigns = await call.services.campaigns.all(call.workspace_id, await call.actor())
    await show(rule_form(rule, campaigns, kept, is_new=place is None))


async def choose_field(call: Call) -> None:
    """Another field in the form: its own ways to compare."""
    await call.ack()
    field = Field(call.value)
    await _open_rule(call, Rule(field, OPERATORS[field][0]), call.kept.get("place"), call.update)


async def rule_saved(call: Call) -> None:
    """The form of one rule."""
    kept = call.kept
    field = Field(kept["field"])
    rule = Rule(field, Operator(call.chosen(segment_ids.RULE_OPERATOR) or OPERATORS[field][0]), _typed_values(call))
    doing = call.services.segments.set_rule(
        call.workspace_id, await call.actor(), segment_of(call), rule, kept["place"], int(kept["seen"])
    )
    if segment := await submitted(call, doing, lambda named: f"{named if named == 'operator' else 'values'}:{field}"):
        await show_segment(call, segment.id, call.under)


def _typed_values(call: Call) -> tuple[str, ...]:
    """What was chosen or typed, values separated by commas."""
    chosen = call.chosen_many(segment_ids.RULE_VALUES)
    return tuple(chosen or re.split(r"[,\n]", call.chosen(segment_ids.RULE_TEXT)))


TABLE = Table(
    actions={
        segment_ids.SEGMENT_MATCH: set_match,
        segment_ids.RULE_ADD: add_rule,
        segment_ids.RULE_MENU: rule_menu,
        segment_ids.RULE_FIELD: choose_field,
    },
    views={segment_ids.RULE_FORM: rule_saved},
)
