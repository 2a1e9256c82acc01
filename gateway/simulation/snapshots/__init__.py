"""Snapshots of a space: saved whole, checked, restored, and held against one another."""
