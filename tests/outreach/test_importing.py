"""Imports: columns guessed, rows judged, nothing unaccounted for (F087, F088)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outreach.errors import Invalid
from bot.outreach.import_rows import Candidate, Known, RowReader, sorted_out
from bot.outreach.importing import (
    Breakdown,
    Reject,
    Rejected,
    breakdown_lines,
    checked_mapping,
    guessed,
    header_of,
)
from bot.services.addresses import normalised


@pytest.mark.parametrize(
    ("names", "targets"),
    [
        pytest.param(
            "Email,First Name,Last Name,Company", "email first_name last_name company_name", id="English with blanks"
        ),
        pytest.param("E-Mail,Vorname,Nachname,Firma,Ort,Land", "email first_name last_name company_name city country"),
        pytest.param("e-mail,jméno,příjmení,název firmy,město", "email first_name last_name company_name city"),
        pytest.param("Courriel,Prénom,Nom,Société,Ville,Pays", "email first_name last_name company_name city country"),
        pytest.param("Work Email,Full name,Website,# Employees,Annual Revenue", "email name website revenue"),
        pytest.param(
            "Email,Nome,Cognome,Azienda,Città,Settore", "email first_name last_name company_name city industry"
        ),
        pytest.param("Mailadres,Voornaam,Achternaam,Bedrijf,Stad", "email first_name last_name company_name city"),
        pytest.param("EMAIL,foo,bar", "email", id="the rest is unknown"),
    ],
)
def test_columns_by_their_names(names, targets):
    header = header_of([names.split(","), ["a@x.com"]])

    assert header.has_names
    assert set(guessed(header, [])) - {"company_size"} == set(targets.split())


def test_columns_by_what_stands_in_them():
    rows = [["Acme", "+420 555 0100", "a@x.com", "https://x.com"], ["Beta", "555-0101-22", "b@x.com", "www.y.com"]]
    header = header_of(rows)

    assert not header.has_names and header.names[0] == "Column 1"
    assert guessed(header, rows) == {"email": 2, "website": 3, "phone": 1}


def test_a_mapping_needs_the_address():
    with pytest.raises(Invalid, match="email address"):
        checked_mapping({"city": 0}, 3)
    with pytest.raises(Invalid, match="column 4"):
        checked_mapping({"email": 3}, 3)
    with pytest.raises(Invalid, match="no field shoe_size"):
        checked_mapping({"email": 0, "shoe_size": 1}, 3)


READER = RowReader({"email": 0, "name": 1, "company_name": 2, "website": 3}, normalised)


def test_a_row_becomes_a_lead():
    found = READER.read(2, [" Jane@Acme.com ", "Jane van Dyke", "Acme", "https://www.acme.com/about"])

    assert isinstance(found, Candidate)
    assert (found.key, found.draft.email) == ("jane@acme.com", "Jane@acme.com")
    assert (found.draft.first_name, found.draft.last_name) == ("Jane", "van Dyke")
    assert found.draft.domain == "acme.com"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        pytest.param(["", "Jane"], Reject.NO_ADDRESS, id="no address"),
        pytest.param([], Reject.NO_ADDRESS, id="no cells"),
        pytest.param(["jane.acme.com"], Reject.BAD_FORM, id="no at sign"),
        pytest.param(["jane@acme"], Reject.BAD_FORM, id="no top domain"),
        pytest.param(["a@x.com; b@x.com"], Reject.BAD_FORM, id="two addresses"),
        pytest.param(["=HYPERLINK()@x.com"], Reject.BAD_FORM, id="a formula"),
        pytest.param(["jane@acme.com", "J", "x" * 501], Reject.TOO_LONG, id="a company of 501 letters"),
    ],
)
def test_a_row_that_becomes_none_says_why(cells, reason):
    found = READER.read(7, cells)

    assert isinstance(found, Rejected) and (found.line, found.reason) == (7, reason)


def test_an_address_with_a_name_around_it_is_read():
    found = READER.read(2, ["Jane Doe <jane@acme.com>"])

    assert isinstance(found, Candidate) and found.draft.email == "jane@acme.com"


ODD = st.text(st.sampled_from("aB9._+-@ <>\u00e9xn--com."), max_size=20)
LIKELY = st.builds("{}@{}.{}".format, ODD, ODD, st.sampled_from(["com", "test", "local", "cz", "x", "museum", "c0m"]))


@given(LIKELY | ODD)
def test_the_quick_look_at_an_address_agrees_with_the_checker(text):
    found = RowReader({"email": 0}, normalised).read(1, [text])
    try:
        wanted = normalised(text)
    except Invalid:
        wanted = ""

    if "<" in text:
        return
    assert (found.draft.email if isinstance(found, Candidate) else "") == wanted


def test_breakdowns_add_up():
    one = Breakdown(3, 1, 0, {Reject.IN_FILE: 2})
    both = one.plus(Breakdown(3, 1, 1, {Reject.HERE: 1}, 2))

    assert both == Breakdown(6, 2, 1, {Reject.HERE: 1, Reject.IN_FILE: 2}, 2)
    assert both.rows == both.added + both.joined + both.rejects
    assert Breakdown.of(both.stored()) == both
    assert breakdown_lines(both) == [
        (6, "rows read"),
        (2, "leads added"),
        (1, "already a lead, joined the campaign"),
        (2, "in the campaign without consent, held back"),
        (1, "already a lead"),
        (2, "duplicate in the file"),
    ]


OLD, INSIDE, STOPPED = "old@x.com", "inside@x.com", "stopped@x.com"


@pytest.mark.parametrize(
    ("address", "alone", "into_campaign"),
    [
        pytest.param("new@x.com", ["new", Reject.IN_FILE], ["new", Reject.IN_FILE], id="nobody knows them"),
        pytest.param(OLD, [Reject.HERE, Reject.HERE], ["joining", Reject.IN_FILE], id="a lead already"),
        pytest.param(INSIDE, [Reject.HERE] * 2, [Reject.IN_CAMPAIGN] * 2, id="in the campaign already"),
        pytest.param(STOPPED, [Reject.SUPPRESSED] * 2, [Reject.SUPPRESSED] * 2, id="suppressed"),
        pytest.param("mine@x.com", [Reject.IN_FILE] * 2, [Reject.IN_FILE] * 2, id="of an earlier part of the file"),
        pytest.param("no address", [Reject.BAD_FORM] * 2, [Reject.BAD_FORM] * 2, id="no address at all"),
    ],
)
def test_the_same_person_twice(address, alone, into_campaign):
    known = Known({STOPPED: "bounced"}, {OLD: "1", INSIDE: "2", STOPPED: "3"}, {"mine@x.com"}, {INSIDE})
    read = [RowReader({"email": 0}, normalised).read(line, [address]) for line in (2, 3)]

    for wanted, campaign in ((alone, False), (into_campaign, True)):
        piles = sorted_out(read, known, into_campaign=campaign)

        where = {each.line: "new" for each in piles.new.values()}
        where |= {each.line: "joining" for each in piles.joining.values()}
        where |= {each.line: each.reason for each in piles.rejected}
        assert [where[2], where[3]] == wanted
