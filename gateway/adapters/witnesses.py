"""Asks witnesses to cosign what was published, beside everything else: nothing waits for them."""

import logging
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

Proof = Callable[[int, int], str]
"""What a witness is sent: old and new size in, proof and checkpoint out; `LookupError` where old is larger."""


class Witnesses:
    """A thread that brings the last published checkpoint to each witness, and keeps their lines.

    Told of news it works at once; after a failure again a little later.
    """

    def __init__(
        self, addresses: Sequence[WitnessAddress], store: CheckpointStore, proof: Proof
    ) -> None:
        self._addresses, self._store, self._proof = addresses, store, proof
        self._known = dict.fromkeys(addresses, 0)
        self._news, self._stopping = Event(), False
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
        last = self._store.last()
        try:
            return last is None or last.size == self._known[witness] or self._bring(client, witness, last)  # fmt: skip
        except (httpx.HTTPError, ValueError, LookupError) as error:
            _LOG.warning("witness %s: %s", witness.key.name, type(error).__name__)
            return False

    def _bring(self, client: httpx.Client, witness: WitnessAddress, last: Published) -> bool:
        answer = self._post(client, witness, last.size)
        if answer.status_code == _CONFLICT:
            self._known[witness] = decimal(answer.text.removesuffix("\n"))
            answer = self._post(client, witness, last.size)
        if answer.status_code != _DONE:
            _LOG.error("witness %s does not cosign: %s", witness.key.name, answer.status_code)
            return False
        self._keep(witness, last, answer.text)
        return True

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
