"""Stena: a public message wall."""

# Here and nowhere else: pyproject.toml reads it too, so the wall knows it without being installed.
__version__ = "1.0.0.dev0"
