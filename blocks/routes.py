"""What goes into which channel, and when: the modal behind `/outreach digest`, and what is said when it cannot go."""

from collections.abc import Mapping, Sequence
from datetime import time

from blocks import ids
from blocks.elements import Block, refused_line
from blocks.message import (
    Message,
    actions,
    button,
    confirmation,
    context,
    count,
    divider,
    esc,
    field_input,
    modal,
    option,
    section,
    select,
    when,
)
from bot.outreach.boards import Board
from bot.outreach.routes import EVERY_DAY, OFFERED, Cadence, Route, Topic

TOPICS: Mapping[Topic, str] = {
    Topic.FUNNEL: "Digest of the pipeline",
    Topic.WRITEBACKS: "Writebacks that landed",
    Topic.REPLIES: "Replies of prospects",
    Topic.DRAFTS: "Drafts to approve",
    Topic.STEPS: "Manual steps that are due",
    Topic.FORMS: "Web forms filled in",
    Topic.LINKS: "Links found and lost",
}
CADENCES: Mapping[Cadence, str] = {
    Cadence.IMMEDIATE: "At once",
    Cadence.HOURLY: "Every hour",
    Cadence.DAILY: "Once a day",
    Cadence.OFF: "Off",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIME_BLOCK, WEEKDAYS_BLOCK = "route_time_block", "route_weekdays_block"
MOST_OTHERS = 20


def topic_block(topic: Topic) -> str:
    """The block that holds a topic's select."""
    return f"route_{topic}"


def routes_view(board: Board, *, refused: str = "", note: str = "") -> Block:
    """One channel's routes to set, the others' to see. refused: why they are only shown. note: what just happened."""
    funnel = board.routes[Topic.FUNNEL]
    zone = esc(funnel.timezone, 60)
    top = [
        section(f"What I post in <#{board.channel}>"),
        *_paused(funnel),
        *([context(f"✅ {esc(note)}")] if note else []),
    ]
    if refused:
        lines = [_line(board.routes[topic]) for topic in TOPICS]
        shown = [*top, section("\n".join(lines)), *_rest(board), *refused_line(refused)]
        return modal(ids.ROUTES, "Digest and news", shown)
    fields = [field_input(TOPICS[topic], topic_block(topic), _cadence(board.routes[topic])) for topic in TOPICS]
    blocks = [
        *top,
        *fields,
        field_input(f"Local time for what comes once a day ({zone})", TIME_BLOCK, _time(funnel.at)),
        field_input("On these days", WEEKDAYS_BLOCK, _weekdays(funnel.weekdays), hint="On other days news waits."),
        *actions(button("Preview the digest", ids.PREVIEW_DIGEST, board.channel), _send(board)),
        *_rest(board),
    ]
    return modal(ids.ROUTES, "Digest and news", blocks, metadata=board.channel, submit="Save", close="Cancel")


def _paused(route: Route) -> list[Block]:
    if not route.paused:
        return []
    return [context(f"⚠️ Paused: the channel {_why(route.paused)}. *Save* tries again.")]


def _cadence(route: Route) -> Block:
    options = [option(CADENCES[cadence], cadence) for cadence in OFFERED[route.topic]]
    return select(f"{ids.CADENCE}|{route.topic}", "Choose when", options, route.cadence)


def _time(at: time) -> Block:
    return {"type": "timepicker", "action_id": ids.ROUTE_TIME, "initial_time": f"{at:%H:%M}"}


def _weekdays(chosen: frozenset[int]) -> Block:
    options = [option(name, str(number)) for number, name in enumerate(WEEKDAYS)]
    initial = [options[number] for number in sorted(chosen)]
    element: Block = {"type": "checkboxes", "action_id": ids.ROUTE_WEEKDAYS, "options": options}
    return {**element, "initial_options": initial} if initial else element


def _send(board: Board) -> Block:
    """The value names what the person saw standing, so that nobody posts over something newer."""
    confirm = None
    if board.standing:
        said = "Today's digest stands in the channel already. Post another one now?"
        confirm = confirmation("Post it again?", said, "Post again", style="primary")
    return button("Send now", ids.SEND_DIGEST, f"{board.channel}:{board.standing}", confirm=confirm)


def _rest(board: Board) -> list[Block]:
    """When the next digest comes, what grouping spared, and the other channels."""
    said = []
    if board.next_digest:
        zone = board.routes[Topic.FUNNEL].timezone
        said.append(f"Next digest here: {when(board.next_digest.due_at, zone)}")
    said.append(f"Grouping spared {count(board.spared, 'message')} in the last seven days")
    blocks = [context(" · ".join(said))]
    if board.others:
        lines = [f"<#{route.channel}> {_line(route, board.names)}" for route in board.others[:MOST_OTHERS]]
        if len(board.others) > MOST_OTHERS:
            lines.append(f"and {len(board.others) - MOST_OTHERS:,} more")
        blocks += [divider(), section("*Other channels*"), *_sections(lines)]
    return blocks


def _sections(lines: Sequence[str]) -> list[Block]:
    return [section("\n".join(lines[start : start + 10])) for start in range(0, len(lines), 10)]


def _line(route: Route, names: Mapping[str, str] | None = None) -> str:
    """`Digest of the pipeline: once a day at 09:00, every day · Ana Novak`."""
    said = f"{TOPICS[route.topic]}: {CADENCES[route.cadence].lower()}"
    if route.cadence is Cadence.DAILY:
        said += f" at {route.at:%H:%M} ({esc(route.timezone, 60)})"
    if route.cadence is not Cadence.OFF:
        said += f", {_days(route.weekdays)}"
    if route.paused:
        said += f", paused as the channel {_why(route.paused)}"
    if names is not None:
        said += f" · {esc(names.get(route.person, ''), 60) or ('somebody' if route.person else 'by the settings')}"
    return said


def _days(weekdays: frozenset[int]) -> str:
    if weekdays == EVERY_DAY:
        return "every day"
    return ", ".join(WEEKDAYS[day][:3] for day in sorted(weekdays)) or "on no day"


def routes_saved(board: Board) -> Message:
    """What was set, for the person who did."""
    lines = [f"• {_line(board.routes[topic])}" for topic in TOPICS]
    said = f"Set for <#{board.channel}>"
    zone, coming = board.routes[Topic.FUNNEL].timezone, board.next_digest
    rest = [context(f"Next digest: {when(coming.due_at, zone)}")] if coming else []
    return Message("\n".join([said, *lines]), [section("\n".join([said, *lines])), *rest])


def route_paused(channel: str, code: str, topics: Sequence[Topic]) -> Message:
    """Once, to whoever set the routes: the channel takes no posts. What was to go there comes with it."""
    names = ", ".join(TOPICS[topic].lower() for topic in topics) or "news"
    said = f"<#{channel}> {_why(code)}, so nothing more is posted there: {names}."
    more = "What was due now follows here. `/outreach digest` in another channel sets where it goes from now on."
    return Message(f"{said} {more}", [section(f"⚠️ {said}"), context(more)])


def cannot_post_here(reason: str) -> Message:
    """`/outreach digest` where no digest can go."""
    return Message(reason, [section(reason)])


def _why(code: str) -> str:
    reasons = {"is_archived": "is archived", "not_in_channel": "does not have me as a member"}
    return reasons.get(code, "cannot be used")
