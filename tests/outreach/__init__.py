"""The rules, by tables: one row per case."""
