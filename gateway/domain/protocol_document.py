"""A legal protocol as data: parties, purposes, units, fields and flows, each citing its article."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Access(StrEnum):
    """What article 4 says of a unit."""

    GRANTED = "granted"
    REFUSED = "refused"


class Fact(StrEnum):
    """A checked statement about a person that a flow can require."""

    REGISTERED = "registered"


class FlowKind(StrEnum):
    """How a flow's data travel."""

    CONSULTATION = "consultation"
    STATISTICS = "statistics"
    MUTATION_FILE = "mutation-file"


class Authentication(StrEnum):
    """How the person behind a call proved who they are, weakest first."""

    PASSWORD = "password"  # noqa: S105  a kind, not a secret
    DIGITAL_KEY = "digital-key"
    EID = "eid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An organisation in the protocol; `group` lets clauses address several at once."""

    key: str
    role: str
    name: str
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why a party may use the data (article 2). `party` may be a group."""

    key: str
    party: str
    article: str
    case_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A team of a party, granted or refused by article 4, with the purposes it serves."""

    key: str
    party: str
    access: Access
    article: str
    purposes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A field that article 3 lists."""

    name: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredFact:
    """A fact that must hold about the person, and the article that says so."""

    fact: Fact
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTerm:
    """How long a file stays in its folder: an ISO 8601 period (`P1M`), and the article that says so."""

    period: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One service or file under the protocol, and all that is asked of who uses it."""

    key: str
    kind: FlowKind
    article: str
    purposes: tuple[str, ...]
    fields: tuple[Listed, ...]
    requires: tuple[RequiredFact, ...] = ()
    open_from: date | None = None
    fields_article: str = "art. 3"
    authentication: Authentication | None = None
    authentication_article: str | None = None
    refuses_unlisted: bool = False
    drop_term: DropTerm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the receiver may keep what it got (article 3)."""

    label: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Start and end clauses. `suspension_article` is `None` where the text knows no suspension."""

    signed_on: date
    in_force_rule: str
    in_force_from: date | None
    in_force_article: str
    signatories: tuple[str, ...]
    suspension_article: str | None = None
    termination_article: str | None = None
    notice_article: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolDocument:
    """One published version. `digest` is the SHA-256 of its canonical JSON, `sha256:<hex>`."""

    id: str
    name: str
    version: str
    title: str
    digest: str
    provider: str
    parties: Mapping[str, Party]
    purposes: Mapping[str, Purpose]
    units: Mapping[str, Unit]
    flows: Mapping[str, Flow]
    retention: Retention
    lifecycle: Lifecycle

    @property
    def ref(self) -> str:
        """`004@1.0.0`: how headers, log and files cite this version."""
        return f"{self.id}@{self.version}"

    def is_consumer(self, party: str) -> bool:
        """Whether the party receives data under this protocol."""
        member = self.parties.get(party)
        return member is not None and member.role == "consumer"

    def purpose_is_of(self, purpose: str, party: str) -> bool:
        """Whether this purpose belongs to the party, directly or through its group."""
        owner = self.purposes[purpose].party
        return owner in (party, self.parties[party].group)
