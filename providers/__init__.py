"""The simulated country and the authentic sources that look at it."""
