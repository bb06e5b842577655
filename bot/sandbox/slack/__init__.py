"""A strict local stand-in for Slack: Web API, signed deliveries, a page to work in."""
