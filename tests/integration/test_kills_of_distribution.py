"""Processes that distribute are killed (SIGKILL) at random points, again and again; in the end nothing is amiss."""

import json
import os
import random
import signal
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK
from tests.elsewhere import begin
from tests.exchange import template
from tests.file_evidence import CONSUMERS, Evidence, collect
from tests.people import ELIF, KARIM, NOOR
from tests.running import FLOW, START, a_batch
from tests.space_life import live

REGISTERED = {"infino": frozenset({KARIM, ELIF}), "kidslife": frozenset({NOOR})}


class Storm:
    """A space whose process dies of almost everything; `accepted` is what was uploaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = template(folder, REGISTERED)
        self.evidence = Evidence(self.folder / "space", REGISTERED)
        self.accepted: dict[tuple[str, int], list[str]] = {}
        self.kills = 0
        self.dice = random.Random(25)
        self.upload()
        self.usual = self.life(None)
        assert self.usual is not None

    def upload(self) -> None:
        """A further day lies there when the next life begins, as a living session left it."""
        day = (date.fromisoformat(START) + timedelta(days=len(self.accepted))).isoformat()
        persons = self.dice.sample((KARIM, ELIF, NOOR), self.dice.randint(0, 3))
        path = self.evidence.data / "drop" / "wewis" / "in" / FLOW / f"{FLOW}_{day}.json"
        path.with_suffix(".part").write_bytes(a_batch(*persons, day=day))
        path.with_suffix(".part").rename(path)
        self.accepted[day, 1] = persons

    def life(self, last: int | None, *, at_once: bool = True) -> int | None:
        """One life, up to a step or to its end; how many steps it had, or `None` if it was killed."""
        clock = DEMO_CLOCK.replace(START, max(day for day, _ in self.accepted))
        process, pipe = begin(_life, self.folder, clock, last, at_once)
        assert process.pid is not None
        told = None
        try:
            while isinstance(told, str) or told is None:
                told = pipe.recv()
                if isinstance(told, str):
                    os.kill(process.pid, signal.SIGKILL)
        except (EOFError, ConnectionResetError):
            told = None
        process.join()
        was_killed = process.exitcode == -signal.SIGKILL
        assert was_killed or process.exitcode == 0
        self.kills += was_killed
        process.close()
        pipe.close()
        return None if was_killed else told

    def rage(self, kills: int) -> None:
        """Lives that end at any step, each the first after an upload or after such an end."""
        assert self.usual is not None
        while self.kills < kills:
            if self.dice.random() < 0.6:
                self.upload()
            self.life(self.dice.randint(1, self.usual), at_once=self.dice.random() < 0.5)
            self.evidence.require_safe()

    def require_whole(self, inboxes: Path) -> None:
        """After one life in peace: log, ledger, folders and each consumer's own check agree."""
        assert self.life(None) is not None
        self.evidence.require_whole(self.accepted)
        for consumer in CONSUMERS:
            collect(self.evidence.data, consumer, inboxes / consumer)
            told = CliRunner().invoke(app, ["drop", "check", str(inboxes / consumer), "--json"])
            expected = {"ok": True, "missing": [], "double": [], "changed": []}
            assert (told.exit_code, json.loads(told.stdout)) == (0, expected)
            assert len(list((inboxes / consumer).glob("*.json"))) == len(self.accepted)


def _life(pipe: object, folder: Path, clock: str, last: int | None, at_once: bool) -> None:  # noqa: FBT001
    live(pipe, folder, clock, last, at_once=at_once)  # type: ignore[arg-type]  # a pipe's end


@pytest.mark.timeout(300)
def test_twenty_kills_lose_double_and_hide_nothing(tmp_path: Path) -> None:
    storm = Storm(tmp_path / "one")

    storm.rage(20)

    assert storm.kills >= 20
    storm.require_whole(tmp_path / "inboxes")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hundred_kills_lose_double_and_hide_nothing(tmp_path: Path) -> None:
    storm = Storm(tmp_path / "one")

    storm.rage(200)

    assert storm.kills >= 200
    storm.require_whole(tmp_path / "inboxes")
