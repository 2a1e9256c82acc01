"""The source port: one contract for the source in this process and the source behind real HTTP."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import uvicorn

from gateway.adapters.clock import SpaceClock, WallClock
from gateway.adapters.sources import LocalSources
from gateway.adapters.sources.http import HttpSources
from gateway.contracts.faults import GatewayFault
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.protocol_document import Fact
from gateway.domain.questions import CareAllowanceQuestion, Question, TransactionQuestion
from gateway.domain.request import Request
from gateway.domain.services import CARE_ALLOWANCE, TRANSACTIONS
from gateway.ports import Fetched, Sources
from gateway.ports.platform import SourceState
from gateway.simulation.disturbance.board import Board
from gateway.simulation.disturbance.places import anywhere
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.disturbance.sources import DisturbedSources
from providers.door import SourceDesk, SourceDoor
from providers.world import World
from tests.builders import NOON, a_bundle, an_ask
from tests.people import ELIF, KARIM, LUKAS, NOBODY, NOOR, OSCAR
from tests.waiting import eventually

KEY = "the-key"
App = Callable[..., Awaitable[None]]


def a_desk() -> SourceDesk:
    return SourceDesk(World(1), SpaceClock(datetime(2025, 3, 10, 11, tzinfo=UTC)))


@contextmanager
def served(app: App) -> Iterator[str]:
    """An application on a real loopback port."""
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def a_permit(question: Question) -> tuple[Permit, Request]:
    care = isinstance(question, CareAllowanceQuestion)
    service = CARE_ALLOWANCE if care else TRANSACTIONS
    ask = (
        an_ask()
        if care
        else an_ask(party="vutg", unit="vutg-rechten", flow=service.flow, fields=question.asked())
    )
    chosen = candidate(a_bundle(), ask, NOON)
    assert isinstance(chosen, Candidate)
    permit = decide(chosen, {Fact.REGISTERED: "R-1"})
    assert isinstance(permit, Permit)
    return permit, Request(
        service=service, question=question, reference="r", question_reference="r"
    )


Ask = Callable[[Question], Fetched]


@pytest.fixture(params=["local", "http"])
def ask(request: pytest.FixtureRequest) -> Iterator[Ask]:
    """Ask one question through the port, by either way."""

    async def unexpected(party: str, service: str) -> None:
        raise AssertionError("the gateway shows the key")

    def asking(make: Callable[[], Sources]) -> Ask:
        async def run(question: Question) -> Fetched:
            sources = make()
            try:
                return await sources.fetch(*a_permit(question))
            finally:
                if isinstance(sources, HttpSources):
                    await sources.close()

        return lambda question: asyncio.run(run(question))

    if request.param == "local":
        yield asking(lambda: LocalSources(a_desk().answer))
    else:
        with served(SourceDoor(a_desk(), KEY, unexpected)) as url:
            yield asking(lambda: HttpSources(f"{url}/bronnen", KEY, 2.0))


def care(insz: str, day: str = "2024-12-31") -> CareAllowanceQuestion:
    return CareAllowanceQuestion(insz=insz, reference_date=day)


def test_a_recognition_comes_whole_for_the_filter_to_cut(ask: Ask) -> None:
    record = ask(care(NOOR)).record

    (recognition,) = record.data["erkenningen"]
    assert (recognition["pijler1"], recognition["pijler2"], recognition["pijler3"]) == (4, 3, 5)
    assert recognition["totaal"] == 12


def test_of_more_than_ten_recognitions_the_last_ten_come() -> None:
    world = World(1)
    noor = world.find(NOOR)
    assert noor is not None
    (one,) = noor.recognitions
    years = [replace(one, begin=date(y, 1, 1), end=date(y, 12, 31)) for y in range(2012, 2024)]
    world._people[NOOR] = replace(noor, recognitions=tuple(years))
    desk = SourceDesk(world, SpaceClock(datetime(2025, 3, 10, 11, tzinfo=UTC)))
    question = CareAllowanceQuestion(insz=NOOR, begin="2000-01-01", end="2025-03-10")

    record = asyncio.run(LocalSources(desk.answer).fetch(*a_permit(question))).record

    begins = [one["periode"]["begin"] for one in record.data["erkenningen"]]
    assert begins == [f"{year}-01-01" for year in range(2014, 2024)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pijler1": 7}, {"pijler1": -1}, {"pijler2": 13}, {"pijler3": 19}, {"totaal": 37}, {"pijler1": "4"},
        {"subpijlers2": {"5": 1}}, {"subpijlers3": {"4": 1}}, {"periode": {"begin": "gisteren"}},
        {"wetgeving": {"code": 101}}, {"wetgeving": {"code": 2, "omschrijving": "Groeipakket"}},
        {"wetgeving": {"code": 2, "omschrijving": {"tekst": "x", "taal": "xx"}}},
    ],
    ids=str,
)  # fmt: skip
def test_a_recognition_that_no_answer_could_hold_is_garbled(wrong: dict[str, Any]) -> None:
    recognition = {"pijler1": 4, "periode": {"begin": "2023-09-01", "einde": None}}

    def answer(change: dict[str, Any]) -> bytes:
        record = {"insz": NOOR, "erkenningen": [recognition | change]}
        return json.dumps({"status": "found", "record": record}).encode()

    with pytest.raises(GatewayFault) as caught:
        asyncio.run(LocalSources(lambda *_: answer(wrong)).fetch(*a_permit(care(NOOR))))
    assert caught.value.refusal.reason is Reason.SOURCE_GARBLED
    without = LocalSources(lambda *_: answer({"pijler1": None}))
    assert asyncio.run(without.fetch(*a_permit(care(NOOR)))).record.data["insz"] == NOOR


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (care(LUKAS), Reason.NO_DATA),
        (care(NOOR, "2023-08-31"), Reason.NO_DATA),
        (care(NOBODY), Reason.INSZ_UNKNOWN),
        (TransactionQuestion(insz=LUKAS), Reason.NO_DATA),
        (TransactionQuestion(insz=KARIM, fiscal_year=2022), Reason.NO_DATA),
    ],
    ids=["never recognised", "004-07", "unknown", "001-15", "other year"],
)
def test_nothing_to_tell_is_said_with_its_reason(
    ask: Ask, question: Question, reason: Reason
) -> None:
    with pytest.raises(GatewayFault) as caught:
        ask(question)

    assert caught.value.refusal.reason is reason


def test_transactions_are_dated_and_signed(ask: Ask) -> None:
    record = ask(TransactionQuestion(insz=ELIF)).record

    assert [one["verrichtingbedrag"] for one in record.data["verrichtingen"]] == [
        "600.00",
        "-600.00",
    ]


def test_a_replaced_number_is_answered_under_the_new_one(ask: Ask) -> None:
    record = ask(TransactionQuestion(insz=OSCAR)).record

    assert record.data["insz"] == "75700100788"
    assert [notice.reason for notice in record.notices] == [Reason.INSZ_REPLACED]


def answering(status: int, body: bytes) -> App:
    async def app(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return app


async def never(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    await asyncio.sleep(3)


def envelope(**transaction: Any) -> bytes:
    line = {"maatregel": "Jobbonus plus", "fiscaalJaar": 2024, "bedragtype": 1,
            "verrichtingbedrag": "600.00", "effectieveVerrichtingsdatum": "2025-03-10"}  # fmt: skip
    return json.dumps(
        {"status": "found", "record": {"insz": KARIM, "verrichtingen": [line | transaction]}}
    ).encode()


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        (never, Reason.SOURCE_SILENT),
        (answering(200, b"<html>"), Reason.SOURCE_GARBLED),
        (answering(500, b"{}"), Reason.SOURCE_GARBLED),
        (answering(503, b""), Reason.SOURCE_BUSY),
        (answering(429, b""), Reason.SOURCE_BUSY),
        (answering(200, envelope(maatregel="Jobbonus")), Reason.SOURCE_GARBLED),
        (answering(200, envelope(bedragtype=3)), Reason.SOURCE_GARBLED),
        (answering(200, envelope(bedragtype=0)), Reason.SOURCE_GARBLED),
        (answering(200, envelope(verrichtingbedrag="veel")), Reason.SOURCE_GARBLED),
        (answering(200, b'{"status":"found"}'), Reason.SOURCE_GARBLED),
    ],
    ids=["silent", "html", "500", "503", "429", "001-09", "001-10 three", "001-10 none", "amount", "empty"],
)  # fmt: skip
def test_a_misbehaving_source_is_translated(app: App, reason: Reason) -> None:
    async def run(url: str) -> None:
        sources = HttpSources(url, KEY, 0.3)
        try:
            await sources.fetch(*a_permit(TransactionQuestion(insz=KARIM)))
        finally:
            await sources.close()

    with served(app) as url, pytest.raises(GatewayFault) as caught:
        asyncio.run(run(url))

    assert caught.value.refusal.reason is reason
    assert KARIM not in str(caught.value.refusal)


def test_one_busy_answer_is_tried_again() -> None:
    asked = []

    async def busy_once(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        app = answering(503, b"") if len(asked) == 1 else answering(200, envelope())
        await app(scope, receive, send)

    async def run(url: str) -> Fetched:
        sources = HttpSources(url, KEY, 2.0)
        try:
            return await sources.fetch(*a_permit(TransactionQuestion(insz=KARIM)))
        finally:
            await sources.close()

    with served(busy_once) as url:
        fetched = asyncio.run(run(url))

    assert len(asked) == 2
    assert fetched.record.data["insz"] == KARIM


def disturbed_sources() -> tuple[DisturbedSources, Board]:
    board = Board(1, WallClock().now, anywhere())
    return DisturbedSources(LocalSources(a_desk().answer), board, timeout=0.05), board


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("silent", Reason.SOURCE_SILENT), ("reset", Reason.SOURCE_SILENT), ("time-out", Reason.SOURCE_SILENT),
        ("busy", Reason.SOURCE_BUSY),
        ("garbled", Reason.SOURCE_GARBLED), ("wrong-content-type", Reason.SOURCE_GARBLED),
    ],
)  # fmt: skip
def test_faults_can_be_put_round_the_port(kind: Any, reason: Reason) -> None:
    sources, board = disturbed_sources()
    board.put([Fault(where="source.zorgtoeslag", kind=kind)])

    with pytest.raises(GatewayFault) as caught:
        asyncio.run(sources.fetch(*a_permit(care(NOOR))))
    other = asyncio.run(sources.fetch(*a_permit(TransactionQuestion(insz=KARIM))))

    assert caught.value.refusal.reason is reason
    assert other.record.data["insz"] == KARIM


@pytest.mark.parametrize(("seconds", "is_in_time"), [(0.01, True), (1, False)])
def test_a_source_that_is_too_slow_is_silent(seconds: float, *, is_in_time: bool) -> None:
    sources, board = disturbed_sources()
    board.put([Fault(where="source.zorgtoeslag", kind="latency", seconds=seconds)])

    if is_in_time:
        assert asyncio.run(sources.fetch(*a_permit(care(NOOR)))).record.data["insz"] == NOOR
        return
    with pytest.raises(GatewayFault) as caught:
        asyncio.run(sources.fetch(*a_permit(care(NOOR))))
    assert caught.value.refusal.reason is Reason.SOURCE_SILENT


@pytest.mark.parametrize(
    ("app", "trouble"),
    [
        (never, Reason.SOURCE_SILENT),
        (answering(500, b""), Reason.SOURCE_GARBLED),
        (answering(503, b""), Reason.SOURCE_BUSY),
        (answering(200, b"{}"), None),
    ],
    ids=["silent", "500", "503", "there"],
)
def test_how_a_source_over_http_is_is_asked_without_a_question(
    app: App, trouble: Reason | None
) -> None:
    methods = []

    async def listening(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        methods.append((scope["method"], scope["path"]))
        await app(scope, receive, send)

    with served(listening) as url:
        state = asyncio.run(state_over_http(url, "zorgtoeslag"))

    assert state == SourceState("opgroeien", trouble)
    assert methods == [("GET", "/opgroeien/zorgtoeslag")]


def test_a_source_that_nobody_listens_for_is_silent() -> None:
    with served(answering(200, b"{}")) as url:
        pass

    state = asyncio.run(state_over_http(url, "zorgtoeslag"))

    assert state == SourceState("opgroeien", Reason.SOURCE_SILENT)


def test_the_real_door_says_that_it_is_there_to_the_gateway_only() -> None:
    strangers = []

    async def on_direct_call(party: str, service: str) -> None:
        strangers.append((party, service))

    with served(SourceDoor(a_desk(), KEY, on_direct_call)) as url:
        ours = asyncio.run(state_over_http(url, "inburgering-advies"))
        other = asyncio.run(state_over_http(url, "inburgering-advies", key="another"))

    assert ours == SourceState("agii")
    assert other == SourceState("agii", Reason.SOURCE_GARBLED)
    assert strangers == [("agii", "inburgering-advies")]


async def state_over_http(url: str, flow: str, key: str = KEY) -> SourceState | None:
    sources = HttpSources(url, key, 0.3)
    try:
        return await sources.state(flow)
    finally:
        await sources.close()


def test_a_fault_put_round_the_port_shows_in_its_state() -> None:
    sources, board = disturbed_sources()
    before = asyncio.run(sources.state("zorgtoeslag"))
    board.put([Fault(where="source.zorgtoeslag", kind="busy")])

    assert before == SourceState("opgroeien")
    assert asyncio.run(sources.state("zorgtoeslag")) == SourceState("opgroeien", Reason.SOURCE_BUSY)
    assert asyncio.run(sources.state("auditlogging")) is None
    assert asyncio.run(sources.state("inburgering-advies")) == SourceState("agii")
