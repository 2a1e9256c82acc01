"""Account numbers: whether one is right, and where they stand in what people write: IBANs in any grouping, also mistyped Belgian ones, and old numbers."""

import re
from collections.abc import Iterator

Span = tuple[int, int]
_GAP = r"[\s.\-/]{0,3}"
_BELGIAN = re.compile(rf"(?<![A-Z0-9])B{_GAP}E(?:{_GAP}\d){{14}}(?!\d)", re.IGNORECASE)
_OTHER = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?:[ .\-]?[A-Z0-9]){11,30}", re.IGNORECASE)
_OLD = re.compile(r"(?<!\d)\d{3}[\s.\-/]{0,3}\d{7}[\s.\-/]{0,3}\d{2}(?!\d)")
_LENGTHS = {
    "AT": 20, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27,
    "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25,
    "RO": 24, "SE": 24, "SI": 19, "SK": 24,
}  # fmt: skip
_BELGIAN_LENGTH = 16
_MODULUS = 97
_COUNTRY_AND_CHECK = 4


def accounts(text: str) -> Iterator[Span]:
    """Where account numbers stand. A Belgian IBAN need not be right to be somebody's secret."""
    yield from (match.span() for match in _BELGIAN.finditer(text))
    yield from (match.span() for match in _OTHER.finditer(text) if _is_iban(match[0]))
    yield from (match.span() for match in _OLD.finditer(text) if _is_old(match[0]))


def occurrences(account: str, text: str) -> Iterator[Span]:
    """Where one account number stands, in whatever grouping, also without country and check digits."""
    bare = "".join(sign for sign in account if sign.isalnum())
    body = bare[_COUNTRY_AND_CHECK:] if bare[:2].isalpha() else bare
    if body:
        pattern = re.compile(_GAP.join(body), re.IGNORECASE)
        yield from (match.span() for match in pattern.finditer(text))


def iban(written: str) -> str | None:
    """An account number without its spaces, if it is an IBAN whose length and check digits are right."""
    bare = "".join(written.split()).upper()
    length = _LENGTHS.get(bare[:2], _BELGIAN_LENGTH if bare[:2] == "BE" else None)
    is_one = bare.isascii() and bare.isalnum() and len(bare) == length
    return bare if is_one and _checks(bare) else None


def _is_iban(found: str) -> bool:
    bare = "".join(sign for sign in found if sign.isalnum()).upper()
    length = _LENGTHS.get(bare[:2], len(bare) + 1)
    return len(bare) >= length and _checks(bare[:length])


def _checks(bare: str) -> bool:
    return int(_as_digits(bare[4:] + bare[:4])) % _MODULUS == 1


def _as_digits(iban: str) -> str:
    return "".join(str(int(sign, 36)) for sign in iban)


def _is_old(found: str) -> bool:
    digits = int(re.sub(r"\D", "", found))
    return (digits // 100) % _MODULUS in (digits % 100, digits % 100 - _MODULUS)
