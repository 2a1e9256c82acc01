"""Spaces: one whole exchange each, with its own clock, people, keys and log."""
