"""The test authority of a space: a root and an issuing CA, and the certificates that they sign.

Keys, serial numbers and signatures (RFC 6979) follow from the space's secret: same seed, same bytes.
Anybody who knows the seed knows the root's key, so the root is confined to the names of this machine.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.domain.request import Caller
from gateway.simulation.keyring import Keyring

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
"""When the authority itself is valid: in machine time and on every clock a space is likely to show."""
_LOCAL_NAMES = ("localhost",)
_LOCAL_NETWORKS = ("127.0.0.0/8", "::1/128")
_SERVER_DAYS = 397
PublicKey = EllipticCurvePublicKey | RSAPublicKey
_Extension = tuple[x509.ExtensionType, bool]


class TestAuthority:
    """Signs for one space. `names` are further host names and addresses that its server goes by."""

    __test__ = False  # pytest collects what is called Test...

    def __init__(self, keyring: Keyring, space: str, names: Sequence[str] = ()) -> None:
        self.keyring, self.space, self._names = keyring, space, tuple(names)
        self._root_key, self._key = keyring.tls_key("ca/root"), keyring.tls_key("ca/issuing")
        self._root_name = _name("magda-sim test root", space)
        self._issuing_name = _name("magda-sim test issuing CA", space)
        self.root = self._make_root()
        self.issuing = self._make_issuing()

    @property
    def root_pem(self) -> str:
        """What a client trusts."""
        return self.root.public_bytes(Encoding.PEM).decode()

    @property
    def issuing_pem(self) -> str:
        """What leads from a certificate to the root."""
        return self.issuing.public_bytes(Encoding.PEM).decode()

    @property
    def key_id(self) -> str:
        """Tells this authority's certificates from those of one with other keys."""
        return x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()).digest.hex()

    def client(
        self, caller: Caller, label: str, period: tuple[datetime, datetime], key: PublicKey
    ) -> x509.Certificate:
        """A client certificate over a key, valid from an instant until another."""
        uri = f"urn:magda-sim:{self.space}:{caller.party}:{caller.key}"
        alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        subject = _name(caller.key, caller.party)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._leaf(subject, key, f"client/{label}", period, (usage, alternative))

    def answers(self, label: str, key: PublicKey) -> x509.Certificate:
        """The certificate of a key that signs answers, valid on every clock and good for nothing else."""
        subject = _name("magda-sim answers", self.space)
        return self._leaf(subject, key, f"answers/{label}", (BEGIN, END), ())

    def server(self, now: datetime) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
        """The listener's certificate and key, valid in machine time from yesterday on."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        period = midnight - timedelta(days=1), midnight + timedelta(days=_SERVER_DAYS)
        names = x509.SubjectAlternativeName(
            [_general(name) for name in (*_LOCAL_NAMES, "127.0.0.1", "::1", *self._names)]
        )
        key = self.keyring.tls_key("server")
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), names
        label = f"server/{midnight.date()}"
        subject = _name("localhost", "magda-sim")
        made = self._leaf(subject, key.public_key(), label, period, use)
        return made, key

    def revocation_list(
        self, revoked: Sequence[tuple[int, datetime, x509.ReasonFlags]], now: datetime
    ) -> x509.CertificateRevocationList:
        """The CRL of the issuing CA, good for a day on the space's clock."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._issuing_name)
            .last_update(_whole(now))
            .next_update(_whole(now) + timedelta(days=1))
            .add_extension(self._authority_id(self._key), critical=False)
            .add_extension(x509.CRLNumber(len(revoked) + 1), critical=False)
        )
        for serial, at, reason in revoked:
            builder = builder.add_revoked_certificate(_revoked(serial, at, reason))
        return builder.sign(self._key, SHA256(), ecdsa_deterministic=True)

    def _make_root(self) -> x509.Certificate:
        extensions = (
            *_ca_extensions(path_length=1),
            (_confined(self._names), True),
            (x509.SubjectKeyIdentifier.from_public_key(self._root_key.public_key()), False),
        )
        return self._sign(
            self._root_name, self._root_key.public_key(), "root", (BEGIN, END), extensions
        )

    def _make_issuing(self) -> x509.Certificate:
        extensions = (
            *_ca_extensions(path_length=0),
            (x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), False),
            (self._authority_id(self._root_key), False),
        )
        return self._sign(
            self._issuing_name, self._key.public_key(), "issuing", (BEGIN, END), extensions
        )

    def _leaf(
        self,
        subject: x509.Name,
        key: PublicKey,
        label: str,
        period: tuple[datetime, datetime],
        use: Sequence[x509.ExtensionType],
    ) -> x509.Certificate:
        extensions = (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(signs_certificates=False), True),
            *((one, False) for one in use),
            (x509.SubjectKeyIdentifier.from_public_key(key), False),
            (self._authority_id(self._key), False),
        )
        return self._sign(subject, key, label, period, extensions, by_root=False)

    def _sign(
        self,
        subject: x509.Name,
        key: PublicKey,
        label: str,
        period: tuple[datetime, datetime],
        extensions: Sequence[_Extension],
        *,
        by_root: bool = True,
    ) -> x509.Certificate:
        about = f"signed/{by_root}/{label}/{period}/{_digest(key)}"
        return self.keyring.once(
            about,
            lambda: self._certificate(subject, key, label, period, extensions, by_root=by_root),
        )

    def _certificate(
        self,
        subject: x509.Name,
        key: PublicKey,
        label: str,
        period: tuple[datetime, datetime],
        extensions: Sequence[_Extension],
        *,
        by_root: bool,
    ) -> x509.Certificate:
        serial = self.keyring.secrets.derive(f"serial/{label}")[:16]
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._root_name if by_root else self._issuing_name)
            .public_key(key)
            .serial_number(int.from_bytes(serial, "big") | 1 << 126)
            .not_valid_before(_whole(period[0]))
            .not_valid_after(_whole(period[1]))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        signer = self._root_key if by_root else self._key
        return builder.sign(signer, SHA256(), ecdsa_deterministic=True)

    @staticmethod
    def _authority_id(key: EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _digest(key: PublicKey) -> str:
    return x509.SubjectKeyIdentifier.from_public_key(key).digest.hex()


def _ca_extensions(path_length: int) -> tuple[_Extension, ...]:
    return (
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (_usage(signs_certificates=True), True),
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _confined(names: Sequence[str]) -> x509.NameConstraints:
    """Only this machine's own names: a root that everybody can derive must vouch for nothing else."""
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in _LOCAL_NAMES]
    permitted += [x509.IPAddress(ip_network(network)) for network in _LOCAL_NETWORKS]
    for name in names:
        general = _general(name)
        permitted.append(
            x509.IPAddress(ip_network(name)) if isinstance(general, x509.IPAddress) else general
        )
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _revoked(serial: int, at: datetime, reason: x509.ReasonFlags) -> x509.RevokedCertificate:
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(serial)
        .revocation_date(_whole(at))
        .add_extension(x509.CRLReason(reason), critical=False)
        .build()
    )


def _whole(at: datetime) -> datetime:
    """In UTC without fractions, as X.509 writes instants."""
    return at.astimezone(UTC).replace(microsecond=0)
