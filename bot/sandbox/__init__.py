"""A local Slack workspace in the browser and the vendors' stand-ins, for `demo` and for tests."""
