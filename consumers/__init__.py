"""Clients an agency can copy, and small agencies that use them."""
