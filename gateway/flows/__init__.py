"""The straight lines: each reads top to bottom and is the product."""
