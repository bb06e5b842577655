"""robots.txt (RFC 9309): which paths a site lets us read, and how slowly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote

OUR_NAME = "outreach-bot"
LONGEST_ROBOTS_BYTES = 500 * 1024  # what is behind is not read, as the RFC allows
_MOST_RULES = 2_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of a group: paths that begin like this (`*` for anything, `$` for the end)."""

    path: str
    allows: bool

    def fits(self, path: str) -> bool:
        """Whether the rule speaks of this path. Piece by piece: a pattern of somebody else's could take us for ever."""
        ends = self.path.endswith("$")
        first, *others = self.path.removesuffix("$").split("*")
        if not path.startswith(first):
            return False
        at = len(first)
        last = others.pop() if ends and others else None
        for piece in others:
            found = path.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        if last is not None:
            return len(path) - at >= len(last) and path.endswith(last)
        return not ends or at == len(path)


@dataclass(frozen=True)
class Robots:
    """What a robots.txt says. text: as it was read; empty allows everything."""

    text: str = ""

    @cached_property
    def groups(self) -> tuple[tuple[frozenset[str], tuple[Rule, ...], float], ...]:
        """Per group: whom it names (lower case), its rules, its crawl delay in seconds."""
        return tuple(_groups(self.text))

    @cached_property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps it names."""
        return tuple(value for name, value in _lines(self.text) if name == "sitemap" and value)

    def allows(self, path: str, agent: str = OUR_NAME) -> bool:
        """Whether the agent may read this path (with its query). The longest fitting rule wins, allowing ones a tie."""
        known = _plain(path)
        fitting = [rule for rules, _ in self._for(agent) for rule in rules if rule.fits(known)]
        best = max(fitting, key=lambda rule: (len(rule.path), rule.allows), default=None)
        return best is None or best.allows

    def delay(self, agent: str = OUR_NAME) -> float:
        """The seconds the agent is asked to wait between two requests."""
        return max((delay for _, delay in self._for(agent)), default=0.0)

    def shuts_out(self, agent: str) -> bool:
        """Whether the home page is closed to the agent."""
        return not self.allows("/", agent)

    def _for(self, agent: str) -> list[tuple[tuple[Rule, ...], float]]:
        """The groups that name the agent, else those for everybody."""
        wanted = agent.lower()
        named = [(rules, delay) for names, rules, delay in self.groups if wanted in names]
        return named or [(rules, delay) for names, rules, delay in self.groups if "*" in names]


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield name.strip().lower().lstrip("\ufeff"), value.strip()


def _groups(text: str) -> Iterator[tuple[frozenset[str], tuple[Rule, ...], float]]:
    names: set[str] = set()
    rules: list[Rule] = []
    delay, in_rules, told = 0.0, False, 0
    for name, value in _lines(text):
        if name == "user-agent":
            if in_rules:
                yield frozenset(names), tuple(rules), delay
                names, rules, delay, in_rules = set(), [], 0.0, False
            names.add(value.partition("/")[0].strip().lower())
        elif name in {"allow", "disallow"}:
            in_rules, told = True, told + 1
            if value and told <= _MOST_RULES:
                rules.append(Rule(_plain(value), name == "allow"))
        elif name == "crawl-delay":
            in_rules, delay = True, _seconds(value)
    if names:
        yield frozenset(names), tuple(rules), delay


def _seconds(value: str) -> float:
    return min(float(value), 86_400.0) if re.fullmatch(r"\d{1,9}(\.\d{0,9})?", value) else 0.0


def _plain(path: str) -> str:
    """Both sides of a comparison in one spelling of what is percent-encoded."""
    return quote(unquote(path), safe="/*$?=&;:@!'()+,~-._%#[]")
