"""Somebody who asks and fetches whatever happens on the way, and keeps every byte that came."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import paramiko

from gateway.domain.sealing import unpack_subjects
from gateway.simulation.units import UNITS, Drop
from tests.agreement import WIRES, Act, Asked, envelope, generated
from tests.builders import the_documents
from tests.corpus.cells import OF_PLATFORM, OPEN
from tests.running import FLOW, RunningSpace

_LOST = (OSError, EOFError, paramiko.SSHException)
_NUMBER = re.compile(rb"(?<![0-9A-Za-z])\d{11}(?![0-9A-Za-z])")
CLERK = "82722401041"
LISTED = {
    key: frozenset(one.name for one in flow.fields)
    for document in the_documents()
    for key, flow in document.flows.items()
}
NEVER = re.compile(
    rb'"(pijler[23]|totaal|statusAanvraag|wetgeving|subpijlers\d)":'
    rb"|<(Pijler[23]|Totaal|StatusAanvraag|Wetgeving|DatumBeslissing)>"
)
"""Members that only the sources have: no protocol lists them, for anybody."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one question: whatever of it came."""

    asked: Asked
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a unit got of a file."""

    unit: str
    name: str
    content: bytes


@dataclass(slots=True)
class Onlooker:
    """Lives a life in a space, and holds what it saw against the log and against the golden matrix."""

    space: RunningSpace
    came: list[Came] = field(default_factory=list)
    fetched: list[Fetched] = field(default_factory=list)
    lost: int = 0
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, trust_env=False))

    def live(self, seed: int, questions: int, days: int) -> None:
        """Questions with acts in between, and days on which files are made and fetched."""
        chance, segments = Random(seed), list(generated(seed, questions, a_segment=3))
        for position, (act, segment) in enumerate(segments, 1):
            self._do(act)
            for number, asked in enumerate(segment):
                self._ask(asked, over_soap=number % 2 == 0)
            if position % (len(segments) // days) == 0:
                self.space.control("POST", "/clock/advance", {"days": 1})
                self.fetch_all(acknowledge=chance.random() < 0.5)

    def _do(self, act: Act) -> None:
        token = self.space.ready["control_token"]
        if act.unit is not None:
            token = self.space.credential(act.unit)["token"]
        with suppress(httpx.TransportError):
            self.client.request(
                act.method, self.space.http + act.path, json=act.body,
                headers={"Authorization": f"Bearer {token}"},
            )  # fmt: skip

    def _ask(self, asked: Asked, *, over_soap: bool) -> None:
        wire, one = WIRES[asked.flow], self.space.credential(asked.unit)
        stated = {
            "Sim-Purpose": asked.purpose, "Sim-Case": asked.case, "X-Magda-Enduser-ID": CLERK,
            "Sim-Authentication": asked.authentication,
        }  # fmt: skip
        headers = {name: value for name, value in stated.items() if value is not None}
        path, content = wire.path, json.dumps(wire.body(asked)).encode()
        if over_soap:
            path, content, headers = "/soap", envelope(asked, one), {"Content-Type": "text/xml"}
        headers |= {"Authorization": f"Bearer {one['token']}"}
        self._send(asked, path, content, headers)

    def _send(self, asked: Asked, path: str, content: bytes, headers: dict[str, str]) -> None:
        got, answered = bytearray(), {}
        try:
            with self.client.stream(
                "POST", self.space.http + path, content=content, headers=headers
            ) as answer:
                answered = dict(answer.headers)
                for piece in answer.iter_raw(chunk_size=64):
                    got += piece
        except httpx.TransportError:
            self.lost += 1
        self.came.append(Came(asked, answered, bytes(got)))

    def fetch_all(self, *, acknowledge: bool) -> None:
        """Every file that lies in any folder, as far as it comes."""
        for unit in UNITS:
            if (Drop.OUT_OF, FLOW) in unit.drops:
                with suppress(*_LOST), self.space.sftp(unit.key) as drop:
                    for name in drop.files(FLOW):
                        with self._noting(unit.key, name) as got:
                            got.extend(drop.chunks(f"/uit/{FLOW}/{name}"))
                        if acknowledge:
                            drop.acknowledge(FLOW, name)

    @contextmanager
    def _noting(self, unit: str, name: str) -> Iterator[list[bytes]]:
        got: list[bytes] = []
        try:
            yield got
        finally:
            self.fetched.append(Fetched(unit, name, b"".join(got)))

    def files(self) -> list[tuple[str, str, bytes]]:
        """What came of files, in order."""
        return [(one.unit, one.name, one.content) for one in self.fetched]

    def wrong(self) -> list[str]:
        """Everything that should not be: nothing, whatever went wrong on the way."""
        self.space.space.settle()
        assert self.space.verify().ok
        entries = self._entries()
        return [
            *(told for leaf, _ in entries for told in _outside(leaf)),
            *(told for one in self.came for told in _unentered(one, entries)),
            *(told for one in self.fetched for told in _undelivered(one, entries)),
        ]

    def _entries(self) -> Sequence[tuple[dict[str, Any], frozenset[int]]]:
        reader = self.space.space.gateway.log.reader
        return [
            (json.loads(one.leaf), frozenset(unpack_subjects(one.subjects or b"")))
            for one in reader.entries(1, reader.head().size)
        ]


def _outside(leaf: dict[str, Any]) -> Iterator[str]:
    """A disclosure that no cell of the matrix opens, or of a field that the protocol does not list."""
    if leaf["e"] not in ("decision", "file.delivered") or leaf["outcome"] != "permit":
        return
    flow, party, unit = leaf["flow"], leaf["party"], leaf["credential"]
    if leaf["protocol"] == "platform":
        if flow != "repertorium" and not any(cell[2] == flow for cell in OF_PLATFORM):
            yield f"{flow}: not of the platform"
        return
    if not any(cell[:3] == [party, unit, flow] for cell in OPEN):
        yield f"{party}/{unit}/{flow}: no cell"
    if not set(leaf["fields"]) <= LISTED[flow]:
        yield f"{flow}: fields that are not listed"


def _unentered(
    one: Came, entries: Sequence[tuple[dict[str, Any], frozenset[int]]]
) -> Iterator[str]:
    """An answer that tells of somebody else, of a field that is nobody's, or without a permit."""
    numbers = {number.decode() for number in _NUMBER.findall(one.body)} - {CLERK, one.asked.insz}
    if numbers - _replaced(one):
        yield f"{one.asked.flow}: a number that was not asked about"
    if NEVER.search(one.body):
        yield f"{one.asked.flow}: a field that no protocol lists"
    decision = one.headers.get("sim-decision")
    if one.body and decision is None:
        yield f"{one.asked.flow}: an answer without a decision"
    if decision is not None:
        leaf = entries[int(decision.removeprefix("D-")) - 1][0]
        if leaf["credential"] != one.asked.unit:
            yield f"{one.asked.flow}: another's decision"
        if leaf["outcome"] != "permit" and _tells(one.body):
            yield f"{one.asked.flow}: refused, and told"


def _tells(body: bytes) -> bool:
    """Whether there is content of a source in it."""
    return any(word in body for word in (b'"erkenningen":[{', b"<Pijler1>", b'"verrichtingen":[{', b"<Verrichtingbedrag>", b'"advies":', b"<Advies>"))  # fmt: skip


def _replaced(one: Came) -> set[str]:
    """A notice that a number was replaced tells the new one."""
    return {"75700100788"} if one.asked.insz == "75700100590" else set()


def _undelivered(
    one: Fetched, entries: Sequence[tuple[dict[str, Any], frozenset[int]]]
) -> Iterator[str]:
    """A number in a file that its entry does not hold, or in a folder that it was not meant for."""
    given = [
        subjects
        for leaf, subjects in entries
        if leaf["e"] == "file.delivered"
        and (leaf["credential"], leaf["file"]) == (one.unit, one.name)
    ]
    if one.content and len(given) != 1:
        yield f"{one.unit}/{one.name}: not one entry"
    for number in _NUMBER.findall(one.content):
        if not any(int(number) in subjects for subjects in given):
            yield f"{one.unit}/{one.name}: a person whom its entry does not hold"
