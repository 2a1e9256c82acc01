"""A space: one whole exchange with its own clock, seed, people, keys, database, folders and log."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from gateway.adapters.clock import WallClock
from gateway.adapters.facts import Keepers
from gateway.adapters.worker import Worker, WorkerThread
from gateway.bootstrap import Gateway, build_gateway
from gateway.bootstrap.outside import Outside
from gateway.contracts.drop import SFTP
from gateway.domain.file_state import EXPIRY_JOB
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.protocol_document import ProtocolDocument
from gateway.settings import Settings, Transport
from gateway.simulation.accounts import callers, drop_accounts, folders, subscribers
from gateway.simulation.authority import TestAuthority
from gateway.simulation.beginning import Beginning
from gateway.simulation.certificate_desk import OF_THE_AUTHORITY, open_certificates
from gateway.simulation.checkpoint_hours import CheckpointHours
from gateway.simulation.citizens import WorldCitizens
from gateway.simulation.client_key_desk import open_client_keys
from gateway.simulation.disturbance.open import open_board, open_sources, open_store
from gateway.simulation.disturbance.rounds import DisturbedRounds
from gateway.simulation.ear import Ear
from gateway.simulation.erasure_job import ErasureJob, next_job
from gateway.simulation.file_watch import FileWatch
from gateway.simulation.gate import USED_CODES, open_desk, open_gates, register_proofs
from gateway.simulation.hand_over import InProcess
from gateway.simulation.job_queue import SqlJobQueue
from gateway.simulation.jobs import Done, Job, Scheduler
from gateway.simulation.journal import JournalDesk
from gateway.simulation.kept_clock import keep_clock, open_clock
from gateway.simulation.keyring import Keyring
from gateway.simulation.law_watch import LawWatch
from gateway.simulation.operation import Operation
from gateway.simulation.people_desk import open_people
from gateway.simulation.provider_doors import ProviderDoors, way_of
from gateway.simulation.secret_file import NAME as SECRET
from gateway.simulation.secret_file import open_keyring
from gateway.simulation.term_watch import TermWatch
from gateway.simulation.ticker import Step, Ticker
from gateway.simulation.timekeeper import Timekeeper
from gateway.simulation.unfinished import Unfinished
from gateway.simulation.units import UNITS
from gateway.simulation.wewis import PARTY, Wewis, first_jobs
from gateway.web.dispatcher import SPACES
from providers.mutations import FLOW

DROP = "drop"
"""The drop server's folders, in the data folder."""
AT = "+"
"""Between a unit and the space that it logs in to."""
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
    ftps_port: int | None = None
    process: object = None
    """Whoever opened them."""


class Space:
    """Everything of one exchange. Open it, use it, `close` it; its data stay in `data`.

    `key` is what its keys and its log go by. `at` is the name under which it stands beside others behind
    the same doors; the default space stands at the root and needs none. `before` are the keys of the space
    that stood there.
    """

    ear: Ear | None = None
    make_worker: type[Worker] = WorkerThread

    def __init__(
        self,
        key: str,
        settings: Settings,
        doors: Doors,
        kept: Sequence[ProtocolDocument] = (),
        at: str | None = None,
        before: Keyring | None = None,
    ) -> None:
        self.key, self.settings, self.doors, self.at = key, settings, doors, at
        self.data = settings.data.absolute()
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._beginning = Beginning(self.data, is_lasting=settings.disk == "safe")
        self.keyring = open_keyring(key, settings, self.data).after(before)
        self.clock = open_clock(settings.clock, self.data)
        self.world, self.source_desk, self.people = open_people(settings, self.clock, self.data)
        self.callers, self.faults = callers(), open_board(settings, self.clock, self.personas)
        self.store = open_store(settings, self.data / DROP, self.clock, self.faults)
        self.operation = Operation(self.name, settings, self.keyring.secrets.derive("lines"))
        self._worker = self.make_worker(f"files-{key}", self.operation.watch.one_pass)
        self._is_closed = False
        self.gateway = self._build(kept)
        self.journal = JournalDesk(self.data, self.gateway.log.reader, settings.journal)
        self.automatic = {PARTY: True}
        self.transport: dict[str, Transport] = {PARTY: settings.provider_transport}
        self.unfinished = Unfinished(
            self._worker, self.store, self.gateway.files, self.gateway.log.flush
        )
        self.desk = open_desk(settings, self.key, self.clock, self.gateway, self.unfinished)
        self.gates = open_gates(
            self.key, self.clock, self.data, self.keyring, self.store, self.gateway
        )
        self.time = self._open_time()
        authority = TestAuthority(self.keyring, key, settings.server_names)
        parts = self.callers, self.gateway, self.clock
        self.certificates = open_certificates(authority, self.data / "keys", *parts)
        self.client_keys = open_client_keys(key, *parts)
        register_proofs(self.keyring, self.gateway, self.gates, with_tokens=settings.demo)
        self._beginning.close(self.gateway.set_pace)
        self.unfinished.resume()
        self._ticker = self._tick()
        self._law_watch = self._watch_law() if settings.protocols else None
        self.operation.look_at(
            self.gateway, self.clock, self.data, doors, files=self._worker, jobs=self._ticker
        )

    def _tick(self) -> Ticker:
        turns: dict[Step, int] = {self._sweep: _TURNS_TO_SWEEP, self.gateway.flush: 1}
        turns |= {self.time.run_due: 1, self._worker.look: 1, self.journal.catch_up: 1}
        return Ticker(f"clock-{self.key}", turns)

    def close(self, *, is_kept: bool = True) -> None:
        """Finish the job and the files in hand, then let go of everything; again: no effect.

        What is not kept does not count from now on, whatever a process that is killed leaves of it.
        """
        self.time.stop()
        if self._is_closed:
            return
        self._is_closed = True
        self._ticker.stop()
        if self._law_watch is not None:
            self._law_watch.stop()
        self._worker.stop()
        self.journal.close()
        if not is_kept:
            self._beginning.give_up(self.gateway.set_pace)
        self.gateway.close()
        self._beginning.release()
        self.operation.close()
        keep_clock(self.clock, self.data)

    def settle(self) -> None:
        """Wait until every file in hand is done."""
        self._worker.settle()
        self.gateway.flush()

    def personas(self) -> list[dict[str, Any]]:
        """The named people of this world."""
        return self.world.persona_list()

    @property
    def name(self) -> str:
        """What clients call it."""
        return self.at or self.key

    @property
    def prefix(self) -> str:
        """Where its paths begin."""
        return f"{SPACES}{self.at}" if self.at else ""

    def account(self, unit: str) -> str:
        """The name that a unit logs in with at the drop server."""
        return f"{unit}{AT}{self.at}" if self.at else unit

    @staticmethod
    def first_keys() -> Collection[str]:
        """The keys and certificates that it started with, and which codes were used; others came later."""
        units = [f"{unit.key}.{end}" for unit in UNITS for end in ("pem", "crt.pem", "ssh")]
        return {*units, *OF_THE_AUTHORITY, SECRET, USED_CODES}

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
                sources=open_sources(
                    self.settings,
                    self.source_desk.answer,
                    f"{self.doors.http}{self.prefix}/bronnen",
                    self.source_key,
                    self.faults,
                ),
                citizens=WorldCitizens(self.world),
                keepers=Keepers(right=self.world.right_evidence, member=self.world.member_evidence),
                placement=self.store,
                worker=self._worker,
                on_act=self._on_act,
                watch=self.operation.watch,
                tracer=self.operation.tracer,
                is_lasting=self._beginning.waits,
                kept=kept,
            ),
        )
        if kept:
            gateway.reload.reload()
        return gateway

    def _open_time(self) -> Timekeeper:
        require, keep = self.gateway.log.require, partial(keep_clock, self.clock, self.data)
        return Timekeeper(self.clock, self._open_schedule(keep), self.settle, require, keep)

    def _open_schedule(self, keep: Callable[[], None]) -> Scheduler:
        queue = SqlJobQueue(self.gateway.engine)
        wewis = Wewis(
            space=self.key,
            world=self.world,
            gateway=self.gateway,
            deliver=self._deliver,
            settle=self.settle,
            is_automatic=lambda: self.automatic[PARTY],
        )
        now = self.clock.now()
        queue.furnish(first_jobs(now), next_job(now), self.gateway.workflow.terms())
        watch = TermWatch(self.gateway, queue)
        settle = self.gateway.files.arrears.settle
        self._file_watch = FileWatch(self._worker, self.clock, settle, queue.add)
        self.store.add = queue.add
        handlers = DisturbedRounds(wewis, self.faults).handlers() | watch.handlers()
        handlers |= self.store.handlers(self._worker.call) | {EXPIRY_JOB: self._expire}
        handlers |= self._file_watch.handlers()
        handlers |= ErasureJob(self.gateway.erasure.keep_terms).handlers()
        hours = CheckpointHours(self.gateway.checkpoints, self.clock, self.settle)
        require = self.gateway.log.require
        return Scheduler(queue, self.clock, handlers, require, hours.passing, keep)

    def _on_act(self, event: LifecycleEvent) -> None:
        """What an act means for files."""
        self._file_watch.on_act(event)

    def _expire(self, job: Job) -> Done:
        """A file's term is over."""
        assert job.file is not None
        file, closing = job.file, self.gateway.files.closing
        was_there = self._worker.call(lambda: closing.expire(job.party, file)).result()
        return Done("expired" if was_there else "already gone")

    def _deliver(self, name: str, content: bytes) -> None:
        """As WEWIS, by the door that it has to take; the SFTP door also without the wire."""
        here, strict = self.doors, self.settings.strict_transport
        doors = ProviderDoors(
            unit=PARTY,
            user=self.account(PARTY),
            keyring=self.keyring,
            folder=self.data / "keys",
            host=here.sftp_host,
            host_key=here.host_key,
            sftp_port=here.sftp_port,
            ftps_port=here.ftps_port,
        )
        way = way_of(self.gateway, self.clock, strict=strict)
        if self.transport[PARTY] == "process" and way == SFTP:
            key = self.keyring.ssh_public_blob(PARTY)
            InProcess(self.gates[SFTP], self.desk, PARTY, key).upload(FLOW, name, content)
        else:
            doors.deliver(name, content, over=way)

    def _sweep(self) -> None:
        """Uploads that nobody resumed."""
        self.store.sweep((WallClock().now() - _RESUMED_WITHIN).timestamp())
