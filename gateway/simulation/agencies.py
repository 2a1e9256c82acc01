"""Opens the small agencies at their desks: clients from the ready file, stores in a folder of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from consumers.agencies import ahovoks, avsb, mailbox, payer_records
from consumers.agencies.ahovoks import StudyGrants
from consumers.agencies.avsb import CareInsurance
from consumers.agencies.contact_centre import ContactCentre
from consumers.agencies.mailbox import Mailbox
from consumers.agencies.payer import Payer
from consumers.agencies.payer_records import PayerRecords
from consumers.agencies.store import Store
from consumers.collector import Collection, Collector
from consumers.gaps import mend
from consumers.inbox import Inbox
from consumers.manifests import ManifestKeys
from gateway.contracts.clock import Clock
from gateway.simulation.desk import Desk

MUTATIONS, YEARLY_LIST = "jobbonusplus-mutaties", "inburgering-jaarlijst"
_TIMEOUT_S = 30


@contextmanager
def study_grants(desk: Desk, folder: Path, clock: Clock | None = None) -> Iterator[StudyGrants]:
    """AHOVOKS, study grants."""
    with Store(folder / "grants.db", ahovoks.SCHEMA) as store, desk.rest() as gateway:
        yield StudyGrants(gateway, store, clock or desk.clock)


@contextmanager
def payer(desk: Desk, folder: Path, clock: Clock | None = None) -> Iterator[Payer]:
    """A payer of the Groeipakket."""
    with Store(folder / "payer.db", payer_records.SCHEMA) as store, desk.rest() as gateway:
        yield Payer(gateway, PayerRecords(store), clock or desk.clock)


@contextmanager
def contact_centre(desk: Desk, folder: Path, clock: Clock | None = None) -> Iterator[ContactCentre]:
    """The contact centre 1700."""
    here = clock or desk.clock
    with Store(folder / "mail.db", mailbox.SCHEMA) as store, desk.rest() as gateway:
        yield ContactCentre(gateway, Mailbox(store, here), here)


@contextmanager
def care_insurance(desk: Desk, folder: Path, clock: Clock | None = None) -> Iterator[CareInsurance]:
    """AVSB."""
    with Store(folder / "avsb.db", avsb.SCHEMA) as store, desk.rest() as gateway:
        yield CareInsurance(gateway, store, clock or desk.clock)


def collect(
    desk: Desk, folder: Path, flow: str, consumer: str | None = None
) -> tuple[Collection, Inbox]:
    """One round at the drop server, and another where files were missing; what came lies in the inbox.

    `consumer` is whom the manifests name, where several units share one folder.
    """
    answer = httpx.get(f"{desk.ready['http']}/log/keys", timeout=_TIMEOUT_S, trust_env=False)
    keys = ManifestKeys.published(answer.raise_for_status().content)
    inbox = Inbox(folder / "inbox", flow)
    with desk.sftp() as drop:
        collector = Collector(drop, inbox, keys, consumer or desk.unit)
        collection = collector.collect()
        if collection.missing:
            with desk.rest() as gateway:
                mend(gateway, inbox, collection.missing)
            collection = collection.and_then(collector.collect())
    return collection, inbox
