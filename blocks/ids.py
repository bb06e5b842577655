"""Every command, callback, block and action id that Slack sends back to us."""

# Callback ids of views
LEAD_LIST = "lead_list"
LEAD_CARD = "lead_card"
LEAD_ADD = "lead_add"
LEAD_DOMAIN = "lead_domain"
LEAD_TEXT = "lead_text"  # read-only: timeline, summary, raw payload
COMPLETE_CONFIRM = "complete_confirm"
PUSH_FORM = "push_form"
PUSH_CONFIRM = "push_confirm"
NOTICE = "notice"

# The list
SEARCH = "leads_search"
SORT = "leads_sort"
STATUS_FILTER = "leads_status_filter"
CAMPAIGN = "leads_campaign"
SELECTION = "leads_selection"
SELECT_PAGE = "leads_select_page"
COMPLETE_SELECTED = "leads_complete_selected"
NEXT_PAGE = "leads_next"
PREVIOUS_PAGE = "leads_previous"
ROW_MENU = "leads_row"
ADD_LEAD = "leads_add"
SYNC_NOW = "leads_sync"
CLEAR_FILTERS = "leads_clear_filters"
OPEN_LIST = "leads_open_list"

# The card
OPEN_LEAD = "lead_open"
BACK_TO_LIST = "lead_back"
SET_STATUS = "lead_status"
NORMALISE = "lead_normalise"
START_AUDIT = "lead_audit"
VIEW_AUDIT = "lead_view_audit"  # a link button
TONE = "lead_tone"
WRITE_BACK = "lead_write_back"
CARD_CAMPAIGN = "lead_campaign"
PUSH_LEAD = "lead_push"
MARK_COMPLETED = "lead_complete"
REMOVE_LEAD = "lead_remove"
EDIT_DOMAIN = "lead_edit_domain"
RAW_PAYLOAD = "lead_raw"
TIMELINE = "lead_timeline"
FULL_SUMMARY = "lead_summary"
DISMISS = "lead_dismiss"
RELOAD_CARD = "lead_reload"

# The push form
PUSH_CAMPAIGN = "push_campaign"
PUSH_LEADS = "push_leads"
PUSH_STATUS = "push_status"
OPEN_PUSH = "push_open"

# The 409 report and push results
PUSH_READY = "report_push_ready"
REPORT_AUDIT = "report_audit"
RECHECK = "report_recheck"
ARM_PUSH = "report_arm"
CANCEL_ARMED = "report_cancel"
REPORT_REMOVE = "report_remove"
REPORT_NORMALISE = "report_normalise"
RETRY_STATUS = "push_retry_status"
RETRY_FAILED = "push_retry_failed"

# The menu
MENU = "outreach_menu"
LOG_OLDER = "log_older"

# Drafts

# The Unibox

# The pipeline

# Home

# Digests and routes

# The workspace's rules
