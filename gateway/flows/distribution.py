"""The distribution line."""
