"""A legal protocol as data: parties, purposes, units, fields and flows, each citing its article."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.domain.channel import DropTerm, Transport
from gateway.domain.selection import Selection
from gateway.domain.workflow_clauses import NO_WORKFLOWS, Workflows


class Access(StrEnum):
    """What article 4 says of a unit."""

    GRANTED = "granted"
    REFUSED = "refused"


class Fact(StrEnum):
    """A checked statement about a person that a flow can require."""

    REGISTERED = "registered"
    QUESTION_OPEN = "question-open"
    IDENTIFIED = "identified"
    IN_SESSION = "in-session"
    MEMBER = "member"
    RIGHT_OPEN = "right-open"


class FlowKind(StrEnum):
    """How a flow's data travel."""

    CONSULTATION = "consultation"
    STATISTICS = "statistics"
    INTERACTIVE = "interactive"
    MUTATION_FILE = "mutation-file"
    LIST_FILE = "list-file"
    PAYMENT_FILE = "payment-file"


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
    """Why a party (or group) may use the data (article 2), on which `ground` of GDPR art. 6."""

    key: str
    party: str
    article: str
    case_required: bool = False
    anonymous: bool = False
    ground: str = "6.1.e"


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
    """A fact that must hold about the person, and the article that says so.

    `purposes` and `if_stated` limit it to part of the questions (empty: always); `route` says where
    to turn instead.
    """

    fact: Fact
    article: str
    purposes: frozenset[str] = frozenset()
    if_stated: str | None = None
    route: str | None = None

    def applies(self, purpose: str, stated: frozenset[str]) -> bool:
        """Whether a question for this purpose, naming these things, needs the fact."""
        return (not self.purposes or purpose in self.purposes) and (
            self.if_stated is None or self.if_stated in stated
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """What a flow asks of the person behind the call, each `None` where it asks nothing.

    `training` is what must have been learnt; the articles say who asks.
    """

    authentication: Authentication | None = None
    authentication_article: str | None = None
    enduser_article: str | None = None
    training: str | None = None
    training_article: str | None = None
    duties_article: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When and how often: opening day, months, a number a calendar year, minutes of a session."""

    open_from: date | None = None
    open_from_article: str | None = None
    months: frozenset[int] = frozenset()
    months_article: str | None = None
    quota: int | None = None
    quota_article: str | None = None
    session: str | None = None
    session_article: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A field that stands only where another field of the answer has a value."""

    field: str
    other: str
    equals: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A field that the gateway works out by a rule, so that what it rests on need not leave."""

    field: str
    rule: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One service or file under the protocol, and all that is asked of who uses it.

    Without `consumers` (parties or groups) every consumer of the document is one.
    """

    key: str
    kind: FlowKind
    service: str
    source: str
    article: str
    purposes: tuple[str, ...]
    fields: tuple[Listed, ...]
    retention: "Retention"
    consumers: frozenset[str] = frozenset()
    requires: tuple[RequiredFact, ...] = ()
    fields_article: str = "art. 3"
    caution: Caution = Caution()
    rhythm: Rhythm = Rhythm()
    conditions: tuple[Condition, ...] = ()
    derived: tuple[Derived, ...] = ()
    refuses_unlisted: bool = False
    drop_term: DropTerm | None = None
    transport: Transport | None = None
    selection: Selection | None = None
    disclosure: str = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long the receiver may keep what it got (article 3), if at all; `period` where one is set."""

    label: str
    article: str
    is_none: bool = False
    period: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRule:
    """An act that the text knows: its article, who may do it, and within what (ISO 8601).

    The term binds the parties in `bound`, or everybody where that is empty; who is not bound acts
    under `article_unbound`. Where `towards` is given, only these parties can be asked.
    """

    article: str
    by: frozenset[str]
    within: str | None = None
    bound: frozenset[str] = frozenset()
    article_unbound: str | None = None
    towards: frozenset[str] = frozenset()

    def binds(self, party: str) -> bool:
        """Whether the term is this party's."""
        return not self.bound or party in self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """Whether data may be passed on; `allowed` are third parties that the text names."""

    rule: str
    to: str
    allowed: frozenset[str]
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Start and end clauses. `acts` holds the acts that the text knows, by kind (contract section 9).

    `gate_article` is set where nothing moves without an impact assessment on record, `advised_against`
    where a data-protection officer's negative advice stands.
    """

    signed_on: date
    in_force_rule: str
    in_force_from: date | None
    in_force_article: str
    signatories: tuple[str, ...]
    acts: Mapping[str, ActRule]
    ends_for_all: bool = True
    replaces_article: str | None = None
    gate_article: str | None = None
    advised_against: bool = False


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
    onward: Onward
    lifecycle: Lifecycle
    workflows: Workflows = NO_WORKFLOWS
    supersedes: str | None = None

    @property
    def ref(self) -> str:
        """`004@1.0.0`: how headers, log and files cite this version."""
        return f"{self.id}@{self.version}"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version as numbers, to tell the later of two; what was turned round does not count."""
        return tuple(int(part) for part in self.version.partition("+")[0].split("."))

    def receives(self, party: str) -> bool:
        """Whether the party receives data under this protocol."""
        return any(self.is_consumer(party, flow) for flow in self.flows)

    def is_consumer(self, party: str, flow: str) -> bool:
        """Whether the party receives data by this flow."""
        member = self.parties.get(party)
        if member is None:
            return False
        addressed = self.flows[flow].consumers
        if addressed:
            return party in addressed or member.group in addressed
        return member.role == "consumer"

    def purpose_is_of(self, purpose: str, party: str) -> bool:
        """Whether this purpose belongs to the party, directly or through its group."""
        owner = self.purposes[purpose].party
        return owner in (party, self.parties[party].group)
