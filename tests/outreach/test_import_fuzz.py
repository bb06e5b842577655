"""Whatever stands in a file: no crash, no row lost, and the same sum however the file is cut into batches."""

import csv
import io
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.outreach.addresses import address_key
from bot.outreach.csv_text import Form, form_of, rows_of
from bot.outreach.errors import Invalid
from bot.outreach.import_rows import Known, RowReader, sorted_out
from bot.outreach.import_sheets import sheet_of
from bot.outreach.importing import Reject, header_of
from bot.services.addresses import normalised

OLD, INSIDE, STOPPED = "old@x.com", "inside@x.com", "stopped@x.com"
ADDRESSES = [OLD, INSIDE, STOPPED, "OLD@x.com", "a@x.com", "A@x.com", "b@x.com", " b@x.com ", "", "none", "=a@x.com"]
TEXTS = st.text(st.sampled_from("ab ,;|\t\"'\r\n=@+é"), max_size=8)
ROWS = st.lists(st.tuples(st.sampled_from(ADDRESSES), TEXTS, TEXTS), max_size=12)
LIKELY = st.sampled_from([b"a@x.com", b"email", b",", b";", b"\t", b'"', b"\n", b"\r\n", b"\0", b"\xff\xfe", b"\xe9"])
FORMS = st.builds(
    Form, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1250", "cp1252"]), st.sampled_from([",", ";", "\t", "|"])
)


def outcome(rows, mapping, cut=1_000_000, *, into_campaign=False):
    """What becomes of these rows taken in batches of this size, as a database would remember it."""
    reader, sums, taken = RowReader(mapping, normalised), Counter(), set()
    for start in range(0, len(rows), cut):
        known = Known({STOPPED: "bounced"}, {OLD: "1", INSIDE: "2", STOPPED: "3"}, taken, {INSIDE})
        read = [reader.row(row) for row in rows[start : start + cut]]
        piles = sorted_out(read, known, into_campaign=into_campaign)
        taken = {*taken, *piles.new, *piles.joining}
        sums += Counter(row.reason for row in piles.rejected)
        sums += Counter(new=len(piles.new), joining=len(piles.joining))
    return +sums


@given(st.lists(LIKELY | st.binary(max_size=6), max_size=60).map(b"".join), st.integers(1, 5))
def test_any_bytes_are_taken_or_given_back_row_by_row(content, cut):
    stream = io.BytesIO(content)
    try:
        sheet = sheet_of(stream)
    except Invalid:  # nothing in it, or nothing below the columns' names
        rows = [row.cells for row in rows_of(io.BytesIO(content), form_of(content))]
        assert len(rows) == header_of(rows).has_names
        return
    rows = list(sheet.rows(stream))
    mapping = {"email": 0, "city": 1} | sheet.mapping

    sums = outcome(rows, mapping, cut)

    assert sums.total() == len(rows)
    assert sums == outcome(rows, mapping)


@given(ROWS, FORMS, st.integers(1, 5), st.booleans())
def test_a_table_comes_out_as_it_went_in(table, form, cut, into_campaign):
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=form.delimiter).writerows(table)
    content = written.getvalue().encode(form.encoding)

    rows = list(rows_of(io.BytesIO(content), form))

    kept = [row for row in table if any(map(str.strip, row))]
    assert [list(row.cells) for row in rows] == [[_ends_unified(cell) for cell in row] for row in kept]
    sums = outcome(rows, {"email": 0}, cut, into_campaign=into_campaign)
    assert sums == counted(kept, into_campaign=into_campaign)


def counted(table, *, into_campaign):
    """The same sum by another way: address by address instead of row by row."""
    keys = Counter(address_key(row[0]) for row in table)
    sums = Counter({Reject.NO_ADDRESS: keys.pop("", 0), Reject.BAD_FORM: keys.pop("none", 0)})
    sums[Reject.SUPPRESSED] = keys.pop(STOPPED, 0)
    sums[Reject.IN_CAMPAIGN if into_campaign else Reject.HERE] = keys.pop(INSIDE, 0)
    if old := keys.pop(OLD, 0):
        sums += Counter({"joining": 1, Reject.IN_FILE: old - 1} if into_campaign else {Reject.HERE: old})
    sums += Counter({"new": len(keys), Reject.IN_FILE: keys.total() - len(keys)})
    return +sums


def _ends_unified(cell):
    return cell.replace("\r\n", "\n").replace("\r", "\n")
