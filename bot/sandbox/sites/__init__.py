"""Sample websites for every domain there is, each with faults of its own, always the same for one domain."""
