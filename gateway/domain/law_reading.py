"""What protocol files turned out to say: documents that hold together, or else where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.protocol_document import ProtocolDocument


@dataclass(frozen=True, slots=True)
class LawSlip:
    """Where a file does not hold.

    `place` (`file:line: key`) has only words that the form knows and may be told to anybody; `key`,
    `what` and `mend` may quote the file, and are for who may read it.
    """

    place: str
    file: str
    line: int
    key: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class LawReading:
    """Documents, or slips."""

    documents: Sequence[ProtocolDocument] = ()
    slips: Sequence[LawSlip] = ()
