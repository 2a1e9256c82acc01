"""The status page: what `/ready` and `/metrics` tell, for people who would rather look. Without script."""
