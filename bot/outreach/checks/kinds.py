"""What a check is: its words, and a small pure function that says where a site shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.outreach.pages import Page, Site

SHELL_WORDS = 40
MENU_LINKS = 3
Found = Callable[[Site], Mapping[str, str]]  # by a page's address: what was found there


@dataclass(frozen=True, slots=True)
class Check:
    """One thing an audit looks for. title: a clause without a full stop, as a letter quotes it.

    severity: one of `SEVERITIES`. of_site: it is no matter of single pages, so how many show it says nothing.
    """

    id: str
    dimension: str
    severity: str
    title: str
    why: str
    fix: str
    found: Found
    of_site: bool = False


def on_pages(look: Callable[[Page], str]) -> Found:
    """Asked of every page; empty for a page that is fine."""
    return lambda site: {page.url: said for page in site.pages if (said := look(page))}


def at_home(look: Callable[[Page], str]) -> Found:
    """Asked of the home page alone."""
    return lambda site: {site.home.url: said} if (said := look(site.home)) else {}


def of_site(look: Callable[[Site], str]) -> Found:
    """Asked of the site as a whole."""
    return lambda site: {site.home.url: said} if (said := look(site)) else {}


def shared(part: Callable[[Page], str], words: str) -> Found:
    """Pages that share what no two pages should; each names another."""

    def found(site: Site) -> Mapping[str, str]:
        groups: dict[str, list[Page]] = {}
        for page in site.pages:
            if known := part(page):
                groups.setdefault(known, []).append(page)
        return {
            page.url: words.format(other=next(each for each in group if each is not page).path)
            for group in groups.values()
            if len(group) > 1
            for page in group
        }

    return found


def is_shell(page: Page) -> bool:
    """Whether a page is empty until its scripts run. A short page of its own has at least its menu's links."""
    return bool(page.scripts) and page.words < SHELL_WORDS and len(page.links) < MENU_LINKS


def some(names: list[str], noun: str) -> str:
    """`3 pictures, such as /a.png`, `1 picture: /a.png`; empty for none."""
    if not names:
        return ""
    first = names[0][:120] or "an empty one"
    return f"1 {noun}: {first}" if len(names) == 1 else f"{len(names)} {noun}s, such as {first}"
