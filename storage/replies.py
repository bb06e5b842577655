"""Prospects' answers: heard once, however often they are told."""

from storage.tenant import Tenant


class Replies:
    """The replies of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
