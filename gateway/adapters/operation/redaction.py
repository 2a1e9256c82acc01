"""What a client wrote and an operator may see: nothing that could hold a person's number or a name."""

import re
from hashlib import blake2b

from gateway.contracts.insz import InszInvalid, parse_insz

_UUID = re.compile(r"(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SOME, _DIGITS = re.compile(r"\d{11}"), re.compile(r"(?=(\d{11}))")
_HASH_BYTES = 8


def told_reference(reference: str, key: bytes) -> str:
    """A reference as lines have it: a plain UUID as it is, anything else as a keyed digest.

    A client may choose its reference, so it may hold anything; with the key, which the space keeps, the
    same reference has the same digest, and nobody else can find out what it was.
    """
    if _UUID.fullmatch(reference) and not holds_number(reference):
        return reference
    digest = blake2b(reference.encode("utf-8", "surrogatepass"), key=key, digest_size=_HASH_BYTES)
    return f"~{digest.hexdigest()}"


def holds_number(text: str) -> bool:
    """Whether eleven digits in a row, hyphens aside, are a person's number."""
    bare = text.replace("-", "")
    if _SOME.search(bare) is None:
        return False
    return any(_is_number(found) for found in _DIGITS.findall(bare))


def _is_number(digits: str) -> bool:
    try:
        parse_insz(digits)
    except InszInvalid:
        return False
    return True
