"""Web forms, their submissions, consent and erasure, worded, whatever people typed."""

from dataclasses import replace
from html.parser import HTMLParser

from given_leads import ACME, NOW
from hostile import leads, quick, texts, times, uuids
from hostile_cards import consents
from hypothesis import given
from hypothesis import strategies as st
from reading import assert_fit_message, assert_fit_view, element, words

from blocks import ids
from blocks.consents import consent_form
from blocks.forms import code_view, form_form, forms_view, retire_view, snippet
from blocks.persons import erase_view
from blocks.submissions import submissions_news, submissions_view
from bot.outreach.forms import BOXES, HONEYPOT, WebForm
from bot.outreach.submissions import ConfirmState, SeenSubmission, Submission

FORM = WebForm("f1", "key_1", "Newsletter", tuple(BOXES), site_id="s1", origins=("https://acme.com",))
forms = st.builds(
    WebForm,
    id=uuids,
    key=texts,
    name=texts,
    fields=st.lists(st.sampled_from(list(BOXES)), unique=True).map(tuple),
    wording=texts,
    double_opt_in=st.booleans(),
    origins=st.lists(texts, max_size=20).map(tuple),
    thank_you_url=texts,
    retired_at=st.one_of(st.none(), times),
)
seen = st.builds(
    SeenSubmission,
    st.builds(
        Submission,
        id=uuids,
        form_id=uuids,
        lead_id=uuids,
        address_key=texts,
        email=texts,
        fields=st.dictionaries(st.sampled_from(list(BOXES)), texts),
        page=texts,
        place=texts,
        digest=texts,
        agreed=st.booleans(),
        at=times,
        confirm=st.sampled_from(ConfirmState),
        confirmed_at=st.one_of(st.none(), times),
    ),
    texts,
)


@quick
@given(st.lists(forms, max_size=3), texts, st.booleans(), texts)
def test_every_view_of_forms_fits(many, refused, connected, notice):
    assert_fit_view(forms_view(many * 20, refused=refused, connected=connected, notice=notice))
    for form in many:
        assert_fit_view(form_form(form, []))
        assert_fit_view(retire_view(form))
        assert_fit_view(code_view(form, "https://outreach.acme.com"))


@quick
@given(st.lists(seen, max_size=3), leads)
def test_submissions_fit_as_a_view_and_as_news(many, lead):
    assert_fit_view(submissions_view(lead, many * 8))
    if many:
        assert_fit_message(submissions_news([(each, lead) for each in many] * 12))


@quick
@given(leads, st.one_of(st.none(), consents))
def test_the_forms_of_consent_and_erasure_fit(lead, consent):
    assert_fit_view(consent_form(lead, consent, NOW, "{}"))
    assert_fit_view(erase_view(lead))


class _Boxes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.form: dict[str, str | None] = {}

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.form = given
        elif given.get("name"):
            self.names.append(given["name"])


def test_the_code_is_a_form_with_every_box_the_hidden_one_and_the_wording():
    read = _Boxes()
    read.feed(snippet(replace(FORM, wording='I <agree> & "more"'), "https://outreach.acme.com/"))

    assert read.names == ["email", *BOXES, "consent", HONEYPOT, "page"]
    assert (read.form["action"], read.form["method"]) == ("https://outreach.acme.com/forms/key_1", "post")
    assert "I &lt;agree&gt; &amp; " in snippet(replace(FORM, wording="I <agree> & more"), "https://x.com")


def test_whoever_may_not_set_forms_sees_them_and_their_code():
    view = forms_view([FORM, replace(FORM, retired_at=NOW)], refused="Ben <b> may.", connected=True)

    assert element(view, ids.FORM_NEW) is None and "edit:" not in str(view) and "code:" in str(view)
    assert "🚫 Retired" in words(view) and "Ben &lt;b&gt; may." in words(view)
    assert "confirmation emails wait" in words(forms_view([FORM], connected=False))


def test_the_second_look_says_what_goes_and_what_stays():
    said = words(erase_view(ACME))

    assert "jane@acme.com" in said and "for good" in said and "What stays:" in said and "Nobody can undo this" in said
