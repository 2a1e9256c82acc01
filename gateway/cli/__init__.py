"""The magda-sim command, one file per noun."""
