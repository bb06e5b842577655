"""What gets in visitors' way."""

import re
from itertools import pairwise

from bot.outreach.checks.kinds import Check, of_site, on_pages, some
from bot.outreach.pages import Page, Site

_MAXIMUM = re.compile(r"maximum-scale\s*=\s*1(?:\.0*)?(?![\d.])")
_SAYS_NOTHING = frozenset({"click here", "here", "read more", "more", "learn more", "link", "this", "details"})
MOST_VAGUE = 3


def _not_for_phones(page: Page) -> str:
    return "" if page.viewport and "width" in page.viewport else "No viewport is set"


def _no_zoom(page: Page) -> str:
    told = (page.viewport or "").lower().replace(" ", "")
    is_fixed = "user-scalable=no" in told or "user-scalable=0" in told or _MAXIMUM.search(told)
    return f"viewport: {page.viewport}"[:160] if is_fixed else ""


def _no_language(page: Page) -> str:
    return "" if page.lang else "No lang on the html element"


def _unlabelled(page: Page) -> str:
    fields = sum(form.unlabelled for form in page.forms)
    return f"{fields} {'field' if fields == 1 else 'fields'} without a label" if fields else ""


def _silent_links(page: Page) -> str:
    return some([link.url for link in page.links if not link.text], "link")


def _vague_links(page: Page) -> str:
    vague = [link.text for link in page.links if link.text.casefold().strip(" .…»›→>") in _SAYS_NOTHING]
    return some(vague, "link") if len(vague) > MOST_VAGUE else ""


def _jumps(page: Page) -> str:
    levels = [level for level, _ in page.headings]
    for before, after in pairwise(levels):
        if after > before + 1:
            return f"An h{after} follows an h{before}"
    return ""


def _untitled_frames(page: Page) -> str:
    count = page.untitled_frames
    return f"{count} embedded {'frame' if count == 1 else 'frames'} without a title" if count else ""


def _old_mode(page: Page) -> str:
    return "" if page.has_doctype else "The document begins without a doctype"


def _retired(page: Page) -> str:
    return some([f"<{tag}>" for tag in page.retired_tags], "kind") if page.retired_tags else ""


def _repeated_ids(page: Page) -> str:
    return some(list(page.repeated_ids), "id")


def _untappable(site: Site) -> str:
    written = [phone for page in site.pages for phone in page.phones]
    is_linked = any(link.url.lower().startswith("tel:") for page in site.pages for link in page.links)
    return f"{written[0]} is text only" if written and not is_linked else ""


CHECKS = (
    Check(
        "phones-forgotten", "ux", "high", "Pages are not made for phones",
        "On a phone everything is tiny, and most visitors come on one.",
        "Set the viewport to width=device-width and let the layout follow the screen", on_pages(_not_for_phones),
    ),
    Check(
        "zoom-blocked", "ux", "medium", "Phones are kept from zooming",
        "Whoever needs larger letters cannot read the page.",
        "Remove maximum-scale and user-scalable from the viewport", on_pages(_no_zoom),
    ),
    Check(
        "labels-missing", "ux", "medium", "Form fields have no labels",
        "People who use a screen reader do not learn what to type, and others forget it while typing.",
        "Give each field a label that stays visible", on_pages(_unlabelled),
    ),
    Check(
        "language-missing", "ux", "medium", "Pages do not say their language",
        "Screen readers speak them with the wrong voice, and browsers offer wrong translations.",
        'Add lang to the html element, such as lang="en"', on_pages(_no_language),
    ),
    Check(
        "old-mode", "ux", "medium", "Browsers draw the pages in a mode of the last century",
        "Without a doctype sizes and spaces differ from browser to browser.",
        "Begin every page with <!doctype html>", on_pages(_old_mode),
    ),
    Check(
        "phone-untappable", "ux", "medium", "The phone number cannot be tapped",
        "On a phone people have to copy it by hand, and few do.",
        "Make the number a link that dials", of_site(_untappable), of_site=True,
    ),
    Check(
        "links-silent", "ux", "low", "Links have no text",
        "A screen reader can only spell their address out.",
        "Give each link a text, and each linked picture an alternative text", on_pages(_silent_links),
    ),
    Check(
        "links-vague", "ux", "low", "Links say only where to click, not where they lead",
        "Nobody who skims the page learns what is behind them.",
        "Name the target in the link's text", on_pages(_vague_links),
    ),
    Check(
        "headings-jump", "ux", "low", "Headings skip levels",
        "The page's outline, by which screen readers move, has holes.",
        "Use h2 below h1 and h3 below h2, and styles for the size", on_pages(_jumps),
    ),
    Check(
        "frames-untitled", "ux", "low", "Embedded frames have no title",
        "A screen reader cannot say whether a map, a film or a form is inside.",
        "Give each iframe a title", on_pages(_untitled_frames),
    ),
    Check(
        "ids-repeated", "ux", "low", "Elements share one id",
        "Labels and jump links lead to the wrong place.",
        "Give each element an id of its own", on_pages(_repeated_ids),
    ),
    Check(
        "tags-retired", "ux", "low", "Pages use markup that was retired long ago",
        "Browsers may stop drawing it, and it never worked well on phones.",
        "Replace it with styles", on_pages(_retired),
    ),
)  # fmt: skip
