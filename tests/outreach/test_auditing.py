"""Scores, grade, top issue and summary of what the checks found."""

import pytest

from bot.outreach.audit_changes import changes
from bot.outreach.audit_links import opens, report_token
from bot.outreach.auditing import findings_of, finished, scores_of
from tests.outreach.sites_given import LOOKED_AT, adding, all_of, answering, sound, told, without


def audited(spoil=None):
    """The finished audit of the sound site, spoiled."""
    draft = spoil(sound()) if spoil else sound()
    return finished(draft.site(), run_id="run-1", url="https://bot.example/audits/run-1", completed_at=LOOKED_AT)


def test_a_site_without_a_fault_is_an_a_with_a_hundred():
    audit = audited()

    assert (audit.score, audit.grade, audit.top_issue, audit.pages) == (100, "A", "", 3)
    assert (
        audit.summary == "We looked at three pages of acme.example. It scores 100 of 100. We found nothing to repair."
    )


def test_a_finding_on_one_page_costs_less_than_on_all():
    one = findings_of(without('<meta name="description"[^>]*>')(sound()).site())
    everywhere = findings_of(without('<meta name="description"[^>]*>', "*")(sound()).site())

    assert 100 > scores_of(one, 3)["seo"] > scores_of(everywhere, 3)["seo"] == 87


def test_an_info_costs_nothing():
    assert audited(told(has_llms=False)).score == 100


def test_the_top_issue_is_the_most_severe_then_that_of_most_pages():
    audit = audited(all_of(
        told(sitemaps=0), without('<meta name="description"[^>]*>', "*"), adding("<p>Lorem ipsum</p>"),
        answering(referrer_policy=""),
    ))  # fmt: skip

    assert [issue.check for issue in audit.issues] == [
        "placeholders-left", "description-missing", "sitemap-missing", "referrer-told",
    ]  # fmt: skip
    assert audit.top_issue == audit.issues[0].title
    assert (audit.issues[1].pages, audit.issues[2].pages) == (3, 0)
    assert audit.issues[1].where[0] == "https://acme.example/"
    assert "We found three things to repair. The first: sample text is left on the pages." in audit.summary


def test_scores_never_fall_below_zero():
    spoils = [without('<meta name="viewport"[^>]*>', "*"), without("<!doctype html>", "*"), adding("<h4>x</h4>", "*")]

    assert all(0 <= score <= 100 for score in audited(all_of(*spoils)).scores.values())


def test_the_same_pages_give_the_same_audit():
    spoil = all_of(told(sitemaps=0), adding('<img src="/b.jpg">'))

    assert audited(spoil) == audited(spoil)


def test_findings_are_compared_by_their_check():
    earlier, later = (
        audited(all_of(told(sitemaps=0), adding('<img src="/b.jpg">'))),
        audited(adding('<img src="/b.jpg">')),
    )

    since = changes(later, earlier)

    assert [issue.check for issue in since.fixed] == ["sitemap-missing"]
    assert {issue.check for issue in since.still} == {"pictures-undescribed", "pictures-unsized"}
    assert since.new == ()


@pytest.mark.parametrize(("secrets", "fits"), [([b"new", b"old"], True), ([b"new"], False), ([], False)])
def test_a_link_opens_by_its_own_token_under_any_known_secret(secrets, fits):
    token = report_token("here", "run-1", b"old")

    assert opens(token, "here", "run-1", secrets) is fits
    assert not opens(token, "here", "run-2", secrets)
    assert not opens(token, "there", "run-1", secrets)
    assert not opens("ž\ud800", "here", "run-1", secrets)
