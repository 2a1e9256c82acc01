"""The law as a command sees it: documents, the acts on them in a space, and the instant it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.running import FAILED, INVALID, control

if TYPE_CHECKING:
    from gateway.adapters.protocol_files.schema import DocumentModel
    from gateway.domain.bundle import Bundle
    from gateway.domain.lifecycle import LifecycleEvent
    from gateway.domain.protocol_document import ProtocolDocument

Folder = Annotated[Path | None, typer.Option(help="Folder of protocols instead of the built-in.")]
At = Annotated[str | None, typer.Option(help="Instant with offset; now if none.")]
Data = Annotated[Path | None, typer.Option(help="Data folder of a space, for its acts and clock.")]


@dataclass(frozen=True, slots=True)
class Law:
    """Whole documents, and what the decision makes of them at an instant."""

    models: "Sequence[DocumentModel]"
    bundle: "Bundle"
    at: datetime

    def find(self, key: str) -> "tuple[DocumentModel, ProtocolDocument]":
        """A protocol by id (its standing version) or by id and version; exits with 1 if there is none."""
        from gateway.domain.standing import standing_version

        known = {document.ref: document for document in self.bundle.documents}
        document = known.get(key) or standing_version(self.bundle, key, self.at)
        if document is None:
            typer.echo(f"there is no protocol {key}; there are {', '.join(known)}", err=True)
            raise typer.Exit(FAILED)
        model = next(m for m in self.models if (m.id, m.version) == (document.id, document.version))
        return model, document


def read_models(folder: Path | None) -> "Sequence[DocumentModel]":
    """The documents of a folder, or those that a space with these settings would load."""
    from gateway.adapters.protocol_files import ProtocolInvalid, read_turned
    from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
    from gateway.adapters.protocol_files.switches import parse_switches
    from gateway.settings import Settings

    settings = Settings()
    try:
        chosen = folder or settings.protocols or BUILT_IN_PROTOCOLS
        return read_turned(chosen, parse_switches(settings.switches))
    except ProtocolInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(INVALID) from None


def law_of(folder: Path | None, data: Path | None, at: str | None) -> Law:
    """The documents, with the acts of the space on `data` where one is named."""
    from gateway.adapters.protocol_files import FileProtocolLibrary, initial_events
    from gateway.adapters.protocol_files.compile import compile_document

    models = read_models(folder)
    documents = [compile_document(model) for model in models]
    signed = [event for document in documents for event in initial_events(document)]
    library = FileProtocolLibrary(documents, [*signed, *_acts(data)])
    return Law(models, library.bundle(), instant(at, data))


def instant(at: str | None, data: Path | None) -> datetime:
    """The instant that was asked; else that of the space; else the demo's start."""
    from gateway.settings import DEMO_CLOCK

    if at is None and data is not None:
        at = str(control(data, "GET", "/clock")["now"])
    return parsed(at or DEMO_CLOCK)


def parsed(at: str) -> datetime:
    """An instant; exits with 3 where it is none, or has no offset."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901  refused below like one without an offset
    if moment.tzinfo is None:
        typer.echo(f"`{at}` is no instant: write 2025-03-10T08:00:00+01:00", err=True)
        raise typer.Exit(INVALID)
    return moment


def _acts(data: Path | None) -> "Sequence[LifecycleEvent]":
    if data is None:
        return []
    from gateway.adapters.database import read_database
    from gateway.adapters.protocol_events import SqlEventStore

    path = data / "space.db"
    if not path.exists():
        typer.echo(f"there is no space in {data}", err=True)
        raise typer.Exit(FAILED)
    engine = read_database(path)
    try:
        return SqlEventStore(engine).all()
    finally:
        engine.dispose()
