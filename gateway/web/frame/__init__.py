"""What every page that people read has around it."""
