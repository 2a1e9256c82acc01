"""Questions that are answered with files, each where its asker fetches them."""

from dataclasses import dataclass

from gateway.contracts.faults import Ground
from gateway.domain.content_checks import Today
from gateway.domain.questions import PlainQuestion
from gateway.domain.services import MEMBERS_LIST, PAYMENT_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFileQuestion(PlainQuestion):
    """The payment file of the window that it is asked in (003 art. 5); about many.

    `year` and `municipality` are the law's, not the asker's: filled in before the source is asked.
    """

    year: int = 0
    municipality: str = ""
    insz: str = ""

    def problems(self, today: Today) -> tuple[Ground, ...]:  # noqa: ARG002  nothing is stated
        """None: the question says nothing."""
        return ()

    def asked(self) -> frozenset[str]:
        """Every field of the file."""
        return frozenset(PAYMENT_FILE.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardListQuestion(PlainQuestion):
    """Pass the list of 1 January of a year on to the care funds (002 art. 4)."""

    year: int
    insz: str = ""

    def problems(self, today: Today) -> tuple[Ground, ...]:  # noqa: ARG002  a year without a list is told so
        """None: a year of which there is no list is answered with that."""
        return ()

    def asked(self) -> frozenset[str]:
        """The numbers."""
        return frozenset(MEMBERS_LIST.paths)
