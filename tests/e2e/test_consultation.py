"""The consultation line over real HTTP: what is allowed, what is refused, and that all of it is logged."""

import asyncio
import json
import socket
from datetime import date
from decimal import Decimal
from threading import Event

import httpx
import pytest
from lxml import etree

from consumers.answers import Answered, Refused
from consumers.contents import Period
from consumers.errand import NO_ERRAND
from consumers.soap_envelope import Content, envelope
from consumers.wire_soap import CARE_ALLOWANCE
from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.ports import Fetched
from gateway.ports.platform import AuthenticSources, SourceState
from tests.people import ELIF, KARIM, LUKAS, NOBODY, NOOR, OSCAR
from tests.running import CARE, DEREGISTER, REGISTER, TRANSACTIONS, RunningSpace
from tests.sockets import connections
from tests.waiting import eventually

ASK_NOOR = {"insz": NOOR, "referentiedatum": "2024-12-31"}
AHOVOKS = "ahovoks-studietoelagen"
UNFILTERED = {"pijler2", "pijler3", "totaal", "datumBeslissing", "wetgeving", "statusBeslissing"}


def test_004_01_a_competent_caller_gets_what_article_3_lists_and_nothing_more(
    space: RunningSpace,
) -> None:
    space.register(AHOVOKS, NOOR)

    answer = space.post(AHOVOKS, CARE, ASK_NOOR, x_correlation_id="r-1")

    content = answer.json()
    assert answer.status_code == 200
    assert content["referte"] == "r-1"
    assert content["insz"] == NOOR
    assert content["erkenningen"] == [
        {"pijler1": 4, "periode": {"begin": "2023-09-01", "einde": "2026-08-31"}}
    ]
    assert {one["veld"] for one in content["achtergehouden"]} >= UNFILTERED
    assert {one["artikel"] for one in content["achtergehouden"]} == {"art. 3"}
    assert answer.headers["sim-protocol"] == "004@1.0.0"
    assert answer.headers["sim-decision"] == "D-2"
    assert answer.headers["x-correlation-id"] == "r-1"
    assert answer.headers["sim-retention"] == "P10Y dossier (art. 3)"


def care_question(space: RunningSpace) -> bytes:
    """A question about Noor, as the typed client writes it."""
    wanted: Content = {"StatusAanvraag": "0", "Erkenningen": "1"}
    criteria: Content = {
        "INSZ": NOOR,
        "Referentiedatum": "2024-12-31",
        "GewensteInformatie": wanted,
    }
    return envelope(
        CARE_ALLOWANCE, space.sender(AHOVOKS), NO_ERRAND, "r-1", space.host.space.clock.now(),
        {"Criteria": criteria, "Taal": "nl"},
    )  # fmt: skip


def test_soap_gives_the_same_fields_as_rest(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)

    with space.soap_client(AHOVOKS) as client:
        answer = client.care_allowance(NOOR, date(2024, 12, 31))

    raw = space.soap(AHOVOKS, care_question(space))

    assert isinstance(answer, Answered)
    inner = etree.fromstring(raw.content).find(".//Inhoud")
    assert inner is not None
    assert {element.tag for element in inner.iter()} == {
        "Inhoud", "Zorgtoeslag", "INSZ", "Erkenningen", "Erkenning", "StatusErkenning",
        "PeriodeErkenning", "Begindatum", "Einddatum", "ResultaatErkenningKind", "Pijlers",
        "Pijler1",
    }  # fmt: skip
    (recognition,) = answer.content.recognitions
    assert (recognition.pillar1, recognition.pillar2, recognition.total) == (4, None, None)
    assert recognition.period == Period(date(2023, 9, 1), date(2026, 8, 31))
    assert {one.name for one in answer.withheld} >= UNFILTERED


@pytest.mark.parametrize("person", [NOOR, NOBODY], ids=["existing", "not-existing"])
def test_001_13_unregistered_is_refused_the_same_whether_or_not_the_person_exists(
    space: RunningSpace, person: str
) -> None:
    answer = space.post("vutg-rechten", TRANSACTIONS, {"insz": person})

    problem = answer.json()
    problem.pop("instance")
    assert answer.status_code == 403
    assert problem == {
        "type": "urn:problem-type:belgif:missingPermission",
        "title": "Gegevens niet opvraagbaar, geen persoonsdossier geregistreerd",
        "status": 403,
        "detail": "no registration of this person by this sender in this hoedanigheid is in force",
        "reason": "not-registered",
        "code": "13202",
        "protocol": "001",
        "article": "art. 6",
        "decision": "D-1",
        "remedy": "register the person first: POST /v1/repertorium/inschrijvingen,"
        " or RegistreerInschrijving",
    }


def test_001_15_registered_without_transactions_has_no_data(space: RunningSpace) -> None:
    space.register("vutg-rechten", LUKAS)

    answer = space.post("vutg-rechten", TRANSACTIONS, {"insz": LUKAS})

    assert (answer.status_code, answer.json()["code"]) == (404, "30001")


def test_a_registered_number_that_is_nobodys_is_unknown(space: RunningSpace) -> None:
    space.register("vutg-rechten", NOBODY)

    answer = space.post("vutg-rechten", TRANSACTIONS, {"insz": NOBODY})

    assert (answer.status_code, answer.json()["code"]) == (404, "30003")


def test_transactions_show_payments_and_recoveries_with_their_sign(space: RunningSpace) -> None:
    space.register("vutg-rechten", ELIF)

    answer = space.post("vutg-rechten", TRANSACTIONS, {"insz": ELIF})

    amounts = [one["verrichtingbedrag"] for one in answer.json()["verrichtingen"]]
    assert amounts == ["600.00", "-600.00"]
    assert answer.json()["achtergehouden"] == []


def test_a_replaced_number_answers_with_a_warning_and_both_numbers(space: RunningSpace) -> None:
    space.register("vutg-rechten", OSCAR)

    with space.soap_client("vutg-rechten") as client:
        answer = client.transactions(OSCAR)

    assert isinstance(answer, Answered)
    (warning,) = answer.notices
    assert warning.code == "30004"
    assert warning.words == {"Oud INSZ": OSCAR, "Nieuw INSZ": "75700100788"}
    assert [one.amount for one in answer.content.transactions] == [Decimal("600.00")]


def test_004_03_asking_only_what_is_not_listed_is_answered_from_the_request_alone(
    space: RunningSpace,
) -> None:
    body = ASK_NOOR | {"gewensteInformatie": {"statusAanvraag": True, "erkenningen": False}}

    answer = space.post(AHOVOKS, CARE, body)

    assert (answer.status_code, answer.json()["code"]) == (403, "15021")


@pytest.mark.parametrize(
    ("unit", "path", "reason"),
    [
        ("zele-financien", CARE, "no-protocol"),
        ("vutg-rechten", CARE, "no-protocol"),
        ("ahovoks-andere", CARE, "unit-not-listed"),
        ("infino-audit", TRANSACTIONS, "unit-not-listed"),
        ("opgroeien-beleid", TRANSACTIONS, "purpose-not-agreed"),
        ("opgroeien-geschillen", TRANSACTIONS, "case-required"),
        (AHOVOKS, TRANSACTIONS, "no-protocol"),
    ],
)
def test_whom_the_law_does_not_let_in_is_13001_on_both_wires(
    shared_space: RunningSpace, unit: str, path: str, reason: str
) -> None:
    body = {"insz": NOOR} | ({"referentiedatum": "2024-12-31"} if path == CARE else {})

    answer = shared_space.post(unit, path, body)
    with shared_space.soap_client(unit) as client:
        same: object = (
            client.care_allowance(NOOR, date(2024, 12, 31))
            if path == CARE
            else client.transactions(NOOR)
        )

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (403, "13001", reason)
    assert problem["article"]
    assert problem["remedy"]
    assert isinstance(same, Refused)
    assert (same.code, same.reason) == ("13001", reason)


def test_a_stated_case_lets_the_disputes_committee_on(space: RunningSpace) -> None:
    space.register("opgroeien-geschillen", KARIM)

    answer = space.post("opgroeien-geschillen", TRANSACTIONS, {"insz": KARIM}, sim_case="G-7")

    assert answer.status_code == 200


def test_004_eid_is_asked_for(shared_space: RunningSpace) -> None:
    answer = shared_space.post(AHOVOKS, CARE, ASK_NOOR, sim_authentication="password")

    assert (answer.status_code, answer.json()["reason"]) == (403, "authentication-too-weak")
    assert answer.json()["code"] == "40006"


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"insz": "12631400208"}, "20002", "insz-invalid"),
        ({"insz": "abc"}, "20002", "insz-invalid"),
        ({"insz": "85020100023"}, "20002", "not-a-test-number"),
        ({"referentiedatum": "2025-03-11"}, "20006", "date-in-future"),
        ({"referentiedatum": "2025-02-30"}, "20001", "date-invalid"),
        ({"taal": "es"}, "25001", "language-unknown"),
        (
            {"gewensteInformatie": {"statusAanvraag": False, "erkenningen": False}},
            "40102",
            "no-group-asked",
        ),
    ],
)
def test_content_errors_have_a_code_and_an_issue(
    shared_space: RunningSpace, changes: dict[str, object], code: str, reason: str
) -> None:
    answer = shared_space.post(AHOVOKS, CARE, ASK_NOOR | changes)

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (400, code, reason)
    assert problem["issues"][0]["in"] == "body"


def test_a_period_that_ends_before_it_begins_is_20003(shared_space: RunningSpace) -> None:
    body = {"insz": NOOR, "periode": {"begin": "2024-12-31", "einde": "2024-01-01"}}

    answer = shared_space.post(AHOVOKS, CARE, body)

    assert answer.json()["code"] == "20003"


@pytest.mark.parametrize(
    ("unit", "headers", "status", "reason"),
    [
        (None, {}, 401, "credential-missing"),
        (None, {"authorization": "Bearer nonsense"}, 401, "credential-invalid"),
        (AHOVOKS, {"x_magda_sender_id": "other.be/x-aip"}, 403, "sender-mismatch"),
        (AHOVOKS, {"x_magda_sender_qualitycode": "other"}, 403, "sender-mismatch"),
        (AHOVOKS, {"sim_purpose": "gemeentelijke-toelage"}, 403, "purpose-not-agreed"),
    ],
)
def test_who_is_not_who_they_say_is_refused(
    shared_space: RunningSpace,
    unit: str | None,
    headers: dict[str, str],
    status: int,
    reason: str,
) -> None:
    answer = shared_space.post(unit, CARE, ASK_NOOR, **headers)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


def test_a_repeated_registration_is_40143_and_still_succeeds(space: RunningSpace) -> None:
    body = {"insz": NOOR, "periode": {"begin": "2025-03-10", "einde": None}}
    first = space.post(AHOVOKS, REGISTER, body, x_correlation_id="a")

    again = space.post(AHOVOKS, REGISTER, body)

    assert first.json() == {"referte": "a", "resultaat": 1, "uitzonderingen": []}
    assert again.json()["resultaat"] == 1
    assert [one["code"] for one in again.json()["uitzonderingen"]] == ["40143"]


def test_a_registration_counts_for_its_own_sender_only(space: RunningSpace) -> None:
    space.register("vutg-rechten", KARIM)

    answers = [
        space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM}).status_code,
        space.post("infino", TRANSACTIONS, {"insz": KARIM}).status_code,
        space.post("vutg-audit", TRANSACTIONS, {"insz": KARIM}, sim_case="A-1").status_code,
    ]

    assert answers == [200, 403, 403]


def test_a_deregistration_bites_on_the_next_question(space: RunningSpace) -> None:
    space.register("vutg-rechten", KARIM)
    assert space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM}).status_code == 200

    space.post("vutg-rechten", DEREGISTER, {"insz": KARIM})

    assert space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM}).status_code == 403


def test_a_registration_for_the_future_is_not_in_force_yet(space: RunningSpace) -> None:
    body = {"insz": KARIM, "periode": {"begin": "2025-03-11", "einde": None}}
    space.post("vutg-rechten", REGISTER, body)

    before = space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM}).status_code
    space.control("POST", "/clock/advance", {"seconds": 57_600})
    after = space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM}).status_code

    assert (before, after) == (403, 200)


def test_only_a_unit_whose_flow_requires_it_may_register(shared_space: RunningSpace) -> None:
    body = {"insz": NOOR, "periode": {"begin": "2025-03-10", "einde": None}}

    answers = [
        shared_space.post(unit, REGISTER, body).json()["code"]
        for unit in ("zele-financien", "opgroeien-beleid", "infino-audit", "wewis")
    ]

    assert answers == ["13001"] * 4


def test_a_revoked_credential_is_cut_on_the_next_request(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)

    space.host.space.gateway.credentials.revoke(AHOVOKS)

    assert space.post(AHOVOKS, CARE, ASK_NOOR).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{", 400, "message-invalid"),
        (b"\xff\xfe\x00", 400, "message-invalid"),
        (b'{"insz":"a","insz":"b","referentiedatum":"2024-12-31"}', 400, "message-invalid"),
        (b"x" * 10_000_000, 413, "too-large"),
    ],
    ids=["half", "encoding", "doubled", "10 MB"],
)
def test_a_body_of_the_wrong_form_costs_nothing_else(
    shared_space: RunningSpace, body: bytes, status: int, reason: str
) -> None:
    answer = shared_space.post(AHOVOKS, CARE, body)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert shared_space.get("/health").json() == {"status": "UP"}


def test_every_attempt_has_exactly_one_entry_and_none_names_a_person(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    space.post(AHOVOKS, CARE, ASK_NOOR, x_magda_enduser_id="82722401041", sim_case="G-1")
    space.post("zele-financien", CARE, ASK_NOOR)
    space.post(None, CARE, ASK_NOOR)
    space.post(AHOVOKS, CARE, b"{")

    leaves = space.leaves()
    text = json.dumps(leaves)

    assert [leaf["outcome"] for leaf in leaves] == ["permit", "permit", *["refusal"] * 3]
    assert leaves[1]["facts"] == {"registered": "R-1"}
    assert leaves[1]["protocol"] == "004@1.0.0"
    assert leaves[2]["reasons"] == ["no-protocol"]
    assert not any(word in text for word in (NOOR, "82722401041", "G-1", "Noor"))
    assert space.verify().ok


def test_a_flood_without_credentials_shares_one_entry_with_a_count(space: RunningSpace) -> None:
    with httpx.Client(base_url=space.http, trust_env=False) as client:
        statuses = {client.post(CARE, json=ASK_NOOR).status_code for _ in range(130)}
    space.host.space.gateway.attempts.flush(closing=True)

    leaves = space.leaves()

    assert statuses == {401}
    assert len(leaves) == 101
    assert (leaves[-1]["e"], leaves[-1]["count"]) == ("attempts", 30)


def test_if_the_log_cannot_be_written_nothing_leaves(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    size = space.host.space.gateway.log.size
    space.host.space.gateway.log.close()

    rest = space.post(AHOVOKS, CARE, ASK_NOOR)
    with space.soap_client(AHOVOKS) as client:
        soap = client.care_allowance(NOOR, date(2024, 12, 31))

    assert (rest.status_code, rest.json()["reason"]) == (503, "log-unavailable")
    assert rest.json()["decision"] is None
    assert "sim-decision" not in rest.headers
    assert isinstance(soap, Refused)
    assert (soap.code, soap.is_temporary) == ("60009", True)
    assert space.host.space.gateway.log.size == size


def test_004_15_a_direct_call_of_a_source_is_refused_and_logged(space: RunningSpace) -> None:
    path = "/bronnen/opgroeien/zorgtoeslag"
    body = {"insz": NOOR, "begin": "2024-12-31", "end": "2024-12-31"}

    without = space.post(None, path, body)
    with_key = space.post(None, path, body, sim_source_key=space.host.space.source_key)

    assert without.status_code == 403
    assert "pijler" not in without.text
    assert with_key.json()["status"] == "found"
    assert [leaf["e"] for leaf in space.leaves()] == ["source.direct-call"]


class SlowSources:
    """A source that answers once it may: after a client hung up."""

    def __init__(self, inner: AuthenticSources) -> None:
        self._inner, self.asked, self.may = inner, Event(), Event()

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        self.asked.set()
        await asyncio.to_thread(self.may.wait, 30)
        return await self._inner.fetch(permit, request)

    async def state(self, flow: str) -> SourceState | None:
        return await self._inner.state(flow)


def test_x_11_a_client_that_hung_up_is_said_to_have_got_nothing(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    slow = space.sources.inner = SlowSources(space.sources.inner)
    token, body = space.credential(AHOVOKS)["token"], json.dumps(ASK_NOOR)
    head = f"POST {CARE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    address = httpx.URL(space.http)

    with socket.create_connection((address.host, address.port or 0)) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        assert slow.asked.wait(30)
    eventually(lambda: not connections(space))
    slow.may.set()
    eventually(lambda: len(space.leaves()) == 3)

    leaves = space.leaves()
    assert [leaf["e"] for leaf in leaves] == ["decision", "decision", "not-delivered"]
    assert leaves[2]["decision"] == "D-2"


def test_a_registration_that_could_not_be_kept_is_not_called_a_success(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    repertory = space.host.space.gateway.repertory

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(repertory, "_replace", fail)
        answer = space.post(
            AHOVOKS, REGISTER, {"insz": NOOR, "periode": {"begin": "2025-03-10", "einde": None}}
        )

    assert (answer.status_code, answer.json()["reason"]) == (500, "internal")
    assert "disk" not in answer.text
    assert [leaf["e"] for leaf in space.leaves()] == ["decision", "not-delivered"]
    assert space.leaves()[1]["decision"] == "D-1"
    assert space.post(AHOVOKS, CARE, ASK_NOOR).json()["reason"] == "not-registered"


def test_an_error_of_our_own_says_nothing_of_the_person_and_has_its_entry(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    space.register(AHOVOKS, NOOR)

    async def fail(permit: Permit, request: Request) -> Fetched:
        raise ValueError(f"no such person: {NOOR}")

    monkeypatch.setattr(space.sources, "fetch", fail)
    answer = space.post(AHOVOKS, CARE, ASK_NOOR)

    assert (answer.status_code, answer.json()["code"]) == (500, "60009")
    assert space.leaves()[-1]["reasons"] == ["internal"]
    assert "ValueError" in caplog.text
    assert NOOR not in answer.text + caplog.text + json.dumps(space.leaves())
