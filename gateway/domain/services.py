"""The catalogue of services: their names and versions on the wire, their flow, and every field they know."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str, ...]
"""Where a field stands in a source's answer; lists on the way are walked through."""
Branches = dict[str, Any]
"""Paths grown together: a member leads on to further members, or to `None` at a field."""
PLATFORM = "platform"
"""What an answer cites when no legal protocol, but the platform itself, opens a service."""
REGISTRATION_FLOW = "repertorium"
AUTHORISATIONS_FLOW = "machtigingen"
AUDIT_FLOW = "auditlogging"
AVAILABILITY_FLOW = "beschikbaarheid"
STATUS_FLOW = "webservicestatus"


class FieldPaths(Mapping[str, Path]):
    """Field names to places, and for a choice of names the tree that leads to just those."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = dict(paths)
        self._trees: dict[tuple[str, ...], Branches] = {}

    def __getitem__(self, name: str) -> Path:
        return self._paths[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def branches(self, names: tuple[str, ...]) -> Branches:
        """The tree of these names; worked out once, since there are as many as protocols."""
        tree = self._trees.get(names)
        if tree is None:
            tree = self._trees[names] = _grown(self._paths[name] for name in names)
        return tree


def _grown(paths: Iterable[Path]) -> Branches:
    root: Branches = {}
    for path in paths:
        node = root
        for step in path[:-1]:
            node = node.setdefault(step, {})
        node[path[-1]] = None
    return root


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service and version. `flow` is `None` where the name is known and no protocol opens it.

    `paths` tells where in the source's answer each field stands; `is_open` that anybody may ask it,
    also without a credential: it tells nothing about a person or a party.
    """

    name: str
    version: str
    flow: str | None
    paths: FieldPaths = field(default_factory=lambda: FieldPaths({}))
    is_open: bool = False
    key: str = field(init=False)

    def __post_init__(self) -> None:
        """Its key is name and version: `GeefZorgtoeslag-02.00`."""
        object.__setattr__(self, "key", f"{self.name}-{self.version}")


def _recognition(name: str) -> tuple[str, Path]:
    return name, ("erkenningen", *name.split("."))


CARE_ALLOWANCE_PATHS = FieldPaths(
    {
        "insz": ("insz",),
        "statusAanvraag": ("statusAanvraag",),
        **dict(
            _recognition(name)
            for name in (
                "pijler1",
                "pijler2",
                "pijler3",
                "subpijlers2",
                "subpijlers3",
                "totaal",
                "periode.begin",
                "periode.einde",
                "datumBeslissing",
                "wetgeving",
                "statusBeslissing",
            )
        ),
    }
)
TRANSACTION_PATHS = FieldPaths(
    {
        "insz": ("insz",),
        **{
            name: ("verrichtingen", name)
            for name in (
                "maatregel",
                "fiscaalJaar",
                "bedragtype",
                "verrichtingbedrag",
                "effectieveVerrichtingsdatum",
            )
        },
    }
)
ADVICE_PATHS = FieldPaths({name: (name,) for name in ("insz", "openingsdatum", "advies", "reden")})
RESULT_PATHS = FieldPaths({"resultaat": ("resultaat",)})

CARE_ALLOWANCE = Service(
    name="GeefZorgtoeslag", version="02.00", flow="zorgtoeslag", paths=CARE_ALLOWANCE_PATHS
)
TRANSACTIONS = Service(
    name="GeefJobbonusPlusVerrichtingen",
    version="01.00",
    flow="jobbonusplus-verrichtingen",
    paths=TRANSACTION_PATHS,
)
STATISTICS_PATHS = FieldPaths(
    {
        name: ("cellen", name)
        for name in ("fiscaalJaar", "bedragtype", "aantal", "verrichtingbedrag")
    }
)
STATISTICS = Service(
    name="JobbonusPlusStatistiek",
    version="01.00",
    flow="jobbonusplus-statistiek",
    paths=STATISTICS_PATHS,
)
DOSSIER = Service(
    name="RaadpleegJobbonusDossier",
    version="01.00",
    flow="jobbonus-dossier",
    paths=FieldPaths(
        {
            **{
                f"persoon.{name}": ("persoon", name)
                for name in ("naam", "voornaam", "insz", "adres")
            },
            **{
                name: (name,)
                for name in ("loon", "bedrag", "berekening", "rekeningnummer", "status", "brief")
            },
        }
    ),
)
ADVICE = Service(
    name="GeefInburgeringsadvies", version="01.00", flow="inburgering-advies", paths=ADVICE_PATHS
)


PAYMENT_FILE = Service(
    name="ZorgtoeslagBetaalbestand",
    version="01.00",
    flow="zele-betaalbestand",
    paths=FieldPaths(
        {
            **{f"kind.{n}": ("kind", n) for n in ("insz", "naam", "voornaam", "adres")},
            **{
                f"begunstigde.{n}": ("begunstigde", n)
                for n in ("insz", "naam", "voornaam", "adres", "rekeningnummer")
            },
            "bedrag": ("bedrag",),
        }
    ),
)
MEMBERS_LIST = Service(
    name="LijstInburgeringLeden",
    version="01.00",
    flow="inburgering-jaarlijst-leden",
    paths=FieldPaths({"insz": ("insz",)}),
)


def _registration(name: str, version: str) -> Service:
    return Service(name=name, version=version, flow=REGISTRATION_FLOW, paths=RESULT_PATHS)


REGISTER_0200 = _registration("RegistreerInschrijving", "02.00")
REGISTER_0201 = _registration("RegistreerInschrijving", "02.01")
DEREGISTER_0200 = _registration("RegistreerUitschrijving", "02.00")
DEREGISTER_0201 = _registration("RegistreerUitschrijving", "02.01")
PERSON = Service(name="GeefPersoon", version="02.02", flow=None)


def _of_platform(name: str, flow: str, *fields: str, is_open: bool = False) -> Service:
    paths = FieldPaths({name: (name,) for name in fields})
    return Service(name=name, version="02.00", flow=flow, paths=paths, is_open=is_open)


AUTHORISATIONS = _of_platform("GeefMachtigingen", AUTHORISATIONS_FLOW, "machtigingen")
AUDIT_LOG = _of_platform("GeefAuditLogging", AUDIT_FLOW, "auditloggings")
AVAILABILITY = _of_platform(
    "IsBeschikbaar", AVAILABILITY_FLOW, "vraagTijd", "antwoordTijd", is_open=True
)
STATUS = _of_platform(
    "GeefWebserviceStatus", STATUS_FLOW, "vraagTijd", "antwoordTijd", "webserviceStatus", "diensten",
    is_open=True,
)  # fmt: skip

SERVICES: Mapping[str, Service] = {
    service.key: service
    for service in (
        CARE_ALLOWANCE,
        TRANSACTIONS,
        ADVICE,
        STATISTICS,
        DOSSIER,
        REGISTER_0200,
        REGISTER_0201,
        DEREGISTER_0200,
        DEREGISTER_0201,
        PAYMENT_FILE,
        MEMBERS_LIST,
        AUTHORISATIONS,
        AUDIT_LOG,
        AVAILABILITY,
        STATUS,
        PERSON,
    )
}
PLATFORM_FIELDS: Mapping[str, frozenset[str]] = {
    one.flow: frozenset(one.paths)
    for one in (REGISTER_0201, AUTHORISATIONS, AUDIT_LOG, AVAILABILITY, STATUS)
    if one.flow is not None
}
"""What the platform itself gives, by flow: no protocol opens these, and none is cited."""

GIVEN: Mapping[str, frozenset[str]] = {
    **{
        service.key: frozenset(service.paths)
        for service in SERVICES.values()
        if service.flow not in PLATFORM_FIELDS
    },
    "JobbonusPlusMutaties-01.00": frozenset({"insz"}),
    "LijstInburgering-01.00": frozenset({"insz"}),
}
"""Every service and file that a protocol can name, also those that no wire reads yet, with all fields."""
