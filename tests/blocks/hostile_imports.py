"""Ugly but valid files, breakdowns and imports, for hypothesis."""

import hostile
from hypothesis import strategies as st

from bot.outreach.csv_text import Form
from bot.outreach.import_files import ChosenFile, ImportFile, ImportNews
from bot.outreach.import_rows import Candidate
from bot.outreach.import_sheets import Sheet
from bot.outreach.importing import TARGETS, Breakdown, Header, Import, ImportState, Kept, Reject, Rejected
from bot.outreach.leads import LeadDraft
from bot.outreach.validation import Verdict

counts = st.integers(0, 10**7)
cells = st.lists(hostile.texts, max_size=6).map(tuple)
headers = st.builds(
    Header,
    st.one_of(
        st.lists(hostile.texts, min_size=1, max_size=8).map(tuple), st.just(tuple(f"Column {n}" for n in range(300)))
    ),
    has_names=st.booleans(),
)
chosen = st.builds(
    ChosenFile,
    id=st.just("F0123456789"),
    name=hostile.texts,
    digest=st.just("d"),
    sheet=st.builds(Sheet, form=st.just(Form("utf-8", ",")), header=headers, mapping=st.just({}), samples=st.just(())),
)
drafts = st.builds(
    LeadDraft, email=hostile.texts, first_name=hostile.texts, company_name=hostile.texts, website=hostile.texts
)
previews = st.lists(
    st.one_of(
        st.builds(Candidate, line=st.integers(1, 5), key=hostile.texts, draft=drafts, cells=cells),
        st.builds(Rejected, line=st.integers(1, 5), reason=st.sampled_from(Reject), cells=cells, said=hostile.texts),
    ),
    max_size=5,
)
breakdowns = st.builds(
    Breakdown, counts, counts, counts, st.dictionaries(st.sampled_from(Reject), counts, max_size=len(Reject)), counts
)
mappings = st.dictionaries(st.sampled_from(TARGETS), st.integers(0, 299), max_size=len(TARGETS))
imports = st.builds(
    Import,
    id=hostile.uuids,
    name=hostile.texts,
    author=st.just("U0ANANOVAK"),
    digest=st.just("d"),
    mapping=st.just({"email": 0}),
    created_at=hostile.times,
    updated_at=hostile.times,
    state=st.sampled_from(ImportState),
    taken=counts,
    breakdown=breakdowns,
    campaign_id=st.one_of(st.none(), hostile.uuids),
    removed=counts,
    withdrawn=counts,
    kept=st.dictionaries(st.sampled_from(Kept), counts, max_size=len(Kept)),
)
news = st.builds(
    ImportNews,
    one=imports,
    file=st.builds(
        ImportFile,
        import_id=hostile.uuids,
        file_id=st.just("F1"),
        channel=st.just("C1"),
        total=counts,
        undoing=st.sampled_from(("", "U0BENCARTER")),
        problem=hostile.texts,
    ),
    by=hostile.texts,
    campaign=hostile.texts,
    undoing=hostile.texts,
    checks=st.dictionaries(st.sampled_from((None, *Verdict)), counts),
)
