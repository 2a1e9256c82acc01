"""The consultation line."""
