"""A stand-in for SendGrid: mails in by its API, signed events and replies out, and an inbox to play the prospects."""
