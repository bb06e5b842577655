"""What makes a site slow."""

from bot.outreach.checks.kinds import Check, at_home, on_pages, some
from bot.outreach.pages import Page

SLOW_SECONDS = 2.0
WORTH_PACKING_BYTES = 4_000
HEAVY_BYTES = 500_000
MOST_BLOCKING = 3
MOST_FILES = 30
MOST_NODES = 3_000
HEAVY_INLINE = 100_000
EAGER_PICTURES = 8
MOST_HOPS = 2


def _slow(page: Page) -> str:
    return f"Took {page.seconds:.1f} seconds" if page.seconds > SLOW_SECONDS else ""


def _unpacked(page: Page) -> str:
    is_packed = page.headers.get("content-encoding", "identity") not in {"", "identity"}
    return "" if is_packed or page.size < WORTH_PACKING_BYTES else f"{page.size // 1_000} kB sent as they are"


def _heavy(page: Page) -> str:
    return f"{page.size // 1_000} kB of HTML alone" if page.size > HEAVY_BYTES else ""


def _blocking(page: Page) -> str:
    blocking = [script.src for script in page.scripts if script.is_blocking]
    return some(blocking, "script") if len(blocking) > MOST_BLOCKING else ""


def _many_files(page: Page) -> str:
    files = len(page.scripts) + len(page.styles)
    return f"{len(page.scripts)} scripts and {len(page.styles)} style sheets" if files > MOST_FILES else ""


def _large_tree(page: Page) -> str:
    return f"{page.nodes:,} elements" if page.nodes > MOST_NODES else ""


def _inline(page: Page) -> str:
    return f"{page.inline_bytes // 1_000} kB within the page" if page.inline_bytes > HEAVY_INLINE else ""


def _unsized(page: Page) -> str:
    return some([image.src for image in page.images if not image.is_sized], "picture")


def _eager(page: Page) -> str:
    is_eager = len(page.images) > EAGER_PICTURES and not any(image.is_lazy for image in page.images)
    return f"All {len(page.images)} pictures load at once" if is_eager else ""


def _hops(page: Page) -> str:
    return f"{len(page.hops)} redirects, beginning at {page.hops[0][:120]}" if len(page.hops) > MOST_HOPS else ""


CHECKS = (
    Check(
        "answers-slowly", "performance", "high", "Pages take over two seconds to answer",
        "Many visitors have left before anything is shown.",
        "Cache whole pages at the server, and look for the slowest query behind them", on_pages(_slow),
    ),
    Check(
        "page-heavy", "performance", "high", "Pages are over half a megabyte before the first picture",
        "On a phone nothing is shown until all of it has come.",
        "Move styles, scripts and embedded pictures into files of their own", on_pages(_heavy),
    ),
    Check(
        "not-packed", "performance", "medium", "Pages are sent uncompressed",
        "They take three to five times as long to load as they need to.",
        "Switch gzip or Brotli on at the web server", on_pages(_unpacked),
    ),
    Check(
        "scripts-block", "performance", "medium", "Scripts hold up the first paint",
        "The screen stays white until every one of them has come and run.",
        "Load them with defer or async, and the unneeded ones not at all", on_pages(_blocking),
    ),
    Check(
        "redirects-many", "performance", "medium", "The home page is reached by way of several redirects",
        "Each of them costs a phone another third of a second.",
        "Send every visitor to the final address at once", at_home(_hops), of_site=True,
    ),
    Check(
        "files-many", "performance", "low", "Pages load dozens of scripts and styles",
        "Each file is another wait, and most are not needed for what is seen.",
        "Combine them and drop those of unused plugins", on_pages(_many_files),
    ),
    Check(
        "tree-large", "performance", "low", "Pages are built of thousands of elements",
        "Scrolling and typing become sluggish on older phones.",
        "Drop the nested wrappers of the page builder, and load long lists piece by piece", on_pages(_large_tree),
    ),
    Check(
        "inline-heavy", "performance", "low", "Pages carry styles and scripts that browsers cannot keep",
        "What stands within the page is loaded again with every page.",
        "Move them into files, which are loaded once", on_pages(_inline),
    ),
    Check(
        "pictures-unsized", "performance", "low", "Text jumps while pictures load",
        "The browser does not know how much room to keep, and readers lose their place.",
        "Give each picture its width and height", on_pages(_unsized),
    ),
    Check(
        "pictures-eager", "performance", "low", "Pictures far down the page load at once",
        "They hold up those that are seen first.",
        'Add loading="lazy" to all but the first pictures', on_pages(_eager),
    ),
)  # fmt: skip
