"""Requests to one vendor, as its client would build them, without putting together anew what is in all of them."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import httpx

_PATHS = 100  # of one vendor, remembered
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode  # as httpx writes it


class Requests:
    """client: whose base address and headers they have."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._blank = lru_cache(maxsize=_PATHS)(self._built)

    def made(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None,
        body: Any,
        headers: Mapping[str, str] | None,
    ) -> httpx.Request:
        """body: JSON, None for none. Of a mere body httpx takes longer for the headers around it than for itself."""
        blank = self._blank(method, path)
        if body is None or params or headers:
            return self._client.build_request(method, blank.url, params=params, json=body, headers=headers)
        content = httpx.ByteStream(_written(body).encode())
        request = httpx.Request(method, blank.url, headers=blank.headers, stream=content, extensions=blank.extensions)
        request.headers.encoding = blank.headers.encoding  # or it is looked for again with every look at a header
        request.headers["Content-Length"] = str(len(request.read()))
        return request

    def _built(self, method: str, path: str) -> httpx.Request:
        return self._client.build_request(method, path, json={})
