"""Vendors' events: verify, store the raw body, answer. The clock applies them."""
