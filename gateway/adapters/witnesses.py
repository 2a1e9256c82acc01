"""Asks witnesses to cosign what was published, beside everything else: nothing waits for them."""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from threading import Event, Thread

import httpx

from gateway.adapters.signing import cosigned_at
from gateway.domain.checkpoint import decimal
from gateway.domain.published import Published
from gateway.domain.witnessing import WitnessAddress
from gateway.ports import CheckpointStore

_LOG = logging.getLogger(__name__)
_TIMEOUT_S, _AGAIN_S = 10.0, 5.0
_DONE, _CONFLICT = 200, 409
_WENT_BACK = (
    "does not cosign: it has seen more of this log, or another past, than is here, and knows that a snapshot"
    " was restored; its keeper lets it go on with `magda-sim witness accept`"
)
_ANOTHER = (
    "does not cosign: it has seen more of this log, or another past, than is here, and knows of no restored"
    " snapshot (%s); a log that was begun anew wants a fresh witness folder"
)

Proof = Callable[[int, int], str]
"""What a witness is sent: old and new size in, proof and checkpoint out; `LookupError` where old is larger."""


class Witnesses:
    """A thread that brings the last published checkpoint to each witness, and keeps their lines.

    Told of news it works at once; after a failure again a little later.
    """

    def __init__(
        self,
        addresses: Sequence[WitnessAddress],
        store: CheckpointStore,
        proof: Proof,
        taken_back: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._addresses, self._store, self._proof = addresses, store, proof
        self._taken_back = taken_back
        self._known = dict.fromkeys(addresses, 0)
        self._over: dict[WitnessAddress, int] = dict.fromkeys(addresses, 0)
        self._know: set[WitnessAddress] = set()
        self._complaints: dict[WitnessAddress, str] = {}
        self._news, self._stopping = Event(), False
        if taken_back():
            self._news.set()
        self._thread = Thread(target=self._run, name="witnesses", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """Something was published."""
        self._news.set()

    def stop(self) -> None:
        """Come to an end."""
        self._stopping = True
        self._news.set()
        self._thread.join(2 * _TIMEOUT_S)

    def _run(self) -> None:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as client:
            is_done = True
            while self._is_wanted(None if is_done else _AGAIN_S):
                asked = [self._ask(client, one) for one in self._addresses]
                is_done = all(asked)

    def _is_wanted(self, patience: float | None) -> bool:
        """Wait for news, or so many seconds; whether there is still something to do."""
        self._news.wait(patience)
        self._news.clear()
        return not self._stopping

    def _ask(self, client: httpx.Client, witness: WitnessAddress) -> bool:
        """Whether a witness has the last checkpoint; whatever goes wrong is told, and no more."""
        try:
            last = self._store.last()
            self._tell_taken_back(client, witness)
            return last is None or last.size == self._known[witness] or self._bring(client, witness, last)  # fmt: skip
        except (httpx.HTTPError, sqlite3.Error, ValueError, LookupError) as error:
            self._complain(witness, type(error).__name__)
            return False

    def _bring(self, client: httpx.Client, witness: WitnessAddress, last: Published) -> bool:
        answer = self._post(client, witness, last.size)
        if answer.status_code == _CONFLICT:
            self._known[witness] = decimal(answer.text.removesuffix("\n"))
            if self._known[witness] <= last.size:
                answer = self._post(client, witness, last.size)
        if answer.status_code != _DONE:
            self._known[witness] = 0  # what it has may be another log of that size
            knows = witness in self._know
            self._complain(witness, _WENT_BACK if knows else _ANOTHER % answer.status_code)
            return False
        self._keep(witness, last, answer.text)
        return True

    def _tell_taken_back(self, client: httpx.Client, witness: WitnessAddress) -> None:
        """Bring what the log says of restored snapshots, the last first, until it takes one.

        What its keeper accepts may be what another one undoes, so each counts until something was cosigned again.
        """
        for note in reversed(self._taken_back()[self._over[witness] :]):
            answer = client.post(f"{witness.url}/taken-back", content=note.encode())
            if answer.status_code == _DONE:
                self._know.add(witness)
                return

    def _complain(self, witness: WitnessAddress, what: str) -> None:
        """Tell what is in the way, once as long as it is the same."""
        if self._complaints.get(witness) != what:
            self._complaints[witness] = what
            _LOG.warning("witness %s %s", witness.key.name, what)

    def _post(self, client: httpx.Client, witness: WitnessAddress, size: int) -> httpx.Response:
        text = self._proof(self._known[witness], size)
        return client.post(f"{witness.url}/add-checkpoint", content=text.encode())

    def _keep(self, witness: WitnessAddress, last: Published, lines: str) -> None:
        cosigned_at(last.note + lines, str(witness.key))
        mine = [
            f"{line}\n"
            for line in lines.split("\n")
            if line.startswith(f"\u2014 {witness.key.name} ")
        ]
        self._store.add_cosignatures(last.size, mine)
        self._known[witness] = last.size
        self._complaints.pop(witness, None)
        self._know.discard(witness)
        self._over[witness] = len(self._taken_back())
