"""What an example is: a call or an upload, what is done before it, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from gateway.contracts.reasons import Reason
from gateway.simulation.units import UNITS, Unit

Wire = Literal["rest", "soap", "file"]
CONTROL = "control"
"""Stands for the control token where a credential is named."""
CLERK = "82722401041"
JSON_TYPE, XML_TYPE = "application/json", "text/xml; charset=utf-8"
OF_KEY: Mapping[str, Unit] = {unit.key: unit for unit in UNITS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request. `credential` is a unit, `control`, a token that is no token, or nobody's (`None`)."""

    credential: str | None
    path: str
    body: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether the credential is one of the space's own."""
        return self.credential == CONTROL or self.credential in OF_KEY


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file into a drop folder."""

    credential: str
    flow: str
    name: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is sent, after `before`, in a space that began at `clock`.

    `text` are changes of a protocol's text, by path, without which no message brings it about; `note`
    is what else must be so. `reason` is `None` where the answer is what was asked for.
    """

    operation: str
    wire: Wire
    sent: Call | Upload
    reason: Reason | None = None
    before: Sequence[Call | Upload] = ()
    clock: str | None = None
    text: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None

    def told(self, reason: Reason, **changes: Any) -> "Example":
        """The same, where something is wrong with it."""
        return replace(self, reason=reason, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question on both wires: the body over REST, the content over SOAP, and what headers state."""

    unit: str
    service: str
    path: str
    body: Mapping[str, Any]
    content: str
    purpose: str | None = None
    case: str | None = None
    authentication: str | None = None
    enduser: str = CLERK
    before: Sequence[Call | Upload] = ()
