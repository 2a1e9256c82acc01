"""What to do about files that should have come and did not: have them put back, or give them up."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from consumers.answers import Answer, Answered
from consumers.contents import GivenFile, GivenFiles
from consumers.inbox import Inbox

_OVER = frozenset({"expired", "withdrawn"})


class FileService(Protocol):
    """What is asked of the gateway; the REST client does it."""

    def given_files(self) -> Answer[GivenFiles]:
        """Every file that was placed for us."""
        ...

    def put_back(self, name: str) -> Answer[GivenFile]:
        """Have one placed once more."""
        ...


@dataclass(frozen=True, slots=True)
class Mended:
    """The files that lie ready once more, and the sequences that will never come."""

    put_back: tuple[str, ...]
    given_up: tuple[int, ...]


def mend(gateway: FileService, inbox: Inbox, missing: Collection[int]) -> Mended:
    """Have what is missing put back; what expired or was withdrawn is looked for no longer.

    A file that is refused for now stays missing, and is told again at the next round.
    """
    told = gateway.given_files()
    if not missing or not isinstance(told, Answered):
        return Mended((), ())
    ours = [one for one in told.content.files if one.flow == inbox.flow]
    lost = [one for one in ours if one.sequence in missing]
    over = tuple(one.sequence for one in lost if one.state in _OVER)
    there = (one.name for one in lost if one.state not in _OVER)
    put_back = tuple(name for name in there if isinstance(gateway.put_back(name), Answered))
    if over:
        inbox.give_up(over)
    return Mended(put_back, over)
