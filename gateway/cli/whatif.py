"""`magda-sim whatif`: the log's decisions, taken again under a changed protocol."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from gateway.domain.protocol_document import ProtocolDocument
    from gateway.domain.replay_report import Report

FAILED, INVALID = 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to replay, and with what changed: nothing, a draft, or a finding's switch."""

    data: Path
    protocols: Path | None = None
    draft: Path | None = None
    switches: str = ""
    first: datetime | None = None
    last: datetime | None = None


Draft = Annotated[
    Path | None, typer.Argument(help="The changed protocol.", exists=True, dir_okay=False)
]
Switch = Annotated[
    list[str] | None, typer.Option(help="A finding to turn round instead, such as 003/O-32.")
]
Folder = Annotated[Path | None, typer.Option(help="Folder of protocols that the space runs on.")]


def whatif(
    draft: Draft = None,
    *,
    switch: Switch = None,
    unchanged: Annotated[bool, typer.Option("--unchanged", help="Change nothing.")] = False,
    first: Annotated[str | None, typer.Option("--from", help="First instant, included.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last instant, included.")] = None,
    data: Annotated[Path, typer.Option(help="Data folder of the space.")] = Path("var"),
    protocols: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a changed protocol would have done to the decisions in the log; changes nothing.

    Without a change every decision must come again as it was; status 1 where one does not.
    """
    if sum((draft is not None, bool(switch), unchanged)) > 1:
        _fail("give one of: a draft, --switch, --unchanged", INVALID)
    asked = Asked(
        data=data,
        protocols=protocols,
        draft=draft,
        switches=",".join(switch or ()),
        first=_instant(first),
        last=_instant(last),
    )
    _tell(asked, as_json=as_json)


def _tell(asked: Asked, *, as_json: bool) -> NoReturn:
    from gateway.adapters.protocol_files import ProtocolInvalid
    from gateway.cli.whatif_table import show

    try:
        report = replayed(asked, is_quiet=as_json)
    except ProtocolInvalid as invalid:
        _fail(str(invalid), INVALID)
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        show(report)
    is_change = asked.draft is not None or bool(asked.switches)
    raise typer.Exit(0 if report.stands(with_change=is_change) else FAILED)


def replayed(asked: Asked, *, is_quiet: bool = True) -> "Report":
    """The report, with a progress bar on a terminal.

    Raises:
        ProtocolInvalid: the draft, or what it is put among, does not hold.
    """
    from rich.progress import Progress

    from gateway.adapters.log.decisions import DecisionReader
    from gateway.adapters.protocol_files.law_book import LawBook
    from gateway.adapters.still import Still
    from gateway.flows.replay import Replay

    log, state = Still.found(asked.data / "log.db"), Still.found(asked.data / "space.db")
    if not (log.path.exists() and state.path.exists()):
        _fail(f"there is no space in {asked.data}", FAILED)
    documents, changed = _documents(asked)
    with closing(log.connect()) as connection, Progress(disable=is_quiet, transient=True) as bar:
        reader = DecisionReader(connection)
        size = reader.size()  # before the acts: whatever the log knows by now is recorded there
        book = LawBook(documents, _acts(state), changed)
        task = bar.add_task("replaying", total=size)
        replay = Replay(law=book.find, first=asked.first, last=asked.last)
        report = replay.run(reader.decisions(size), lambda at: bar.update(task, completed=at))
    if log.was_opened() or state.was_opened():
        _fail("the space was started meanwhile; run this again", FAILED)
    return report


def _documents(
    asked: Asked,
) -> "tuple[tuple[ProtocolDocument, ...], tuple[ProtocolDocument, ...] | None]":
    """The law that the space runs on, and the changed one."""
    from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
    from gateway.adapters.protocol_files.law_book import drafted, in_place
    from gateway.adapters.protocol_files.library import compiled, read_folder
    from gateway.adapters.protocol_files.switches import parse_switches, turned_round
    from gateway.settings import Settings

    settings = Settings()
    found = read_folder(asked.protocols or settings.protocols or BUILT_IN_PROTOCOLS)
    standing = parse_switches(settings.switches)
    documents = compiled(found, standing)
    if asked.draft is not None:
        return documents, in_place(documents, drafted(asked.draft))
    if asked.switches:
        return documents, compiled(found, turned_round(standing, asked.switches))
    return documents, None


def _acts(state: Any) -> Any:
    """The acts on protocols that the space has recorded."""
    from sqlalchemy import create_engine

    from gateway.adapters.protocol_events import SqlEventStore

    engine = create_engine("sqlite://", creator=state.connect)
    acts = SqlEventStore(engine).all()
    engine.dispose()
    return acts


def _instant(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text is not None else None
    except ValueError:
        _fail(f"`{text}` is no instant; write 2025-03-10T08:00:00+01:00", INVALID)
    if at is not None and at.tzinfo is None:
        _fail(f"`{text}` has no offset; write 2025-03-10T08:00:00+01:00", INVALID)
    return at


def _fail(what: str, status: int) -> NoReturn:
    typer.echo(what, err=True)
    raise typer.Exit(status)
