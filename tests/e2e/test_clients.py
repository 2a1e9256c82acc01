"""The clients that an agency copies, against a running space: both wires tell the same, and refusals are values."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from consumers.answers import Answered, Notice, Refused, require
from consumers.contents import Period
from consumers.credentials import Bearer
from consumers.errand import Errand
from consumers.file_contents import PaymentFile
from consumers.manifests import ManifestKeys
from consumers.wire_http import HttpWire
from consumers.wire_rest import RestClient, Stated
from consumers.wire_soap import SoapClient
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.agencies import collect
from gateway.simulation.desk import Desk
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.host import Host
from tests.people import AMINA, ELIF, JORIS, KARIM, LUKAS, NOBODY, NOOR, OSCAR, YUSUF, ZARA
from tests.running import RunningSpace

AHOVOKS, VUTG = "ahovoks-studietoelagen", "vutg-rechten"
TODAY, LAST_DAY = date(2025, 3, 10), date(2024, 12, 31)
Client = RestClient | SoapClient


@pytest.fixture(scope="module")
def registered_space(shared_space: RunningSpace) -> RunningSpace:
    shared_space.register(AHOVOKS, NOOR, LUKAS, NOBODY)
    shared_space.register(VUTG, KARIM, ELIF, OSCAR, LUKAS)
    shared_space.register("opgroeien-geschillen", KARIM)
    return shared_space


QUESTIONS: dict[str, tuple[str, Callable[[Client], Any]]] = {
    "care": (AHOVOKS, lambda c: c.care_allowance(NOOR, LAST_DAY)),
    "care in a period": (AHOVOKS, lambda c: c.care_allowance(NOOR, date(2023, 1, 1), LAST_DAY)),
    "care and application": (
        AHOVOKS,
        lambda c: c.care_allowance(NOOR, LAST_DAY, wants_application=True),
    ),
    "only what is not listed": (
        AHOVOKS,
        lambda c: c.care_allowance(
            NOOR, LAST_DAY, wants_application=True, wants_recognitions=False
        ),
    ),
    "no data": (AHOVOKS, lambda c: c.care_allowance(LUKAS, LAST_DAY)),
    "unknown": (AHOVOKS, lambda c: c.care_allowance(NOBODY, LAST_DAY)),
    "not registered": (AHOVOKS, lambda c: c.care_allowance(KARIM, LAST_DAY)),
    "to come": (AHOVOKS, lambda c: c.care_allowance(NOOR, date(2025, 3, 11))),
    "no number": (AHOVOKS, lambda c: c.care_allowance("12631400208", LAST_DAY)),
    "stranger": ("zele-financien", lambda c: c.care_allowance(NOOR, LAST_DAY)),
    "transactions": (VUTG, lambda c: c.transactions(ELIF)),
    "transactions of a year": (VUTG, lambda c: c.transactions(KARIM, 2024)),
    "transactions of no year": (VUTG, lambda c: c.transactions(KARIM, 2023)),
    "replaced": (VUTG, lambda c: c.transactions(OSCAR)),
    "without a case": ("opgroeien-geschillen", lambda c: c.transactions(KARIM)),
    "with a case": (
        "opgroeien-geschillen",
        lambda c: c.transactions(KARIM, errand=Errand(case="G-7")),
    ),
    "another purpose": (VUTG, lambda c: c.transactions(KARIM, errand=Errand(purpose="toezicht"))),
    "password": (
        AHOVOKS,
        lambda c: c.care_allowance(NOOR, LAST_DAY, errand=Errand(authentication="password")),
    ),
    "advice OK": ("avsb", lambda c: c.advice(AMINA, TODAY)),
    "advice NOK": ("avsb", lambda c: c.advice(ZARA, TODAY, "zorgkas-1")),
    "advice from ignorance": ("avsb", lambda c: c.advice(YUSUF, TODAY)),
    "not a member": ("avsb", lambda c: c.advice(ZARA, TODAY, "zorgkas-2")),
    "registration again": (VUTG, lambda c: c.register(KARIM, TODAY)),
    "registration backwards": (VUTG, lambda c: c.register(KARIM, TODAY, date(2024, 1, 1))),
    "deregistration in a period": (
        VUTG,
        lambda c: c.deregister(LUKAS, date(2026, 1, 1), date(2026, 2, 1)),
    ),
}


def comparable(answer: Any) -> Any:
    """An answer without what differs by nature: the reference, the entry, and what one wire is silent on."""
    if isinstance(answer, Answered):
        notices = tuple(Notice(one.code, one.title) for one in answer.notices)
        return replace(answer, reference="", decision=None, notices=notices)
    grounds = tuple(replace(one, detail="") for one in answer.grounds)
    return replace(answer, reference=None, decision=None, issues=(), grounds=grounds)


@pytest.mark.parametrize("name", QUESTIONS)
def test_both_wires_tell_the_same(registered_space: RunningSpace, name: str) -> None:
    unit, ask = QUESTIONS[name]
    with registered_space.rest_client(unit) as rest, registered_space.soap_client(unit) as soap:
        over_rest, over_soap = ask(rest), ask(soap)

    assert over_rest.decision != over_soap.decision
    assert comparable(over_rest) == comparable(over_soap)


def test_what_is_told_has_types_that_can_be_reckoned_with(registered_space: RunningSpace) -> None:
    with registered_space.rest_client(VUTG) as vutg:
        answer = vutg.transactions(ELIF)
    with registered_space.rest_client(AHOVOKS) as ahovoks:
        care = ahovoks.care_allowance(NOOR, LAST_DAY, wants_application=True)

    assert isinstance(answer, Answered)
    paid, recovered = answer.content.transactions
    assert paid.amount + recovered.amount == Decimal("0.00")
    assert (paid.fiscal_year, paid.tranche, paid.effective_on) == (2023, 1, date(2024, 5, 6))
    assert answer.retention == "P5Y groeipakket (art. 3 b)"
    assert isinstance(care, Answered)
    assert care.content.recognitions[0].period == Period(date(2023, 9, 1), date(2026, 8, 31))
    assert "pijler2" in {one.name for one in care.withheld}
    assert {one.article for one in care.withheld} == {"art. 3"}


def test_a_refusal_cites_the_law_and_tells_the_remedy(registered_space: RunningSpace) -> None:
    with registered_space.rest_client(AHOVOKS) as ahovoks:
        refused = ahovoks.care_allowance(KARIM, LAST_DAY)

    assert isinstance(refused, Refused)
    assert (refused.code, refused.reason) == ("13202", "not-registered")
    assert (refused.protocol, refused.first.article) == ("004", "art. 3")
    assert "register the person first" in refused.first.remedy
    assert refused.decision == f"D-{registered_space.host.space.gateway.log.size}"
    assert not refused.is_temporary
    assert str(refused).endswith("(004 art. 3)")


def test_every_reason_of_a_stage_and_every_place_in_the_question_is_told(
    registered_space: RunningSpace,
) -> None:
    with (
        registered_space.rest_client(AHOVOKS) as rest,
        registered_space.soap_client(AHOVOKS) as soap,
    ):
        found = [c.care_allowance("12631400208", date(2099, 1, 1)) for c in (rest, soap)]

    for refused in found:
        assert isinstance(refused, Refused)
        assert {one.reason for one in refused.grounds} == {"insz-invalid", "date-in-future"}
    assert isinstance(found[0], Refused)
    assert {one.name for one in found[0].issues} == {"insz", "referentiedatum"}


def test_x_13_a_replaced_number_is_told_with_both(registered_space: RunningSpace) -> None:
    with registered_space.soap_client(VUTG) as soap:
        answer = soap.transactions(OSCAR)

    assert isinstance(answer, Answered)
    assert answer.content.insz == "75700100788"
    assert answer.notices[0].words == {"Oud INSZ": OSCAR, "Nieuw INSZ": "75700100788"}


def test_nothing_of_a_person_is_printed_by_accident(registered_space: RunningSpace) -> None:
    with registered_space.rest_client(VUTG) as vutg:
        answer = vutg.transactions(KARIM)

    assert KARIM not in repr(answer)
    assert "600" not in repr(answer)


def test_the_reference_is_the_questions_own_on_both_wires(registered_space: RunningSpace) -> None:
    ours = iter(("ours-1", "ours-2"))
    wire, sender = registered_space.wire(VUTG), registered_space.sender(VUTG)
    clock = registered_space.host.space.clock
    with RestClient(wire, sender, lambda: next(ours)) as rest:
        over_rest = rest.transactions(KARIM)
    with SoapClient(registered_space.wire(VUTG), sender, clock, lambda: next(ours)) as soap:
        over_soap = soap.transactions(KARIM)

    assert (over_rest.reference, over_soap.reference) == ("ours-1", "ours-2")


def test_a_service_can_be_asked_at_its_own_endpoint(registered_space: RunningSpace) -> None:
    path = "/GeefZorgtoeslagDienst-02.00/soap/WebService"
    clock, sender = registered_space.host.space.clock, registered_space.sender(AHOVOKS)
    with SoapClient(registered_space.wire(AHOVOKS), sender, clock, path=path) as soap:
        assert require(soap.care_allowance(NOOR, LAST_DAY)).insz == NOOR


def test_figures_for_policy_are_typed_and_suppressed(registered_space: RunningSpace) -> None:
    with registered_space.rest_client("opgroeien-beleid") as policy:
        cells = require(policy.statistics(2024)).cells

    assert [(one.fiscal_year, one.tranche) for one in cells] == [(2024, 1), (2024, 2)]
    assert all(one.people is None or one.people >= 10 for one in cells)


@pytest.mark.parametrize("kind", ["rest", "soap"])
def test_a_source_that_comes_back_is_answered_from_at_the_next_attempt(
    space: RunningSpace, kind: str
) -> None:
    space.register(VUTG, KARIM)
    space.disturb(Fault(where="source.jobbonusplus-verrichtingen", kind="busy"))
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        space.disturb()

    wire = HttpWire(space.http, Bearer(space.credential(VUTG)["token"]), pause=pause)
    sender = space.sender(VUTG)
    client: Client = RestClient(wire, sender)
    if kind == "soap":
        client = SoapClient(wire, sender, space.host.space.clock)
    with client:
        answer = client.transactions(KARIM)

    assert isinstance(answer, Answered)
    assert waited == [0.5]
    assert [leaf.get("outcome") for leaf in space.leaves()[-2:]] == ["refusal", "permit"]


@pytest.mark.parametrize("kind", ["rest", "soap"])
def test_who_asks_too_often_waits_as_long_as_the_gateway_says(
    space: RunningSpace, kind: str
) -> None:
    space.register(VUTG, KARIM)
    limit = {"own": {VUTG: {"rate": 0.1, "burst": 1}}}
    assert space.control("PUT", "/throttle", limit).status_code == 200
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        space.control("PUT", "/throttle", {"own": {}})

    wire = HttpWire(space.http, Bearer(space.credential(VUTG)["token"]), pause=pause)
    client: Client = RestClient(wire)
    if kind == "soap":
        client = SoapClient(wire, space.sender(VUTG), space.host.space.clock)
    with client:
        first, second = client.transactions(KARIM), client.transactions(KARIM)

    assert isinstance(first, Answered)
    assert isinstance(second, Answered)
    assert len(waited) == 1
    assert 8 < waited[0] <= 10


def test_003_the_payment_file_is_asked_for_and_collected_with_a_password(
    tmp_path: Path,
) -> None:
    unit = "zele-financien"
    options = Settings(data=tmp_path / "july", http_port=0, sftp_port=0, demo=True,
                       clock="2025-07-05T09:00:00+02:00")  # fmt: skip
    host = Host(options)
    try:
        space = RunningSpace(host, host.start())
        desk = Desk(space.ready, unit)
        with desk.rest() as zele:
            told = require(zele.payment_file())
            again = require(zele.payment_file())
        collection, inbox = collect(desk, tmp_path, "zele-betaalbestand", "zele")
        file = inbox.read_as(collection.kept[0], PaymentFile)
        manifest = next((tmp_path / "inbox").rglob("*.manifest.jws")).read_text()
        keys = ManifestKeys.pinned(space.ready["log_key"])
    finally:
        host.stop()

    assert again == told
    assert collection.kept == (told.name,)
    assert (keys.read(manifest).sha256, keys.read(manifest).expires_at) == (
        told.sha256,
        told.expires_at,
    )
    paid = {one.child.insz: one for one in file.rows}
    assert (paid[NOOR].amount, paid[NOOR].beneficiary.account) == (
        Decimal("150.00"),
        "BE71096123456769",
    )
    assert NOOR not in repr(file)


def test_a_unit_sees_what_it_may_and_what_it_was_told(space: RunningSpace) -> None:
    notice = {"soort": "opzegging", "stuk": f"sha256:{'a' * 64}"}
    path = "/v1/protocollen/001/gebeurtenissen"
    given = space.post("infino", path, notice, content_type="application/json")
    assert given.status_code == 201, given.text
    with space.rest_client("infino") as infino:
        rights = require(infino.rights())
        none = infino.disclosures(KARIM)
        infino.register(KARIM, TODAY)
        asked = infino.transactions(KARIM)
        told = require(infino.disclosures(KARIM)).disclosures

    by_flow = {one.flow: one for one in rights.rights}
    assert by_flow["jobbonusplus-verrichtingen"].is_open
    assert "verrichtingbedrag" in {one.name for one in by_flow["jobbonusplus-verrichtingen"].fields}
    end = by_flow["jobbonusplus-verrichtingen"].until
    assert end == datetime.fromisoformat(given.json()["van_kracht"])
    closed = by_flow["jobbonusplus-statistiek"]
    assert (closed.is_open, closed.obstacles[0].code) == (False, "13001")
    assert isinstance(none, Refused)
    assert none.code == "30001"
    (disclosure,) = told
    assert (disclosure.kind, disclosure.protocol) == ("bevraging", "001")
    assert (disclosure.reference, disclosure.decision) == (asked.reference, asked.decision)
    assert disclosure.at == space.host.space.clock.now()


def test_000_a_look_into_a_file_is_typed(space: RunningSpace) -> None:
    clerk = Errand(clerk="82722401041", authentication="eid")
    with space.rest_client("dv-cc1700") as centre:
        key = require(centre.open_question(JORIS, "Waar blijft hij?", "telefoon", clerk)).key
        early = centre.look(key, clerk)
        stated = Stated(name="Verzonnen", first_name="Joris", amount=Decimal("437.50"))
        known = require(centre.identify(key, stated, clerk))
        seen = require(centre.look(key, clerk))

    assert isinstance(early, Refused)
    assert early.reason == "not-identified"
    assert known.is_identified
    assert known.until is not None
    assert known.until.isoformat() == "2025-03-10T08:15:00+01:00"
    assert (seen.wage, seen.amount, seen.account) == (Decimal("2105.40"), Decimal("437.50"), None)
    assert seen.letter is not None
    assert seen.letter.day == date(2025, 1, 15)
    assert seen.subject is not None
    assert seen.subject.address["gemeente"] == "Gent"


@pytest.fixture
def plain_space(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space that says no more than the real platform would."""
    options = Settings(
        data=tmp_path / "plain", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        fidelity="magda",
    )  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def test_clients_work_where_nothing_is_said_but_the_code(plain_space: RunningSpace) -> None:
    with plain_space.rest_client(VUTG) as rest, plain_space.soap_client(VUTG) as soap:
        for client in (rest, soap):
            refused = client.transactions(KARIM)
            assert isinstance(refused, Refused)
            ground = refused.first
            assert (ground.code, ground.reason, ground.article) == ("13202", None, None)
            assert (ground.remedy, refused.protocol) == ("", None)
            assert require(client.register(KARIM, TODAY)).result == 1
            answer = client.transactions(KARIM)
            assert isinstance(answer, Answered)
            assert [one.amount for one in answer.content.transactions] == [Decimal("600.00")]
            assert answer.withheld == ()
            plain_space.disturb(Fault(where="source.jobbonusplus-verrichtingen", kind="silent"))
            silent = client.transactions(KARIM)
            assert isinstance(silent, Refused)
            assert (silent.code, silent.is_temporary) == ("60006", True)
            plain_space.disturb()
            assert require(client.deregister(KARIM)).result == 1
