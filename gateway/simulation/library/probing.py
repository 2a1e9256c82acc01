"""What no client does: every question at once, a changed byte in the log, decisions taken again, prints of a space."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from gateway.adapters.log.decisions import DecisionReader
from gateway.adapters.protocol_events import SqlEventStore
from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
from gateway.adapters.protocol_files.law_book import LawBook
from gateway.adapters.protocol_files.library import compiled, read_folder
from gateway.adapters.protocol_files.switches import parse_switches, turned_round
from gateway.adapters.still import Still
from gateway.bootstrap.log import LOG
from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.protocol_document import ProtocolDocument
from gateway.flows.dry_run import DryQuestion
from gateway.flows.replay import Replay
from gateway.simulation.library.said import Said
from gateway.simulation.library.stage import Room, Scene

_STATE = (LOG, "space.db", "drop")
_ABOUT_A_PERSON = frozenset({
    Reason.NOT_REGISTERED, Reason.NOT_A_MEMBER, Reason.RIGHT_ENDED, Reason.NO_OPEN_QUESTION,
    Reason.NOT_IDENTIFIED, Reason.SESSION_OVER,
})  # fmt: skip
"""What the law still weighs once unit, flow and purpose are open."""


def open_cells(scene: Scene, who: str) -> Said:
    """Every unit, flow and purpose for which the law goes on to look at the person."""
    space = scene.here.space
    found = [
        f"{unit} {flow} {purpose}"
        for unit in space.callers
        for flow, purpose in _asked(space.gateway.protocols.bundle().documents)
        if _is_open(scene.here, unit, _question(scene, who, flow, purpose))
    ]
    return Said(body={"open": found})


def _asked(documents: tuple[ProtocolDocument, ...]) -> Iterator[tuple[str, str]]:
    for document in documents:
        for flow in document.flows.values():
            yield from ((flow.key, purpose) for purpose in sorted(flow.purposes))


def _question(scene: Scene, who: str, flow: str, purpose: str) -> DryQuestion:
    return DryQuestion(flow=flow, insz=scene.number(who), purpose=purpose, case="Z-1", has_enduser=True)  # fmt: skip


def _is_open(room: Room, unit: str, question: DryQuestion) -> bool:
    outcome = room.space.gateway.dry_run.check(room.space.callers[unit], question)
    return not isinstance(outcome, Refusal) or outcome.reason in _ABOUT_A_PERSON


def tamper(scene: Scene, entry: int) -> Said:
    """Change an entry as it lies on disk, by one letter."""
    with closing(sqlite3.connect(scene.here.space.data / LOG)) as log, log:
        (leaf,) = log.execute("SELECT leaf FROM entry WHERE position = ?", (entry,)).fetchone()
        changed = bytes(leaf).replace(b'"space":"', b'"space":"x', 1)
        log.execute("UPDATE entry SET leaf = ? WHERE position = ?", (changed, entry))
    return Said()


def what_if(scene: Scene, switches: str) -> Said:
    """The decisions of the log under other choices, and whether the space is as it was, byte for byte."""
    folder = scene.here.space.data
    before = _state(folder)
    documents = compiled(read_folder(BUILT_IN_PROTOCOLS))
    turned = compiled(read_folder(BUILT_IN_PROTOCOLS), turned_round(parse_switches(""), switches))
    acts = SqlEventStore(scene.here.space.gateway.engine).all()
    book = LawBook(documents, acts, turned if switches else None)
    with closing(Still.found(folder / LOG).connect()) as connection:
        reader = DecisionReader(connection)
        report = Replay(law=book.find).run(reader.decisions(reader.size()))
    return Said(body={**report.as_json(), "untouched": _state(folder) == before})


def fingerprint(scene: Scene) -> str:
    """One digest of the log's root and of every file in the drop folders, of all spaces that were used."""
    print_ = sha256()
    for room in scene.rooms:
        room.space.settle()
        print_.update(room.verified().root.encode())
        for name, digest in _digests(room.space.data / "drop").items():
            print_.update(f"{name} {digest}".encode())
    return print_.hexdigest()


def _state(folder: Path) -> Mapping[str, str]:
    """All that a space is: its log, its database, and its files."""
    everything = _digests(folder)
    return {name: one for name, one in everything.items() if name.startswith(_STATE)}


def _digests(folder: Path) -> Mapping[str, str]:
    """Every file, but SQLite's index into what is still to be merged, in which every reader stands."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.endswith("-shm")
    }
