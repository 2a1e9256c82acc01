"""What the log of a run says of it: counts by month, protocol and party, and what must hold of its entries."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML

from gateway.simulation.units import UNITS

_SHAPES = bytes(
    ord("0") if chr(one).isdigit() else ord("f") if chr(one) in "abcdef" else ord(" ")
    for one in range(128)
).ljust(256)
"""A digit, another letter of a digest, and everything else."""
_NUMBER = b" 00000000000 "
_FOLDER = {unit.key: unit.folder for unit in UNITS}
_MATRIX = Path(__file__).parent / "matrix.yaml"
_PARTY = {name: unit.party for unit in UNITS for name in (unit.key, unit.folder)}
_OF_FLOW = {flow: unit.protocols[0] for unit in UNITS for _, flow in unit.drops}
_OUT = "file.delivered"
_CLOSED = frozenset({"file.acknowledged", "file.expired", "file.withdrawn"})


@cache
def golden() -> frozenset[tuple[str, str, str, str]]:
    """Party, unit, flow and purpose that the five texts open, reviewed by hand."""
    rows = YAML(typ="safe", pure=True).load(_MATRIX.read_text("utf-8"))
    return frozenset((party, unit, flow, purpose) for party, unit, flow, purpose in rows)


def holds_number(leaf: bytes) -> bool:
    """Whether eleven digits stand together that are no part of a digest. NOTE: ten times as quick as a pattern."""
    return _NUMBER in b" %b " % leaf.translate(_SHAPES)


@dataclass(slots=True)
class LogBook:
    """Read once, from the first entry to the last. `answers` are what clients were told, by decision."""

    answers: Mapping[int, tuple[str, str | None]]
    months: Counter[tuple[str, str]] = field(default_factory=Counter)
    protocols: Counter[tuple[str, str]] = field(default_factory=Counter)
    parties: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    outside: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)
    open_files: set[tuple[str, str]] = field(default_factory=set)
    size: int = 0
    digest: str = ""

    def read(self, leaves: Iterable[bytes]) -> None:
        """Walk the log."""
        digest = sha256()
        for position, leaf in enumerate(leaves, 1):
            digest.update(leaf + b"\n")
            self._take(position, leaf)
            self.size = position
        self.digest = digest.hexdigest()

    def _take(self, position: int, leaf: bytes) -> None:
        entry: dict[str, Any] = msgspec.json.decode(leaf)
        if holds_number(leaf):
            self.numbers.append(f"D-{position}")
        for kind in _kinds(entry):
            self._count(entry, kind)
        if entry.get("outcome") == "refusal":
            self._refusal(entry)
        elif (
            entry["e"] in ("decision", _OUT) and entry["fields"] and entry["protocol"] != "platform"
        ):
            self._disclosure(position, entry)
        self._told(position, entry)
        self._file(entry)

    def _count(self, entry: Mapping[str, Any], kind: str) -> None:
        self.months[entry["at"][:7], kind] += 1
        if protocol := entry.get("protocol") or _OF_FLOW.get(entry.get("flow", "")):
            self.protocols[protocol.partition("@")[0], kind] += 1
        if party := _party(entry):
            self.parties[party, kind] += 1
        if entry.get("flow"):
            self.flows[entry["flow"], kind] += 1

    def _refusal(self, entry: Mapping[str, Any]) -> None:
        protocol = (entry.get("protocol") or "platform").partition("@")[0]
        article = (entry.get("articles") or ["-"])[0]
        for reason in entry.get("reasons") or ():
            self.refusals[reason, protocol, article] += 1

    def _disclosure(self, position: int, entry: Mapping[str, Any]) -> None:
        """LAW: what went out was opened by one of the five texts for this party, unit and purpose."""
        cell = (entry["party"], entry["unit"], entry["flow"], entry["purpose"])
        if not any(cell == one or _is_teams(cell, one) for one in golden()):
            self.outside.append(f"D-{position} {'/'.join(str(word) for word in cell)}")

    def _told(self, position: int, entry: Mapping[str, Any]) -> None:
        """Whether a client was told what was entered."""
        if entry["e"] != "decision":
            return
        self.channels[entry["channel"]] += 1
        if position not in self.answers:
            return
        outcome, reason = self.answers[position]
        entered = entry["outcome"], (entry.get("reasons") or [None])[0]
        if entered != (outcome, reason):
            self.otherwise.append(f"D-{position}")

    def _file(self, entry: Mapping[str, Any]) -> None:
        if entry["e"] == _OUT:
            self.open_files.add((_owner(entry), entry["file"]))
        elif entry["e"] in _CLOSED:
            self.open_files.discard((_owner(entry), entry["file"]))


def _party(entry: Mapping[str, Any]) -> str | None:
    """Whose doing an entry is: of an act who acts, of a file whose folder it lies in."""
    if entry["e"] == "protocol.act":
        return entry.get("by")
    return entry.get("party") or _PARTY.get(entry.get("credential") or "")


def _owner(entry: Mapping[str, Any]) -> str:
    """Whose folder a file lies in."""
    credential = str(entry.get("credential"))
    return _FOLDER.get(credential, credential)


def _kinds(entry: Mapping[str, Any]) -> Iterator[str]:
    """What an entry counts as; more than its kind says where it was refused."""
    kind = entry["e"]
    if kind == "decision":
        yield "answered" if entry["outcome"] == "permit" else "refused"
    elif kind != "checkpoint.published":
        yield kind


def _is_teams(cell: tuple[str, ...], one: tuple[str, ...]) -> bool:
    """Four departments of a municipality use one folder: their file is of any of them."""
    party, unit, flow, purpose = cell
    return unit == party and (party, flow, purpose) == (one[0], one[2], one[3])
