"""The protocols as texts: read from the documents themselves, never through the engine's eyes.

Generators and the second engine (`tests/differential`) lean on this page alone, so that a slip in the
compiler of the documents or in the decision is not repeated by what must find it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from gateway.adapters.protocol_files import plain_documents
from gateway.adapters.protocol_files.compile import compile_document
from gateway.adapters.protocol_files.schema import DocumentModel
from gateway.domain.legal_day import start_of_day
from gateway.domain.protocol_document import ProtocolDocument
from tests.builders import PROTOCOLS

Text = dict[str, Any]
"""A document as JSON values, under the names of the file."""
Texts = dict[str, Text]
Edit = Callable[[Texts], None]
FILES = ("mutation-file", "list-file", "payment-file")
STRENGTH = ("password", "digital-key", "eid")


def item(listed: Iterable[Text], key: str) -> Text:
    """The item of a list that has this id."""
    return next(one for one in listed if one["id"] == key)


def flow_of(text: Text, key: str) -> Text:
    """A flow of a document."""
    return item(text["flows"], key)


def ref(text: Text) -> str:
    """`004@1.0.0`."""
    return f"{text['id']}@{text['version']}"


def consumers(text: Text, flow: Text) -> list[str]:
    """Who receives by a flow: those it names, by group too, or else every consumer."""
    named = flow.get("consumers", [])
    if not named:
        return [p["id"] for p in text["parties"] if p["role"] == "consumer"]
    return [p["id"] for p in text["parties"] if p["id"] in named or p.get("group") in named]


def signatories(text: Text) -> list[str]:
    """Who signs: the provider and the consumers."""
    return [p["id"] for p in text["parties"] if p["role"] in ("provider", "consumer")]


def provider(text: Text) -> str:
    """Who discloses."""
    return str(next(p["id"] for p in text["parties"] if p["role"] == "provider"))


def shared_purposes(text: Text, flow: Text, unit: Text) -> list[str]:
    """Purposes of flow and unit alike, which are the receiver's own and not the provider's first."""
    group = item(text["parties"], unit["party"]).get("group")
    own = {
        p["id"]
        for p in text["purposes"]
        if p["kind"] == "further" and p["party"] in (unit["party"], group)
    }
    return [one for one in flow["purposes"] if one in unit.get("purposes", []) and one in own]


def day(value: str | date) -> date:
    """A day, however it came in."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def first_instant(text: Text) -> datetime:
    """When the protocol starts, if everybody signs on the day that the text gives."""
    return start_of_day(
        day(text["lifecycle"]["in_force"].get("date") or text["lifecycle"]["signed_on"])
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """A unit that may use a flow for a purpose, under one document."""

    document: str
    flow: str
    party: str
    unit: str
    purpose: str
    is_sole: bool


def cells(text: Text) -> list[Cell]:
    """Everything that a document opens."""
    return [
        Cell(ref(text), flow["id"], unit["party"], unit["id"], purpose, len(shared) == 1)
        for flow in text["flows"]
        for unit in text["units"]
        if unit["access"] == "granted" and unit["party"] in consumers(text, flow)
        for shared in [shared_purposes(text, flow, unit)]
        for purpose in shared
    ]


@dataclass(frozen=True, eq=False)
class Law:
    """A set of documents: as texts by `id@version`, and compiled for the engine."""

    name: str
    texts: Mapping[str, Text]
    compiled: tuple[ProtocolDocument, ...]

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """Hypothesis shows a law by its name; whole it would be a hundred kilobytes."""
        printer.text(f"law({self.name!r})")

    def with_flow(self, flow: str) -> list[Text]:
        """The documents that have a flow."""
        return [t for t in self.texts.values() if any(f["id"] == flow for f in t["flows"])]

    def versions(self, key: str) -> list[Text]:
        """The versions of one protocol, oldest first."""
        found = [t for t in self.texts.values() if t["id"] == key]
        return sorted(found, key=lambda t: [int(n) for n in t["version"].split(".")])

    def document(self, key: str) -> ProtocolDocument:
        """The compiled document `id@version`."""
        return next(d for d in self.compiled if d.ref == key)

    def cells(self) -> list[Cell]:
        """Everything that is opened."""
        return [cell for text in self.texts.values() for cell in cells(text)]

    def own_cells(self) -> list[Cell]:
        """What this law is about: the flows and units that differ from the shipped ones (or all)."""
        about = _ABOUT.get(self.name, ())
        return [c for c in self.cells() if not about or c.flow in about or c.unit in about]


@cache
def shipped() -> Texts:
    """The five, as they are."""
    return plain_documents(PROTOCOLS)


def law_of(name: str, *edits: Edit) -> Law:
    """The shipped texts, edited; every result is a document that the form accepts."""
    texts = deepcopy(shipped())
    for edit in edits:
        edit(texts)
    models = [DocumentModel.model_validate_json(json.dumps(text)) for text in texts.values()]
    return Law(name, {ref(t): t for t in texts.values()}, tuple(map(compile_document, models)))


def setting(path: str, value: Any) -> Edit:
    """Set one key, found by ids: `004.flows.zorgtoeslag.open_from`."""

    def edit(texts: Texts) -> None:
        node: Any = texts
        *steps, last = path.split(".")
        for step in steps:
            node = item(node, step) if isinstance(node, list) else node[step]
        node[last] = value

    return edit


def _newer(key: str, version: str, *edits: Edit) -> Edit:
    """A later version of a protocol, which an addendum must bring in."""

    def edit(texts: Texts) -> None:
        newer = {key: deepcopy(texts[key]) | {"version": version, "supersedes": "1.0.0"}}
        for one in edits:
            one(newer)
        texts[f"{key}@{version}"] = newer[key]

    return edit


def _another(key: str, like: str, *edits: Edit) -> Edit:
    """Another protocol, much like one that is there."""

    def edit(texts: Texts) -> None:
        texts[key] = deepcopy(texts[like]) | {"id": key}
        for one in edits:
            one(texts)

    return edit


def _dropping(key: str, listed: str, name: str) -> Edit:
    def edit(texts: Texts) -> None:
        texts[key][listed] = [one for one in texts[key][listed] if one["id"] != name]

    return edit


_CARE, _PAID = "004.flows.zorgtoeslag", "001.flows.jobbonusplus-verrichtingen"
_ART = {"article": "art. 6"}
_VARIANTS: Mapping[str, tuple[Edit, ...]] = {
    "shipped": (),
    "acts": (),
    "gate": (setting("004.dpia.gate", value=True),),
    "quotas": (
        setting(f"{_CARE}.quota", {"max": 2, "per": "calendar-year", "article": "art. 5"}),
        setting("002.flows.inburgering-jaarlijst.quota.max", 3),
        setting("003.flows.zele-betaalbestand.quota",
                {"max": 1, "per": "calendar-year", "article": "art. 5"}),
    ),
    "strict": (
        setting(f"{_CARE}.refuses_unlisted", value=True),
        setting(f"{_PAID}.refuses_unlisted", value=True),
        setting("003.flows.zele-betaalbestand.refuses_unlisted", value=True),
    ),
    "manners": (
        setting(f"{_CARE}.enduser", _ART),
        setting(f"{_CARE}.training", {"subject": "zorg", **_ART}),
        setting(f"{_CARE}.duties_separated", _ART),
        setting(f"{_CARE}.authentication.at_least", "digital-key"),
        setting(f"{_PAID}.authentication", {"at_least": "digital-key", **_ART}),
        setting(f"{_PAID}.training", {"subject": "kring", **_ART}),
    ),
    "calendar": (
        setting(f"{_CARE}.open_from", "2024-03-31"),
        setting(f"{_PAID}.windows", {"months": [10, 3, 2], "article": "art. 5"}),
        setting("003.lifecycle.in_force.date", "2024-07-31"),
    ),
    "facts": (
        setting(f"{_CARE}.requires", [
            {"fact": "member", "if_stated": "zorgkas", "article": "art. 4"},
            {"fact": "registered", "article": "art. 3"},
            {"fact": "right-open", "purposes": ["elders"], "article": "art. 2"},
        ]),
        setting(f"{_PAID}.requires", [
            {"fact": "right-open", "purposes": ["audit", "rechtentoekenning"], "article": "art. 2"},
            {"fact": "member", "if_stated": "zorgkas", "purposes": ["audit"], "article": "art. 4"},
        ]),
    ),
    "purposes": (
        setting("001.units.vutg-audit.purposes", ["audit", "rechtentoekenning", "toezicht"]),
        setting("001.units.infino.purposes", ["rechtentoekenning-privaat", "rechtentoekenning"]),
        setting("001.units.opgroeien-kring.purposes", ["gegevensnetwerk", "statistiek", "jobbonusplus"]),
        setting("001.units.kidslife.access", "refused"),
    ),
    "versions": (
        _newer("001", "1.9.0",
               setting(f"{_PAID}.fields", ["insz", "maatregel"]),
               setting("001.units.kidslife.access", "refused"),
               _dropping("001", "flows", "jobbonusplus-statistiek")),
        _newer("001", "1.10.0",
               setting(f"{_PAID}.fields", ["insz", "fiscaalJaar", "bedragtype"]),
               setting(f"{_PAID}.requires", []),
               setting("001.flows.jobbonusplus-mutaties.requires", [])),
    ),
    "replaced": (
        _another("900", "000",
                 setting("900.lifecycle.signed_on", "2022-07-01"),
                 setting("900.lifecycle.replaces_prior", None),
                 setting("900.flows.jobbonus-dossier.training", None),
                 setting("900.flows.jobbonus-dossier.fields", ["persoon.naam", "status"])),
    ),
    "twins": (
        _another("904", "004",
                 setting("904.lifecycle.in_force.date", "2025-03-30"),
                 setting("904.flows.zorgtoeslag.fields", ["insz", "periode.begin"]),
                 setting("904.flows.zorgtoeslag.requires", [])),
    ),
}  # fmt: skip
VARIANTS = tuple(_VARIANTS)
_ABOUT: Mapping[str, tuple[str, ...]] = {
    "acts": ("inburgering-jaarlijst-leden", "jobbonus-dossier", "jobbonusplus-mutaties"),
    "gate": ("zorgtoeslag",),
    "quotas": ("zorgtoeslag", "inburgering-jaarlijst", "zele-betaalbestand"),
    "strict": ("zorgtoeslag", "jobbonusplus-verrichtingen", "zele-betaalbestand"),
    "manners": ("zorgtoeslag", "jobbonusplus-verrichtingen"),
    "calendar": ("zorgtoeslag", "jobbonusplus-verrichtingen", "zele-betaalbestand"),
    "facts": ("zorgtoeslag", "jobbonusplus-verrichtingen"),
    "purposes": ("vutg-audit", "infino", "opgroeien-kring"),
    "versions": ("jobbonusplus-verrichtingen", "jobbonusplus-mutaties", "jobbonusplus-statistiek"),
    "replaced": ("jobbonus-dossier",),
    "twins": ("zorgtoeslag",),
}
"""The flows and units that a variant is about; scenes prefer them."""


@cache
def law(name: str) -> Law:
    """One of the variants, made once."""
    return law_of(name, *_VARIANTS[name])
