"""The revisions of the space's database."""
