"""What a client asks again, what it never does, and how long it waits: over real sockets."""

import json
import socket
from datetime import date

import httpx
import pytest

from consumers.answers import Answered, QuestionRefused, Refused, require
from consumers.errand import Errand, Sender
from consumers.wire_http import (
    AnswerGarbled,
    GatewayUnreachable,
    HttpWire,
    NoAnswer,
    Patience,
)
from consumers.wire_rest import RestClient, Stated
from consumers.wire_soap import SoapClient
from gateway.adapters.clock import WallClock
from tests.people import AMINA, JORIS
from tests.scripted_http import Scripted, Told, scripted

DAY = date(2025, 3, 10)
ADVICE = Told(body=json.dumps({"insz": AMINA, "openingsdatum": "2025-03-10", "advies": "OK",
                               "nieuw": {"x": 1}}).encode())  # fmt: skip
BUSY = Told(503, json.dumps({"title": "Bron is bezig", "status": 503, "code": "99996"}).encode())
CLERK = Errand(clerk="82722401041", authentication="eid")


def client(
    server: Scripted, waited: list[float], within_s: float = 30, **patience: float
) -> RestClient:
    kept = Patience(**patience)  # type: ignore[arg-type]  # a count among seconds
    timeout = httpx.Timeout(within_s)
    return RestClient(HttpWire(server.url, patience=kept, pause=waited.append, timeout=timeout))


def test_a_busy_source_is_asked_again_with_the_same_reference_and_longer_pauses() -> None:
    waited: list[float] = []
    with scripted(BUSY, BUSY, ADVICE) as server, client(server, waited) as rest:
        answer = rest.advice(AMINA, DAY)

    assert isinstance(answer, Answered)
    assert answer.content.outcome == "OK"
    assert waited == [0.5, 1.0]
    assert set(server.references) == {answer.reference}


def test_a_refusal_that_stays_is_given_to_the_caller_after_the_last_attempt() -> None:
    waited: list[float] = []
    with scripted(BUSY) as server, client(server, waited, attempts=4, longest_s=1.5) as rest:
        answer = rest.advice(AMINA, DAY)

    assert isinstance(answer, Refused)
    assert (answer.code, answer.is_temporary, answer.reason) == ("99996", True, None)
    assert waited == [0.5, 1.0, 1.5]
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, [7.0]),
        ({"Retry-After": "0"}, [0.5]),
        ({"Date": "Mon, 10 Mar 2025 08:00:00 GMT",
          "Retry-After": "Mon, 10 Mar 2025 08:00:09 GMT"}, [9.0]),
        ({"Retry-After": "soon"}, [0.5]),
    ],
    ids=["seconds", "at once", "a date, against the server's own", "not readable"],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 502, 503])
def test_the_gateway_says_how_long_to_wait(
    status: int, headers: dict[str, str], expected: list[float]
) -> None:
    waited: list[float] = []
    told = Told(status, BUSY.body, headers)
    with scripted(told, ADVICE) as server, client(server, waited) as rest:
        answer = rest.advice(AMINA, DAY)

    assert isinstance(answer, Answered)
    assert waited == expected


def test_who_wants_to_be_left_alone_for_long_is_left_alone() -> None:
    waited: list[float] = []
    told = Told(429, BUSY.body, {"Retry-After": "3600"})
    with scripted(told) as server, client(server, waited) as rest:
        answer = rest.advice(AMINA, DAY)

    assert isinstance(answer, Refused)
    assert answer.retry_after_s == 3600
    assert waited == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500])
def test_what_will_not_change_is_not_asked_again(status: int) -> None:
    waited: list[float] = []
    with scripted(Told(status, b'{"title":"Nee"}')) as server, client(server, waited) as rest:
        answer = rest.advice(AMINA, DAY)

    assert isinstance(answer, Refused)
    assert (answer.first.title, answer.is_temporary, len(server.asked)) == ("Nee", False, 1)


def test_a_proxy_that_answers_in_its_own_words_is_a_refusal_with_its_status_only() -> None:
    page = Told(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"})
    with scripted(page) as server, client(server, [], attempts=1) as rest:
        answer = rest.advice(AMINA, DAY)

    assert isinstance(answer, Refused)
    assert (answer.code, answer.first.title) == (None, "HTTP 502 Bad Gateway")
    with pytest.raises(QuestionRefused, match="502"):
        require(answer)


@pytest.mark.parametrize("failing", [Told(cut=True), Told(late=True)], ids=["cut", "timed out"])
def test_a_question_whose_answer_was_lost_is_asked_again(failing: Told) -> None:
    waited: list[float] = []
    within_s = 2.0 if failing.late else 30  # the answer to the second must come in that time, too
    with scripted(failing, ADVICE) as server, client(server, waited, within_s) as rest:
        answer = rest.advice(AMINA, DAY)

    assert isinstance(answer, Answered)
    assert waited == [0.5]
    assert set(server.references) == {answer.reference}


@pytest.mark.parametrize("told", [BUSY, Told(cut=True)], ids=["busy", "cut"])
def test_an_act_is_never_repeated(told: Told) -> None:
    """A question opened twice is two, and a third failed identification closes it."""
    waited: list[float] = []
    with scripted(told) as server, client(server, waited) as rest:
        for ask in (
            lambda: rest.open_question(JORIS, "?", "telefoon", CLERK),
            lambda: rest.identify("V-1", Stated(name="Verzonnen"), CLERK),
        ):
            if told.cut:
                with pytest.raises(NoAnswer):
                    ask()
            else:
                assert isinstance(ask(), Refused)

    assert waited == []
    assert len(server.asked) == 2


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    waited: list[float] = []
    with RestClient(HttpWire(url, pause=waited.append)) as rest, pytest.raises(GatewayUnreachable):
        rest.open_question(JORIS, "?", "telefoon", CLERK)

    assert waited == [0.5, 1.0]


@pytest.mark.parametrize(
    "told",
    [
        Told(body=b"not json"),
        Told(body=b'{"insz":"x","openingsdatum":"gisteren","advies":"OK"}'),
        Told(body=b'{"insz":"x","openingsdatum":"2025-03-10","advies":"MISSCHIEN"}'),
        Told(body=b"[]"),
        Told(body=ADVICE.body, headers={"x-correlation-id": "somebody else's"}),
        Told(body=ADVICE.body, headers={"Content-Encoding": "gzip"}),
    ],
    ids=["no json", "no day", "no such outcome", "no object", "another's", "not unpacked"],
)
def test_an_answer_that_is_not_as_agreed_is_never_taken_for_one(told: Told) -> None:
    with scripted(told) as server, client(server, []) as rest, pytest.raises(AnswerGarbled) as seen:
        rest.advice(AMINA, DAY)

    assert AMINA not in str(seen.value)


@pytest.mark.parametrize(
    ("status", "body", "temporary"),
    [
        (500, "<faultstring>99995 - Te veel gelijktijdige bevragingen</faultstring>", True),
        (500, "<faultstring>ERR_025: Verification failure</faultstring>", False),
        (200, "<faultstring>99995 - Te veel gelijktijdige bevragingen</faultstring>", True),
    ],
    ids=["throttled", "credential", "throttled as the real platform says it"],
)
def test_a_fault_over_soap_is_a_refusal_like_any_other(
    status: int, body: str, *, temporary: bool
) -> None:
    text = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        f"<faultcode>s:Server</faultcode>{body}</s:Fault></s:Body></s:Envelope>"
    )
    waited: list[float] = []
    with scripted(Told(status, text.encode())) as server:
        wire = HttpWire(server.url, pause=waited.append)
        with SoapClient(wire, Sender("x-aip", "y"), WallClock()) as soap:
            answer = soap.advice(AMINA, DAY)

    assert isinstance(answer, Refused)
    assert (answer.code == "99995", answer.is_temporary) == (temporary, temporary)
    assert len(waited) == (2 if temporary else 0)


@pytest.mark.parametrize(
    "body", [b"", b"<a>", b"<html/>", b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>"]
)
def test_soap_that_is_none_is_garbled(body: bytes) -> None:
    with (
        scripted(Told(200, body)) as server,
        SoapClient(HttpWire(server.url), Sender("x-aip", "y"), WallClock()) as soap,
        pytest.raises(AnswerGarbled),
    ):
        soap.advice(AMINA, DAY)
