"""Small agencies: what each does with what it may know, and for how long it keeps it."""
