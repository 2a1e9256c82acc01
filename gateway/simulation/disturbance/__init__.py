"""Disturbances: what goes wrong on purpose, drawn from the seed, at the ports and doors of a space."""
