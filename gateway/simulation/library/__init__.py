"""The scenario library: named scenarios in plain files, run over real spaces, and what they cover."""
