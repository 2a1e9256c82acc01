"""All examples, found by operation, wire and reason; and as they are told to people and programs."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from gateway.contracts.reasons import Reason
from gateway.simulation.examples.errors import WITHOUT, errors
from gateway.simulation.examples.files import about_files, files, refused_files
from gateway.simulation.examples.services import services
from gateway.simulation.examples.shapes import Call, Example, Upload, Wire
from gateway.web.rest.bodies import PATHS
from gateway.web.rest.dossier import ROOT as DOSSIERS
from gateway.web.rest.files import PATHS as FILE_PATHS

_DESCRIBED = frozenset({*PATHS, *FILE_PATHS, DOSSIERS})


class NoExample(Exception):
    """There is no such example; the text says why, or what there is."""


@cache
def examples() -> Sequence[Example]:
    """Every example."""
    return (*services(), *about_files(), *files(), *errors(), *refused_files())


def find(operation: str | None, wire: Wire | None, reason: Reason | None) -> Example:
    """The first that is meant; an operation may be written in any case, and by its flow's name for files.

    Raises:
        NoExample: there is none.
    """
    found = [one for one in examples() if one.reason is reason]
    if operation is not None:
        found = [one for one in found if one.operation.casefold() == operation.casefold()]
    if wire is not None:
        found = [one for one in found if one.wire == wire]
    if not found:
        raise NoExample(_why_none(operation, wire, reason))
    return found[0]


def _why_none(operation: str | None, wire: Wire | None, reason: Reason | None) -> str:
    cause = WITHOUT.get((reason, wire)) if reason is not None and wire is not None else None
    if cause is not None:
        return f"`{reason}` is not said over {wire}: {cause}"
    known = {one.operation for one in examples() if one.reason is reason}
    named = f"`{operation}`" if operation else "that"
    told = f" with `{reason}`" if reason else ""
    over = f" over {wire}" if wire else ""
    return f"there is no example of {named}{told}{over}; there is: {', '.join(sorted(known))}"


def bodies_by_path() -> Mapping[str, Any]:
    """What is posted to each service over REST, by the path that the description has."""
    plain = (one.sent for one in examples() if one.reason is None and one.wire == "rest")
    posted = (one for one in plain if isinstance(one, Call) and one.path in _DESCRIBED)
    return {one.path: json.loads(one.body) for one in posted}


def as_json(one: Example) -> Mapping[str, Any]:
    """An example as programs take it."""
    return {
        "operation": one.operation,
        "wire": one.wire,
        "reason": one.reason.value if one.reason else None,
        "clock": one.clock,
        "text": dict(one.text),
        "note": one.note,
        "before": [_step(step) for step in one.before],
        "sent": _step(one.sent),
    }


def _step(step: Call | Upload) -> Mapping[str, Any]:
    if isinstance(step, Upload):
        folder = f"/in/{step.flow}/"
        return {
            "credential": step.credential,
            "folder": folder,
            "name": step.name,
            "content": step.content,
        }
    return {
        "credential": step.credential,
        "method": step.method,
        "path": step.path,
        "headers": dict(step.headers),
        "body": step.body,
    }
