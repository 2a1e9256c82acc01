"""Names of organisations outside a protocol: third parties and processors, never people or numbers."""

import re

MAX_LENGTH = 60
_MAX_DIGITS = 4
_FORM = re.compile(r"[^\W\d_](?:[^\W_]|[ .&'-])*")
_GAPS = re.compile(r"[\s-]+")


def plain_name(text: str) -> str | None:
    """The name as it is kept and compared (`zorgkas-1`), or `None` where it is no organisation's word.

    Letters, few digits and plain separators: a name with room for a person's number is refused.
    """
    stripped = text.strip()
    digits = sum(character.isdigit() for character in stripped)
    if len(stripped) > MAX_LENGTH or digits > _MAX_DIGITS or not _FORM.fullmatch(stripped):
        return None
    return _GAPS.sub("-", stripped.casefold()).strip("-")
