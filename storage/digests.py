"""Digests: what each channel was told on which day, and the leads behind every figure."""

from storage.tenant import Tenant


class Digests:
    """The digests of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
