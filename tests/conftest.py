"""What every test shares."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.databases", "tests.world"]

# A busy machine is no fault of the code under test.
settings.register_profile("outreach", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("outreach")
