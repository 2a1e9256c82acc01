"""Who asks, and why: what a caller states beside the question itself."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sender:
    """The unit as it is registered with the platform: its URI and the hoedanigheid it acts in."""

    uri: str
    hoedanigheid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """The purpose (if the unit has several), the case, and the person at the keyboard.

    `clerk` is that person's INSZ; without one it is a machine that asks. `authentication` is how
    they logged in.
    """

    purpose: str | None = None
    case: str | None = None
    clerk: str | None = None
    authentication: Literal["eid", "digital-key", "password"] | None = None


NO_ERRAND = Errand()
