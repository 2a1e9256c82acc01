"""The composition root: settings and the outside's parts in, a wired gateway out."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from gateway.adapters.agenda import SqlAgenda
from gateway.adapters.arrears import SqlArrears
from gateway.adapters.checkpoint_records import CheckpointRecords
from gateway.adapters.citizen_logins import CitizenLogins
from gateway.adapters.citizen_questions import SqlQuestions
from gateway.adapters.clock import WallClock
from gateway.adapters.credentials import CredentialDirectory
from gateway.adapters.database import DATABASE, open_database, set_pace
from gateway.adapters.facts import JoinedFacts
from gateway.adapters.intake import SqlIntake
from gateway.adapters.ledger import SqlLedger
from gateway.adapters.log import LogReader, OrderedLog, SqliteDisclosures, SqliteSubjectHistory
from gateway.adapters.log.private_rows import SqlitePrivateRows
from gateway.adapters.metered_log import MeteredLog
from gateway.adapters.once_persons import SqlOncePersons
from gateway.adapters.protocol_events import SqlEventStore
from gateway.adapters.protocol_files import FileProtocolLibrary, initial_events
from gateway.adapters.protocol_files.archive import LawArchive
from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
from gateway.adapters.protocol_files.cache import DocumentCache, at_hand
from gateway.adapters.protocol_files.compile import plain
from gateway.adapters.protocol_files.law_folder import ProtocolFolder
from gateway.adapters.protocol_files.progress import on_terminal
from gateway.adapters.protocol_files.public import ProtocolTexts
from gateway.adapters.protocol_files.switches import parse_switches
from gateway.adapters.repertory import SqlRepertory
from gateway.adapters.signing import LogNotary
from gateway.adapters.sources import RoutedSources
from gateway.adapters.subject_keys import SqlSubjectKeys
from gateway.adapters.usage import SqlUsage
from gateway.bootstrap.files import FileFlows, FileParts, build_file_flows
from gateway.bootstrap.log import LOG, LogParts, build_log
from gateway.bootstrap.outside import Outside
from gateway.bootstrap.tokens import TokenParts, build_tokens
from gateway.bootstrap.tracing import traced_consultation
from gateway.contracts.faults import LogUnavailable
from gateway.domain.canonical_json import canonical
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.services import REGISTRATION_FLOW
from gateway.flows.attempts import AttemptGate
from gateway.flows.checkpoints import Checkpoints
from gateway.flows.citizen_desk import CitizenDesk
from gateway.flows.consultation import ConsultationFlow
from gateway.flows.dry_run import DryRun
from gateway.flows.erasure import ErasureFlow
from gateway.flows.evidence_bundle import Evidence, OpeningDesk
from gateway.flows.interactive import InteractiveFlow
from gateway.flows.onward import OnwardFlow
from gateway.flows.platform_services import Desk, PlatformDesks
from gateway.flows.protocol_acts import ProtocolActs, settle_reserved
from gateway.flows.protocol_reload import ProtocolReload
from gateway.flows.public_log import PublicLog
from gateway.flows.rights import RightsDesk
from gateway.flows.throttle import Throttle
from gateway.flows.workflow import Workflow
from gateway.ports.platform import AuthenticSources
from gateway.settings import Settings

CACHE = "cache"
"""What can be worked out again, in the data folder."""
TEXTS = "law"
"""Protocol texts that ever counted, in the data folder: built-in ones never change and are not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A wired gateway, and the parts that its surroundings need."""

    engine: Engine
    log: OrderedLog
    notary: LogNotary
    public_log: PublicLog
    checkpoints: Checkpoints
    evidence: LogParts
    openings: OpeningDesk
    credentials: CredentialDirectory
    tokens: TokenParts
    protocols: FileProtocolLibrary
    repertory: SqlRepertory
    usage: SqlUsage
    ledger: SqlLedger
    attempts: AttemptGate
    throttle: Throttle
    consultation: ConsultationFlow
    interactive: InteractiveFlow
    files: FileFlows
    acts: ProtocolActs
    onward: OnwardFlow
    workflow: Workflow
    agenda: SqlAgenda
    law: ProtocolFolder
    reload: ProtocolReload
    dry_run: DryRun
    rights: RightsDesk
    texts: ProtocolTexts
    erasure: ErasureFlow
    citizens: CitizenDesk
    logins: CitizenLogins

    def flush(self) -> None:
        """Enter what is counted for a minute, or was to be entered soon."""
        with contextlib.suppress(LogUnavailable):  # it is kept, and entered another time
            self.attempts.flush()
            self.log.flush()
            if not self.checkpoints.has_caught_up_with(self.log.size):
                self.checkpoints.catch_up()

    def set_pace(self, *, is_lasting: bool) -> None:
        """Wait for the disk from now on, or no longer, as nothing of it will stay."""
        self.evidence.set_pace(is_lasting=is_lasting)
        set_pace(self.engine, is_lasting=is_lasting)

    def close(self) -> None:
        """Enter what is still only counted, then let go of the files."""
        with contextlib.suppress(LogUnavailable):
            self.attempts.flush(closing=True)
        self.evidence.close()
        self.engine.dispose()


def build_gateway(settings: Settings, outside: Outside) -> Gateway:
    """Settings to adapters to flows; the one place that picks real parts."""
    space, clock = outside.space, outside.clock
    law = law_folder(settings, outside.data)
    documents = outside.kept or law.load()
    engine = open_database(outside.data / DATABASE, is_lasting=outside.is_lasting)
    subject_keys = SqlSubjectKeys(engine, outside.index_key, outside.secrets.derive)
    parts = build_log(settings, outside, subject_keys.of_year)
    log, notary = parts.log, parts.notary
    credentials = CredentialDirectory(clock, WallClock())
    store = SqlEventStore(engine)
    settle_reserved(store, log.reader)
    protocols = _library(documents, store.all())
    repertory = SqlRepertory(engine)
    ledger = SqlLedger(engine)
    attempts = AttemptGate(log, clock, space, time.monotonic)
    settings.limits.require_known(outside.callers.values())
    throttle = Throttle(settings.limits, time.monotonic)
    questions = SqlQuestions(engine)
    facts = JoinedFacts(repertory, outside.keepers, questions)
    usage = SqlUsage(engine, log.reader)
    metered = MeteredLog(log, clock)
    disclosures = SqliteDisclosures(outside.data / LOG, subject_keys.all)
    desks = _desks(outside, protocols, repertory, outside.sources, metered, disclosures)
    consultation = ConsultationFlow(
        space=space,
        credentials=credentials,
        protocols=protocols,
        facts=facts,
        usage=usage,
        sources=RoutedSources(desks, outside.sources),
        log=metered,
        attempts=attempts,
        throttle=throttle,
        clock=clock,
        test_numbers_only=settings.strict,
    )
    consultation = traced_consultation(consultation, outside.tracer)
    files = build_file_flows(
        settings,
        outside,
        FileParts(
            line=consultation,
            repertory=repertory,
            intake=SqlIntake(engine),
            ledger=ledger,
            arrears=SqlArrears(engine),
            records=log.reader,
            notary=notary,
            checkpoints=parts.checkpoints,
        ),
    )
    dry_run = DryRun(
        space=space, protocols=protocols, facts=facts, usage=usage, log=log, clock=clock,
        test_numbers_only=settings.strict,
    )  # fmt: skip
    acts = ProtocolActs(
        space=space, protocols=protocols, store=store, log=log, records=log.reader, clock=clock,
        on_act=outside.on_act,
    )  # fmt: skip
    workflow = Workflow(space=space, protocols=protocols, log=log, records=log.reader, clock=clock)
    return Gateway(
        engine=engine,
        log=log,
        notary=notary,
        public_log=parts.public,
        checkpoints=parts.checkpoints,
        evidence=parts,
        openings=OpeningDesk(
            space=space,
            log=log,
            clock=clock,
            evidence=evidence_of(
                log.reader, notary, parts.published, law, lambda: protocols.bundle().documents
            ),
        ),
        credentials=credentials,
        tokens=build_tokens(settings, outside, engine, credentials, log, attempts),
        protocols=protocols,
        repertory=repertory,
        usage=usage,
        ledger=ledger,
        attempts=attempts,
        throttle=throttle,
        consultation=consultation,
        interactive=InteractiveFlow(consultation, questions),
        files=files,
        acts=acts,
        onward=OnwardFlow(space=space, protocols=protocols, log=log, clock=clock),
        workflow=workflow,
        agenda=SqlAgenda(engine),
        law=law,
        reload=ProtocolReload(space=space, folder=law, protocols=protocols, log=log, clock=clock),
        dry_run=dry_run,
        rights=RightsDesk(space=space, protocols=protocols, log=log, clock=clock, used=usage.used),
        texts=ProtocolTexts(law.text),
        erasure=ErasureFlow(
            space=space,
            protocols=protocols,
            rows=SqlitePrivateRows(outside.data / LOG, subject_keys.all),
            years=subject_keys,
            once=SqlOncePersons(engine),
            log=log,
            clock=clock,
            terms=settings.log_terms_kept,
        ),
        logins=CitizenLogins(time.monotonic),
        citizens=CitizenDesk(
            space=space,
            citizens=outside.citizens,
            protocols=protocols,
            log=log,
            clock=clock,
            history=SqliteSubjectHistory(outside.data / LOG, subject_keys.all),
        ),
    )


def _desks(
    outside: Outside,
    protocols: FileProtocolLibrary,
    repertory: SqlRepertory,
    sources: AuthenticSources,
    meter: MeteredLog,
    disclosures: SqliteDisclosures,
) -> Mapping[str, Desk]:
    """What the gateway itself answers, by flow."""
    own = PlatformDesks(
        protocols=protocols,
        callers=outside.callers,
        disclosures=disclosures,
        sources=sources,
        meter=meter,
        clock=outside.clock,
    )
    return {REGISTRATION_FLOW: repertory.plan, **own.by_flow()}


def law_folder(settings: Settings, data: Path) -> ProtocolFolder:
    """The folder of protocols that a space runs on."""
    return ProtocolFolder(
        settings.protocols or BUILT_IN_PROTOCOLS,
        parse_switches(settings.switches),
        cache=DocumentCache(data / CACHE / "protocols", at_hand()),
        watch=on_terminal,
        archive=LawArchive(data / TEXTS) if settings.protocols else None,
    )


def evidence_of(
    records: LogReader,
    notary: LogNotary,
    published: CheckpointRecords,
    law: ProtocolFolder,
    documents: Callable[[], Sequence[ProtocolDocument]],
) -> Evidence:
    """What makes bundles of a log and the law that its entries cite."""

    def text_of(digest: str) -> bytes:
        return canonical(plain(law.text(digest)))

    return Evidence(records, notary, documents, text_of, published)


def _library(
    documents: Sequence[ProtocolDocument], recorded: Sequence[LifecycleEvent]
) -> FileProtocolLibrary:
    signed = [event for document in documents for event in initial_events(document)]
    return FileProtocolLibrary(documents, [*signed, *recorded])
