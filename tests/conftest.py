"""What every test shares."""

import gc
import itertools
import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.compiled", "tests.databases", "tests.world"]

# A busy machine is no fault of the code under test.
settings.register_profile("outreach", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The gate draws the same few examples each time, so that it fails for a change only; runs by hand draw new ones.
settings.register_profile("gate", settings.get_profile("outreach"), derandomize=True, database=None, max_examples=40)
settings.load_profile("gate" if os.environ.get("CI") else "outreach")


_SEEN = itertools.count(1)
_TESTS_A_ROUND = 50


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the garbage collector need not walk through it ten thousand times."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """Nor through what the tests so far left behind: compiled statements, reports."""
    if next(_SEEN) % _TESTS_A_ROUND == 0:
        gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a third of the time a test waits for a disk, a socket or a clock."""
    return (os.cpu_count() or 1) + 1
