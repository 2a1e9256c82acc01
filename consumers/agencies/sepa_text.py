"""Text in the signs that every bank of the euro area passes on: Latin letters, digits and a few marks."""

import re

from text_unidecode import unidecode

_INSTEAD = str.maketrans({"&": "+", "_": "-", "@": "(at)", ";": ",", "`": "'", '"': "'"})
_OTHER = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_SLASHES = re.compile(r"/{2,}")


def sepa(text: str, longest: int) -> str:
    """The text as a bank takes it: letters without marks, no sign outside the set, no slash at an end."""
    plain = _OTHER.sub(" ", unidecode(text).translate(_INSTEAD))
    whole = " ".join(_SLASHES.sub("/", plain).split())
    return whole[:longest].strip(" /")
