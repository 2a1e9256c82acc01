"""The stage of a case: a space of its own, what is set up in it, the client's work, and what is noted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from gateway.domain.legal_day import in_brussels
from gateway.simulation.conformance.happened import Happened, Question
from gateway.simulation.conformance.relay import Relay
from gateway.simulation.conformance.sut import Sut, Told
from gateway.simulation.conformance.tap import Tap
from gateway.simulation.conformance.verdict import Case, Finding, Kit
from gateway.simulation.desk import Desk
from gateway.simulation.host import Host
from gateway.simulation.space import Space

VERSION = 1
_TIMEOUT_S = 60
Family = Mapping[str, Any]
GrantFile = Mapping[str, Any]


@dataclass(slots=True)
class Stage:
    """One case being played for one unit. Times and addresses are those of the case's own space."""

    space: Space
    ready: Mapping[str, Any]
    tap: Tap
    kit: Kit
    case: Case
    sut: Sut
    folder: Path
    findings: list[Finding] = field(default_factory=list)
    runs: int = 0

    def work(self, **more: Any) -> Told:
        """Have the client do its day's work; `more` is what it has to do.

        Raises:
            SutFailed: it did not.
        """
        self.runs += 1
        told = self.sut.work(self._job() | more)
        self.space.settle()
        return told

    def expect(self, holds: bool, expected: str, found: object = "") -> bool:  # noqa: FBT001  it is the question
        """Note something that must be so."""
        self.findings.append(Finding(expected, bool(holds), "" if holds else str(found)))
        return bool(holds)

    def remark(self, holds: bool, expected: str, found: object = "") -> None:  # noqa: FBT001  idem
        """Note something that would be better so."""
        told = "" if holds else str(found)
        self.findings.append(Finding(expected, bool(holds), told, is_remark=True))

    def expect_none(self, wrong: Iterable[object], expected: str) -> None:
        """Note something that must not be there; what is there is told."""
        found = [str(one) for one in wrong]
        self.expect(not found, expected, "; ".join(found))

    @property
    def happened(self) -> Happened:
        """What the client did so far."""
        return Happened(self.space, self.kit.unit, tuple(self.tap.messages))

    def asked(self, flow: str, since: int = 0) -> Sequence[Question]:
        """The questions of a flow that it put."""
        return self.happened.questions(flow, since)

    def desk(self, unit: str) -> Desk:
        """Somebody else's desk in this space."""
        return Desk(self.ready, unit)

    def act(self, unit: str, protocol: str, kind: str, **more: Any) -> None:
        """Somebody does something to a protocol."""
        token = self.ready["credentials"][unit]["token"]
        httpx.post(
            f"{self.ready['http']}/v1/protocollen/{protocol}/gebeurtenissen",
            json={"soort": kind, **more}, headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_S, trust_env=False,
        ).raise_for_status()  # fmt: skip

    def next_day(self) -> None:
        """A day passes; simulated providers stay where they are."""
        self.space.time.advance_by(days=1, seconds=None)

    @contextmanager
    def through_relays(self, cut_after: int) -> Iterator[Sequence[Relay]]:
        """The client's ways to the doors lead over relays that break once, after so many bytes."""
        whole, sftp, http = self.ready, self.ready["sftp"], urlsplit(self.ready["http"])
        assert http.hostname is not None
        assert http.port is not None
        with (
            closing(Relay((sftp["host"], sftp["port"]), cut_after)) as drop,
            closing(Relay((http.hostname, http.port), cut_after)) as door,
        ):
            self.ready = {
                **whole,
                "http": http._replace(netloc=f"{door.host}:{door.port}").geturl(),
                "sftp": {**sftp, "host": drop.host, "port": drop.port},
            }
            try:
                yield drop, door
            finally:
                self.ready = whole

    @property
    def today(self) -> str:
        """The legal day of the space."""
        return in_brussels(self.space.clock.now()).date().isoformat()

    def folder_on_disk(self, folder: str) -> Path:
        """A folder of the unit on the drop server, where the kit may do what a bad disk does."""
        account = next(one for one in self.space.gates["sftp"].accounts.values() if one.user == self.kit.unit)  # fmt: skip
        return Path(self.space.store.root_of(account.owner)) / folder.lstrip("/")

    def _job(self) -> dict[str, Any]:
        own = self.ready["credentials"][self.kit.unit]
        return {
            "version": VERSION,
            "kit": self.kit.key,
            "case": self.case.key,
            "run": self.runs,
            "today": self.today,
            "now": in_brussels(self.space.clock.now()).isoformat(timespec="seconds"),
            "unit": self.kit.unit,
            "state": str(self.folder),
            "gateway": self._gateway(own),
            "drop": self._drop(own),
        }

    def _gateway(self, own: Mapping[str, Any]) -> dict[str, Any]:
        http = self.ready["http"]
        return {
            "http": http, "soap": f"{http}/soap", "https": self.ready["https"], "ca": self.ready["ca"],
            "token": own["token"], "client_id": own["client_id"], "private_key": own["private_key"],
            "certificate": own["certificate"], "sender": own["uri"],
            "hoedanigheid": own["hoedanigheid"],
        }  # fmt: skip

    def _drop(self, own: Mapping[str, Any]) -> dict[str, Any] | None:
        if own["sftp_user"] is None:
            return None
        user, ftps = own["sftp_user"], self.ready["ftps"]
        beside = ftps and {
            "host": ftps["host"], "port": ftps["port"], "password": ftps["passwords"][user]
        }  # fmt: skip
        return {**self.ready["sftp"], "user": user, "key": own["sftp_key"], "ftps": beside}


def open_stage(host: Host, kit: Kit, case: Case, sut: Sut, folder: Path) -> Stage:
    """A fresh space behind a tap; its simulated provider delivers nothing by itself."""
    ready = host.spaces.create(case.key, None, None)
    space = host.spaces.find(case.key)
    assert space is not None
    space.automatic.update(dict.fromkeys(space.automatic, False))
    tap = Tap(host.spaces.dispatcher.spaces[case.key])
    host.spaces.dispatcher.spaces[case.key] = tap
    folder.mkdir(parents=True)
    return Stage(space, ready, tap, kit, case, sut, folder)
