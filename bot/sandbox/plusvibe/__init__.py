"""A stand-in for PlusVibe: its API as far as it is known, its webhooks, and a page to play the other side."""
