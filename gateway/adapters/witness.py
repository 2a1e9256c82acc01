"""A witness: it takes checkpoints of the logs it knows, and cosigns those of a log that only grew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapters.signing import cosign, signed_by_any
from gateway.adapters.witness_records import WitnessRecords
from gateway.contracts.clock import Clock
from gateway.domain.checkpoint import Checkpoint, VerifierKey, read_checkpoint, read_note
from gateway.domain.taken_back import TakenBack, read_taken_back
from gateway.domain.witnessing import (
    CONTRADICTIONS,
    LOCKED,
    Answer,
    Objection,
    Submission,
    objecting,
    objection,
    weighed,
)

_NOTED = 200


@dataclass(frozen=True, slots=True)
class Witness:
    """Its key, the keys of the logs that it knows by origin, its memory, and the machine's clock."""

    key: Ed25519PrivateKey
    verifier: VerifierKey
    logs: Mapping[str, Sequence[str]]
    records: WitnessRecords
    clock: Clock

    def add(self, text: str) -> Answer:
        """Take one checkpoint; its cosignature, or what stands against it."""
        try:
            sent = Submission.parse(text)
            origin = read_checkpoint(read_note(sent.note).body).origin
        except ValueError as error:
            return Answer(400, f"{error}\n")
        if origin not in self.logs:
            return Answer(404, "this log is not known here\n")
        try:
            new = signed_by_any(sent.note, self.logs[origin])
        except ValueError as error:
            return Answer(403, f"{error}\n")
        return self._judge(sent, new)

    def take_back(self, text: str) -> Answer:
        """Take what a log says of itself: that a restored snapshot took it back. Nothing is cosigned by that."""
        try:
            told = read_taken_back(read_note(text).body)
        except ValueError as error:
            return Answer(400, f"{error}\n")
        if told.now.origin not in self.logs:
            return Answer(404, "this log is not known here\n")
        try:
            signed_by_any(text, self.logs[told.now.origin])
        except ValueError as error:
            return Answer(403, f"{error}\n")
        return self._weigh(told, text)

    def last(self, origin: str) -> str | None:
        """The last checkpoint of a log that was cosigned here."""
        return self.records.note(origin)

    def _judge(self, sent: Submission, new: Checkpoint) -> Answer:
        answers: list[Answer] = []

        def step(known: Checkpoint | None) -> str | None:
            against = objection(known, sent, new)
            if against is not None:
                answers.append(self._objecting(against, known, new, sent.note))
                return None
            second = int(self.clock.now().timestamp())
            line = cosign(self.key, self.verifier, read_note(sent.note).body, second)
            answers.append(Answer(200, line))
            return sent.note + line

        self.records.advance(new.origin, step)
        return answers[0]

    def _objecting(
        self, against: Objection, known: Checkpoint | None, new: Checkpoint, note: str
    ) -> Answer:
        """A log that says of itself that a snapshot took it back is no fork, and nothing is cosigned either."""
        if against not in CONTRADICTIONS:
            return objecting(against, known)
        if self.records.is_locked(new.origin):
            return Answer(423, LOCKED)
        self.records.refuse(new.origin, against.value, note)
        return objecting(against, known)

    def _weigh(self, told: TakenBack, text: str) -> Answer:
        answers: list[Answer] = []

        def judge(known: Checkpoint | None) -> str | None:
            answers.append(weighed(told, known))
            return text if answers[0].status == _NOTED else None

        self.records.note_taken_back(told.now.origin, judge)
        return answers[0]
