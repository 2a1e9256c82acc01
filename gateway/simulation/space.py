"""A space: one whole exchange with its own clock, seed, people, keys, database, folders and log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from gateway.adapters.clock import WallClock, clock_from
from gateway.adapters.facts import Keepers
from gateway.adapters.sources import HttpSources, LocalSources
from gateway.adapters.worker import Worker
from gateway.bootstrap import Gateway, build_gateway
from gateway.bootstrap.outside import Outside
from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.domain.file_state import EXPIRY_JOB
from gateway.domain.legal_day import days_later, in_brussels
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.request import Proof, ProofKind
from gateway.ports.platform import AuthenticSources
from gateway.settings import Settings
from gateway.simulation.accounts import callers, drop_accounts, folders, subscribers
from gateway.simulation.authority import TestAuthority
from gateway.simulation.certificate_desk import open_certificates
from gateway.simulation.client_key_desk import open_client_keys
from gateway.simulation.file_watch import FileWatch
from gateway.simulation.gate import drop_proofs, open_desk, open_gates
from gateway.simulation.job_queue import SqlJobQueue
from gateway.simulation.jobs import Done, Job, Scheduler
from gateway.simulation.keyring import Keyring
from gateway.simulation.law_watch import LawWatch
from gateway.simulation.operation import Operation
from gateway.simulation.secret_file import open_secrets
from gateway.simulation.term_watch import TermWatch
from gateway.simulation.ticker import Step, Ticker
from gateway.simulation.unfinished import Unfinished
from gateway.simulation.wewis import PARTY, Wewis, first_jobs
from providers.door import SourceDesk
from providers.mutations import DropDoor
from providers.world import World
from sftp_drop.drop_store import DropStore

_TURNS_TO_SWEEP = 3_600
_RESUMED_WITHIN = timedelta(days=1)


@dataclass(slots=True)
class Doors:
    """Where a space can be reached; filled in once the listeners listen."""

    http: str = ""
    https: str = ""
    sftp_host: str = ""
    sftp_port: int = 0
    host_key: str = ""


class Space:
    """Everything of one exchange. Open it, use it, `close` it; its data stay in `data`."""

    def __init__(
        self, key: str, settings: Settings, doors: Doors, kept: Sequence[ProtocolDocument] = ()
    ) -> None:
        self.key, self.settings, self.doors = key, settings, doors
        self.data = settings.data.absolute()
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.keyring = Keyring(open_secrets(key, settings, self.data))
        self.clock = clock_from(settings.clock)
        self.world = World(settings.seed)
        self.source_desk = SourceDesk(self.world, self.clock)
        self.callers = callers()
        self.store = DropStore(self.data / "drop", self.clock)
        self.operation = Operation(key, settings, self.keyring.secrets.derive("lines"))
        self._worker = Worker(f"files-{key}", self.operation.watch.one_pass)
        self.gateway = self._build(kept)
        self.automatic = {PARTY: True}
        self._moving = Lock()
        self.unfinished = Unfinished(self._worker, self.store, self.gateway.files)
        self.desk = open_desk(self.key, self.clock, self.gateway, self.unfinished)
        self.gates = open_gates(
            self.key, self.clock, self.data, self.keyring, self.store, self.gateway
        )
        self._scheduler = self._open_schedule()
        authority = TestAuthority(self.keyring, key, settings.server_names)
        parts = self.callers, self.gateway, self.clock
        self.certificates = open_certificates(authority, self.data / "keys", *parts)
        self.client_keys = open_client_keys(key, *parts)
        self._register_credentials()
        self.unfinished.resume()
        turns: dict[Step, int] = {
            self._sweep: _TURNS_TO_SWEEP,
            self.gateway.flush: 1,
            self._run_due: 1,
        }
        self._ticker = Ticker(f"clock-{key}", turns | {self._worker.look: 1})
        self._law_watch = self._watch_law() if settings.protocols else None
        self.operation.look_at(
            self.gateway, self.clock, self.data, doors, files=self._worker, jobs=self._ticker
        )

    def close(self) -> None:
        """Finish the files in hand, then let go of everything."""
        self._ticker.stop()
        if self._law_watch is not None:
            self._law_watch.stop()
        self._worker.stop()
        self.gateway.close()
        self.operation.close()

    def advance(self, target: datetime) -> dict[str, Any]:
        """Move the clock; returns when everything that fell due has run, and lists it in order.

        Raises:
            RefusedFault: `clock-backward`.
            LogUnavailable: not now; what was still to do is done when it is asked again.
        """
        with self._moving:
            self.gateway.log.require()
            before = self.clock.now()
            if target < before:
                raise refuse(
                    Reason.CLOCK_BACKWARD,
                    "the clock stands later already",
                    remedy="reset the space to start over",
                )
            jobs = self._scheduler.run_until(target)
            self.settle()
            return {"from": _shown(before), "to": _shown(self.clock.now()), "jobs": jobs}

    def target(self, *, days: int | None, seconds: int | None) -> datetime:
        """The instant that many days (same clock time) or seconds on; else that of the next job."""
        now = self.clock.now()
        if days is not None:
            return days_later(now, days)
        if seconds is not None:
            return now + timedelta(seconds=seconds)
        job = self._scheduler.next_due()
        return max(job.due_at, now) if job else now

    def clock_view(self) -> dict[str, Any]:
        """The clock as `/_sim/clock` shows it."""
        job = self._scheduler.next_due()
        coming = {"at": _shown(job.due_at), "job": job.kind} if job else None
        return {"now": _shown(self.clock.now()), "mode": self.clock.mode, "next": coming}

    def set_mode(self, mode: str) -> None:
        """Let the clock run, or freeze it where it is."""
        if mode == "running":
            self.clock.run()
        else:
            self.clock.freeze()

    def settle(self) -> None:
        """Wait until every file in hand is done."""
        self._worker.settle()
        self.gateway.flush()

    def personas(self) -> list[dict[str, Any]]:
        """The named people of this world."""
        return self.world.persona_list()

    @property
    def control_token(self) -> str:
        """The token of `/_sim`."""
        return self.keyring.control_token()

    @property
    def source_key(self) -> str:
        """The key that the gateway shows at the sources' door."""
        return self.keyring.secrets.derive("source").hex()

    def _watch_law(self) -> LawWatch:
        """A folder that was given is looked at; the built-in protocols never change."""
        return LawWatch(f"law-{self.key}", self.gateway.law, self.gateway.reload.reload)

    def _build(self, kept: Sequence[ProtocolDocument]) -> Gateway:
        for account in drop_accounts(self.store).values():
            self.store.prepare(account.owner, (folder.path for folder in account.folders))
        gateway = build_gateway(
            self.settings,
            Outside(
                space=self.key,
                data=self.data,
                clock=self.clock,
                secrets=self.keyring.secrets,
                log_key=self.keyring.private_key("log"),
                token_key=self.keyring.private_key("tokens"),
                index_key=self.keyring.kept("subject-index", self.data / "keys"),
                callers=self.callers,
                subscribers=subscribers(self.callers),
                folders=folders(),
                sources=self._sources(),
                keepers=Keepers(right=self.world.right_evidence, member=self.world.member_evidence),
                placement=self.store,
                worker=self._worker,
                on_act=self._on_act,
                watch=self.operation.watch,
                kept=kept,
            ),
        )
        if kept:
            gateway.reload.reload()
        return gateway

    def _sources(self) -> AuthenticSources:
        if self.settings.source_transport == "local":
            return LocalSources(self.source_desk.answer)
        url = f"{self.doors.http}/bronnen"
        return HttpSources(url, self.source_key, self.settings.source_timeout)

    def _open_schedule(self) -> Scheduler:
        queue = SqlJobQueue(self.gateway.engine)
        wewis = Wewis(
            space=self.key,
            world=self.world,
            gateway=self.gateway,
            door=self._wewis_door,
            settle=self.settle,
            is_automatic=lambda: self.automatic[PARTY],
        )
        if queue.next() is None:
            for job in first_jobs(self.clock.now()):
                queue.add(job)
        self.gateway.agenda.put(self.gateway.workflow.terms())
        watch = TermWatch(self.gateway, queue)
        settle = self.gateway.files.arrears.settle
        self._file_watch = FileWatch(self._worker, self.clock, settle, queue.add)
        handlers = wewis.handlers() | watch.handlers() | {EXPIRY_JOB: self._expire}
        handlers |= self._file_watch.handlers()
        return Scheduler(queue, self.clock, handlers, self.gateway.log.require)

    def _on_act(self, event: LifecycleEvent) -> None:
        """What an act means for files."""
        self._file_watch.on_act(event)

    def _expire(self, job: Job) -> Done:
        """A file's term is over."""
        assert job.file is not None
        was_there = self.gateway.files.closing.expire(job.party, job.file)
        return Done("expired" if was_there else "already gone")

    def _wewis_door(self) -> DropDoor:
        return DropDoor(
            host=self.doors.sftp_host,
            port=self.doors.sftp_port,
            host_key=self.doors.host_key,
            user=PARTY,
            key=self.keyring.ssh_private(PARTY),
        )

    def _register_credentials(self) -> None:
        directory = self.gateway.credentials
        for key, caller in self.callers.items() if self.settings.demo else ():
            token = self.keyring.token(key).encode()
            directory.register(Proof(ProofKind.TOKEN, token), caller)
        for gate in self.gates.values():
            for key, account in gate.accounts.items():
                for proof in drop_proofs(account, self.keyring):
                    directory.register(proof, self.callers[key])

    def _sweep(self) -> None:
        """Uploads that nobody resumed."""
        self.store.sweep((WallClock().now() - _RESUMED_WITHIN).timestamp())

    def _run_due(self) -> None:
        """What falls due while the clock runs."""
        if self.clock.mode == "running":
            with self._moving:
                self._scheduler.run_until(self.clock.now())


def _shown(at: datetime) -> str:
    return in_brussels(at).isoformat(timespec="seconds")
