"""Templates people write: what may stand in them, what they become for one lead, and what no template can do."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.outreach.errors import Invalid
from bot.outreach.leads import Lead
from bot.outreach.mail_placeholders import NAMES, PLACEHOLDERS, MissingValue, values_of
from bot.outreach.mail_templates import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    MailTemplate,
    Rendered,
    checked,
    filled_in,
    placeholders_in,
    rendered,
)
from bot.outreach.marking import pieces

from .given import a_lead

OPPORTUNITY = {
    "url": "https://blog.example/best",
    "anchor_text": "website audits",
    "target_url": "https://ours.example/audits",
}
DEFAULT = "{{ first_name | default('there') }}"


def a_template(body: str, subject: str = "Hello") -> MailTemplate:
    return MailTemplate("template-1", "Intro", subject, body)


def the_text(body: str, **known: Any) -> str:
    lead = a_lead(**known)
    return rendered(a_template(body), lead, values_of(lead)).text


def refusal(name="Intro", subject="Hello", body="Hello"):
    with pytest.raises(Invalid) as refused:
        checked(name, subject, body)
    return refused.value


def test_the_list_for_the_editor_is_complete():
    assert len(set(NAMES)) == len(PLACEHOLDERS) == 19
    assert set(values_of(a_lead())) == set(NAMES)
    assert all(each.says and each.example for each in PLACEHOLDERS)


def test_every_placeholder_can_be_printed():
    everything = "\n".join(f"{name}: {{{{ {name} }}}}" for name in NAMES)
    examples = {each.name: each.example for each in PLACEHOLDERS}

    checked("Intro", "Hello", everything)
    mail = rendered(a_template(everything), a_lead(), examples)

    assert mail.text == "\n".join(f"{name}: {examples[name]}" for name in NAMES)
    assert mail.used == NAMES


VALUES = [
    ({"first_name": "JANA"}, "first_name", "Jana"),
    ({"first_name": "info"}, "first_name", ""),
    ({"company_name": "Acme\r\n<b>{{ Works }}</b>"}, "company_name", "Acme b(( Works ))b"),
    ({"domain": "unknown", "website": "https://www.acme.com/x"}, "domain", "acme.com"),
    ({"domain": "", "email": None}, "domain", ""),
    ({"website": " https://acme.com/a "}, "website", "https://acme.com/a"),
    ({"website": "javascript:{x}"}, "website", "javascript:(x)"),
    ({"email": None}, "email", ""),
    ({"score": 0}, "score", "0"),
    ({"score": None}, "score", ""),
    ({"audit_url": "https://audits.example/1"}, "audit_url", "https://audits.example/1"),
    ({"city": " Brno\n"}, "city", "Brno"),
]


@pytest.mark.parametrize(("known", "name", "value"), VALUES, ids=[f"{row[1]} {row[2]}" for row in VALUES])
def test_values_are_plain_lines(known, name, value):
    assert values_of(a_lead(**known))[name] == value


def test_an_opportunity_and_a_sender_give_their_values():
    values = values_of(a_lead(), sender_name="Lena\nBrandt", opportunity={**OPPORTUNITY, "first_name": "No"})

    assert {name: values[name] for name in OPPORTUNITY} == OPPORTUNITY
    assert (values["sender_name"], values["first_name"]) == ("Lena Brandt", "Jana")


TEXTS = [
    ("a value", "Hi {{ first_name }},", "Hi Jana,"),
    ("no blanks", "Hi {{first_name}}{{-last_name-}},", "Hi JanaNovak,"),
    ("a default not needed", DEFAULT, "Jana"),
    ("a default", "In {{ city | default('your town') }}", "In your town"),
    ("an empty default", "In{{ city | default('') }}.", "In."),
    ("a default in double quotes", 'In {{ city | default("O\'Hare") }}', "In O'Hare"),
    ("upper", "{{ company_name | upper }}", "ACME"),
    ("lower", "{{ company_name | lower }}", "acme"),
    ("title", "{{ city | default('são josé-dos campos') | title }}", "São José-Dos Campos"),
    ("capitalize", "{{ city | default('new YORK') | capitalize }}", "New york"),
    ("trim", "{{ city | default('  Brno ') | trim }}.", "Brno."),
    ("a filter before a default", "{{ city | upper | default('here') }}", "here"),
    ("a condition that holds", "{% if first_name %}Hi {{ first_name }}{% else %}Hello{% endif %}", "Hi Jana"),
    ("a condition that does not", "{% if city %}In {{ city }}{% else %}Hello{% endif %}", "Hello"),
    ("conditions in one another", "{% if email %}{% if city %}a{% else %}b{% endif %}{% endif %}", "b"),
    ("a tag with a line to itself", "One\n{% if email %}\nTwo\n{% endif %}\nThree", "One\nTwo\nThree"),
    ("two such tags", "One\n  {% if city %}{% endif %}  \nTwo", "One\nTwo"),
    ("a tag at the end of a line", "One {% if email %}x{% endif %}\nTwo", "One x\nTwo"),
    ("a remark", "One {# a remark #}\nTwo\n{# another #}\nThree", "One\nTwo\nThree"),
    ("paragraphs", "\nOne  \r\n\r\n\r\n\r\nTwo\r\n", "One\n\nTwo"),
    ("a paragraph that goes", "One\n\n{% if city %}\n{{ city }}\n{% endif %}\n\nTwo", "One\n\nTwo"),
    ("brackets", "a { b } [c] (d) % # <e> 5 > 3", "a { b } [c] (d) % # <e> 5 > 3"),
    ("unseen characters", "a\x00b\u200bc", "abc"),
]


@pytest.mark.parametrize(("body", "text"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_a_template_becomes_the_text(body, text):
    checked("Intro", "Hello", body)

    assert the_text(body) == text


def test_a_mail_names_the_placeholders_of_both_parts_in_our_order():
    template = a_template(
        "{{ score | default('?') }} {% if city %}x{% endif %}{{ first_name }}", "For {{ company_name }}"
    )

    mail = rendered(template, a_lead(), values_of(a_lead()))

    assert mail == Rendered("For Acme", "? Jana", ("first_name", "company_name", "city", "score"))


def test_a_subject_is_one_line_that_fits():
    template = a_template("Hello", "A\r\nBcc: x@y.example {{ audit_summary }}")
    lead = a_lead(audit_summary="word " * 190)

    subject = rendered(template, lead, values_of(lead)).subject

    assert subject.startswith("A Bcc: x@y.example word") and "\n" not in subject
    assert len(subject) <= LONGEST_SUBJECT


def test_a_value_that_looks_like_a_template_stays_words():
    values = values_of(a_lead()) | {"city": "{{ email }}{% if x %}"}

    assert rendered(a_template("In {{ city }}"), a_lead(), values).text == "In {{ email }}{% if x %}"


MISSING = [
    ("Hi {{ first_name }}", ("first_name",), "Acme has no first_name. Fill it in on the lead, or give a default: "
     "{{ first_name | default('there') }}."),
    ("{{ city }} {{ first_name | upper }} {{ city }}", ("first_name", "city"), "Acme has no first_name and no city. "
     "Fill it in on the lead, or give a default: {{ first_name | default('there') }}."),
    ("{{ score }}", ("score",), "Acme has no score. Audit the lead first, or give a default: "
     "{{ score | default('…') }}."),
    ("{{ url }}", ("url",), "Acme has no url. Fill it in on the opportunity, or give a default: "
     "{{ url | default('…') }}."),
    ("{{ sender_name }}", ("sender_name",), "Acme has no sender_name. Name the sender in the settings, or give a "
     "default: {{ sender_name | default('…') }}."),
    ("{% if city %}{{ url }}{% else %}{{ country }}{% endif %}", ("country",), "Acme has no country. Fill it in on the "
     "lead, or give a default: {{ country | default('…') }}."),
]  # fmt: skip


@pytest.mark.parametrize(("body", "missing", "words"), MISSING, ids=[row[0] for row in MISSING])
@pytest.mark.parametrize("place", ["subject", "body"])
def test_a_value_nobody_knows_is_refused_by_name(body, missing, words, place):
    lead = a_lead(first_name="")
    template = a_template(body) if place == "body" else a_template("Hello", subject=body)

    with pytest.raises(MissingValue) as refused:
        rendered(template, lead, values_of(lead))

    assert str(refused.value) == words
    assert (refused.value.lead_title, refused.value.missing) == ("Acme", missing)


def test_blanks_are_no_value_and_a_value_not_given_is_missing():
    with pytest.raises(MissingValue) as refused:
        rendered(a_template("{{ city }} {{ country }}"), a_lead(), {"city": " \n"})

    assert refused.value.missing == ("city", "country")


@pytest.mark.parametrize(("subject", "body", "field"), [("{{ city | default('') }}", "x", "subject"),
                                                        ("x", "{% if city %}x{% endif %}", "body")])  # fmt: skip
def test_a_mail_without_words_is_refused(subject, body, field):
    with pytest.raises(Invalid, match=f"For Acme the {field} comes out empty") as refused:
        rendered(a_template(body, subject), a_lead(), values_of(a_lead()))

    assert refused.value.field == field


def test_a_mail_does_not_grow_without_end():
    lead = a_lead(audit_summary="word " * 190)

    with pytest.raises(Invalid, match="grows beyond 20,000 characters") as refused:
        rendered(a_template("{{ audit_summary }}" * 500), lead, values_of(lead))

    assert refused.value.field == "body"


FORMS = [
    ({"name": " "}, "name", "The name is empty."),
    ({"subject": ""}, "subject", "The subject is empty."),
    ({"body": "\n"}, "body", "The body is empty."),
    ({"name": "x" * 81}, "name", "The name has 81 characters; 80 are possible."),
    ({"subject": "x" * 201}, "subject", "The subject has 201 characters; 200 are possible."),
    ({"body": "x" * 10_001}, "body", "The body has 10,001 characters; 10,000 are possible."),
    ({"subject": "{{ nobody }}"}, "subject", "Line 1 of the subject: there is no placeholder nobody."),
    ({"body": "a\n\n{{ nobody }}"}, "body", "Line 3 of the body: there is no placeholder nobody."),
]


@pytest.mark.parametrize(("written", "field", "words"), FORMS, ids=[row[2] for row in FORMS])
def test_what_cannot_be_kept_is_refused_at_its_field(written, field, words):
    refused = refusal(**written)

    assert (str(refused), refused.field) == (words, field)


def test_the_longest_of_everything_can_be_kept():
    checked("x" * 80, "x" * LONGEST_SUBJECT, "x" * LONGEST_BODY)


NEAREST = [
    ("firstname", "first_name"),
    ("First_Name", "first_name"),
    ("company", "company_name"),
    ("anchor", "anchor_text"),
    ("target", "target_url"),
    ("mail", "email"),
    ("name", None),
    ("loop", None),
    ("self", None),
    ("cycler", None),
]


@pytest.mark.parametrize(("written", "meant"), NEAREST)
def test_an_unknown_placeholder_is_named_with_the_nearest(written, meant):
    hint = f" Did you mean {{{{ {meant} }}}}?" if meant else ""

    assert str(refusal(body=f"{{{{ {written} }}}}")) == f"Line 1 of the body: there is no placeholder {written}.{hint}"


HOW = "this does not read. Write {{ first_name }}"
TAGS = "only {% if … %}, {% else %} and {% endif %} are possible"
BROKEN = [
    ("{{ first_name", "a bracket is opened and not closed"),
    ("a\n{{ first_name }", HOW),
    ("{{ first name }}", HOW),
    ("{{ }}", HOW),
    ("{{ first_name | default('there) }}", "in pairs"),
    ("{{ first_name | default(“there”) }}", "Quotes are straight"),
    ("{% if city %}x", "is not closed. Add {% endif %}"),
    ("{% if city %}x{% else %}", "is not closed. Add {% endif %}"),
    ("{% endif %}", TAGS),
    ("{# a remark", "is not closed. Add #}"),
    ("{first_name}", "{first_name} would be sent as it stands"),
    ("{ first_name }}", "{ first_name } would be sent as it stands"),
    ("Hi first_name }}", "}} would be sent as it stands"),
    ("50 %}", "%} would be sent as it stands"),
    ("a #}\nb", "#} would be sent as it stands"),
]


@pytest.mark.parametrize(("body", "words"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_slip_is_told_in_plain_words(body, words):
    assert words in str(refusal(body=body))


LINES = [
    ("{{ x }}", 1),
    ("a\n\n{{ x", 3),
    ("a\r\n{% if city %}\r\n{{ x }}\r\n{% endif %}", 3),
    ("{% if city %}\nb {% endif %}\na\n }}", 4),
]


@pytest.mark.parametrize(("body", "line"), LINES)
def test_the_line_is_named(body, line):
    assert str(refusal(body=body)).startswith(f"Line {line} of the body: ")


ATTACKS = [
    ("{{ ''.__class__ }}", "no parts"),
    ("{{ first_name.__class__.__mro__ }}", "no parts"),
    ("{{ lead.first_name }}", "no parts"),
    ("{{ first_name['__class__'] }}", "no parts"),
    ("{{ first_name[0:1] }}", "no parts"),
    ("{{ first_name.upper() }}", "no brackets ()"),
    ("{{ range(99999999) }}", "no brackets ()"),
    ("{{ lipsum() }}", "no brackets ()"),
    ("{{ cycler('a') }}", "no brackets ()"),
    ("{{ joiner }}", "no placeholder joiner"),
    ("{{ namespace }}", "no placeholder namespace"),
    ("{{ _Blank }}", "no placeholder _Blank"),
    ("{{ 'a' * 9999 }}", HOW),
    ("{{ 9 ** 9999 }}", HOW),
    ("{{ '%99999d' % 1 }}", HOW),
    ("{{ first_name ~ city }}", HOW),
    ("{{ first_name + city }}", HOW),
    ("{{ first_name, city }}", HOW),
    ("{{ [first_name] }}", HOW),
    ("{{ {'a': 1} }}", HOW),
    ("{{ 'words' }}", HOW),
    ("{{ none }}", HOW),
    ("{{ not city }}", HOW),
    ("{{ first_name or 'x' }}", HOW),
    ("{{ city is defined }}", HOW),
    ("{{ first_name if city }}", "inside {{ }} no if"),
    ("{% for x in first_name %}{{ x }}{% endfor %}", "repeating is not possible"),
    ("{% if not city %}x{% endif %}", "one placeholder alone"),
    ("{% if city == 'x' %}x{% endif %}", "one placeholder alone"),
    ("{% if range(3) %}x{% endif %}", "one placeholder alone"),
    ("{% if nobody %}x{% endif %}", "no placeholder nobody"),
    ("{% if city %}x{% elif email %}y{% endif %}", "elif is not possible"),
    ("{% if city %}{% set x = 1 %}{% endif %}", TAGS),
    ("{% if city %}{% else %}{{ x.y }}{% endif %}", "no parts"),
    ("{% set x = 1 %}", TAGS),
    ("{% set x %}y{% endset %}", TAGS),
    ("{% macro m() %}x{% endmacro %}", TAGS),
    ("{% call m() %}x{% endcall %}", TAGS),
    ("{% include 'direct_1.j2' %}", TAGS),
    ("{% import 'direct_1.j2' as x %}", TAGS),
    ("{% from 'direct_1.j2' import x %}", TAGS),
    ("{% extends 'direct_1.j2' %}", TAGS),
    ("{% block x %}y{% endblock %}", TAGS),
    ("{% filter upper %}x{% endfilter %}", TAGS),
    ("{% with x = 1 %}y{% endwith %}", TAGS),
    ("{% autoescape false %}y{% endautoescape %}", TAGS),
    ("{% do x %}", TAGS),
    ("{% raw %}{{ x }}{% endraw %}", "would be sent as it stands"),
    ("{{ first_name | replace('a', 'b') }}", "there is no filter replace. Possible are default, upper, lower"),
    ("{{ first_name | attr('x') }}", "there is no filter attr"),
    ("{{ first_name | center(99999999) }}", "there is no filter center"),
    ("{{ first_name | sentence }}", "there is no filter sentence"),
    ("{{ first_name | upper('x') }}", "upper takes nothing in brackets"),
    ("{{ first_name | upper(*city) }}", "upper takes nothing in brackets"),
    ("{{ first_name | default }}", "default takes one text in quotes"),
    ("{{ first_name | default(city) }}", "default takes one text in quotes"),
    ("{{ first_name | default(5) }}", "default takes one text in quotes"),
    ("{{ first_name | default('x', true) }}", "default takes one text in quotes"),
    ("{{ first_name | default('x', boolean=true) }}", "default takes one text in quotes"),
    ("{{ first_name | default('x', *city) }}", "default takes one text in quotes"),
    ("{{ first_name | default('x', **city) }}", "default takes one text in quotes"),
    ("{{ first_name | default(text='x') }}", "default takes one text in quotes"),
    ("{{ first_name | default('a' * 9999) }}", "default takes one text in quotes"),
    ("{{ first_name" + " | upper" * 6 + " }}", "no more than 5 filters"),
    ("{{ first_name" + "|upper" * 1500 + " }}", HOW),
    ("{% if city %}" * 6 + "{% endif %}" * 6, "no more than 5 ifs"),
    ("{% if city %}" * 400 + "{% endif %}" * 400, HOW),
    ("{{ " + "(" * 4000, HOW),
    ("{{ " + "not " * 2000 + "city }}", HOW),
    ("{{ " + "9" * 5000 + " }}", HOW),
    ("{" * 9999, ""),
    ("{% " * 3000, ""),
    ("{% raw %}" * 1000, ""),
]


@pytest.mark.parametrize(("body", "words"), ATTACKS, ids=[row[0][:50] for row in ATTACKS])
def test_no_template_can_do_more_than_fill_in(body, words):
    with pytest.raises(Invalid) as refused:
        rendered(a_template(body), a_lead(city="Brno"), values_of(a_lead(city="Brno")))

    assert words in str(refused.value) and words in str(refusal(body=body))
    assert refused.value.field == "body"
    assert len(str(refused.value)) < 300
    placeholders_in(body, body)


NAMED = [
    ("", "", ()),
    ("{{ score }}", "{{ first_name }} {% if city %}{{ score }}{% endif %}", ("first_name", "city", "score")),
    ("{{ nobody }}", "{{ url | default('email') }}", ("url",)),
    ("first_name", "{# {{ city }} #}", ()),
    ("{{ city", "{%- if email %}{{- url }}", ("city", "email", "url")),
    ("{{ lead.first_name + city }}", "{% for x in url %}", ("city",)),
]


@pytest.mark.parametrize(("subject", "body", "names"), NAMED)
def test_placeholders_are_found_even_in_what_is_not_finished(subject, body, names):
    assert placeholders_in(subject, body) == names


def test_what_was_filled_in_can_be_marked():
    lead = a_lead(grade="D")
    values = values_of(lead)
    mail = rendered(a_template("Hi {{ first_name }}, {{ company_name | upper }} has a {{ grade }}. D."), lead, values)

    assert pieces(mail.text, filled_in(mail, values)) == (
        ("Hi ", False), ("Jana", True), (", ", False), ("ACME", True), (" has a D. D.", False),
    )  # fmt: skip


PARTS = [
    "{{ first_name }}", DEFAULT, "{{ city }}", "{{ x }}", "{% if city %}", "{% else %}", "{% endif %}", "{% raw %}",
    "{% for x in y %}", "{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "-", "+", "|", "upper", "first_name", "'", '"',
    "(", ")", "\\", "<b>", "é", " ", "\n", "\r\n", "\x00", "\ud800", "\u2028",
]  # fmt: skip
UGLY = some.lists(some.sampled_from(PARTS), max_size=25).map("".join) | some.text(max_size=60)


@settings(max_examples=400, deadline=None)
@given(UGLY, UGLY)
def test_whatever_is_written_is_sent_or_refused_in_words(subject, body):
    first, second = sent_or_refused(subject, body), sent_or_refused(subject, body)

    assert first == second
    if isinstance(first, Rendered):
        assert 0 < len(first.subject) <= LONGEST_SUBJECT and 0 < len(first.text) <= LONGEST_TEXT
        assert not re.search(r"[\r\n\x00-\x1f\u2028]", first.subject)
        (first.subject + first.text).encode()
    assert set(placeholders_in(subject, body)) <= set(NAMES)


def sent_or_refused(subject: str, body: str) -> Rendered | str:
    try:
        checked("Intro", subject, body)
        return rendered(a_template(body, subject), a_lead(), values_of(a_lead()))
    except Invalid as refused:
        return str(refused)


LEADS = some.builds(
    Lead,
    id=some.text(max_size=5),
    email=some.none() | some.text(),
    status=some.none(),
    first_name=some.text(),
    company_name=UGLY,
    domain=UGLY,
    website=UGLY,
    city=UGLY,
    audit_summary=some.text() | some.just("x" * 5000),
    score=some.none() | some.integers(0, 100),
)


@settings(max_examples=200, deadline=None)
@given(LEADS, UGLY)
def test_every_lead_has_every_value_as_one_plain_line(lead, words):
    values = values_of(lead, sender_name=words, opportunity=dict.fromkeys(OPPORTUNITY, words))

    assert tuple(sorted(values)) == tuple(sorted(NAMES))
    assert all(value == value.strip() and len(value) <= 2020 for value in values.values())
    assert not any(re.search(r"[\r\n\x00-\x1f\u2028\ud800-\udfff{}<>]", value) for value in values.values())
