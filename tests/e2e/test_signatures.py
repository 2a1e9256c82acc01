"""Identity by a signature on the message: whose it is, whether it counts, and answers signed back."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from lxml import etree

from consumers.answers import Answered, Refused
from consumers.wire_http import HttpWire, Patience
from consumers.wire_signature import MessageSigner, NotSigned, Signed
from consumers.wire_soap import SoapClient
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import KARIM, NOOR
from tests.running import RunningSpace
from tests.signing import (
    CONNECTOR,
    DOTNET,
    RUBY,
    Signatory,
    Style,
    check_answer,
    found,
    issued_by,
    issued_signatory,
    q,
    sign,
    signed,
    stranger,
    unit_signatory,
)
from tests.tls import client

UNIT, OTHER = "infino", "kidslife"
WERK = "http://magda.vlaanderen.be/werk/soap/geefjobbonusplusverrichtingen/v01_00"


def question(
    space: RunningSpace, unit: str = UNIT, person: str = KARIM, reference: str = "r-1"
) -> bytes:
    """One question about a person, unsigned."""
    one = space.credential(unit)
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:w="{WERK}"><s:Header/><s:Body>'
        "<w:GeefJobbonusPlusVerrichtingen><Verzoek><Context><Naam>GeefJobbonusPlusVerrichtingen</Naam>"
        "<Versie>01.00.0000</Versie><Bericht><Type>VRAAG</Type><Tijdstip><Datum>2025-03-10</Datum>"
        f"<Tijd>08:00:00.000</Tijd></Tijdstip><Afzender><Identificatie>{one['uri']}</Identificatie>"
        f"<Referte>{reference}</Referte><Hoedanigheid>{one['hoedanigheid']}</Hoedanigheid></Afzender>"
        f"</Bericht></Context><Vragen><Vraag><Referte>{reference}</Referte><Inhoud><Criteria>"
        f"<INSZ>{person}</INSZ></Criteria></Inhoud></Vraag></Vragen></Verzoek>"
        "</w:GeefJobbonusPlusVerrichtingen></s:Body></s:Envelope>"
    ).encode()


def send(space: RunningSpace, message: bytes, **headers: str) -> httpx.Response:
    """As the Java connector does: an empty SOAPAction."""
    named = {"Content-Type": "text/xml;charset=UTF-8", "SOAPAction": '""', **headers}
    url = f"{space.http}/Magda-02.00/soap/WebService"
    return httpx.post(url, content=message, headers=named, timeout=20, trust_env=False)


def checker(space: RunningSpace) -> MessageSigner:
    """The check of the client that agencies can copy."""
    one = space.credential(UNIT)
    return MessageSigner(one["certificate"], one["private_key"], space.ready["ca"])


def parts_signed(space: RunningSpace, answer: httpx.Response) -> set[str]:
    """What the gateway's signature on an answer covers; fails where there is none that holds."""
    return check_answer(answer.content, unit_signatory(space, UNIT).chain[1:])


def code(answer: httpx.Response) -> str | None:
    return etree.fromstring(answer.content).findtext(".//Uitzondering/Identificatie")


def why(answer: httpx.Response) -> str:
    """The detail of a Fault for want of a credential, which is not signed."""
    assert answer.status_code == 500
    assert b"ERR_025: Verification failure" in answer.content
    assert b"<reason>credential-invalid</reason>" in answer.content
    assert b"Signature" not in answer.content.partition(b"Body>")[0]
    return etree.fromstring(answer.content).findtext(".//detail/message") or ""


@pytest.mark.parametrize("key", ["ec", "rsa"])
def test_the_typed_client_registers_consults_and_is_refused_and_checks_every_answer(
    space: RunningSpace, key: str
) -> None:
    one = space.credential(UNIT)
    files = one if key == "ec" else space.control("POST", "/keys", {"credential": UNIT, "key": key}).json()  # fmt: skip
    signer = MessageSigner(files["certificate"], files["private_key"], space.ready["ca"])

    wire = HttpWire(space.http, Signed(signer), patience=Patience(attempts=1))

    with SoapClient(wire, space.sender(UNIT), space.host.space.clock) as soap:
        refused = soap.transactions(KARIM)
        registered = soap.register(KARIM, date(2025, 3, 10))
        answered = soap.transactions(KARIM)

    assert isinstance(refused, Refused)
    assert (refused.code, refused.reason) == ("13202", "not-registered")
    assert isinstance(registered, Answered)
    assert isinstance(answered, Answered)
    assert [str(one.amount) for one in answered.content.transactions] == ["600.00"]
    decisions = [leaf for leaf in space.leaves() if leaf["e"] == "decision"]
    assert [leaf["credential"] for leaf in decisions] == [UNIT] * 3
    assert [leaf["outcome"] for leaf in decisions] == ["refusal", "permit", "permit"]
    assert space.verify().ok


@pytest.mark.parametrize(
    ("style", "media_type"),
    [
        (DOTNET, "application/soap+xml; charset=utf-8"),
        (Style(token="keyvalue"), "text/xml"),
        (Style(token="pkipath", prefixes="s w", body_prefixes="w"), "text/xml;charset=UTF-8"),
    ],
    ids=[".NET", "a bare key", "PKIPath and prefixes"],
)
def test_every_style_of_client_gets_a_signed_answer(
    shared_space: RunningSpace, style: Style, media_type: str
) -> None:
    message = sign(question(shared_space), unit_signatory(shared_space, UNIT), style)

    answer = send(shared_space, message, **{"Content-Type": media_type})

    assert (answer.status_code, code(answer)) == (200, "13202")
    assert parts_signed(shared_space, answer) == {"Body"}
    token = found(etree.fromstring(answer.content), "wsse:BinarySecurityToken")
    assert str(token.get("ValueType")).endswith("v1" if style.token == "pkipath" else "v3")
    assert shared_space.leaves()[-1]["credential"] == UNIT


def test_a_client_is_let_use_sha1_and_no_longer_from_one_request_to_the_next(
    space: RunningSpace,
) -> None:
    who, serial = issued_signatory(space, UNIT, key="rsa")
    messages = [sign(question(space), who, style) for style in (CONNECTOR, RUBY)]

    def statuses() -> list[int]:
        return [send(space, message).status_code for message in messages]

    def order(*, allowed: bool) -> Any:
        return space.control("POST", "/keys/sha1", {"reference": serial, "allowed": allowed}).json()

    before, refusal = statuses(), why(send(space, messages[0]))
    allowed = order(allowed=True)
    during, answer = statuses(), send(space, messages[0])
    taken_back = order(allowed=False)
    after = statuses()

    assert (before, during, after) == ([500] * 2, [200] * 2, [500] * 2)
    assert refusal == "this SHA-1 signature is not registered, or was revoked"
    assert ([one["sha1"] for one in allowed], [one["sha1"] for one in taken_back]) == (
        [True],
        [False],
    )
    assert parts_signed(space, answer) == {"Body"}
    assert b"rsa-sha256" in answer.content
    assert send(space, sign(question(space), who)).status_code == 200
    entries = [one for one in space.leaves() if one["e"] == "certificate.sha1"]
    assert [(one["serial"], one["allowed"]) for one in entries] == [(serial, True), (serial, False)]


def test_sha1_can_be_allowed_at_issue_and_outlives_the_process(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    first = Host(settings)
    space = RunningSpace(first, first.start())
    who, _ = issued_signatory(space, UNIT, key="rsa", sha1=True)
    message = sign(question(space), who, CONNECTOR)
    statuses = [send(space, message).status_code]
    certificates = space.get("/pki/answers.pem").text
    first.stop()
    second = Host(settings)
    try:
        again = RunningSpace(second, second.start())
        statuses.append(send(again, message).status_code)
        assert again.get("/pki/answers.pem").text == certificates
    finally:
        second.stop()

    assert statuses == [200, 200]
    chain = x509.load_pem_x509_certificates(certificates.encode())
    assert len(chain) == 3
    for one in chain[:2]:
        one.verify_directly_issued_by(chain[2])


def test_a_certificate_is_judged_on_the_clock_of_the_space_at_each_message(
    space: RunningSpace,
) -> None:
    period = {"from": "2025-06-01T00:00:00+02:00", "until": "2025-12-31T00:00:00+01:00"}
    who, serial = issued_signatory(space, UNIT, **period)
    space.control("PUT", "/providers/wewis", {"automatic": False})
    message = sign(question(space), who)

    early = why(send(space, message))
    space.control("PUT", "/clock", {"at": period["from"]})
    within = send(space, message).status_code
    space.control("POST", "/keys/revocations", {"reference": serial})
    revoked = why(send(space, message))

    assert "not valid before 2025-06-01" in early
    assert within == 200
    assert "not registered, or was revoked" in revoked
    assert space.leaves()[-1]["reasons"] == ["credential-invalid"]


def test_an_expired_certificate_signs_nothing(space: RunningSpace) -> None:
    period = {"from": "2024-01-01T00:00:00+01:00", "until": "2025-01-01T00:00:00+01:00"}
    who, _ = issued_signatory(space, UNIT, **period)

    assert "expired at 2025-01-01" in why(send(space, sign(question(space), who)))


@pytest.mark.parametrize(("token_of", "expected"), [(UNIT, 200), (OTHER, 500), (None, 500)])
def test_a_token_beside_a_signature_must_name_the_same_credential(
    shared_space: RunningSpace, token_of: str | None, expected: int
) -> None:
    message = sign(question(shared_space), unit_signatory(shared_space, UNIT))
    token = shared_space.credential(token_of)["token"] if token_of else "made-up"

    answer = send(shared_space, message, Authorization=f"Bearer {token}")

    assert answer.status_code == expected
    if expected == 500:
        assert shared_space.leaves()[-1]["reasons"] == ["credential-invalid"]
        assert shared_space.leaves()[-1]["credential"] is None


@pytest.mark.parametrize(("shown", "expected"), [(UNIT, 200), (OTHER, 500), (None, 200)])
def test_a_certificate_of_the_connection_must_name_the_same_credential(
    shared_space: RunningSpace, shown: str | None, expected: int
) -> None:
    message = sign(question(shared_space), unit_signatory(shared_space, UNIT))

    with client(shared_space, shown) as connection:
        answer = connection.post("/soap", content=message, headers={"Content-Type": "text/xml"})

    assert answer.status_code == expected
    if expected == 500:
        assert b"signature and certificate name two credentials" in answer.content


def test_a_bad_signature_counts_though_the_token_would_do(shared_space: RunningSpace) -> None:
    message = sign(question(shared_space), unit_signatory(shared_space, UNIT))
    token = shared_space.credential(UNIT)["token"]
    changed = message.replace(KARIM.encode(), NOOR.encode())

    answer = send(shared_space, changed, Authorization=f"Bearer {token}")

    assert why(answer) == "the message is not what was signed"
    assert KARIM.encode() not in answer.content


def test_a_sender_that_says_otherwise_than_the_signature_is_20005_and_signed(
    shared_space: RunningSpace,
) -> None:
    message = sign(question(shared_space, unit=OTHER), unit_signatory(shared_space, UNIT))

    answer = send(shared_space, message)

    assert (answer.status_code, code(answer)) == (200, "20005")
    assert parts_signed(shared_space, answer) == {"Body"}
    assert shared_space.leaves()[-1]["credential"] == UNIT


@pytest.mark.parametrize(
    "break_it",
    [
        lambda root, who: found(root, "wsse:BinarySecurityToken").set(q("wsu:Id"), "x"),
        lambda root, who: found(root, "ds:SignatureValue").clear(),
        lambda root, who: found(root, "ds:DigestValue").clear(),
        lambda root, who: found(root, "ds:KeyInfo").clear(),
        lambda root, who: found(root, "ds:Signature").clear(),
        lambda root, who: root.append(etree.Element(q("s:Body"))),
        lambda root, who: found(root, "s:Header").append(found(root, "ds:Signature")),
    ],
    ids=["token", "value", "digest", "KeyInfo", "Signature", "two Bodies", "place"],
)
def test_what_does_not_hold_is_a_fault_that_is_entered(
    shared_space: RunningSpace, break_it: Any
) -> None:
    who = unit_signatory(shared_space, UNIT)
    root = signed(etree.fromstring(question(shared_space)), who)
    break_it(root, who)
    before = len(shared_space.leaves())

    answer = send(shared_space, etree.tostring(root))

    assert why(answer)
    assert answer.headers["sim-decision"] == f"D-{before + 1}"
    assert shared_space.leaves()[-1]["reasons"] == ["credential-invalid"]


def test_a_stranger_is_told_no_more_than_that(shared_space: RunningSpace) -> None:
    impostor = issued_by(unit_signatory(shared_space, UNIT), UNIT)

    for who in (stranger(), impostor):
        refusal = why(send(shared_space, sign(question(shared_space), who)))
        assert refusal == "this signature is not registered, or was revoked"


def test_a_signed_message_of_the_wrong_form_gets_a_signed_fault(shared_space: RunningSpace) -> None:
    wrong = question(shared_space).replace(b"<Criteria>", b"<Criteria><Meer/>")

    answer = send(shared_space, sign(wrong, unit_signatory(shared_space, UNIT)))

    assert answer.status_code == 500
    assert b"10001 - " in answer.content
    assert parts_signed(shared_space, answer) == {"Body"}


def test_a_signed_message_with_a_timestamp_counts_once_and_gets_one_back(
    shared_space: RunningSpace,
) -> None:
    now = datetime.now(UTC)  # noqa: TID251  the freshness of a message is machine time
    style = Style(created=now, expires=now + timedelta(minutes=5))
    message = sign(question(shared_space), unit_signatory(shared_space, UNIT), style)

    first, again = send(shared_space, message), send(shared_space, message)

    assert first.status_code == 200
    assert parts_signed(shared_space, first) == {"Body", "Timestamp"}
    created = found(etree.fromstring(first.content), "wsu:Created").text or ""
    assert abs(datetime.fromisoformat(created) - now) < timedelta(minutes=2)
    assert why(again) == "this very message was here before; sign each message anew"


def test_a_changed_answer_does_not_pass_the_clients_check(shared_space: RunningSpace) -> None:
    who = unit_signatory(shared_space, UNIT)
    answer = send(shared_space, sign(question(shared_space), who))
    fraud = etree.tostring(signed(etree.fromstring(question(shared_space)), who))

    checker(shared_space).check(answer.content)
    for content in (
        answer.content.replace(b"13202", b"30001"),
        re.sub(rb"<wsse:Security.*</wsse:Security>", b"", answer.content),
        fraud,
    ):
        with pytest.raises(NotSigned):
            checker(shared_space).check(content)


def test_a_reference_with_every_character_comes_back_in_a_signed_answer(
    shared_space: RunningSpace,
) -> None:
    message = question(shared_space, reference="&lt;a&gt;&amp;&#13;&#10;&#9;&quot;é€😀")

    answer = send(shared_space, sign(message, unit_signatory(shared_space, UNIT)))

    assert parts_signed(shared_space, answer) == {"Body"}
    told = etree.fromstring(answer.content).findtext(".//Antwoord/Referte")
    assert told == '<a>&\r\n\t"é€😀'


def test_a_certificate_from_elsewhere_signs_once_it_is_enrolled_and_so_does_its_bare_key(
    space: RunningSpace,
) -> None:
    key = generate_private_key(65537, 2048)
    who, renewed = (issued_by(stranger("elders"), name, key) for name in ("een", "twee"))
    bare = sign(question(space), who, Style(token="keyvalue"))

    def enrol(one: Signatory) -> str:
        body = {"credential": UNIT, "certificate": one.pem}
        answer = space.control("POST", "/keys/enrolments", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["serial"])

    unknown = send(space, bare).status_code
    serials = [enrol(who), enrol(renewed)]
    known = [send(space, sign(question(space), one)).status_code for one in (who, renewed)]
    bare_known = send(space, bare).status_code
    space.control("POST", "/keys/revocations", {"reference": serials[1]})
    one_left = [send(space, sign(question(space), one)).status_code for one in (who, renewed)]
    bare_left = send(space, bare).status_code
    space.control("POST", "/keys/revocations", {"reference": serials[0]})

    assert (unknown, known, bare_known) == (500, [200, 200], 200)
    assert (one_left, bare_left) == ([200, 500], 200)
    assert send(space, bare).status_code == 500


def test_where_signatures_are_required_nothing_else_opens_the_soap_door(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        soap_signature="required",
    )  # fmt: skip
    host = Host(settings)
    try:
        space = RunningSpace(host, host.start())
        unsigned = space.soap(UNIT, question(space))
        with client(space, UNIT) as connection:
            shown = connection.post("/soap", content=question(space))
        well = send(space, sign(question(space), unit_signatory(space, UNIT)))
        rest = space.post(UNIT, "/v1/werk/jobbonusplus-verrichtingen/bevraging", {"insz": KARIM})
    finally:
        host.stop()

    assert why(unsigned) == why(shown) == "No signature in message!"
    assert (well.status_code, rest.status_code) == (200, 403)


def test_the_same_signed_message_gets_the_same_bytes_from_the_same_seed(tmp_path: Path) -> None:
    answers = []
    for name in ("a", "b"):
        settings = Settings(
            data=tmp_path / name, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True
        )
        host = Host(settings)
        try:
            space = RunningSpace(host, host.start())
            rsa, _ = issued_signatory(space, UNIT, key="rsa")
            message = sign(question(space), rsa)
            answers.append((message, send(space, message).content))
        finally:
            host.stop()

    assert answers[0] == answers[1]


def test_answers_can_be_signed_on_a_curve_for_everybody(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path / "s",
        http_port=0,
        sftp_port=0,
        clock=DEMO_CLOCK,
        demo=True,
        answer_key="p256",
    )
    host = Host(settings)
    try:
        space = RunningSpace(host, host.start())
        who, _ = issued_signatory(space, UNIT, key="rsa")
        answer = send(space, sign(question(space), who))
        covered = parts_signed(space, answer)
    finally:
        host.stop()

    assert covered == {"Body"}
    assert b"#ecdsa-sha256" in answer.content


def test_after_a_reset_with_another_seed_signatures_of_before_are_strangers(
    space: RunningSpace,
) -> None:
    message = sign(question(space), unit_signatory(space, UNIT))
    before = send(space, message).status_code
    space.control("POST", "/reset", {"seed": 7})
    after = send(space, message)
    fresh = send(space, sign(question(space), unit_signatory(space, UNIT)))

    assert (before, fresh.status_code) == (200, 200)
    assert "not registered" in why(after)
