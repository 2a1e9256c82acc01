"""What came to a space from outside, line by line: written down, played again, and compared."""
