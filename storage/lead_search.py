"""Finding leads by words, each of which must be a substring of what is searched."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from storage.lead_tables import folded, leads, leads_search
from storage.types import clean_text

_TRIGRAM = 3
_QUERY_CHARACTERS = 200
_MOST_TRIGRAMS = 24


def words_in(text: str) -> tuple[str, ...]:
    """The distinct words of a query as they are compared."""
    return tuple(dict.fromkeys(folded(clean_text(text[:_QUERY_CHARACTERS])).split()))


def contains(column: ColumnElement[str], word: str, *, is_sqlite: bool) -> ColumnElement[bool]:
    """Whether the column holds the word as it is, percent signs and underscores included.

    `instr` on SQLite, whose LIKE ignores case and has no escape of its own; LIKE on PostgreSQL, where an index of
    trigrams can answer it.
    """
    if is_sqlite:
        return func.instr(column, word) > 0
    return column.like(f"%{like_escaped(word)}%")


def like_escaped(word: str) -> str:
    """The word with LIKE's wildcards made plain."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def holds_all(
    words: tuple[str, ...], *, is_sqlite: bool, column: ColumnElement[str] = leads.c.search_text
) -> list[ColumnElement[bool]]:
    """The conditions that a row holds every word."""
    return [contains(column, word, is_sqlite=is_sqlite) for word in words]


def trigram_match(words: tuple[str, ...], index: FromClause = leads_search) -> ColumnElement[bool] | None:
    """SQLite's index asked for what the words are made of; None when all are too short for it.

    What it finds may hold the trigrams in other places: `holds_all` must still be asked.
    """
    trigrams = dict.fromkeys(trigram for word in words for trigram in _trigrams(word))
    if not trigrams:
        return None
    phrases = ['"' + trigram.replace('"', '""') + '"' for trigram in list(trigrams)[:_MOST_TRIGRAMS]]
    return index.c[index.description].op("MATCH")(" ".join(phrases))


def _trigrams(word: str) -> list[str]:
    """Side by side, so that they cover the word: each one more costs a list to read and hardly narrows further."""
    last = len(word) - _TRIGRAM
    return [word[start : start + _TRIGRAM] for start in sorted({*range(0, last + 1, _TRIGRAM), last}) if last >= 0]


def first_seqs(found: Select[Any], limit: int, *, is_sqlite: bool) -> Select[Any]:
    """The first rows' `seq` as one value that `among` takes: a JSON text on SQLite, an array on PostgreSQL."""
    few = found.limit(limit).subquery()
    seqs = next(iter(few.c))
    return select(func.count(), func.json_group_array(seqs) if is_sqlite else func.array_agg(seqs)).select_from(few)
