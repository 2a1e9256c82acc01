"""Data minimisation: nothing leaves that the permit does not name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.contracts.quickly_made import quickly_made
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit
from gateway.domain.decision_terms import (
    IDENTIFYING,
    Candidate,
    ObligationKind,
    UndischargedObligation,
    require_dischargeable,
)
from gateway.domain.derivations import RULES, Rule
from gateway.domain.protocol_document import Fact
from gateway.domain.services import Branches, FieldPaths

Tree = Mapping[str, Any]
DISCHARGED_BY_ANSWER = frozenset(
    {
        ObligationKind.FILTER,
        ObligationKind.DERIVE,
        ObligationKind.ANONYMISE,
        ObligationKind.CONDITIONAL,
        ObligationKind.RETENTION,
        ObligationKind.NO_STORE,
        ObligationKind.QUOTA,
        ObligationKind.LOG,
    }
)
"""What an answer's way out fulfils: derivation, cut and conditions below, the headers, the number
that the line set aside, the entry."""
_PLAIN = DISCHARGED_BY_ANSWER - {
    ObligationKind.DERIVE,
    ObligationKind.ANONYMISE,
    ObligationKind.CONDITIONAL,
}
_DISCHARGED_IN_SESSION = DISCHARGED_BY_ANSWER | {ObligationKind.SESSION_LIMIT}


_NOWHERE: frozenset[ObligationKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning beside an answer (`insz-replaced`, `already-registered`), with its annotations.

    `about` is the field that it tells of; where that may not leave, the warning does not either.
    """

    reason: Reason
    annotations: tuple[tuple[str, str], ...] = ()
    about: str | None = None


@quickly_made
@dataclass(frozen=True)
class SourceRecord:
    """What a source answered, whole. `paths` says where in `data` each field name stands.

    `is_anonymous` where it holds figures in which nobody can be found.
    """

    data: Tree
    paths: FieldPaths
    notices: tuple[Notice, ...] = ()
    is_anonymous: bool = False


@quickly_made
@dataclass(frozen=True)
class FilteredRecord:
    """What may leave. Made by `keep_permitted` only; an answer can be rendered only from one."""

    data: Tree
    permit: Permit
    notices: tuple[Notice, ...] = ()


def keep_permitted(
    record: SourceRecord, permit: Permit, *, elsewhere: frozenset[ObligationKind] = _NOWHERE
) -> FilteredRecord | None:
    """The record cut down to the permitted fields; `None` where that leaves no answer.

    Derived fields are worked out first, so that what they rest on is cut away. Only permitted paths
    are walked, so whatever else the source sent has no effect. `elsewhere` is what others fulfil.

    Raises:
        UndischargedObligation: an obligation of an unknown kind.
    """
    whole: SourceRecord | None = record
    standing = permit.fields
    if not _is_plain(permit.candidate):
        whole, standing = _dutiful(record, permit, elsewhere)
    if whole is None:
        return None
    kept = _cut(whole.data, whole.paths.branches(standing))
    if kept.keys() <= IDENTIFYING:
        return None
    return FilteredRecord(kept, permit, _telling(record.notices, standing))


def _is_plain(chosen: Candidate) -> bool:
    """Whether cut, labels and entry fulfil every duty that comes with it, whatever the record holds."""
    plain: bool | None = chosen.worked_out.get(_is_plain)
    if plain is None:
        kinds = frozenset(one.kind for one in chosen.obligations)
        plain = chosen.worked_out[_is_plain] = kinds <= _PLAIN
    return plain


def _dutiful(
    record: SourceRecord, permit: Permit, elsewhere: frozenset[ObligationKind]
) -> tuple[SourceRecord | None, tuple[str, ...]]:
    """The record with what is derived, if it can be, and the fields whose conditions hold."""
    require_dischargeable(permit.candidate.obligations, _discharged(permit) | elsewhere)
    _require_anonymous(record, permit)
    whole = _derived(record, permit)
    return whole, permit.fields if whole is None else _standing(whole, permit)


def _telling(notices: tuple[Notice, ...], standing: tuple[str, ...]) -> tuple[Notice, ...]:
    """Those that tell of no field, or of one that leaves."""
    if not notices:
        return notices
    return tuple(one for one in notices if one.about is None or one.about in standing)


def keep_listed(row: Tree, paths: FieldPaths, permit: Permit) -> Tree:
    """A row that its provider made whole itself, cut down to the permitted fields."""
    kept: Tree = _cut(row, paths.branches(permit.fields))
    return kept


def _discharged(permit: Permit) -> frozenset[ObligationKind]:
    """What this answer fulfils; by its own evidence a look in session ends with the session."""
    return _DISCHARGED_IN_SESSION if Fact.IN_SESSION in permit.evidence else DISCHARGED_BY_ANSWER


def _derived(record: SourceRecord, permit: Permit) -> SourceRecord | None:
    """The record with the fields that the gateway works out; `None` where one cannot be."""
    values = {}
    for obligation in permit.candidate.obligations:
        if obligation.kind is ObligationKind.DERIVE:
            field, _, rule = obligation.value.partition("=")
            if field in permit.fields:
                values[field] = _rule(rule)(record.data)
    if None in values.values():
        return None
    return replace(record, data={**record.data, **values}) if values else record


def _rule(name: str) -> Rule:
    """The rule by which a field is derived.

    Raises:
        UndischargedObligation: there is no such rule here.
    """
    if name not in RULES:
        raise UndischargedObligation(f"{ObligationKind.DERIVE} by {name}")
    return RULES[name]


def _require_anonymous(record: SourceRecord, permit: Permit) -> None:
    """Let a record of people pass only where the permit allows to tell of people.

    Raises:
        UndischargedObligation: rows about people, for a purpose that is anonymous.
    """
    for obligation in permit.candidate.obligations:
        if obligation.kind is ObligationKind.ANONYMISE and not record.is_anonymous:
            raise UndischargedObligation(str(obligation.kind))


def _standing(record: SourceRecord, permit: Permit) -> tuple[str, ...]:
    """The permitted fields, without those whose condition on another field does not hold."""
    absent = set()
    for obligation in permit.candidate.obligations:
        if obligation.kind is ObligationKind.CONDITIONAL:
            field, _, condition = obligation.value.partition(":")
            other, _, equals = condition.partition("=")
            if _value(record, other) != equals:
                absent.add(field)
    return tuple(name for name in permit.fields if name not in absent) if absent else permit.fields


def _value(record: SourceRecord, name: str) -> Any:
    node: Any = record.data
    for step in record.paths[name]:
        node = node.get(step) if isinstance(node, Mapping) else None
    return node


def _cut(node: Any, branches: Branches) -> Any:
    """What the branches lead to; empty objects and lists are left out."""
    if isinstance(node, list):
        return [kept for item in node if (kept := _cut(item, branches))]
    if not isinstance(node, dict):
        return None
    kept = {}
    for key, branch in branches.items():
        if key in node:
            value = node[key] if branch is None else _cut(node[key], branch)
            if value or value not in _NOTHING:
                kept[key] = value
    return kept


_NOTHING: tuple[object, ...] = ({}, [])
