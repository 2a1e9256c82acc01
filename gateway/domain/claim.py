"""A sender that the content of a message names, beside the one of the message itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """It must be the caller itself or, where the whole party is meant, any unit of its party."""

    uri: str
    hoedanigheid: str | None = None
    is_party_wide: bool = False
