"""Answers that go wrong on their way out, as real clients meet them; the log says what happened all the same."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from lxml import etree

from consumers.answers import Answered
from consumers.credentials import Bearer
from consumers.wire_http import HttpWire
from consumers.wire_rest import RestClient
from gateway.simulation.disturbance.rules import Fault
from tests.agreement import Asked, envelope
from tests.people import KARIM, NOOR
from tests.running import CARE, TRANSACTIONS, RunningSpace
from tests.waiting import eventually

AHOVOKS, VUTG = "ahovoks-studietoelagen", "vutg-rechten"
ASK_NOOR = {"insz": NOOR, "referentiedatum": "2024-12-31"}
REST, SOAP = "door.rest", "door.soap"


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """A space in which noor and karim are registered and nothing goes wrong yet."""
    shared_space.disturb()
    shared_space.register(AHOVOKS, NOOR)
    shared_space.register(VUTG, KARIM)
    return shared_space


def wrong(space: RunningSpace, kind: str, where: str = REST, **more: Any) -> None:
    space.disturb(Fault.model_validate({"where": where, "kind": kind, **more}))


def ask(space: RunningSpace) -> httpx.Response:
    return space.post(AHOVOKS, CARE, ASK_NOOR)


def question(space: RunningSpace) -> bytes:
    return envelope(Asked(unit=AHOVOKS, flow="zorgtoeslag", insz=NOOR), space.credential(AHOVOKS))


def ask_soap(space: RunningSpace) -> httpx.Response:
    """Raw, since what comes may be no XML."""
    headers = {
        "Content-Type": "text/xml; charset=utf-8",
        "Authorization": f"Bearer {space.credential(AHOVOKS)['token']}",
    }
    return httpx.post(
        f"{space.http}/soap", content=question(space), headers=headers, trust_env=False
    )


def last(space: RunningSpace, count: int) -> list[str]:
    return [leaf["e"] for leaf in space.leaves()[-count:]]


@pytest.mark.parametrize("kind", ["reset", "time-out"])
@pytest.mark.parametrize("where", [REST, SOAP])
def test_an_answer_that_is_lost_was_decided_and_is_said_to_be_lost(
    space: RunningSpace, kind: str, where: str
) -> None:
    wrong(space, kind, where, seconds=0.05)
    before = len(space.leaves())

    with pytest.raises(httpx.TransportError):
        (ask if where == REST else ask_soap)(space)

    new = space.leaves()[before:]
    assert [leaf["e"] for leaf in new] == ["decision", "not-delivered"]
    assert (new[0]["outcome"], new[1]["decision"]) == ("permit", f"D-{before + 1}")
    assert space.verify().ok


def test_a_reset_reaches_the_socket_as_one(space: RunningSpace) -> None:
    wrong(space, "reset")
    address, token = httpx.URL(space.http), space.credential(AHOVOKS)["token"]
    head = f"POST {CARE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 2\r\n\r\n{{}}"

    with socket.create_connection((address.host, address.port or 0), timeout=10) as client:
        client.sendall(head.encode())
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_client_of_an_agency_asks_again_after_a_reset(space: RunningSpace) -> None:
    wrong(space, "reset", nth=1)
    waited: list[float] = []
    wire = HttpWire(space.http, Bearer(space.credential(VUTG)["token"]), pause=waited.append)

    with RestClient(wire, space.sender(VUTG)) as client:
        answer = client.transactions(KARIM)

    assert isinstance(answer, Answered)
    assert [one.amount for one in answer.content.transactions] == [Decimal("600.00")]
    assert len(waited) == 1


@contextmanager
def asking(space: RunningSpace) -> Iterator[httpx.Response]:
    """The answer as it comes, not read yet."""
    headers = {"Authorization": f"Bearer {space.credential(AHOVOKS)['token']}"}
    with (
        httpx.Client(trust_env=False, headers=headers, timeout=30) as client,
        client.stream("POST", space.http + CARE, json=ASK_NOOR) as answer,
    ):
        yield answer


def test_half_an_answer_ends_in_the_middle(space: RunningSpace) -> None:
    whole = len(ask(space).content)
    wrong(space, "half-written")
    got: list[bytes] = []

    with asking(space) as answer, pytest.raises(httpx.RemoteProtocolError):
        got.extend(answer.iter_raw(chunk_size=1))

    assert answer.headers["content-length"] == str(whole)
    assert len(b"".join(got)) == whole // 2


def test_a_garbled_answer_is_no_json_and_says_nothing_new(space: RunningSpace) -> None:
    clean = ask(space).content
    wrong(space, "garbled")

    answer = ask(space)

    assert answer.status_code == 200
    assert len(answer.content) == len(clean)
    assert b"\x00" in answer.content
    with pytest.raises(ValueError, match=r"control character|Expecting|property name|delimiter"):
        answer.json()


def test_a_garbled_answer_is_no_xml(space: RunningSpace) -> None:
    wrong(space, "garbled", SOAP)

    answer = ask_soap(space)

    assert (answer.status_code, b"\x00" in answer.content) == (200, True)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer.content)


@pytest.mark.parametrize("where", [REST, SOAP])
def test_the_right_answer_under_the_wrong_name(space: RunningSpace, where: str) -> None:
    wrong(space, "wrong-content-type", where)

    answer = (ask if where == REST else ask_soap)(space)

    assert answer.headers.get_list("content-type") == ["text/html"]
    assert b"insz" in answer.content.lower()


def test_a_slow_drip_comes_whole_and_takes_its_time(space: RunningSpace) -> None:
    clean = ask(space).json()
    wrong(space, "slow-drip", seconds=0.4)
    began = time.monotonic()

    with asking(space) as answer:
        content = b"".join(answer.iter_raw())

    assert time.monotonic() - began > 0.3
    assert httpx.Response(200, content=content).json()["erkenningen"] == clean["erkenningen"]


@pytest.mark.parametrize("kind", ["latency", "jitter"])
def test_an_answer_that_waits_comes_as_it_is(space: RunningSpace, kind: str) -> None:
    clean = ask(space).json()["erkenningen"]
    wrong(space, kind, seconds=0.2)
    began = time.monotonic()

    answers = [ask(space) for _ in range(3)]

    assert [one.json()["erkenningen"] for one in answers] == [clean] * 3
    if kind == "latency":
        assert time.monotonic() - began > 0.6


def test_one_too_many_is_a_refusal_with_its_entry(space: RunningSpace) -> None:
    wrong(space, "throttle", nth=2)

    answers = [ask(space) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 429, 200]
    refused = answers[1]
    assert (refused.json()["reason"], refused.headers["retry-after"]) == ("too-many-requests", "1")
    leaf = space.leaves()[int(refused.headers["sim-decision"][2:]) - 1]
    assert (leaf["outcome"], leaf["reasons"]) == ("refusal", ["too-many-requests"])
    assert leaf["credential"] == AHOVOKS


def test_one_too_many_is_refused_too_where_it_is_only_read(space: RunningSpace) -> None:
    wrong(space, "throttle")

    shown = {"Authorization": f"Bearer {space.credential(AHOVOKS)['token']}"}
    answer = space.get("/v1/diensten", **shown)

    assert (answer.status_code, answer.json()["reason"]) == (429, "too-many-requests")


def test_one_too_many_is_a_fault_over_soap(space: RunningSpace) -> None:
    wrong(space, "throttle", SOAP)

    answer = ask_soap(space)

    assert answer.status_code == 500
    assert b"too-many-requests" in answer.content


def test_the_time_that_is_told_is_off_and_the_log_is_not(space: RunningSpace) -> None:
    clean = _told(ask_soap(space))
    wrong(space, "clock-skew", SOAP, seconds=-3_600)

    skewed = _told(ask_soap(space))

    assert (clean - skewed).total_seconds() == 3_600
    first, second = (leaf["at"] for leaf in space.leaves()[-2:])
    assert first == second


def _told(answer: httpx.Response) -> datetime:
    root = etree.fromstring(answer.content)
    moment = root.find(".//Repliek/Context/Bericht/Tijdstip")
    assert moment is not None
    return datetime.fromisoformat(f"{moment.findtext('Datum')}T{moment.findtext('Tijd')}")


def test_a_fault_of_one_flow_or_person_leaves_the_others_alone(space: RunningSpace) -> None:
    space.register(VUTG, NOOR)
    space.disturb(
        Fault(where="door.rest.zorgtoeslag", kind="garbled"),
        Fault(where=REST, kind="wrong-content-type", person="karim"),
    )

    garbled = ask(space)
    renamed = space.post(VUTG, TRANSACTIONS, {"insz": KARIM})
    plain = space.post(VUTG, TRANSACTIONS, {"insz": NOOR})

    assert b"\x00" in garbled.content
    assert renamed.headers["content-type"] == "text/html"
    assert plain.headers["content-type"] == "application/problem+json"


def test_what_is_no_question_goes_wrong_too_and_the_control_api_never(space: RunningSpace) -> None:
    space.disturb(
        Fault(where=REST, kind="reset"), Fault(where="door.oauth", kind="wrong-content-type")
    )
    token = f"Bearer {space.credential(VUTG)['token']}"

    with pytest.raises(httpx.TransportError):
        space.get("/v1/rechten", Authorization=token)
    assert space.get("/oauth/jwks").headers["content-type"] == "text/html"
    assert space.get("/health").status_code == 200
    assert space.control("DELETE", "/faults").status_code == 204
    assert space.get("/v1/rechten", Authorization=token).status_code == 200


def test_clients_that_hang_up_while_they_wait_leave_nothing_behind(space: RunningSpace) -> None:
    wrong(space, "time-out", seconds=60)
    token = space.credential(AHOVOKS)["token"]

    with suppress(httpx.TimeoutException):
        httpx.post(
            space.http + CARE, json=ASK_NOOR, headers={"Authorization": f"Bearer {token}"},
            timeout=1.5, trust_env=False,
        )  # fmt: skip

    place = space.host.spaces._places[""]
    eventually(lambda: last(space, 2) == ["decision", "not-delivered"] and place._inside == 0)
