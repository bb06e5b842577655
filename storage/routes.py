"""Routes: which topic goes to which channel, and when."""

from storage.tenant import Tenant


class Routes:
    """The routes of one workspace."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
