"""What stands around a gateway, and the fixed tables of who uses which folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.adapters.clock import SpaceClock
from gateway.adapters.facts import Keepers
from gateway.adapters.ids import SeededSecrets
from gateway.adapters.worker import Worker
from gateway.contracts.drop import Placement
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.request import Caller
from gateway.flows.protocol_acts import OnAct
from gateway.ports.citizens import Citizens
from gateway.ports.operation import Watch
from gateway.ports.platform import AuthenticSources
from gateway.ports.tracing import Tracer


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What stands around a gateway. `subscribers` are the units with a folder, by flow, `folders` whose.

    `index_key` opens the keys of the log's index of persons.
    `is_lasting` says whether what is written from the start on waits for the disk.
    `kept` is the law of the gateway that stood here before; without it, the files must hold.
    """

    space: str
    data: Path
    clock: SpaceClock
    secrets: SeededSecrets
    log_key: Ed25519PrivateKey
    token_key: Ed25519PrivateKey
    index_key: bytes
    citizens: Citizens
    callers: Mapping[str, Caller]
    subscribers: Mapping[str, Sequence[Caller]]
    folders: Mapping[str, str]
    sources: AuthenticSources
    keepers: Keepers
    placement: Placement
    worker: Worker
    on_act: OnAct
    watch: Watch
    tracer: Tracer | None
    is_lasting: bool
    kept: Sequence[ProtocolDocument] = ()


@dataclass(frozen=True, slots=True)
class Units:
    """Implements `gateway.ports.Publishers` and `Subscribers` on fixed lists."""

    callers: Mapping[str, Caller]
    by_flow: Mapping[str, Sequence[Caller]]

    def caller(self, user: str) -> Caller:
        """The unit behind a drop account."""
        return self.callers[user]

    def of(self, flow: str) -> Sequence[Caller]:
        """Every unit with a folder for this flow."""
        return self.by_flow.get(flow, ())


@dataclass(frozen=True, slots=True)
class Directories:
    """Implements `gateway.ports.Folders` on a fixed table."""

    owners: Mapping[str, str]

    def of(self, unit: str) -> str:
        """The directory's owner."""
        return self.owners.get(unit, unit)
