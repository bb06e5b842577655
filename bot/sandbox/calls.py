"""Calls from a stand-in to whatever else runs on this machine."""

import httpx


def local_client(*, seconds: float, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that asks no proxy and checks no certificate: reading those of the world takes longer than a test."""
    return httpx.AsyncClient(transport=transport, timeout=seconds, trust_env=False, verify=False)
