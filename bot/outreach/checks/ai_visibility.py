"""What keeps answer engines from quoting a site."""

from bot.outreach.checks.kinds import Check, at_home, is_shell, of_site, on_pages
from bot.outreach.pages import Page, Site

ANSWER_ENGINES = ("GPTBot", "OAI-SearchBot", "PerplexityBot", "Google-Extended", "CCBot")
_BUSINESS = ("Organization", "LocalBusiness", "Corporation", "Store", "Restaurant", "Service", "Person", "Brand")
LONG_TEXT_WORDS = 600


def _undescribed(page: Page) -> str:
    return "" if page.schema or page.broken_schema else "No JSON-LD and no microdata on the home page"


def _nameless(page: Page) -> str:
    is_named = any(name.endswith(_BUSINESS) for name in page.schema)
    return "" if is_named or not page.schema else f"Only {', '.join(sorted(page.schema)[:4])}"


def _unreadable(page: Page) -> str:
    count = page.broken_schema
    return f"{count} {'piece' if count == 1 else 'pieces'} of JSON-LD cannot be read" if count else ""


def _shut_out(site: Site) -> str:
    out = [name for name in ANSWER_ENGINES if site.robots.shuts_out(name)]
    return f"robots.txt closes / to {', '.join(out)}" if out and not site.robots.shuts_out("Googlebot") else ""


def _only_by_script(page: Page) -> str:
    return f"{page.words} words without scripts" if is_shell(page) else ""


def _unstructured(page: Page) -> str:
    is_long = page.words > LONG_TEXT_WORDS and not page.level(2)
    return f"{page.words:,} words without a subheading" if is_long else ""


def _no_questions(site: Site) -> str:
    asked = any("?" in text for page in site.pages for _, text in page.headings)
    marked = any({"FAQPage", "QAPage"} & page.schema for page in site.pages)
    linked = any("faq" in link.url.lower() for page in site.pages for link in page.links)
    return "" if asked or marked or linked else "No heading asks a question, and no page is a list of them"


def _no_llms(site: Site) -> str:
    return "" if site.has_llms else "/llms.txt does not exist"


def _may_not_be_quoted(page: Page) -> str:
    is_closed = page.says("nosnippet") or page.says("max-snippet:0")
    return "The page says nosnippet" if is_closed else ""


CHECKS = (
    Check(
        "text-by-script", "ai_visibility", "high", "The text is only there after scripts have run",
        "Answer engines, and many crawlers, read the page as it is sent: to them it is empty.",
        "Render the text on the server", on_pages(_only_by_script),
    ),
    Check(
        "engines-shut-out", "ai_visibility", "medium", "Answer engines are told to stay away",
        "They answer questions about the business from other people's pages.",
        "Remove their Disallow lines from robots.txt, unless that is on purpose", of_site(_shut_out), of_site=True,
    ),
    Check(
        "snippets-forbidden", "ai_visibility", "medium", "Pages may not be quoted",
        "Neither search nor answer engines can show a sentence of them.",
        "Remove nosnippet from the robots tag", on_pages(_may_not_be_quoted),
    ),
    Check(
        "schema-missing", "ai_visibility", "medium", "No structured data describes the business",
        "Engines have to guess name, place and trade from the text.",
        "Add Organization or LocalBusiness data to the home page", at_home(_undescribed), of_site=True,
    ),
    Check(
        "schema-broken", "ai_visibility", "medium", "Structured data cannot be read",
        "A missing comma makes all of it worthless.",
        "Mend the JSON-LD until a validator reads it", on_pages(_unreadable),
    ),
    Check(
        "schema-nameless", "ai_visibility", "low", "Structured data does not name the business",
        "It describes the page and not who stands behind it.",
        "Add Organization data with name, address and logo", at_home(_nameless), of_site=True,
    ),
    Check(
        "text-unstructured", "ai_visibility", "low", "Long texts have no subheadings",
        "An engine quotes the passage below a heading that fits the question.",
        "Put a heading before every few paragraphs", on_pages(_unstructured),
    ),
    Check(
        "questions-unanswered", "ai_visibility", "low", "Questions customers ask are answered nowhere",
        "Answer engines quote pages that ask and answer the very question.",
        "Publish a page with the ten questions your support hears most, each with a plain answer",
        of_site(_no_questions), of_site=True,
    ),
    Check(
        "llms-missing", "ai_visibility", "info", "There is no llms.txt",
        "It is a short guide to the site for language models; few read it yet.",
        "Publish /llms.txt with a line about each important page", of_site(_no_llms), of_site=True,
    ),
)  # fmt: skip
