"""Names that lead nowhere, and ids that stand twice. Works on any document that is YAML, whole or not."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.adapters.protocol_files.form import closest
from gateway.adapters.protocol_files.reader import Defect, Sheet
from gateway.adapters.protocol_files.rows import Row, ids, row, rows, words
from gateway.adapters.protocol_files.yaml_tree import Place
from gateway.domain.services import GIVEN

_LISTS_WITH_IDS = {
    "parties": "id", "purposes": "id", "fields": "id", "flows": "id", "units": "id",
    "retention": "id", "measures": "id", "findings": "code", "examples": "id",
}  # fmt: skip
_PARTY, _OWNER, _PURPOSE, _FIELD = "party", "party or group", "purpose", "field"
_IN_LISTS = (
    ("purposes", "party", _OWNER),
    ("dpo_advice", "party", _PARTY),
    ("processors", "party", _OWNER),
    ("publication", "party", _OWNER),
    ("processor_register", "party", _OWNER),
    ("processor_register", "to", _OWNER),
    ("evidence", "party", _OWNER),
    ("evidence", "to", _OWNER),
    ("law_changes", "party", _OWNER),
    ("law_changes", "to", _OWNER),
    ("information", "party", _OWNER),
    ("information", "to", _OWNER),
    ("measures", "by", _OWNER),
    ("sanctions", "by", _PARTY),
    ("incidents", "by", _PARTY),
    ("units", "party", _PARTY),
    ("units", "purposes", _PURPOSE),
    ("flows", "source", _PARTY),
    ("flows", "consumers", _OWNER),
    ("flows", "purposes", _PURPOSE),
    ("flows", "fields", _FIELD),
)
_Reference = tuple[Place, str, str]


def name_defects(sheet: Sheet) -> Iterator[Defect]:
    """Every name that leads nowhere, and every id that stands twice."""
    yield from _doubled_ids(sheet)
    known = _known(sheet.content)
    for place, name, kind in _references(sheet.content):
        if name not in known[kind]:
            what = f"`{name[:60]}` is no {kind} of this document"
            yield sheet.defect(place, what, _mend(name, kind, known[kind]))
    yield from _not_given(sheet)


def _mend(name: str, kind: str, known: frozenset[str]) -> str:
    meant = closest(name, known)
    did_you = f"did you mean `{meant}`? else " if meant else ""
    listed = "parties" if kind in (_PARTY, _OWNER) else f"{kind}s"
    return f"{did_you}add it to `{listed}`, or correct the name"


def _doubled_ids(sheet: Sheet) -> Iterator[Defect]:
    for listed, key in _LISTS_WITH_IDS.items():
        seen: set[str] = set()
        for place, one in rows(sheet.content, listed):
            name = one.get(key)
            if isinstance(name, str) and name in seen:
                what = f"`{name[:60]}` stands here twice"
                yield sheet.defect((*place, key), what, "give each its own")
            elif isinstance(name, str):
                seen.add(name)


def _known(content: Any) -> Mapping[str, frozenset[str]]:
    parties = frozenset(ids(content, "parties"))
    return {
        _PARTY: parties,
        _OWNER: parties | frozenset(ids(content, "parties", "group")),
        _PURPOSE: frozenset(ids(content, "purposes")),
        _FIELD: frozenset(ids(content, "fields")),
    }


def _references(content: Any) -> Iterator[_Reference]:
    for listed, key, kind in _IN_LISTS:
        for place, one in rows(content, listed):
            yield from _named(place, one, key, kind)
    yield from _named(("onward",), row(content, "onward"), "to", _OWNER)
    yield from _named(("quality",), row(content, "quality"), "report_via", _PARTY)
    yield from _named(("dpia",), row(content, "dpia"), "by", _PARTY)
    for place, one in rows(content, "fields"):
        yield from _named((*place, "only_if"), row(one, "only_if"), "field", _FIELD)
    for place, flow in rows(content, "flows"):
        for inner, required in rows(flow, "requires"):
            yield from _named((*place, *inner), required, "purposes", _PURPOSE)


def _named(place: Place, one: Row, key: str, kind: str) -> Iterator[_Reference]:
    for inner, name in words(one, key):
        yield (*place, *inner), name, kind


def _not_given(sheet: Sheet) -> Iterator[Defect]:
    """A flow can list only what its service or file can give."""
    for place, flow in rows(sheet.content, "flows"):
        service = flow.get("service")
        if not isinstance(service, str):
            continue
        given = GIVEN.get(service)
        if given is None:
            meant = closest(service, GIVEN) or ", ".join(sorted(GIVEN))
            yield sheet.defect((*place, "service"), "no such service", f"choose from: {meant}")
            continue
        for inner, name in words(flow, "fields"):
            if name not in given:
                what = f"`{service}` has no field `{name[:60]}`"
                mend = "choose from: " + ", ".join(sorted(given))
                yield sheet.defect((*place, *inner), what, mend)
