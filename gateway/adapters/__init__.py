"""The holes in the wall, filled with real parts."""
