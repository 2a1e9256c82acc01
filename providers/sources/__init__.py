"""The authentic sources: each a view of the world in its own message format."""
