"""A number that may never be seen: put wherever a client can put it, searched for wherever others look."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.operation import LineSink, machine_log
from gateway.domain.evidence import Wanted
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.canary import (
    FORMS,
    GROUPS,
    NUMBER,
    PLACES,
    UNANSWERED,
    Hands,
    shows,
    shows_number,
    tables,
    titles,
    told_to_others,
)  # fmt: skip
from tests.running import REGISTER, START, RunningSpace


class Watched:
    """A running space, and all that anybody but the asker may see of it since one looked last."""

    def __init__(self, space: RunningSpace, lines: Path) -> None:
        self.space, self._lines = space, lines
        self._seen_lines = 0
        self._seen_entries = space.host.space.gateway.log.size
        self.leaves: dict[int, dict[str, Any]] = {}

    def look(self) -> dict[str, str]:
        """What is new: by where it stands."""
        return {
            "entries": self._entries(),
            "lines": self._new_lines(),
            "metrics": self.space.get("/metrics").text,
            "readiness": self.space.get("/ready").text,
            "tables": tables(self.space),
            "bundles": self._bundles(),
            "spaces": json.dumps(self.space.control("GET", "/spaces").json()),
            "checkpoints": "\n".join(map(self._log, ("checkpoint", "checkpoints", "keys"))),
            "newest proof": self._log(f"proof/{self.space.host.space.gateway.log.size}"),
            "page of the subject": self._mine("karim", ""),
            "page of another": self._mine("noor", ""),
            "looks of the subject": self._mine("karim", "/raadplegingen"),
            "looks of another": self._mine("noor", "/raadplegingen"),
            "export": self.space.get(f"/log/tile/entries/{self._tile()}").text,
        }

    def _log(self, path: str) -> str:
        return self.space.get(f"/log/{path}").text

    def _mine(self, key: str, path: str) -> str:
        """What a citizen is shown; their own number is no part of it either."""
        token = self.space.control("POST", f"/personas/{key}/login").json()["token"]
        answer = self.space.get(f"/mijn{path}", Authorization=f"Bearer {token}")
        assert answer.status_code == 200
        return answer.text

    def _entries(self) -> str:
        log = self.space.host.space.gateway.log
        new = list(log.reader.entries(self._seen_entries + 1, log.size))
        self.leaves = {one.position: json.loads(one.leaf) for one in new}
        self._seen_entries += len(new)
        return "\n".join(one.leaf.decode() for one in new)

    def _new_lines(self) -> str:
        self.space.host.space.operation._lines._drain()
        text = self._lines.read_text() if self._lines.exists() else ""
        new, self._seen_lines = text[self._seen_lines :], len(text)
        return new

    def _bundles(self) -> str:
        """The evidence of one protocol after the other, and the whole log as evidence."""
        evidence, number = self.space.host.space.gateway.openings.evidence, len(self.leaves) % 5
        first, last = (datetime(year, 1, 1, tzinfo=UTC) for year in (2025, 2026))
        asked = [Wanted(f"00{number}", first, last), Wanted("001", first, last, whole=True)]
        return "\n".join(evidence.bundle(one).decode("latin-1") for one in asked)

    def _tile(self) -> str:
        size = self.space.host.space.gateway.log.size
        return f"000.p/{size}" if size < 256 else "000"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A space whose lines and whose libraries' lines go to one file."""
    folder = tmp_path_factory.mktemp("canary")
    lines = folder / "lines"
    root, hook = logging.getLogger(), threading.excepthook
    handlers = list(root.handlers)
    sink = LineSink(str(lines), "json")
    machine_log.install(sink)
    host = Host(Settings(data=folder / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                         lines=str(lines), line_format="json"))  # fmt: skip
    try:
        space = RunningSpace(host, host.start())
        body = {"insz": NUMBER, "periode": {"begin": START, "einde": None}}
        for unit in ("vutg-rechten", "vutg-audit", "infino"):
            assert space.post(unit, REGISTER, body).status_code == 200
        yield Watched(space, lines)
    finally:
        host.stop()
        sink.close()
        root.handlers[:], threading.excepthook = handlers, hook


def put(watched: Watched, *steps: tuple[str, str]) -> None:
    """Take the steps, and find the canary nowhere."""
    with httpx.Client(timeout=30, trust_env=False) as client:
        hands = Hands(watched.space, client)
        for place, form in steps:
            PLACES[place](hands, form)
        watched.space.host.space.settle()

    seen = watched.look() | {"titles": titles(hands)}
    assert len(hands.answers) >= sum(place not in UNANSWERED for place, _ in steps)
    found = [
        f"{where}: {line}"
        for where, text in seen.items()
        for line in text.splitlines()
        if shows(line)
    ]
    told = [text for text in told_to_others(hands, watched.leaves) if shows_number(text)]
    assert (found, told) == ([], [])


@pytest.mark.parametrize("group", GROUPS)
def test_the_canary_is_seen_nowhere_from_any_place(watched: Watched, group: str) -> None:
    put(watched, *((place, NUMBER) for place in GROUPS[group]))


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_the_canary_is_seen_nowhere_in_any_form(watched: Watched, place: str) -> None:
    put(watched, *((place, form) for form in FORMS))


STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(PLACES)), st.sampled_from(FORMS)), min_size=1, max_size=12
)


@settings(max_examples=8)
@given(STEPS)
def test_the_canary_is_seen_nowhere_after_a_random_run(
    watched: Watched, steps: list[tuple[str, str]]
) -> None:
    put(watched, *steps)


@pytest.mark.slow
@settings(max_examples=100)
@given(STEPS)
@pytest.mark.timeout(600)
def test_the_canary_is_seen_nowhere_after_a_long_random_run(
    watched: Watched, steps: list[tuple[str, str]]
) -> None:
    put(watched, *steps)
