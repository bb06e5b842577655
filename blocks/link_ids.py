"""The link board: the ids that Slack sends back to us."""

LINK_BOARD = "link_board"  # as a view, the whole of it or one column
LINK_ADD_FORM = "link_add_form"
LINK_MOVE_FORM = "link_move_form"
LINK_NOTES_FORM = "link_notes_form"
LINK_REMOVE_FORM = "link_remove_form"
LINK_HISTORY = "link_history"
OPEN_LINK_BOARD = "link_board_open"
LINK_SEARCH = "link_search"
LINK_CLEAR = "link_clear"
LINK_ADD = "link_add"
LINK_TEMPLATES = "link_templates"
LINK_SEQUENCES = "link_sequences"
LINK_COLUMN = "link_column"
LINK_PAGE = "link_page"  # value: a cursor
LINK_NEWEST = "link_newest"
LINK_BACK = "link_back"
LINK_MENU = "link_row"  # value: send:id, sequence:id, move:id, history:id or delete:id
LINK_NOTES = "link_notes"
LINK_BACK_TO_HISTORY = "link_back_to_history"
LINK_CHECK = "link_check"
LINK_AIM = "link_aim"
LINK_AIM_FORM = "link_aim_form"
