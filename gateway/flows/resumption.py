"""What was begun is finished: after a crash, and when what stood in the way is gone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from gateway.contracts.drop import CompletedUpload
from gateway.domain.batch import BatchKind
from gateway.domain.upload import Upload
from gateway.flows.arrears import ArrearsFlow
from gateway.flows.distribution import DistributionFlow
from gateway.flows.evidence import position_in_log
from gateway.flows.parcel_closing import ParcelClosing

Step = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The collaborators, wired once at start-up. Each step stands alone: one that fails keeps back no other."""

    distribution: DistributionFlow
    arrears: ArrearsFlow
    closing: ParcelClosing

    def steps(
        self, waiting: Sequence[CompletedUpload], archived: Sequence[tuple[str, str]]
    ) -> list[Step]:
        """What may be left to do: uploads that wait, files that were entered, acknowledgements.

        `waiting` are the uploads that lie there, `archived` the files in consumers' archives.
        """
        there = {(one.user, one.flow, one.name) for one in waiting}
        return [
            lambda: self._close_handled(there),
            *(partial(self.distribution.distribute, one) for one in waiting),
            self._show_entered,
            self.arrears.settle,
            lambda: self._note_acknowledged(archived),
        ]

    def _close_handled(self, there: set[tuple[str, str, str]]) -> None:
        """Uploads that are out of the way already, and were not noted as such."""
        for taken in self.distribution.intake.in_hand():
            if (taken.user, taken.flow, taken.name) not in there:
                self._close(taken)

    def _close(self, taken: Upload) -> None:
        line = self.distribution
        position = position_in_log(line.records, taken)
        for batch in line.ledger.unfinished(BatchKind.UPLOAD):
            if batch.key == taken.batch and batch.position is not None:
                line.ledger.close(batch)
        line.intake.close(taken, position, taken.batch, line.clock.now())

    def _show_entered(self) -> None:
        """Files of every kind whose entry is durable; an upload is closed with its receipt."""
        line = self.distribution
        for batch in line.ledger.begun():
            if line.parcels.settle(batch, line.clock.now()) and batch.kind is not BatchKind.UPLOAD:
                line.ledger.close(batch)

    def _note_acknowledged(self, archived: Sequence[tuple[str, str]]) -> None:
        """A file that lies in the archive was put there by its consumer."""
        known = self.arrears.arrears.acknowledged() if archived else ()
        for owner, name in archived:
            if (owner, name) not in known:
                self.closing.found_archived(owner, name)
