"""Whoever is recorded loses nothing by it: entries and answers come as ever, and no secret is written down."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.simulation.conformance.tap import Tap
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.recording.hearing import Hearing
from gateway.simulation.recording.recorder import Recorder
from gateway.web.dispatcher import AsgiApp
from gateway.web.on_the_way import is_gone
from tests.assertions import token_of
from tests.people import KARIM
from tests.running import FLOW, TRANSACTIONS, RunningSpace
from tests.waiting import eventually

INFINO = "infino"
Line = dict[str, Any]


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """The default space of one process, fresh, in which karim is registered for a payer."""
    shared_space.begin_anew()
    shared_space.register(INFINO, KARIM)
    return shared_space


def start(space: RunningSpace, name: str) -> Path:
    told = space.control("POST", "/recording", {"name": name})
    assert told.status_code == 201, told.text
    return Path(told.json()["file"])


def stop(space: RunningSpace) -> Line:
    told: Line = space.control("DELETE", "/recording").json()
    return told


def lines_of(file: Path) -> list[Line]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def in_the_way(file: Path) -> None:
    """What a full or broken disk does: nothing can be written there any more."""
    file.unlink()
    file.mkdir()


def test_what_cannot_be_recorded_is_entered_and_answered_all_the_same(space: RunningSpace) -> None:
    file = start(space, "broken")
    space.control("POST", "/clock/advance", {"days": 1})
    in_the_way(file)

    with space.sftp(INFINO) as payer:
        (name,) = payer.files(FLOW)
        assert KARIM in payer.fetch(FLOW, name).decode()
        payer.acknowledge(FLOW, name)
    eventually(lambda: "file.acknowledged" in kinds_of(space))
    answer = space.post(INFINO, TRANSACTIONS, {"insz": KARIM})

    assert kinds_of(space)[-4:] == ["drop.login", "file.collected", "file.acknowledged", "decision"]
    assert answer.status_code == 200
    shown = space.control("GET", "/recording").json()
    assert (shown["recording"], shown["broken"]) == (False, True)
    assert "stop that recording" in start_refused(space)
    assert stop(space)["broken"] is True
    file.rmdir()
    assert "broken" not in space.control("GET", "/recording").json()


def kinds_of(space: RunningSpace) -> list[str]:
    space.space.settle()
    return [one["e"] for one in space.leaves() if one.get("credential") == INFINO]


def start_refused(space: RunningSpace) -> str:
    told = space.control("POST", "/recording", {"name": "again"})
    assert told.status_code == 400
    return str(told.json()["remedy"])


def test_an_answer_that_was_garbled_on_purpose_is_recorded(space: RunningSpace) -> None:
    file = start(space, "garbled")
    space.disturb(Fault(where="door.rest", kind="garbled"))

    space.post(INFINO, TRANSACTIONS, {"insz": KARIM[:-1] + "0"})

    assert stop(space)["events"] == 2
    (event,) = [line for line in lines_of(file) if line.get("path") == TRANSACTIONS]
    assert event["answer"]["status"] == 400
    assert "reason" not in event["answer"]


def spelled(token: str) -> dict[str, str]:
    """How one and the same token may stand in a message."""
    return {
        "address": f"?t=%{ord(token[0]):02x}{token[1:]}",
        "json": f'{{"t":"\\u{ord(token[0]):04x}{token[1:]}"}}',
        "xml": f"<t>&#{ord(token[0])};{token[1:]}</t>",
        "utf-16": f'{{"t":"{token}"}}',
    }


@pytest.mark.parametrize("whose", ["credential", "citizen", "oauth"])
def test_a_token_is_not_written_down_however_it_is_spelled(space: RunningSpace, whose: str) -> None:
    token = TOKENS[whose](space)
    how = spelled(token)
    file = start(space, "spelled")

    space.get(f"{TRANSACTIONS}{how['address']}")
    space.get(f"{TRANSACTIONS}?t={token}")
    space.get(f"/mijn?t={token}")
    space.post(None, TRANSACTIONS, {"t": token})
    for name in ("json", "xml"):
        space.post(None, TRANSACTIONS, how[name].encode())
    space.post(None, TRANSACTIONS, how["utf-16"].encode("utf-16"))

    assert stop(space)["events"] == 8
    lines = lines_of(file)[1:-1]
    assert [line["path"] for line in lines] == [TRANSACTIONS] * 2 + ["/mijn"] + [TRANSACTIONS] * 4
    assert token[1:] not in file.read_text("utf-8")
    assert all("(hidden)" in json.dumps(line) for line in lines)
    assert "base64" not in lines[-1]


TOKENS: dict[str, Callable[[RunningSpace], str]] = {
    "credential": lambda space: str(space.credential(INFINO)["token"]),
    "citizen": lambda space: str(space.control("POST", "/personas/noor/login").json()["token"]),
    "oauth": token_of,
}


class Hanging:
    """What the wire knows of a client that has hung up."""

    disconnected = True
    transport = "the wire"

    async def send(self, message: Any) -> None:
        raise AssertionError(f"nobody is there for {message}")


def hearing(app: AsgiApp, space: RunningSpace, folder: Path) -> AsgiApp:
    return Hearing(app, Recorder(space.space, folder / "r.ndjson"))


def tapped(app: AsgiApp, _: RunningSpace, __: Path) -> AsgiApp:
    return Tap(app)


@pytest.mark.parametrize("listening", [hearing, tapped])
def test_who_listens_does_not_hide_that_the_client_is_gone(
    space: RunningSpace, tmp_path: Path, listening: Callable[..., AsgiApp]
) -> None:
    seen: list[bool] = []

    async def door(_: Any, __: Any, send: Any) -> None:
        seen.append(is_gone(send))

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": TRANSACTIONS, "query_string": b"", "headers": []}  # fmt: skip
    asyncio.run(listening(door, space, tmp_path)(scope, receive, Hanging().send))  # type: ignore[arg-type]  # a coroutine

    assert seen == [True]
