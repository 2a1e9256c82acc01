"""The REST codec: what it reads, what it refuses, what it renders."""

import json
from itertools import count

import pytest

from gateway.contracts.faults import Ground, Refusal, RefusedFault
from gateway.contracts.reasons import Reason
from gateway.domain.questions import CareAllowanceQuestion, RegistrationQuestion
from gateway.domain.request import Message
from gateway.domain.services import (
    CARE_ALLOWANCE,
    DEREGISTER_0201,
    REGISTER_0201,
    TRANSACTIONS,
    Service,
)
from gateway.web.rest.codec import RestCodec

NOOR = "12631400209"


def a_codec(limit: int = 10_000) -> RestCodec:
    numbers = count(1)
    return RestCodec(lambda: f"00000000-0000-4000-8000-{next(numbers):012d}", limit)


def a_message(body: object, service: Service = CARE_ALLOWANCE, **headers: str) -> Message:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(
        body=raw,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        proof=None,
        service=service,
    )


def refusal_of(message: Message, codec: RestCodec | None = None) -> Ground:
    with pytest.raises(RefusedFault) as caught:
        (codec or a_codec()).read(message)
    return caught.value.refusal.grounds[0]


def test_a_reference_date_is_read_with_its_defaults() -> None:
    request = a_codec().read(a_message({"insz": NOOR, "referentiedatum": "2024-12-31"}))

    assert request.question == CareAllowanceQuestion(insz=NOOR, reference_date="2024-12-31")


def test_a_period_is_read() -> None:
    body = {"insz": NOOR, "periode": {"begin": "2024-01-01", "einde": "2024-12-31"}}

    request = a_codec().read(a_message(body))

    assert request.question == CareAllowanceQuestion(
        insz=NOOR, begin="2024-01-01", end="2024-12-31"
    )


def test_headers_become_sender_purpose_case_and_person() -> None:
    message = a_message(
        {"insz": NOOR, "referentiedatum": "2024-12-31"},
        x_magda_sender_id="a.be/b-aip",
        x_magda_sender_qualitycode="dossier",
        x_magda_enduser_id="82722401041",
        x_correlation_id="r-1",
        sim_purpose="studietoelage",
        sim_case="dossier-7",
        sim_authentication="digital-key",
    )

    request = a_codec().read(message)

    assert (request.uri, request.hoedanigheid, request.enduser) == (
        "a.be/b-aip",
        "dossier",
        "82722401041",
    )
    assert (request.reference, request.purpose, request.case) == (
        "r-1",
        "studietoelage",
        "dossier-7",
    )
    assert request.authentication == "digital-key"


def test_a_registration_may_have_an_open_end() -> None:
    body = {"insz": NOOR, "periode": {"begin": "2025-03-10", "einde": None}}

    request = a_codec().read(a_message(body, REGISTER_0201))

    assert request.question == RegistrationQuestion(insz=NOOR, begin="2025-03-10")


def test_a_deregistration_needs_no_period() -> None:
    request = a_codec().read(a_message({"insz": NOOR}, DEREGISTER_0201))

    assert request.question == RegistrationQuestion(insz=NOOR, begin=None, removes=True)


@pytest.mark.parametrize(
    ("body", "element"),
    [
        (b"{", ""),
        (b"\xff\xfe{}", ""),
        (b'\xef\xbb\xbf{"insz":"x","referentiedatum":"2024-12-31"}', ""),
        (b'{"insz":"x","insz":"y","referentiedatum":"2024-12-31"}', ""),
        ({"referentiedatum": "2024-12-31"}, "insz"),
        ({"insz": 12, "referentiedatum": "2024-12-31"}, "insz"),
        ({"insz": "x"}, "referentiedatum"),
        ({"insz": "x", "referentiedatum": "d", "periode": {"begin": "d"}}, "referentiedatum"),
        ({"insz": "x", "periode": {"begin": "d"}}, "periode.einde"),
        ({"insz": "x", "referentiedatum": "d", "vrij": 1}, "vrij"),
    ],
    ids=[
        "half",
        "encoding",
        "bom",
        "doubled",
        "missing",
        "type",
        "no-date",
        "two-dates",
        "open-period",
        "unknown",
    ],
)
def test_a_body_of_the_wrong_form_is_refused_and_says_where(body: object, element: str) -> None:
    ground = refusal_of(a_message(body))

    assert (ground.reason, ground.element) == (Reason.MESSAGE_INVALID, element)


def test_a_member_named_like_a_number_of_a_person_is_not_repeated() -> None:
    ground = refusal_of(a_message({"insz": "x", "referentiedatum": "d", NOOR: 1}))

    assert NOOR not in f"{ground.detail} {ground.element} {ground.remedy}"


@pytest.mark.parametrize(
    "header",
    [
        {"x_magda_enduser_id": "827224"},
        {"sim_authentication": "pigeon"},
        {"x_correlation_id": "r" * 65},
    ],
    ids=["enduser", "authentication", "reference"],
)
def test_a_header_of_the_wrong_form_is_refused(header: dict[str, str]) -> None:
    message = a_message({"insz": NOOR, "referentiedatum": "2024-12-31"}, CARE_ALLOWANCE, **header)

    assert refusal_of(message).reason is Reason.MESSAGE_INVALID


def test_a_body_over_the_limit_is_too_large() -> None:
    assert refusal_of(a_message(b"x" * 11), a_codec(limit=10)).reason is Reason.TOO_LARGE


def test_a_problem_document_has_the_members_of_the_contract_and_a_hole_for_the_decision() -> None:
    ground = Ground(
        reason=Reason.NOT_REGISTERED, article="art. 6", detail="no file", remedy="register"
    )
    message = a_message({}, TRANSACTIONS, x_correlation_id="r-9")

    reply = a_codec().refuse(message, None, Refusal((ground,), "001@1.0.0"))
    document = json.loads(reply.body("D-18"))

    assert reply.status == 403
    assert reply.media_type == "application/problem+json"
    assert ("x-correlation-id", "r-9") in reply.headers
    assert list(document) == [
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "reason",
        "code",
        "protocol",
        "article",
        "decision",
        "remedy",
    ]
    assert document["type"] == "urn:problem-type:belgif:missingPermission"
    assert (document["reason"], document["code"]) == ("not-registered", "13202")
    assert (document["protocol"], document["article"]) == ("001", "art. 6")
    assert document["decision"] == "D-18"


def test_a_content_problem_lists_every_issue() -> None:
    grounds = (
        Ground(reason=Reason.INSZ_INVALID, element="insz", detail="eleven digits"),
        Ground(reason=Reason.DATE_IN_FUTURE, element="referentiedatum", detail="to come"),
    )

    reply = a_codec().refuse(a_message({}), None, Refusal(grounds, "004@1.0.0"))

    assert json.loads(reply.body("D-1"))["issues"] == [
        {"in": "body", "name": "insz", "detail": "eleven digits"},
        {"in": "body", "name": "referentiedatum", "detail": "to come"},
    ]


def test_without_a_log_there_is_no_decision_to_cite() -> None:
    refusal = Refusal((Ground(reason=Reason.LOG_UNAVAILABLE),))

    reply = a_codec().refuse(a_message({}), None, refusal)

    assert json.loads(reply.body(""))["decision"] is None


def test_fidelity_magda_says_no_more_than_the_real_platform() -> None:
    codec = RestCodec(lambda: "u", 10_000, fidelity="magda")
    refusal = Refusal((Ground(reason=Reason.NOT_REGISTERED, article="art. 6"),), "001@1.0.0")

    document = json.loads(codec.refuse(a_message({}), None, refusal).body("D-1"))

    assert document.keys() == {"type", "title", "status", "detail", "instance", "code"}
