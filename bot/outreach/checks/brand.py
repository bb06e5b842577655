"""What makes a site forgettable, or doubtful."""

import re
from urllib.parse import urlsplit

from bot.outreach.checks.kinds import Check, at_home, of_site, on_pages
from bot.outreach.pages import Link, Page, Site

_ABOUT = re.compile(
    r"about|impressum|imprint|who we are|our story|team|company|o nás|über uns|qui sommes", re.IGNORECASE
)
_CONTACT = re.compile(r"contact|kontakt|contatt|contacto|get in touch", re.IGNORECASE)
_PRIVACY = re.compile(r"privacy|datenschutz|gdpr|personal data|confidentialit|privacidad|soukrom|osobní", re.IGNORECASE)
_SOCIAL = ("linkedin.com", "facebook.com", "instagram.com", "youtube.com", "x.com", "twitter.com", "tiktok.com")
YEARS_OLD = 2


def _no_icon(page: Page) -> str:
    return "" if page.has_icon else "No icon is linked, and there is no /favicon.ico"


def _no_picture(page: Page) -> str:
    return "" if page.social.get("og:image") else "og:image is missing"


def _no_shared_title(page: Page) -> str:
    return "" if page.social.get("og:title") else "og:title is missing"


def _leads(site: Site, told: re.Pattern[str]) -> bool:
    ours = urlsplit(site.home.url).netloc
    own = [(link, parts) for link in _links(site) if (parts := urlsplit(link.url)).netloc == ours]
    return any(told.search(f"{link.text} {parts.path}") for link, parts in own)


def _links(site: Site) -> list[Link]:
    return [link for page in site.pages for link in page.links]


def _nobody(site: Site) -> str:
    return "" if _leads(site, _ABOUT) else "No link to a page about the company"


def _unreachable(site: Site) -> str:
    direct = any(link.url.lower().startswith(("mailto:", "tel:")) for link in _links(site))
    form = any(form.method == "post" for page in site.pages for form in page.forms)
    return "" if direct or form or _leads(site, _CONTACT) else "No contact page, address, number or form"


def _no_privacy(site: Site) -> str:
    return "" if _leads(site, _PRIVACY) else "No link to a privacy page"


def _no_profiles(site: Site) -> str:
    hosts = [(urlsplit(link.url).hostname or "").removeprefix("www.") for link in _links(site)]
    return "" if any(host in _SOCIAL for host in hosts) else "No link to a profile elsewhere"


def _placeholder(page: Page) -> str:
    return f"The page says “{page.placeholders[0]}”" if page.placeholders else ""


def _old_year(site: Site) -> str:
    newest = max(page.year for page in site.pages)
    return f"The newest copyright year is {newest}" if newest and newest <= site.looked_at.year - YEARS_OLD else ""


def _unnamed(site: Site) -> str:
    """The brand is what stands before the domain's last dot, as far as anybody can tell."""
    home, name = site.home, _letters(site.domain.removeprefix("www.").partition(".")[0])
    told = _letters(" ".join([home.title, home.social.get("og:site_name", ""), *home.level(1)]))
    return f"Neither title nor heading says {name}" if len(name) > 2 and name not in told else ""


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


CHECKS = (
    Check(
        "placeholders-left", "brand", "high", "Sample text is left on the pages",
        "Visitors take the site, and the company with it, for unfinished.",
        "Replace the sample text or take the page down", on_pages(_placeholder),
    ),
    Check(
        "contact-missing", "brand", "high", "Visitors find no way to get in touch",
        "Whoever wants to buy has to look for a way, and few do.",
        "Put an address, a number or a form one click from every page", of_site(_unreachable), of_site=True,
    ),
    Check(
        "picture-missing", "brand", "medium", "Shared links show no picture",
        "A link without one is passed over in every feed and chat.",
        "Set an og:image for the home page and the main pages", at_home(_no_picture), of_site=True,
    ),
    Check(
        "privacy-missing", "brand", "medium", "No privacy page is linked",
        "It is the law in many countries, and careful customers look for it.",
        "Link a privacy page in the footer of every page", of_site(_no_privacy), of_site=True,
    ),
    Check(
        "about-missing", "brand", "low", "No page says who is behind the site",
        "People buy from people, and trust those they can see.",
        "Publish a page about the company with names and faces, and link it in the menu",
        of_site(_nobody), of_site=True,
    ),
    Check(
        "year-old", "brand", "low", "The copyright notice is years old",
        "Visitors wonder whether anybody is still there.",
        "Let the year change by itself, or leave it out", of_site(_old_year), of_site=True,
    ),
    Check(
        "icon-missing", "brand", "low", "Browser tabs show no icon",
        "Among twenty tabs nobody finds this one again.",
        "Add a favicon with the company's sign", at_home(_no_icon), of_site=True,
    ),
    Check(
        "shared-title-missing", "brand", "low", "Shared links have no title of their own",
        "Feeds and chats show whatever they find.",
        "Set og:title on the home page and the main pages", at_home(_no_shared_title), of_site=True,
    ),
    Check(
        "name-missing", "brand", "low", "The home page does not say the company's name where it counts",
        "Whoever searches for the name may find others first.",
        "Put the name into the home page's title", of_site(_unnamed), of_site=True,
    ),
    Check(
        "profiles-missing", "brand", "info", "No social profile is linked",
        "Profiles are where many look for signs of life.",
        "Link the profiles that are kept up, and only those", of_site(_no_profiles), of_site=True,
    ),
)  # fmt: skip
