"""The certificates of a space: issued at its creation and later, enrolled, revoked, and put on file."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.adapters.certificates import CertificateRecord, SqlCertificates
from gateway.adapters.client_keys import ClientKeyRing
from gateway.adapters.credentials import CredentialDirectory, Period
from gateway.adapters.public_keys import key_of_certificate
from gateway.bootstrap import Gateway
from gateway.contracts.faults import LogUnavailable
from gateway.contracts.reasons import Reason
from gateway.domain.log_entry import Event, EventKind, timestamp
from gateway.domain.request import Caller, Proof
from gateway.flows.attempts import AttemptGate
from gateway.ports import Clock, DecisionLog
from gateway.simulation.answer_keys import AnswerKeys
from gateway.simulation.authority import BEGIN, END, TestAuthority
from gateway.simulation.certificate_records import (
    invalid,
    proofs_of,
    read_pem,
    record_of,
    sha1_proofs_of,
)
from gateway.simulation.keyring import Keyring, PrivateKey, private_pem, write_secret

FIRST_END = datetime(2040, 1, 1, tzinfo=UTC)
"""Until when the certificates that every space starts with are valid."""
CA_FILE = "ca.pem"
OF_THE_AUTHORITY = (CA_FILE, "server.crt.pem", "server.pem")
"""Its files beside those of the units."""


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
    ring: ClientKeyRing
    answers: AnswerKeys
    log: DecisionLog
    attempts: AttemptGate
    clock: Clock
    lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Issue what a fresh space starts with, and let in whoever holds a valid certificate.

        Certificates of an authority with other keys (another secret) are forgotten.
        """
        first = self.keyring.once("certificates", self._make_first)
        held = self.store.begin_with(first, self.authority.key_id)
        write_secret(self.folder / CA_FILE, self.authority.root_pem.encode())
        for record in first:
            self._write(record)
        for record in held:
            if record.revoked_at is None:
                self._let_in(record)

    def issue(
        self,
        credential: str,
        begin: datetime,
        end: datetime,
        *,
        rsa: bool = False,
        sha1: bool = False,
    ) -> CertificateRecord:
        """Another certificate for a credential, with a key of its own; `sha1` lets it sign with SHA-1.

        Raises:
            RefusedFault: `message-invalid`.
        """
        self._known(credential)
        if not BEGIN <= begin <= end <= END:
            raise invalid("until", f"a certificate lies between {BEGIN.date()} and {END.date()} (UTC)",
                           "give `from` before `until`, both in between")  # fmt: skip
        with self.lock:
            count = sum(r.credential == credential for r in self.store.all())
            label = f"{credential}-{count + 1}"
            key = self.keyring.rsa_key(f"client/{label}") if rsa else self.keyring.client_key(label)
            record = replace(self._make(credential, label, (begin, end), key), sha1=sha1)
            self._keep(record, EventKind.CERTIFICATE_ISSUED)
            write_secret(self.folder / f"{label}.pem", private_pem(key))
            self._write(record)
        return record

    def enrol(self, credential: str, pem: str, *, sha1: bool = False) -> CertificateRecord:
        """Let a certificate from elsewhere stand for a credential (for TLS its CA must be trusted too).

        Raises:
            RefusedFault: `message-invalid`.
        """
        self._known(credential)
        certificate = read_pem(pem)
        label = f"{credential}-{certificate.serial_number:x}"[:80]
        record = replace(record_of(credential, label, None, certificate), sha1=sha1)
        with self.lock:
            if any(record.fingerprint == other.fingerprint for other in self.store.all()):
                raise invalid("certificate", "it is on record already",
                               "one certificate stands for one credential")  # fmt: skip
            self._keep(record, EventKind.CERTIFICATE_ENROLLED)
            self._write(record)
        return record

    def allow_sha1(self, reference: str, *, allowed: bool) -> Sequence[CertificateRecord]:
        """Let a certificate (its serial number), or all of a credential, sign with SHA-1, or no longer.

        Raises:
            RefusedFault: `message-invalid`, where there is none.
        """
        with self.lock:
            meant = self._counting(reference)
            if not meant:
                raise invalid("reference", "there is no such certificate that still counts",
                               "`magda-sim keys list` shows serial numbers")  # fmt: skip
            entries = [
                self._event(EventKind.CERTIFICATE_SHA1, r, {"allowed": allowed}) for r in meant
            ]
            self.log.append_all([event.entry() for event in entries])
            for record in meant:
                self.store.allow_sha1(record.fingerprint, allowed=allowed)
                if allowed:
                    self._let_in(replace(record, sha1=True))
                else:
                    self._withdraw(record, sha1_proofs_of(record))
        return [replace(record, sha1=allowed) for record in meant]

    def revoke(self, reference: str, reason: str) -> Sequence[CertificateRecord]:
        """Revoke one certificate by its serial number, or all of a credential; bites at once.

        With a certificate go its key, if nothing else vouches for it, and the tokens got with either.
        Nothing is revoked twice.
        """
        now = self.clock.now()
        with self.lock:
            meant = self._counting(reference)
            entries = [
                self._event(EventKind.CERTIFICATE_REVOKED, r, {"reason": reason}) for r in meant
            ]
            if entries:
                self.log.append_all([event.entry() for event in entries])
            for record in meant:
                self.store.revoke(record.fingerprint, now, reason)
                self._withdraw(record, [*proofs_of(record), *sha1_proofs_of(record)])
                self._end_tokens(record)
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

    def _make_first(self) -> Sequence[CertificateRecord]:
        return [
            self._make(key, key, (BEGIN, FIRST_END), self.keyring.client_key(key))
            for key in self.callers
        ]

    def _make(
        self, credential: str, label: str, period: tuple[datetime, datetime], key: PrivateKey
    ) -> CertificateRecord:
        made = self.authority.client(self.callers[credential], label, period, key.public_key())
        return record_of(credential, label, self.authority.key_id, made)

    def _keep(self, record: CertificateRecord, kind: EventKind) -> None:
        words = {
            "begin": timestamp(record.begin),
            "end": timestamp(record.end),
            "sha1": record.sha1,
        }
        self.log.append_all([self._event(kind, record, words).entry()])
        self.store.add(record)
        self._let_in(record)

    def _let_in(self, record: CertificateRecord) -> None:
        if record.is_rsa:
            self.answers.prepare_rsa()
        period = Period(record.begin, record.end)
        for proof in proofs_of(record):
            self.directory.register(proof, self.callers[record.credential], period)
        key = self.keyring.once(f"key/{record.fingerprint}", lambda: key_of_certificate(record.der))
        if key is not None:
            self.ring.trust(record.credential, record.fingerprint, key)

    def _end_tokens(self, record: CertificateRecord) -> None:
        kid = self.ring.distrust(record.credential, record.fingerprint)
        digest = bytes.fromhex(record.fingerprint)
        self.directory.withdraw_tokens(
            lambda token: token.certificate == digest or token.was_got_with(record.credential, kid)
        )

    def _withdraw(self, record: CertificateRecord, proofs: Sequence[Proof]) -> None:
        """Forget what its owner may show, unless another that counts has the same key."""
        for proof in proofs:
            self.directory.withdraw(proof)
        for other in self.store.all():
            if other.revoked_at is None and other.spki == record.spki and other.der != record.der:
                self._let_in(other)

    def _counting(self, reference: str) -> Sequence[CertificateRecord]:
        found = [r for r in self.store.all() if reference in (r.serial, r.credential)]
        return [r for r in found if r.revoked_at is None]

    def _write(self, record: CertificateRecord) -> None:
        own = self.keyring.once(f"crt/{record.fingerprint}", lambda: _pem(record))
        chain = self.authority.issuing_pem if record.issuer is not None else ""
        write_secret(self.file_of(record.label), (own + chain).encode())

    def _event(self, kind: EventKind, record: CertificateRecord, more: Mapping[str, Any]) -> Event:
        words = {
            "credential": record.credential,
            "serial": record.serial,
            "fingerprint": record.fingerprint,
        }
        return Event(kind, self.clock.now(), self.space, {**words, **more})

    def _known(self, credential: str) -> None:
        if credential not in self.callers:
            raise invalid("credential", "there is none with this key", "the ready file lists them")


def _pem(record: CertificateRecord) -> str:
    return x509.load_der_x509_certificate(record.der).public_bytes(Encoding.PEM).decode()


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
        ring=gateway.tokens.keys,
        answers=AnswerKeys(authority),
        log=gateway.log,
        attempts=gateway.attempts,
        clock=clock,
    )
    desk.open()
    return desk
