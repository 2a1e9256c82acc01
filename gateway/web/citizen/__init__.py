"""Who saw my data: what a citizen reads, as JSON and as pages."""
