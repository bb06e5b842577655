"""The rules: frozen dataclasses, enums and pure functions. `now` is always an argument."""
