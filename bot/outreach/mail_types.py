"""What makes a draft or a mail."""

from enum import StrEnum


class DraftType(StrEnum):
    """What made it. A `reply` in the prospect's own thread has no rest to wait for."""

    AUDIT_OUTREACH = "audit_outreach"
    MANUAL = "manual"
    SEQUENCE_STEP = "sequence_step"
    REPLY = "reply"
