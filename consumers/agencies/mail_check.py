"""Warns of a mail that holds what may not be kept: a wage, an amount or an account number (000 art. 6).

LAW: what is seen in a file is in no case kept (art. 3), and the mail answer is, for twelve months (art. 6).
A warning names the kind and where it stands, never what stands there.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from consumers.agencies.account_numbers import accounts, occurrences
from consumers.contents import JobbonusFile


class Kind(StrEnum):
    """What a mail should not hold."""

    WAGE = "wage"
    AMOUNT = "amount"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, order=True)
class Warned:
    """Something found, from one character up to another of the text as `normalised` makes it."""

    start: int
    end: int
    kind: Kind


_EURO = r"(?:€|\beuro(?:'?s|cent)?\b|\bEUR\b)"
_FIGURE = r"\d[\d .,']*(?:,?-)?"
_NUMERAL = (
    r"[a-zë]*(?:een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|tig|"
    r"honderd(?:en)?|duizend(?:en)?)"
)
_MONEY = re.compile(
    rf"{_EURO}\s*{_FIGURE}|{_FIGURE}\s*{_EURO}|{_FIGURE}euro\b|\b{_NUMERAL}\s+{_EURO}"
    r"|(?<![\d.,])\d[\d .']*,(?:\d{2}|-)(?!\d)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:[ .']\d{3})+(?:,\d{1,2})?|\d+(?:[.,]\d{1,2})?)(?!\d)"
)
_WAGE = re.compile(
    r"\b(?:loon\w*|\w*loon|lonen|\w+lonen|salaris\w*|wedden?|bezoldig\w*|verdien\w*|bruto\w*|netto\w*)\b",
    re.IGNORECASE,
)
_NO_WAGE = frozenset({"belonen", "loont", "borgloon", "grootloon"})
_THOUSAND = 3


def check(text: str, seen: JobbonusFile | None = None) -> tuple[Warned, ...]:
    """What a text holds that should not be kept; `seen` is the file that the answer was made of."""
    plain = normalised(text)
    found = {*_accounts(plain, seen), *_amounts(plain), *_wages(plain), *_figures(plain, seen)}
    return tuple(sorted(found))


def normalised(text: str) -> str:
    """The text as a reader sees it: no invisible signs, and one kind of digit, space and hyphen."""
    return "".join(_plain(sign) for sign in unicodedata.normalize("NFKC", text))


def _plain(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Cf":
        return ""
    if kind == "Nd":
        return str(unicodedata.digit(sign))
    if kind == "Zs":
        return " "
    if kind == "Pd" or sign == "\u2212":
        return "-"
    return "'" if sign in "\u2018\u2019\u02bc" else sign


def _accounts(text: str, seen: JobbonusFile | None) -> Iterator[Warned]:
    yield from (Warned(*span, Kind.ACCOUNT) for span in accounts(text))
    known = {seen.account, seen.letter.account if seen.letter else None} if seen else set()
    for account in known:
        if account is not None:
            yield from (Warned(*span, Kind.ACCOUNT) for span in occurrences(account, text))


def _amounts(text: str) -> Iterator[Warned]:
    return (Warned(*match.span(), Kind.AMOUNT) for match in _MONEY.finditer(text))


def _wages(text: str) -> Iterator[Warned]:
    for match in _WAGE.finditer(text):
        if match[0].lower() not in _NO_WAGE:
            yield Warned(*match.span(), Kind.WAGE)


def _figures(text: str, seen: JobbonusFile | None) -> Iterator[Warned]:
    """The file's own wage and amount, however they are written."""
    if seen is None:
        return
    known = {seen.wage: Kind.WAGE, seen.amount: Kind.AMOUNT}
    for match in _NUMBER.finditer(text):
        kind = known.get(value_of(match[0]))
        if kind is not None:
            yield Warned(*match.span(), kind)


def value_of(number: str) -> Decimal:
    """A number as it is written here or elsewhere: `2.105,40`, `2 105,4`, `2105.40`."""
    mark = "," if "," in number else "."
    whole, _, tail = number.partition(mark) if mark == "," else number.rpartition(".")
    if mark == "." and (not whole or len(tail) == _THOUSAND):  # no decimals at all
        whole, tail = number, "0"
    return Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{tail or '0'}")
