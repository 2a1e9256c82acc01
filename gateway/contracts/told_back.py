"""Names that a caller made up, as an answer may tell them back: a message can hold a person anywhere."""

import re

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\[\]-]{0,59}")
_MOST_DIGITS = 4
UNTOLD = "…"


def told_back(name: str) -> str:
    """The name where it looks like a word of a wire, else an ellipsis.

    A word is short, has no spaces, and too few digits for a person's number however it is written.
    """
    digits = sum(character.isdigit() for character in name)
    return name if digits <= _MOST_DIGITS and _WORD.fullmatch(name) else UNTOLD
