"""Every command, callback, block and action id that Slack sends back to us.

Three topics have theirs in files of their own: `campaign_ids`, `link_ids`, `segment_ids`.
"""

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
OPEN_FILTERS = "leads_filters"
OPEN_COLUMNS = "leads_columns"
OPEN_VIEWS = "leads_views"
FILTER_FORM = "leads_filter_form"  # callback ids
COLUMN_FORM = "leads_column_form"
VIEW_FORM = "leads_view_form"
COLUMN_CHOICE = "leads_column_choice"
VIEW_MENU = "leads_view_row"  # value: use:id or delete:id
BULK_UPDATE = "leads_bulk"
BULK_FORM = "leads_bulk_form"
BULK_CONFIRM = "leads_bulk_confirm"
BULK_STATUS = "leads_bulk_status"
BULK_SEGMENT = "leads_bulk_segment"
BULK_UNDO = "leads_bulk_undo"

# The card
OPEN_LEAD = "lead_open"
BACK_TO_LIST = "lead_back"
SET_STATUS = "lead_status"
NORMALISE = "lead_normalise"
START_AUDIT = "lead_audit"
VIEW_AUDIT = "lead_view_audit"  # a link button
AUDIT_REPORT = "lead_audit_report"
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
CHECK_ADDRESS = "lead_check_address"

# The push form
PUSH_CAMPAIGN = "push_campaign"
PUSH_LEADS = "push_leads"
PUSH_STATUS = "push_status"
PUSH_SEGMENT = "push_segment"
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
DRAFT_QUEUE = "draft_queue"
DRAFT_LIST = "draft_list"  # of one lead
DRAFT_PREVIEW = "draft_preview"
DRAFT_EDIT = "draft_edit"
DRAFT_REJECT = "draft_reject"
DRAFT_BATCH = "draft_batch"
OPEN_DRAFTS = "drafts_open"
OPEN_DRAFT = "draft_open"
DRAFT_STATE = "drafts_state"
DRAFTS_NEXT = "drafts_next"
DRAFTS_PREVIOUS = "drafts_previous"
DRAFTS_ALIKE = "drafts_alike"
ALIKE_CHOSEN = "drafts_alike_chosen"
DRAFT_MENU = "draft_row"
EDIT_DRAFT = "draft_edit_it"
APPROVE_DRAFT = "draft_approve"
REJECT_DRAFT = "draft_reject_it"
ASK_APPROVAL = "draft_ask"
HAND_OVER = "draft_hand_over"
QUEUE_DRAFT = "draft_queue_it"  # in the next free slot
UNDO_DRAFT = "draft_undo"
DRAFT_SITE = "draft_site"
HAND_OVER_TO = "draft_hand_over_to"
GENERATE_EMAIL = "lead_generate_email"
EMAIL_TONE = "lead_email_tone"
LEAD_EMAILS = "lead_emails"

# The Unibox
UNIBOX = "unibox"  # its list, as a view
THREAD = "unibox_thread_view"
COMPOSER = "unibox_composer"
OPEN_UNIBOX = "unibox_open"
OPEN_THREAD = "unibox_thread"  # value: a reply's or a thread's id
CARD_UNIBOX = "lead_unibox"
UNIBOX_FILTER = "unibox_filter"
UNIBOX_REFRESH = "unibox_refresh"
UNIBOX_NEXT = "unibox_next"
UNIBOX_PREVIOUS = "unibox_previous"
BACK_TO_UNIBOX = "unibox_back"
THREAD_REFRESH = "unibox_thread_refresh"
MARK_READ = "unibox_read"
TAKE_THREAD = "unibox_take"
REPLY = "unibox_reply"
REPLY_FROM = "composer_from"
REPLY_SUBJECT = "composer_subject"
REPLY_BODY = "composer_body"
REPLY_PREVIEW = "composer_preview"
IT_WAS_SENT = "answer_was_sent"
SEND_AGAIN = "answer_send_again"
REPLY_CLASS = "reply_class"  # value: the reply's id and its class
REPLY_SUPPRESS = "reply_suppress"
BRAKE_KEEP = "brake_keep"
BRAKE_RESUME = "brake_resume"

# The pipeline
PIPELINE = "pipeline"
STAGE = "pipeline_stage"
OPEN_PIPELINE = "pipeline_open"
EMAIL_FIGURES = "pipeline_emails"
OPEN_STAGE = "pipeline_open_stage"
STAGE_STATUS = "pipeline_status"  # one select per lead: pipeline_status|id
STAGE_LEAD = "pipeline_lead"
STAGE_NEXT = "pipeline_next"
STAGE_PREVIOUS = "pipeline_previous"
BACK_TO_PIPELINE = "pipeline_back"

# Home
HOME_REPORT = "home_report"  # link buttons, one per blocked push: home_report|id

# Digests and routes
ROUTES = "routes"  # callback ids
DIGEST_LEADS_VIEW = "digest_leads_view"
CADENCE = "route_cadence"  # one select per topic: route_cadence|replies
ROUTE_TIME = "route_time"
ROUTE_WEEKDAYS = "route_weekdays"
PREVIEW_DIGEST = "digest_preview"
SEND_DIGEST = "digest_send"
DIGEST_LEADS = "digest_leads"
DIGEST_PAGE = "digest_page"

# The workspace's rules
POLICY_FORM = "policy_form"
SECOND_APPROVER = "policy_second_approver"
COMPLETE_ON_REPLY = "policy_complete_on_reply"
PERMISSION_ONLY = "policy_permission"
VERIFIED_LINK = "policy_verified_link"

# Consent
CONSENT_FORM = "consent_form"
RECORD_CONSENT = "lead_consent"
CONSENT_VALUE = "consent_value"
CONSENT_AT = "consent_at"

# A person's data
ERASE_FORM = "erase_form"

# Web forms
FORMS = "forms"  # its list, as a view
FORM_FORM = "form_form"
FORM_CODE = "form_code"
FORM_RETIRE = "form_retire"
FORM_NEW = "form_new"
FORM_MENU = "form_row"  # value: code:id, edit:id, retire:id or revive:id
FORM_FIELDS = "form_fields"
FORM_OPT_IN = "form_opt_in"
FORM_SITE = "form_site"
SUBMISSIONS = "lead_submissions"

# Roles
ROLES = "roles"  # the people and groups, as a view
ROLE_FORM = "role_form"
GRANTS_FORM = "grants_form"
DEFAULT_ROLE_FORM = "default_role_form"
ROLE_GROUP_FORM = "role_group_form"
ROLES_FIRST = "roles_first"
ROLES_NEXT = "roles_next"  # value: whom the page follows
ROLE_OF = "role_of"
ROLE_CHANGE = "role_change"
ROLE_GRANTS = "role_grants"
ROLE_DEFAULT = "role_default"
ROLE_GROUP_ADD = "role_group_add"
ROLE_GROUP_REMOVE = "role_group_remove"
ROLE_GROUP = "role_group"
ROLE_CHOICE = "role_choice"
GRANTS_CHOICE = "grants_choice"

# Mail templates
MAIL_TEMPLATES = "mail_templates"  # its list, as a view
TEMPLATE_FORM = "template_form"
TEMPLATE_PREVIEW = "template_preview"
TEMPLATE_REMOVE = "template_remove"
TEMPLATE_TYPED = "template_typed"  # |subject or |body
TEMPLATE_LEAD = "template_lead"
TEMPLATE_HTML = "template_html"  # value: the lead's id
TEMPLATE_NEW = "template_new"
TEMPLATE_MENU = "template_row"  # value: edit:id, preview:id, copy:id or delete:id

# Sites
SITES = "sites"  # its list, as a view
SITE_FORM = "site_form"
SITE_NEW = "site_new"
SITE_EDIT = "site_edit"

# Sequences
SEQUENCES = "sequences"  # its list, as a view
SEQUENCE_FORM = "sequence_form"
SEQUENCE_REMOVE = "sequence_remove"
SEQUENCE_NEW = "sequence_new"
SEQUENCE_MENU = "sequence_row"  # value: edit:id or delete:id
RUN_FORM = "run_form"
RUN_START = "run_start"
RUN_NEXT = "run_next"  # value: the run's id and the step, from 0
RUN_STOP = "run_stop"
RUN_PAUSE = "run_pause"
RUN_RESUME = "run_resume"
STEP_SEND = "step_send"  # on a step's card; value as RUN_NEXT's
STEP_STOP = "step_stop"

# Mails sent directly
MAIL_FORM = "mail_form"
MAIL_LIST = "mail_list"  # of one lead
UNCLEAR_MAILS = "unclear_mails"  # those a person decides about, as a view
OPEN_UNCLEAR = "unclear_open"
UNCLEAR_PAGE = "unclear_page"
STRAYS = "strays"  # those that matched nobody, as a view
STRAYS_OPEN = "strays_open"
STRAYS_PAGE = "strays_page"
STRAYS_AGAIN = "strays_again"
STRAY_ADOPT = "stray_adopt"
STRAY_PUT_AWAY = "stray_put_away"
STRAY_SUPPRESS = "stray_suppress"
SEND_MAIL = "lead_send_mail"
LEAD_MAILS = "lead_mails"
MAIL_SITE = "mail_site"
MAIL_TEMPLATE = "mail_template"
MAIL_UNDO = "mail_undo"
MAIL_SENT_ANYWAY = "mail_sent_anyway"
MAIL_AGAIN = "mail_again"

# Metrics
METRICS = "metrics"
METRICS_PERIOD = "metrics_period"
METRICS_SITE = "metrics_site"

# Unsubscribes
UNSUBSCRIBES = "unsubscribes"  # its list, as a view
SUPPRESS_FORM = "suppress_form"
CLEAR_FORM = "clear_form"
UNSUBSCRIBES_FACT = "unsubscribes_fact"
UNSUBSCRIBES_NEXT = "unsubscribes_next"
SUPPRESS_NEW = "suppress_new"
UNSUBSCRIBES_EXPORT = "unsubscribes_export"
SUPPRESSION_CLEAR = "suppression_clear"

# Imports
IMPORT_MESSAGE = "import_message"  # a message shortcut
IMPORT_FORM = "import_form"  # callback ids
IMPORT_MAPPING = "import_mapping"
IMPORT_OPEN = "import_open"
IMPORT_FILE = "import_file"
IMPORT_CAMPAIGN = "import_campaign"
IMPORT_COLUMN = "import_column"  # one select per field: import_column|email
IMPORT_CANCEL = "import_cancel"
IMPORT_UNDO = "import_undo"
