"""Named runs: a year of events on a world of its own, every expectation checked, told in a report."""
