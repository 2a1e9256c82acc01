"""Oddities of the real platform, each alone: what it changes in an answer, and that nothing else changes."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from gateway.adapters.clock import SpaceClock
from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.quirks import Quirk, parse_quirks
from gateway.contracts.reasons import Reason
from gateway.domain.questions import TransactionQuestion
from gateway.domain.request import Message, Reply, Request
from gateway.domain.services import CARE_ALLOWANCE
from gateway.settings import Settings
from gateway.web.soap.codec import SoapCodec
from gateway.web.soap.schemas import Schemas
from tests.builders import NOON

REQUEST = Request(
    service=CARE_ALLOWANCE,
    question=TransactionQuestion(insz="12631400209"),
    reference="r-1",
    question_reference="q-1",
    uri="voorbeeld.be/x-aip",
)
NAMESPACE = "http://magda.vlaanderen.be/gezin/soap/geefzorgtoeslag/v02_00"
BROKEN = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    f'<m:GeefZorgtoeslag xmlns:m="{NAMESPACE}"><Verzoek><Context><Bericht><Afzender>'
    "<Identificatie>voorbeeld.be/x-aip</Identificatie>{}</Afzender></Bericht></Context>"
    "</Verzoek></m:GeefZorgtoeslag></s:Body></s:Envelope>"
)
SENT = BROKEN.format("<Referte>r-1</Referte>").encode()


def codec(*quirks: Quirk) -> SoapCodec:
    return SoapCodec(SpaceClock(NOON), lambda: "1" * 8, 10_000, quirks=frozenset(quirks))


def refused(
    *quirks: Quirk, reason: Reason = Reason.SENDER_MISMATCH, request: Request | None = REQUEST,
    body: bytes = SENT,
) -> Reply:  # fmt: skip
    refusal = Refusal((Ground(reason=reason, detail="iets"),))
    return codec(*quirks).refuse(Message(body=body, headers={}, proof=None), request, refusal)


def text(reply: Reply) -> str:
    return reply.body("D-1").decode()


CHANGES: list[tuple[Quirk, Callable[..., Reply], str, str]] = [
    (Quirk.QUALIFIED_NAME, refused, "<Naam>GeefZorgtoeslag</Naam>", "<Naam>Gezin.GeefZorgtoeslag</Naam>"),
    (Quirk.NO_MILLISECONDS, refused, "<Tijd>12:00:00.000</Tijd>", "<Tijd>12:00:00</Tijd>"),
    (Quirk.NO_SENDER_NAME, refused, "<Naam>MagdaGateway</Naam>", ""),
    (
        Quirk.FAULT_CODE_SERVER,
        lambda *q: refused(*q, reason=Reason.CREDENTIAL_MISSING, request=None),
        "soapenv:Client", "soapenv:Server",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("quirk", "answer", "before", "after"), CHANGES, ids=lambda v: str(v)[:20])
def test_a_quirk_changes_one_thing(
    quirk: Quirk, answer: Callable[..., Reply], before: str, after: str
) -> None:
    plain, odd = text(answer()), text(answer(quirk))

    assert plain.count(before) >= 1
    assert odd == plain.replace(before, after)


def test_a_fault_may_come_as_if_all_were_well() -> None:
    plain, odd = (
        refused(*quirks, reason=Reason.CREDENTIAL_MISSING, request=None)
        for quirks in ((), (Quirk.FAULT_STATUS_200,))
    )

    assert (plain.status, odd.status) == (500, 200)
    assert odd.parts == plain.parts


LEVEL_2 = "Repliek/Uitzonderingen/Uitzondering/Identificatie"
LEVEL_3 = "Repliek/Antwoorden/Antwoord/Uitzonderingen/Uitzondering/Identificatie"


def body(reply: Reply) -> etree._Element:
    return etree.fromstring(reply.body("D-1"))[-1][0]


@pytest.mark.parametrize(
    ("reason", "code"),
    [(Reason.NOT_REGISTERED, "13202"), (Reason.NOTHING_PERMITTED, "15021"), (Reason.NO_DATA, "30001")],
)  # fmt: skip
def test_what_is_about_the_subject_may_stand_at_level_2(reason: Reason, code: str) -> None:
    plain, odd = (
        body(refused(*quirks, reason=reason)) for quirks in ((), (Quirk.SUBJECT_AT_LEVEL_2,))
    )

    assert (plain.findtext(LEVEL_2), plain.findtext(LEVEL_3)) == (None, code)
    assert (odd.findtext(LEVEL_2), odd.findtext(LEVEL_3)) == (code, None)


def test_other_reasons_stay_where_they_are() -> None:
    odd = body(refused(Quirk.SUBJECT_AT_LEVEL_2, reason=Reason.INSZ_UNKNOWN))

    assert odd.findtext(LEVEL_3) == "30003"


def test_a_broken_schema_may_stand_at_level_2_where_the_sender_can_be_read() -> None:
    broken = {"reason": Reason.MESSAGE_INVALID, "request": None}

    odd = refused(Quirk.SCHEMA_AT_LEVEL_2, **broken)  # type: ignore[arg-type]  # named like the parameters

    assert odd.status == 200
    assert body(odd).findtext(LEVEL_2) == "10001"
    assert body(odd).findtext(".//Ontvanger/Referte") == "r-1"
    assert Schemas().defect("GeefZorgtoeslag-02.00", body(odd)) is None
    assert refused(**broken).status == 500  # type: ignore[arg-type]  # idem


@pytest.mark.parametrize(
    "sent",
    [b"not xml", BROKEN.format("").encode(), BROKEN.format(f"<Referte>{'r' * 37}</Referte>").encode(),
     SENT.replace(b"02_00", b"99_99")],
    ids=["text", "no reference", "long reference", "unknown service"],
)  # fmt: skip
def test_what_cannot_be_mirrored_stays_a_fault(sent: bytes) -> None:
    reply = refused(Quirk.SCHEMA_AT_LEVEL_2, reason=Reason.MESSAGE_INVALID, request=None, body=sent)

    assert reply.status == 500
    assert "Fault>" in text(reply)


def test_the_name_comes_back_as_it_was_sent() -> None:
    called = replace(REQUEST, called="Gezin.GeefZorgtoeslag")

    assert "<Naam>Gezin.GeefZorgtoeslag</Naam>" in text(refused(request=called))


def test_quirks_are_read_from_a_list_and_an_unknown_one_is_told() -> None:
    assert parse_quirks(" no-milliseconds, fault-status-200,") == {
        Quirk.NO_MILLISECONDS, Quirk.FAULT_STATUS_200,
    }  # fmt: skip
    assert parse_quirks("") == frozenset()
    with pytest.raises(ValueError, match="quirks are: qualified-name"):
        Settings(quirks="vreemd")
