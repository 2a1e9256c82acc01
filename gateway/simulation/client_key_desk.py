"""Public keys of a space's clients, beside those of their certificates: registered and revoked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from gateway.adapters.client_keys import ClientKeyRing, RegisteredKey, SqlClientKeys
from gateway.adapters.credentials import CredentialDirectory
from gateway.adapters.public_keys import NoPublicKey, keys_of_text
from gateway.bootstrap import Gateway
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.oauth import ClientKey
from gateway.domain.request import Caller
from gateway.ports import Clock, DecisionLog

MOST_KEYS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKeyDesk:
    """The collaborators. Every act has its entry before it takes effect."""

    space: str
    callers: Mapping[str, Caller]
    store: SqlClientKeys
    ring: ClientKeyRing
    directory: CredentialDirectory
    log: DecisionLog
    clock: Clock
    lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Let the keys count that were registered before."""
        for record in self.store.all():
            if record.revoked_at is None:
                self._trust(record)

    def register(self, credential: str, text: str) -> Sequence[RegisteredKey]:
        """Let further keys sign for a credential, from a PEM file, a JWK or a set of them.

        Raises:
            RefusedFault: `message-invalid`.
        """
        if credential not in self.callers:
            raise _invalid("credential", "there is none with this key", "the ready file lists them")
        try:
            keys = {key.kid: key for key in keys_of_text(text)}
        except NoPublicKey as error:
            raise _invalid("key", str(error), "send the public key as PEM or JWK") from None
        records = [RegisteredKey(credential=credential, key=key) for key in keys.values()]
        with self.lock:
            self._require_new(credential, keys)
            self._enter(EventKind.CLIENT_KEY_REGISTERED, records)
            self.store.add(records)
            for record in records:
                self._trust(record)
        return records

    def revoke(self, reference: str) -> Sequence[RegisteredKey]:
        """Revoke one key by its thumbprint, or all that were registered for a credential.

        With a key go the tokens that it got. Keys of certificates go with these.
        """
        now = self.clock.now()
        with self.lock:
            found = [r for r in self.store.all() if reference in (r.key.kid, r.credential)]
            meant = [record for record in found if record.revoked_at is None]
            self._enter(EventKind.CLIENT_KEY_REVOKED, meant)
            for record in meant:
                self._distrust(record)
                self.store.revoke(record.key.kid, now)
        return [replace(record, revoked_at=now) for record in meant]

    def listed(self) -> Sequence[RegisteredKey]:
        """Every key on record."""
        return self.store.all()

    def _require_new(self, credential: str, keys: Mapping[str, ClientKey]) -> None:
        known = {record.key.kid for record in self.store.all()}
        certified = {key.kid for caller in self.callers for key in self.ring.of(caller)}
        if keys.keys() & (known | certified):
            raise _invalid("key", "it is on record already", "one key stands for one credential, once")  # fmt: skip
        if len(self.ring.of(credential)) + len(keys) > MOST_KEYS:
            raise _invalid("key", f"a credential has {MOST_KEYS} keys at most",
                           "revoke those that are out of use")  # fmt: skip

    def _trust(self, record: RegisteredKey) -> None:
        self.ring.trust(record.credential, record.key.kid, record.key)

    def _distrust(self, record: RegisteredKey) -> None:
        kid = self.ring.distrust(record.credential, record.key.kid)
        self.directory.withdraw_tokens(lambda token: token.was_got_with(record.credential, kid))

    def _enter(self, kind: EventKind, records: Sequence[RegisteredKey]) -> None:
        if records:
            self.log.append_all([self._event(kind, record).entry() for record in records])

    def _event(self, kind: EventKind, record: RegisteredKey) -> Event:
        words = {"credential": record.credential, "key": record.key.kid,
                 "algorithm": record.key.algorithm}  # fmt: skip
        return Event(kind, self.clock.now(), self.space, words)


def open_client_keys(
    space: str, callers: Mapping[str, Caller], gateway: Gateway, clock: Clock
) -> ClientKeyDesk:
    """The desk of a space, with the keys that were registered before."""
    desk = ClientKeyDesk(
        space=space,
        callers=callers,
        store=SqlClientKeys(gateway.engine),
        ring=gateway.tokens.keys,
        directory=gateway.credentials,
        log=gateway.log,
        clock=clock,
    )
    desk.open()
    return desk


def _invalid(element: str, detail: str, remedy: str) -> RefusedFault:
    return refuse(Reason.MESSAGE_INVALID, f"{element}: {detail}", element=element, remedy=remedy)
