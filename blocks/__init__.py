"""The words: pure functions from our types to messages and views."""
