import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from jinja2.exceptions import SecurityError, TemplateAssertionError, UndefinedError

from bot.outreach import templates
from bot.outreach.audits import DIMENSIONS, FinishedAudit, Issue
from bot.outreach.leads import Lead
from bot.outreach.letter_facts import letter_facts
from bot.outreach.templates import LONGEST_SUBJECT, LONGEST_TEXT, MAX_STEPS, body_variables, letter
from bot.outreach.variables import audit_variables
from bot.outreach.writebacks import Tone

from .given import NOON, a_bare_audit, a_lead, an_audit

LETTERS = Path(templates.__file__).parent / "letters"
TONES = list(Tone)


@pytest.mark.parametrize("tone", TONES)
def test_a_first_letter_names_the_real_finding_and_the_real_scores(tone):
    body = letter(a_lead(), an_audit(), tone).body

    assert "missing meta descriptions" in body
    assert "on 14 of the 20 pages" in body
    assert "add a unique meta description to each page." in body
    assert all(told in body for told in ("acme.com", "61", "(grade D)", "SEO", "38", "91"))
    assert body.count("\n\n") == 3


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("issues", [(), (Issue("Slow"),)], ids=["no findings", "a finding"])
def test_a_low_total_is_never_called_fine_for_one_good_part(tone, issues):
    audit = an_audit(score=40, grade="F", scores={"seo": 80}, top_issue="", issues=issues)

    body = letter(a_lead(), audit, tone).body

    assert "40 out of 100" in body
    assert not re.search(r"is fine|looks good|even (?:its|the) lowest", body)


@pytest.mark.parametrize("tone", [Tone.DIRECT, Tone.FRIENDLY])
def test_a_good_site_is_told_so(tone):
    audit = an_audit(score=92, grade="A", scores={"seo": 84, "security": 100})

    assert re.search(r"Most of the site is fine|The rest looks good", letter(a_lead(), audit, tone).body)


GREETINGS = [
    (Tone.DIRECT, {}, "Hi Jana,"),
    (Tone.DIRECT, {"first_name": ""}, "Hi Acme team,"),
    (Tone.DIRECT, {"first_name": "", "company_name": ""}, "Hello,"),
    (Tone.FRIENDLY, {}, "Hi Jana,"),
    (Tone.FRIENDLY, {"first_name": "info"}, "Hi Acme team,"),
    (Tone.FRIENDLY, {"first_name": "", "company_name": ""}, "Hi there,"),
    (Tone.FORMAL, {}, "Dear Jana Novak,"),
    (Tone.FORMAL, {"last_name": ""}, "Dear Jana,"),
    (Tone.FORMAL, {"first_name": ""}, "Dear Acme team,"),
    (Tone.FORMAL, {"first_name": "", "company_name": ""}, "Good day,"),
]


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize(("tone", "known", "greeting"), GREETINGS, ids=[f"{row[0]} {row[2]}" for row in GREETINGS])
def test_the_greeting_uses_the_best_name_known(tone, known, greeting, step):
    assert letter(a_lead(**known), an_audit(), tone, step).body.startswith(f"{greeting}\n\n")


SPREADS = [
    (14, 20, "on 14 of the 20 pages I checked"),
    (2, 20, "on 2 of the 20 pages I checked"),
    (2, 8, "on two of the eight pages I checked"),
    (1, 20, "on one of the 20 pages I checked"),
    (20, 20, "on every page I checked"),
    (25, 20, "on every page I checked"),
    (1, 1, ""),
    (1, None, "on one page"),
    (9, None, "on nine pages"),
    (10, None, "on 10 pages"),
    (0, 20, ""),
]


@pytest.mark.parametrize(("pages", "checked", "spread"), SPREADS)
def test_counts_read_as_people_say_them(pages, checked, spread):
    audit = an_audit(top_issue="", issues=(Issue("Slow", pages=pages),), pages=checked)

    assert letter_facts(a_lead(), audit, Tone.DIRECT, 1)["spread"] == spread


@pytest.mark.parametrize(
    ("findings", "rest"), [(0, ""), (1, ""), (2, "the other finding"), (5, "the other four findings"),
                           (12, "the other 11 findings")]
)  # fmt: skip
def test_the_other_findings_are_counted(findings, rest):
    audit = an_audit(top_issue="", issues=tuple(Issue(f"Finding {number}") for number in range(findings)))

    assert letter_facts(a_lead(), audit, Tone.DIRECT, 1)["rest"] == rest


@pytest.mark.parametrize("tone", TONES)
def test_each_follow_up_brings_a_finding_of_its_own(tone):
    second, third = (letter(a_lead(), an_audit(), tone, step) for step in (2, 3))

    assert "images are not compressed" in second.body
    assert "no HTTPS redirect" in third.body
    assert second.subject != third.subject


@pytest.mark.parametrize("tone", TONES)
def test_when_the_findings_are_told_a_follow_up_tells_a_weak_score(tone):
    assert "AI visibility" in letter(a_lead(), an_audit(), tone, 4).body


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("step", [1, 2, 3, MAX_STEPS])
def test_an_audit_that_told_nothing_still_makes_a_letter(tone, step):
    written = letter(a_lead(), a_bare_audit(), tone, step)

    assert "acme.com" in written.body
    assert not re.search(r"not measured|no major|grade|out of", written.body)


@pytest.mark.parametrize("tone", TONES)
def test_a_batch_does_not_read_alike(tone):
    batch = [letter(a_lead(id=f"lead-{number}"), an_audit(), tone) for number in range(40)]

    assert len({written.subject for written in batch}) >= 3
    assert len({written.cta for written in batch}) >= 3
    assert len({written.body.split("\n\n")[1] for written in batch}) == 4


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("step", [1, 2, 3])
def test_the_same_lead_always_gets_the_same_letter(tone, step):
    assert letter(a_lead(), an_audit(), tone, step) == letter(a_lead(), an_audit(), tone, step)


@pytest.mark.parametrize(
    ("company", "spoken"),
    [("Acme, Inc.", "Acme"), ("Acme GmbH & Co. KG", "Acme"), ("Acme s.r.o.", "Acme"), ("Acme\r\nWorks", "Acme Works"),
     ("Tiffany & Co.", "Tiffany & Co."), ("GmbH", "GmbH")],
)  # fmt: skip
def test_a_company_is_called_as_people_call_it(company, spoken):
    body = letter(a_lead(first_name="", company_name=company), an_audit(), Tone.DIRECT).body

    assert body.startswith(f"Hi {spoken} team,")


def test_a_very_long_company_name_gives_way():
    lead = a_lead(first_name="", company_name="Acme " * 600)

    assert letter(lead, an_audit(), Tone.FRIENDLY).body.startswith("Hi there,")


KEYS = [
    (0, ["email_subject", "email_body", "email_cta"]),
    (1, ["email_subject", "email_body", "email_cta"]),
    (2, ["email_subject_1", "email_body_1", "email_cta_1", "email_subject_2", "email_body_2", "email_cta_2"]),
]


@pytest.mark.parametrize(("steps", "keys"), KEYS)
def test_body_keys_carry_the_step_only_in_a_sequence(steps, keys):
    assert list(body_variables(a_lead(), an_audit(), Tone.DIRECT, steps)) == keys


def test_an_endless_sequence_gets_no_more_than_the_most_letters():
    assert len(body_variables(a_lead(), an_audit(), Tone.DIRECT, 500)) == 3 * MAX_STEPS


def test_a_writeback_has_twenty_one_variables():
    assert len(audit_variables(a_lead(), an_audit()) | body_variables(a_lead(), an_audit(), Tone.DIRECT)) == 21


@pytest.mark.parametrize("path", sorted(LETTERS.glob("*.j2")), ids=lambda path: path.stem)
def test_the_texts_themselves_are_calm(path):
    words = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(), flags=re.DOTALL)

    assert "!" not in words
    assert not re.search(
        r"hope this (?:e-?mail|message)|finds you well|game.?changer|skyrocket|boost|reach(?:ing)? out|circle back|"
        r"touch base|quick question|guarantee",
        words,
        re.IGNORECASE,
    )


def test_there_is_a_text_for_every_tone_and_step():
    assert {path.stem for path in LETTERS.glob("*.j2")} == {f"{tone}_{step}" for tone in Tone for step in (1, 2, 3)}


# No fact says "None", so where a letter does it is a missing one's.
UGLY = some.text(max_size=80).filter(lambda text: "None" not in text) | some.sampled_from(
    ["{{ 7*7 }}", "{% raw %}", "a\r\nBcc: x@y.z", "<script>x</script>", "\ud800", "\u202eevil", "x" * 3000, "😀" * 300]
)
ISSUES = some.builds(
    Issue,
    title=UGLY,
    severity=some.sampled_from(["critical", "low", "", "odd"]),
    fix=UGLY,
    pages=some.integers(0, 10**6),
)
SCORE = some.none() | some.integers(0, 100)
AUDITS = some.builds(
    FinishedAudit,
    run_id=some.just("run"),
    completed_at=some.just(NOON),
    url=UGLY,
    score=SCORE,
    scores=some.none() | some.dictionaries(some.sampled_from(DIMENSIONS), some.integers(0, 100)),
    grade=some.sampled_from(["", "A", "F", "\n"]) | UGLY,
    top_issue=UGLY,
    issues=some.lists(ISSUES, max_size=4).map(tuple),
    summary=UGLY,
    pages=some.none() | some.integers(0, 10**6),
)
LEADS = some.builds(
    Lead,
    id=UGLY,
    email=some.none() | UGLY,
    status=some.none(),
    first_name=UGLY,
    last_name=UGLY,
    company_name=UGLY,
    domain=UGLY,
    website=UGLY,
)


@settings(max_examples=200, deadline=None)
@given(LEADS, AUDITS, some.sampled_from(TONES), some.integers(1, MAX_STEPS))
def test_a_letter_can_be_sent_whatever_it_was_made_of(lead, audit, tone, step):
    written = letter(lead, audit, tone, step)

    assert 0 < len(written.subject) <= LONGEST_SUBJECT
    assert not re.search(r"[\r\n\x00-\x1f\x7f\u2028\u2029]", written.subject + written.cta)
    assert 0 < len(written.cta) <= 200
    assert len(written.body) <= LONGEST_TEXT // 4
    for text in (written.subject, written.body, written.cta):
        assert not re.search(r"[{}<>]", text)
        assert "None" not in text
        assert "  " not in text
        text.encode()


@settings(max_examples=100, deadline=None)
@given(LEADS, AUDITS, some.sampled_from(TONES))
def test_a_template_sees_plain_texts_only(lead, audit, tone):
    assert all(type(fact) is str for fact in letter_facts(lead, audit, tone, 1).values())


HOSTILE = [
    ("an unknown name", "{{ nobody }}", UndefinedError),
    ("repetition", "{{ 'a' * 300000000 }}", SecurityError),
    ("formatting", "{{ '%0200000000d' % 1 }}", SecurityError),
    ("powers", "{{ 9 ** 99999 }}", SecurityError),
    ("inner parts", "{{ name.__class__.__mro__ }}", SecurityError),
    ("a global", "{{ range(3) }}", UndefinedError),
]


@pytest.mark.parametrize(("source", "error"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_the_sandbox_refuses(source, error):
    with pytest.raises(error):
        templates._environment().from_string(source).render(name="Jana")


@pytest.mark.parametrize("source", ["{{ name | attr('__class__') }}", "{{ name | list }}"])
def test_the_sandbox_knows_no_filters_but_ours(source):
    with pytest.raises(TemplateAssertionError, match="No filter named"):
        templates._environment().from_string(source)
