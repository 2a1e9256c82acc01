"""The flows of files: uploads, requests, the end of a file's life. One set of parts behind them all."""

import asyncio
from dataclasses import dataclass

from gateway.adapters.facts import KeptMembers
from gateway.adapters.handled_uploads import ReadAgain
from gateway.adapters.mutation_json import JsonBatchReader
from gateway.adapters.payment_json import FlowBatchReader, PaymentBatchReader
from gateway.adapters.worker import Worker
from gateway.bootstrap.outside import Directories, Outside, Units
from gateway.bootstrap.tracing import traced_distribution
from gateway.flows.arrears import ArrearsFlow
from gateway.flows.consultation import ConsultationFlow
from gateway.flows.contents import Contents
from gateway.flows.distribution import DistributionFlow
from gateway.flows.onward_list import OnwardListFlow
from gateway.flows.parcel_closing import ParcelClosing
from gateway.flows.parcels import Parcels
from gateway.flows.payments import PaymentsFlow
from gateway.flows.redelivery import RedeliveryFlow
from gateway.flows.requested_files import RequestedFiles
from gateway.flows.resumption import Resumption
from gateway.ports import (
    Arrears,
    HandledUploads,
    Intake,
    Ledger,
    LogRecords,
    Notary,
    Publisher,
    Repertory,
)
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FileParts:
    """What the flows of files share with the rest of the gateway."""

    line: ConsultationFlow
    repertory: Repertory
    intake: Intake
    ledger: Ledger
    arrears: Arrears
    records: LogRecords
    notary: Notary
    checkpoints: Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFlows:
    """Every flow that files go through."""

    distribution: DistributionFlow
    payments: PaymentsFlow
    onward_list: OnwardListFlow
    closing: ParcelClosing
    arrears: ArrearsFlow
    redelivery: RedeliveryFlow
    resumption: Resumption
    worker: Worker


def build_file_flows(settings: Settings, outside: Outside, parts: FileParts) -> FileFlows:
    """Wire them. What makes files runs on the space's worker, one at a time."""
    line, ledger = parts.line, parts.ledger
    units, folders = Units(outside.callers, outside.subscribers), Directories(outside.folders)
    reader = FlowBatchReader(
        JsonBatchReader(test_numbers_only=settings.strict),
        PaymentBatchReader(test_numbers_only=settings.strict),
    )
    contents = Contents(parts.repertory, KeptMembers(outside.keepers.member), ledger)
    parcels = Parcels(
        ledger=ledger, placement=outside.placement, usage=line.usage, log=line.log,
        records=parts.records, notary=parts.notary, checkpoints=parts.checkpoints,
    )  # fmt: skip
    requested = RequestedFiles(
        line=line, parcels=parcels, ledger=ledger, folders=folders,
        in_turn=lambda task: asyncio.wrap_future(outside.worker.call(task)),
    )  # fmt: skip
    handled = ReadAgain(outside.placement.handled, reader)
    closing = ParcelClosing(
        space=outside.space, ledger=ledger, placement=outside.placement, log=line.log,
        clock=outside.clock,
    )  # fmt: skip
    distribution = DistributionFlow(
        space=outside.space, publishers=units, subscribers=units, folders=folders,
        protocols=line.protocols, usage=line.usage, reader=reader, contents=contents,
        parcels=parcels, intake=parts.intake, ledger=ledger, placement=outside.placement,
        log=line.log, records=parts.records, clock=outside.clock,
    )  # fmt: skip
    distribution = traced_distribution(distribution, outside.tracer)
    arrears = _arrears(settings, parts, distribution, handled, closing)
    onward_list = OnwardListFlow(
        files=requested, subscribers=units, contents=contents, handled=handled
    )
    return FileFlows(
        distribution=distribution,
        payments=PaymentsFlow(requested),
        onward_list=onward_list,
        closing=closing,
        arrears=arrears,
        redelivery=_redelivery(parts, distribution),
        resumption=Resumption(distribution=distribution, arrears=arrears, closing=closing),
        worker=outside.worker,
    )


def _arrears(
    settings: Settings,
    parts: FileParts,
    line: DistributionFlow,
    handled: HandledUploads,
    closing: ParcelClosing,
) -> ArrearsFlow:
    return ArrearsFlow(
        space=line.space, protocols=line.protocols, arrears=parts.arrears, ledger=line.ledger,
        subscribers=line.subscribers, folders=line.folders, handled=handled,
        contents=line.contents, parcels=line.parcels, closing=closing, clock=line.clock,
        catches_up=settings.missed_files == "catch-up",
        collects_after_end=settings.collect_after_end,
    )  # fmt: skip


def _redelivery(parts: FileParts, line: DistributionFlow) -> RedeliveryFlow:
    return RedeliveryFlow(
        space=line.space, protocols=line.protocols, arrears=parts.arrears, ledger=line.ledger,
        folders=line.folders, placement=line.placement, log=line.log, records=parts.records,
        checkpoints=parts.checkpoints,
        clock=line.clock,
    )  # fmt: skip
