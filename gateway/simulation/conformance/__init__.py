"""Kits that judge other people's clients: each case is played in a space of its own and cites its article."""
