"""What nobody outside PlusVibe knows, each with the answer this stand-in gives. Change one to see whether we care."""

from dataclasses import dataclass
from typing import Literal


@dataclass
class Unknowns:
    """One named setting per open question.

    limiter, limit_per_second: 5 a second is known, its scope is not; here it is one window per key.
    retry_after_seconds: sent with 429; None sends no header, which nobody has seen anyway.
    wrong_key_status, wrong_workspace_status, unknown_campaign_status, unknown_lead_status: which code refuses.
    lead_not_found: what `/lead/get` answers for a stranger.
    error_shape: where the words of a 400 stand.
    max_leads_per_add, too_many_status: the size of a batch, and how a larger one is refused.
    default_…: the flags of `/lead/add` when they are not sent.
    double_prefix: whether a key sent as `custom_x` is stored as `custom_custom_x`.
    custom_in_workspace_leads: whether the lead list carries custom variables.
    lowercases_addresses: whether addresses are kept in small letters.
    largest_page: the most rows of any list, whatever `limit` asks for.
    index_keyed_campaigns: answer `{"0": …}` where an array is meant.
    counters_as_text: `"97"` for 97.
    zero_counts_listed: whether `/lead/count/lead-status` names statuses nobody has.
    label_update_fires_event: whether a label set through the API sends `LEAD_MARKED_AS_…`.
    unmatched_unibox_filter_ignored: a `lead` filter that matches nothing returns everything.
    unibox_page_rows: its pages are small and fixed.
    unknown_email_status: how a reply to an e-mail nobody knows is refused.
    reply_answers_unibox_id: whether the answer to a reply names the id its message has in the Unibox.
    webhook_attempts, webhook_retry_seconds: deliveries until a 2xx.
    reply_campaign_keys: both names occur in reply events.
    plan_leads: how many leads the plan holds in all.
    """

    limiter: bool = True
    limit_per_second: int = 5
    retry_after_seconds: int | None = None
    wrong_key_status: int = 401
    wrong_workspace_status: int = 403
    unknown_campaign_status: int = 404
    unknown_lead_status: int = 404
    lead_not_found: Literal["empty", "404"] = "empty"
    error_shape: Literal["message", "errors", "error"] = "message"
    max_leads_per_add: int = 500
    too_many_status: int = 400
    largest_body_bytes: int = 5_000_000
    default_is_overwrite: bool = False
    default_skip: bool = False
    double_prefix: bool = True
    custom_in_workspace_leads: bool = False
    lowercases_addresses: bool = False
    largest_page: int = 100
    index_keyed_campaigns: bool = False
    counters_as_text: bool = False
    zero_counts_listed: bool = False
    label_update_fires_event: bool = False
    unmatched_unibox_filter_ignored: bool = True
    unibox_page_rows: int = 4
    unknown_email_status: int = 400
    reply_answers_unibox_id: bool = True
    webhook_attempts: int = 3
    webhook_retry_seconds: float = 1.0
    reply_campaign_keys: tuple[str, ...] = ("camp_id", "campaign_id")
    plan_leads: int = 50_000
