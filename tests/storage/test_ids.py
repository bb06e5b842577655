"""Ids of rows."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import RFC_4122, UUID

import pytest
from freezegun import freeze_time

from storage.ids import ids_at, new_id

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_id_is_a_uuid_that_begins_with_the_time() -> None:
    with freeze_time(AT):
        one = new_id()
    read = UUID(one)
    assert (read.version, read.variant, str(read)) == (7, RFC_4122, one)
    assert read.int >> 80 == AT.timestamp() * 1000


def test_many_at_a_moment_begin_with_it_and_are_all_different() -> None:
    many = ids_at(AT.timestamp(), 1_000)
    assert len(set(many)) == 1_000
    assert {(UUID(one).version, UUID(one).variant, UUID(one).int >> 80) for one in many} == {
        (7, RFC_4122, AT.timestamp() * 1000)
    }


def test_threads_never_get_the_same() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: [new_id() for _ in range(2_000)], range(8)))
    assert len({one for some in made for one in some}) == 16_000


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_never_gives_its_parents() -> None:
    """freeze_time keeps the moment alike, so that only the random part could tell the two apart."""
    with freeze_time(AT):
        new_id()  # some are made ahead
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, "".join(new_id() for _ in range(300)).encode())
            os._exit(0)
        os.waitpid(child, 0)
        theirs = os.read(reading, 36 * 300).decode()
        ours = {new_id() for _ in range(300)}
    os.close(reading)
    os.close(writing)
    assert len(theirs) == 36 * 300
    assert not ours & {theirs[at : at + 36] for at in range(0, len(theirs), 36)}
