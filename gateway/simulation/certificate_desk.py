"""The certificates of a space: issued at its creation and later, enrolled, revoked, and put on file."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.adapters.certificates import CertificateRecord, SqlCertificates
from gateway.adapters.credentials import CredentialDirectory, Period
from gateway.bootstrap import Gateway
from gateway.contracts.faults import LogUnavailable, RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.log_entry import Event, EventKind, timestamp
from gateway.domain.request import Caller, Proof, ProofKind
from gateway.flows.attempts import AttemptGate
from gateway.ports import Clock, DecisionLog
from gateway.simulation.authority import BEGIN, END, TestAuthority
from gateway.simulation.keyring import Keyring, private_pem, write_secret

FIRST_END = datetime(2040, 1, 1, tzinfo=UTC)
"""Until when the certificates that every space starts with are valid."""
CA_FILE = "ca.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDesk:
    """The collaborators. Every act has its entry before it takes effect."""

    space: str
    folder: Path
    keyring: Keyring
    authority: TestAuthority
    callers: Mapping[str, Caller]
    store: SqlCertificates
    directory: CredentialDirectory
    log: DecisionLog
    attempts: AttemptGate
    clock: Clock
    lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Issue what a fresh space starts with, and let in whoever holds a valid certificate.

        Certificates of an authority with other keys (`--secrets random`, restarted) are forgotten.
        """
        self.store.forget_others(self.authority.key_id)
        first = [self._make(key, key, BEGIN, FIRST_END) for key in self.callers]
        known = self.store.all()
        held = {record.fingerprint for record in known}
        fresh = [record for record in first if record.fingerprint not in held]
        self.store.add(fresh)
        write_secret(self.folder / CA_FILE, self.authority.root_pem.encode())
        for record in first:
            self._write(record)
        for record in (*known, *fresh):
            if record.revoked_at is None:
                self._let_in(record)

    def issue(self, credential: str, begin: datetime, end: datetime) -> CertificateRecord:
        """Another certificate for a credential, with a key of its own.

        Raises:
            RefusedFault: `message-invalid`.
        """
        self._known(credential)
        if not BEGIN <= begin <= end <= END:
            raise _invalid("until", f"a certificate lies between {BEGIN.date()} and {END.date()} (UTC)",
                           "give `from` before `until`, both in between")  # fmt: skip
        with self.lock:
            count = sum(r.credential == credential for r in self.store.all())
            label = f"{credential}-{count + 1}"
            record = self._make(credential, label, begin, end)
            self._keep(record, EventKind.CERTIFICATE_ISSUED)
            write_secret(self.folder / f"{label}.pem", private_pem(self.keyring.client_key(label)))
            self._write(record)
        return record

    def enrol(self, credential: str, pem: str) -> CertificateRecord:
        """Let a certificate from elsewhere stand for a credential (its CA must be trusted too).

        Raises:
            RefusedFault: `message-invalid`.
        """
        self._known(credential)
        certificate = _read(pem)
        label = f"{credential}-{certificate.serial_number:x}"[:80]
        record = _record(credential, label, None, certificate)
        with self.lock:
            if any(record.fingerprint == other.fingerprint for other in self.store.all()):
                raise _invalid("certificate", "it is on record already",
                               "one certificate stands for one credential")  # fmt: skip
            self._keep(record, EventKind.CERTIFICATE_ENROLLED)
            self._write(record)
        return record

    def revoke(self, reference: str, reason: str) -> Sequence[CertificateRecord]:
        """Revoke one certificate by its serial number, or all of a credential; bites at once.

        Raises:
            RefusedFault: `message-invalid`, where nothing is left to revoke.
        """
        now = self.clock.now()
        with self.lock:
            found = [r for r in self.store.all() if reference in (r.serial, r.credential)]
            meant = [r for r in found if r.revoked_at is None]
            if not meant:
                raise _invalid("reference", "there is no such certificate that still counts",
                               "`magda-sim keys list` shows serial numbers")  # fmt: skip
            entries = [self._event(EventKind.CERTIFICATE_REVOKED, r, reason).entry() for r in meant]
            self.log.append_all(entries)
            for record in meant:
                self.directory.withdraw(Proof(ProofKind.CERTIFICATE, record.der))
                self.store.revoke(record.fingerprint, now, reason)
        return [replace(record, revoked_at=now, reason=reason) for record in meant]

    def listed(self) -> Sequence[CertificateRecord]:
        """Every certificate on record."""
        return self.store.all()

    def revocation_list(self) -> x509.CertificateRevocationList:
        """The CRL as it stands on the space's clock; only our own authority's certificates."""
        own = [r for r in self.store.all() if r.issuer == self.authority.key_id]
        revoked = [
            (int(r.serial, 16), r.revoked_at, x509.ReasonFlags(r.reason))
            for r in own
            if r.revoked_at is not None
        ]
        return self.authority.revocation_list(revoked, self.clock.now())

    async def note_stranger(self) -> None:
        """Enter a handshake with a certificate that leads nowhere; a flood shares one entry."""
        if self.attempts.is_flooded("https"):
            return
        words = {"outcome": "refusal", "reasons": [Reason.CREDENTIAL_INVALID.value]}
        event = Event(EventKind.HANDSHAKE_REFUSED, self.clock.now(), self.space, words)
        with suppress(LogUnavailable):  # nothing was let in either
            await self.log.append(event.entry())

    def file_of(self, label: str) -> Path:
        """The file of a certificate and what leads from it to the root."""
        return self.folder / f"{label}.crt.pem"

    def _make(
        self, credential: str, label: str, begin: datetime, end: datetime
    ) -> CertificateRecord:
        made = self.authority.client(self.callers[credential], label, begin, end)
        return _record(credential, label, self.authority.key_id, made)

    def _keep(self, record: CertificateRecord, kind: EventKind) -> None:
        self.log.append_all([self._event(kind, record).entry()])
        self.store.add([record])
        self._let_in(record)

    def _let_in(self, record: CertificateRecord) -> None:
        proof = Proof(ProofKind.CERTIFICATE, record.der)
        period = Period(record.begin, record.end)
        self.directory.register(proof, self.callers[record.credential], period)

    def _write(self, record: CertificateRecord) -> None:
        own = x509.load_der_x509_certificate(record.der).public_bytes(Encoding.PEM).decode()
        chain = self.authority.issuing_pem if record.issuer is not None else ""
        write_secret(self.file_of(record.label), (own + chain).encode())

    def _event(
        self, kind: EventKind, record: CertificateRecord, reason: str | None = None
    ) -> Event:
        words = {
            "credential": record.credential,
            "serial": record.serial,
            "fingerprint": record.fingerprint,
        }
        if reason is None:
            words |= {"begin": timestamp(record.begin), "end": timestamp(record.end)}
        else:
            words["reason"] = reason
        return Event(kind, self.clock.now(), self.space, words)

    def _known(self, credential: str) -> None:
        if credential not in self.callers:
            raise _invalid("credential", "there is none with this key", "the ready file lists them")


def open_certificates(
    authority: TestAuthority,
    folder: Path,
    callers: Mapping[str, Caller],
    gateway: Gateway,
    clock: Clock,
) -> CertificateDesk:
    """The desk of a space, with the certificates that it starts with."""
    desk = CertificateDesk(
        space=authority.space,
        folder=folder,
        keyring=authority.keyring,
        authority=authority,
        callers=callers,
        store=SqlCertificates(gateway.engine),
        directory=gateway.credentials,
        log=gateway.log,
        attempts=gateway.attempts,
        clock=clock,
    )
    desk.open()
    return desk


def _record(
    credential: str, label: str, issuer: str | None, made: x509.Certificate
) -> CertificateRecord:
    return CertificateRecord(
        credential=credential,
        label=label,
        serial=f"{made.serial_number:x}",
        issuer=issuer,
        der=made.public_bytes(Encoding.DER),
        begin=made.not_valid_before_utc,
        end=made.not_valid_after_utc,
    )


def _read(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise _invalid("certificate", "this is no certificate in PEM",
                       "send the text from BEGIN to END CERTIFICATE") from None  # fmt: skip


def _invalid(element: str, detail: str, remedy: str) -> RefusedFault:
    return refuse(Reason.MESSAGE_INVALID, f"{element}: {detail}", element=element, remedy=remedy)
