"""`magda-sim protocol explain`: what stands between a question and its answer, or why a decision fell."""

import json
import re
import shutil
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.law import At, Data, Folder, Law, law_of
from gateway.cli.running import FAILED, INVALID

if TYPE_CHECKING:
    from gateway.domain.explanation import Step, Way
    from gateway.domain.protocol_document import ProtocolDocument

_DECISION = re.compile(r"D-[1-9]\d*")
_WIDEST = 110
_WHOM = {"caller": "asked", "person": "looked up", "gateway": "done"}


def explain(
    what: Annotated[str, typer.Argument(help="A protocol (001), or a decision of the log (D-18).")],
    *,
    unit: Annotated[str | None, typer.Option(help="One unit, such as vutg-toezicht.")] = None,
    flow: Annotated[str | None, typer.Option(help="One flow.")] = None,
    at: At = None,
    data: Data = None,
    protocols: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain a protocol for its units and flows, clause by clause, or one decision of a log."""
    if _DECISION.fullmatch(what):
        _explain_decision(what, data or Path("var"), protocols, as_json=as_json)
        return
    from gateway.domain.explanation import explain as steps_of

    law = law_of(protocols, data, at)
    _, document = law.find(what)
    ways = list(_ways(law, document, unit, flow))
    if as_json:
        told = [_words(way) | {"steps": [asdict(step) for step in steps_of(way)]} for way in ways]
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"protocol {document.ref} ({document.digest}) at {law.at.isoformat()}")
    for way in ways:
        typer.echo(f"\nunit {way.unit} of {way.party}, flow {way.flow.key}")
        for step in steps_of(way):
            typer.echo(_line(step))


def _words(way: "Way") -> dict[str, Any]:
    return {"protocol": way.document.ref, "digest": way.document.digest, "unit": way.unit,
            "party": way.party, "flow": way.flow.key, "at": way.at.isoformat()}  # fmt: skip


def _ways(
    law: Law, document: "ProtocolDocument", unit: str | None, flow: str | None
) -> "Iterator[Way]":
    """The pairs that were asked; without a choice, those that share a purpose."""
    from gateway.domain.explanation import Way

    flows = [document.flows[_known(flow, document.flows, "flow")]] if flow else [*document.flows.values()]  # fmt: skip
    parties = {one.key: one.party for one in document.units.values()} | _other_units(document)
    units = [_known(unit, parties, "unit")] if unit else [*document.units]
    for key in units:
        for one in flows:
            way = Way(bundle=law.bundle, document=document, flow=one, party=parties[key], unit=key,
                      at=law.at)  # fmt: skip
            if way.purposes or (unit and flow) or (unit and not _has_any(way)):
                yield way


def _has_any(way: "Way") -> bool:
    """Whether the unit shares a purpose with any flow at all; if not, every flow tells why."""
    unit = way.document.units.get(way.unit)
    return unit is not None and bool(unit.purposes)


def _other_units(document: "ProtocolDocument") -> dict[str, str]:
    """Credentials of the document's parties that are none of its units."""
    from gateway.simulation.accounts import callers

    return {
        one.unit: one.party
        for one in callers().values()
        if one.party in document.parties and one.unit not in document.units
    }


def _known(key: str, known: Any, what: str) -> str:
    if key not in known:
        typer.echo(f"there is no {what} `{key}`; there are: {', '.join(known)}", err=True)
        raise typer.Exit(INVALID)
    return key


def _line(step: "Step") -> str:
    state = {True: "holds", False: "FAILS", None: _WHOM[step.whom]}[step.holds]
    cited = f" ({step.article})" if step.article else ""
    return _wrapped(f"  {step.stage:<15}{state:<11}", f"{step.clause}{cited}")


def _wrapped(head: str, text: str) -> str:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return textwrap.fill(text, width, initial_indent=head, subsequent_indent=" " * len(head),
                         break_on_hyphens=False)  # fmt: skip


def _explain_decision(what: str, data: Path, protocols: Path | None, *, as_json: bool) -> None:
    from gateway.domain.hindsight import hindsight

    leaf = _leaf(data, int(what.removeprefix("D-")))
    law = law_of(protocols, data, leaf["at"])
    told = hindsight(what, leaf, law.bundle)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for head, text in _rows(told):
        typer.echo(_wrapped(f"{head:<13}", text))


def _leaf(data: Path, position: int) -> dict[str, Any]:
    from gateway.adapters.log import LogReader

    path = data / "log.db"
    if not path.exists():
        typer.echo(f"there is no log in {data}", err=True)
        raise typer.Exit(FAILED)
    reader = LogReader(path)
    try:
        found = [json.loads(one.leaf) for one in reader.entries(position, position)]
        size = reader.head().size
    finally:
        reader.close()
    if not found:
        typer.echo(f"there is no D-{position}: the log holds {size} entries", err=True)
        raise typer.Exit(FAILED)
    leaf: dict[str, Any] = found[0]
    return leaf


def _rows(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield told["decision"], f"{told['kind']}, {told['outcome'] or 'noted'} at {told['at']}"
    yield "protocol", f"{told['protocol'] or '-'}  {told.get('document') or ''}".strip()
    for key in ("credential", "unit", "channel", "service", "flow", "purpose"):
        if told.get(key):
            yield key, str(told[key])
    for key, value in told.get("words", {}).items():
        if value not in (None, [], ""):
            yield key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    yield from _content_rows(told)
    for one in told["reasons"]:
        cited = f", {one['article']}" if one["article"] else ""
        yield "reason", f"{one['reason']} ({one['code'] or '-'}){cited}: {one['detail']}"
        yield "remedy", one["remedy"]
    if told["articles"]:
        yield "articles", "; ".join(told["articles"])
    yield "the person", "nobody can tell from this entry; it only commits to whom it was about"


def _content_rows(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("fields", "withheld"):
        if told.get(key):
            label = "left" if key == "fields" else "withheld"
            yield label, "; ".join(f"{one['field']} ({one['article']})" for one in told[key])
    if told.get("facts"):
        yield "facts", ", ".join(f"{fact} ({key})" for fact, key in told["facts"].items())
    for one in told.get("obligations", []):
        yield "obligation", f"{one['kind']} {one['value']}".strip() + f" ({one['article']})"
