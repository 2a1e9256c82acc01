"""The same bytes again on one connection: whatever changed meanwhile counts, and each is entered."""

import socket
from collections.abc import Callable

import pytest

from gateway.simulation.disturbance.rules import Fault
from tests.agreement import Asked, envelope
from tests.people import KARIM
from tests.running import DEREGISTER, REGISTER, TRANSACTIONS, RunningSpace
from tests.sockets import Answer, bearer, line, next_answer, request

UNIT, SOURCE = "infino", "wewis"
ACTS = "/v1/protocollen/001/gebeurtenissen"
Ask = Callable[[], Answer]


def rest(space: RunningSpace) -> bytes:
    return request(bearer(space, UNIT), f'{{"insz":"{KARIM}"}}'.encode(), path=TRANSACTIONS)


def soap(space: RunningSpace) -> bytes:
    asked = Asked(unit=UNIT, flow="jobbonusplus-verrichtingen", insz=KARIM)
    body = envelope(asked, space.credential(UNIT))
    return request(bearer(space, UNIT), body, path="/soap")


def act(space: RunningSpace, kind: str) -> None:
    said = {"soort": kind, "partij": UNIT, "reden": "misbruik"}
    answer = space.post(SOURCE, ACTS, said, content_type="application/json")
    assert answer.status_code == 201, answer.text


def limit(space: RunningSpace, own: dict[str, dict[str, float]]) -> None:
    assert space.control("PUT", "/throttle", {"own": own}).status_code == 200


def deregister(space: RunningSpace) -> None:
    assert space.post(UNIT, DEREGISTER, {"insz": KARIM}).status_code == 200


def register_for_a_day(space: RunningSpace) -> None:
    body = {"insz": KARIM, "periode": {"begin": "2025-03-10", "einde": "2025-03-10"}}
    assert space.post(UNIT, REGISTER, body).status_code == 200


def a_day_passes(space: RunningSpace) -> None:
    assert space.control("POST", "/clock/advance", {"days": 1}).status_code == 200


CHANGES: list[tuple[str, Callable[[RunningSpace], object], str | None]] = [
    ("deregistered", deregister, "not-registered"),
    ("registered for one day", register_for_a_day, None),
    ("the day is over", a_day_passes, "not-registered"),
    ("registered", lambda space: space.register(UNIT, KARIM), None),
    ("suspended", lambda space: act(space, "schorsing"), "protocol-suspended"),
    ("lifted", lambda space: act(space, "opheffing"), None),
    ("silent", lambda s: s.disturb(Fault(where="source.jobbonusplus-verrichtingen", kind="silent")), "source-silent"),
    ("heard again", lambda space: space.disturb(), None),
    ("throttled", lambda s: limit(s, {UNIT: {"rate": 1.0, "burst": 0}}), "too-many-requests"),
    ("at ease", lambda space: limit(space, {}), None),
    ("revoked", lambda s: s.space.gateway.credentials.revoke(UNIT), "credential-invalid"),
]  # fmt: skip


@pytest.mark.parametrize("message", [rest, soap])
def test_what_changes_bites_on_the_very_same_bytes(
    space: RunningSpace, message: Callable[[RunningSpace], bytes]
) -> None:
    space.register(UNIT, KARIM)
    asked = message(space)
    with line(space) as connection:
        first = answer_to(connection, asked)
        assert (first.status, reason_of(space)) == (200, None)
        for what, change, reason in CHANGES:
            change(space)
            before = len(space.leaves())

            answers = [answer_to(connection, asked) for _ in "123"]

            assert reason_of(space) == reason, what
            decisions = [one.headers["sim-decision"] for one in answers]
            assert decisions == [f"D-{before + n}" for n in (1, 2, 3)], what
            if reason is None:
                assert [shown(one) for one in answers] == [shown(first)] * 3, what
            else:
                assert not any(b"600.00" in one.body for one in answers), what
    assert space.verify().ok


def answer_to(connection: socket.socket, asked: bytes) -> Answer:
    connection.sendall(asked)
    return next_answer(connection)


def reason_of(space: RunningSpace) -> str | None:
    last = space.leaves()[-1]
    assert last["e"] == "decision"
    return next(iter(last["reasons"]), None)


def shown(answer: Answer) -> bytes:
    """What is told of the person."""
    inside = answer.body.partition(b"<Inhoud>")[2] or answer.body.partition(b'"insz"')[2]
    assert b"600.00" in inside
    return inside.partition(b"</Inhoud>")[0]
