import pytest

from bot.outreach.campaigns import Campaign, blank_fields, merge_fields_in

TEXTS = [
    ("plain", ["Hi {{custom_domain}}"], ("custom_domain",)),
    ("spaces", ["Hi {{ custom_domain }}"], ("custom_domain",)),
    ("with a fallback", ["Hi {{fallback|{{custom_name}}|there}}"], ()),
    ("the vendor's own", ["Hi {{first_name}} {{sender_signature}}"], ()),
    ("each once, in order", ["{{custom_b}} {{custom_a}}", "{{custom_b}}"], ("custom_b", "custom_a")),
    ("single braces", ["{custom_domain}"], ()),
    ("nothing", [], ()),
]


@pytest.mark.parametrize(("texts", "names"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_the_merge_fields_of_a_campaign_are_read_from_its_texts(texts, names):
    assert merge_fields_in(texts) == names


BLANKS = [
    ("filled", {"custom_domain": "acme.com", "email_body": "Hi"}, ()),
    ("bare names fill too", {"domain": "acme.com", "custom_email_body": "Hi"}, ()),
    ("one missing", {"custom_domain": "acme.com"}, ("custom_email_body",)),
    ("empty is blank", {"custom_domain": "", "email_body": " \n"}, ("custom_domain", "custom_email_body")),
    ("nothing written", {}, ("custom_domain", "custom_email_body")),
]


@pytest.mark.parametrize(("variables", "blank"), [row[1:] for row in BLANKS], ids=[row[0] for row in BLANKS])
def test_fields_a_push_would_leave_blank_are_named(variables, blank):
    campaign = Campaign("1", "p1", "Spring", merge_fields=("custom_domain", "custom_email_body"))

    assert blank_fields(campaign, variables) == blank


@pytest.mark.parametrize(("steps", "sequence"), [(0, False), (1, False), (2, True)])
def test_a_sequence_has_more_than_one_email(steps, sequence):
    assert Campaign("1", "p1", "Spring", steps=steps).has_sequence is sequence
