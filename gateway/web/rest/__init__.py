"""REST: JSON in, JSON or a problem document out."""
