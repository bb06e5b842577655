"""A campaign's leads, the company directory and who joins campaigns: the ids that Slack sends back to us."""

# A campaign's leads
CAMPAIGN_LEADS = "campaign_leads"  # the list, as a view
BADGE_FORM = "badge_form"
OPEN_CAMPAIGN = "campaign_open"  # value: the campaign's id; one button a campaign: campaign_open|id
CAMPAIGN_SEARCH = "campaign_search"
CAMPAIGN_BADGE = "campaign_badge"
CAMPAIGN_SEGMENT = "campaign_segment"
CAMPAIGN_CLEAR = "campaign_clear"
CAMPAIGN_NEXT = "campaign_next"
CAMPAIGN_PREVIOUS = "campaign_previous"
CAMPAIGN_SELECTION = "campaign_selection"
CAMPAIGN_SELECT_PAGE = "campaign_select_page"
CAMPAIGN_SET = "campaign_set"  # of those chosen
CAMPAIGN_SET_ALL = "campaign_set_all"  # of all that match
ACTIVATE_FORM = "campaign_activate_form"
ACTIVATE_CAMPAIGN = "campaign_activate"  # value: the campaign's id; one button a campaign: campaign_activate|id
BADGE_CHOICE = "badge_choice"
CAMPAIGN_PUSH = "campaign_push"

# The company directory, and who joins campaigns
COMPANIES = "companies"  # the directory, as a view
COMPANY_TRAIT = "company_trait"  # one select a trait: company_trait|city
COMPANIES_CLEAR = "companies_clear"
COMPANIES_ADD = "companies_add"
INTAKE_FORM = "intake_form"
INTAKE_CAMPAIGN = "intake_campaign"
INTAKE_CANCEL = "intake_cancel"
PIPELINE_IMPORT = "pipeline_import"
PIPELINE_IMPORT_FORM = "pipeline_import_form"
PIPELINE_TRAIT = "pipeline_trait"
PIPELINE_SEGMENT = "pipeline_segment"
PIPELINE_LEADS = "pipeline_leads"
PIPELINE_SCOPE = "pipeline_scope"
