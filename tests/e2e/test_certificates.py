"""Identity by certificate: who it names, judged at each request on the space's clock, entered like the rest."""

import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import zeep
from cryptography import x509

from consumers.answers import require
from consumers.wire_http import HttpWire
from consumers.wire_rest import RestClient
from consumers.wire_soap import SoapClient
from consumers.wire_tls import with_certificate
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import KARIM, NOOR
from tests.running import CARE, TRANSACTIONS, RunningSpace
from tests.tls import ask, client, client_with, context_of, forge

UNIT = "ahovoks-studietoelagen"


def issue(space: RunningSpace, unit: str, begin: str | None, end: str | None) -> dict[str, Any]:
    answer = space.control("POST", "/keys", {"credential": unit, "from": begin, "until": end})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def issued_client(space: RunningSpace, made: dict[str, Any]) -> httpx.Client:
    context = with_certificate(space.ready["ca"], made["certificate"], made["private_key"])
    return client_with(space, context)


def test_a_certificate_alone_asks_over_rest_and_the_entry_names_its_credential(
    space: RunningSpace,
) -> None:
    space.register("infino", KARIM)

    with client(space, "infino") as infino, client(space, None) as nobody:
        answer, refusal = ask(infino), ask(nobody)

    assert answer.status_code == 200
    assert answer.json()["verrichtingen"][0]["verrichtingbedrag"] == "600.00"
    assert (refusal.status_code, refusal.json()["reason"]) == (401, "credential-missing")
    permit, missing = space.leaves()[-2:]
    assert (permit["credential"], permit["outcome"]) == ("infino", "permit")
    assert (missing["credential"], missing["reasons"]) == (None, ["credential-missing"])


def test_every_credential_of_the_ready_file_can_show_its_own_certificate(
    shared_space: RunningSpace,
) -> None:
    seen = {}
    for unit in shared_space.ready["credentials"]:
        with client(shared_space, unit) as connection:
            ask(connection)
        seen[unit] = shared_space.leaves()[-1]["credential"]

    assert seen == {unit: unit for unit in shared_space.ready["credentials"]}


def test_the_typed_clients_work_with_a_certificate_and_without_a_token(
    shared_space: RunningSpace,
) -> None:
    base, tls = shared_space.ready["https"], context_of(shared_space, UNIT)
    clock = shared_space.host.space.clock

    with RestClient(HttpWire(base, tls=tls)) as rest:
        registered = require(rest.register(NOOR, date(2025, 3, 10)))
        answer = require(rest.care_allowance(NOOR, date(2024, 12, 31)))
    with SoapClient(HttpWire(base, tls=tls), shared_space.sender(UNIT), clock) as soap:
        said = require(soap.care_allowance(NOOR, date(2024, 12, 31)))

    assert registered.result == 1
    assert [one.pillar1 for one in answer.recognitions] == [4]
    assert said == answer


def test_a_stock_zeep_client_over_requests_builds_from_the_wsdl_and_gets_its_answer(
    space: RunningSpace,
) -> None:
    one = space.credential(UNIT)
    space.register(UNIT, NOOR)
    with requests.Session() as session:
        session.trust_env = False
        session.verify, session.cert = space.ready["ca"], (one["certificate"], one["private_key"])
        make: Any = zeep
        stock = make.Client(
            f"{space.ready['https']}/soap?wsdl",
            transport=make.Transport(session=session),
            settings=make.Settings(
                strict=False
            ),  # LAW over schema: mandatory elements are left out
        )
        (service,) = stock.wsdl.services.values()
        told = stock.service.GeefZorgtoeslag(care_question(one))

    addresses = {port.binding_options["address"] for port in service.ports.values()}
    assert addresses == {f"{space.ready['https']}/soap"}
    assert "Pijler1" in str(told)
    assert space.leaves()[-1]["credential"] == UNIT


def care_question(one: dict[str, Any]) -> dict[str, Any]:
    reference = "11111111-2222-4333-8444-555555555555"
    return {
        "Context": {
            "Naam": "GeefZorgtoeslag", "Versie": "02.00.0000",
            "Bericht": {
                "Type": "VRAAG", "Tijdstip": {"Datum": "2025-03-10", "Tijd": "08:00:00.000"},
                "Afzender": {"Identificatie": one["uri"], "Referte": reference,
                             "Hoedanigheid": one["hoedanigheid"]},
            },
        },
        "Vragen": {"Vraag": [{"Referte": reference, "Inhoud": {
            "Criteria": {"INSZ": NOOR, "Referentiedatum": "2024-12-31",
                         "GewensteInformatie": {"StatusAanvraag": "0", "Erkenningen": "1"}},
            "Taal": "nl"}}]},
    }  # fmt: skip


@pytest.mark.needs("curl")
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_stock_curl_asks_with_each_version_of_tls(
    shared_space: RunningSpace, version: str
) -> None:
    one = shared_space.credential("vutg-rechten")
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--cacert", shared_space.ready["ca"],
         "--cert", one["certificate"], "--key", one["private_key"],
         f"--tlsv{version}", "--tls-max", version, "-w", "\n%{http_code}",
         "-d", json.dumps({"insz": KARIM}), shared_space.ready["https"] + TRANSACTIONS],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip

    body, _, status = done.stdout.rpartition("\n")
    assert (status, json.loads(body)["reason"]) == ("403", "not-registered")
    assert shared_space.leaves()[-1]["credential"] == "vutg-rechten"


def test_dates_are_judged_on_the_clock_of_the_space_and_not_by_the_handshake(
    space: RunningSpace,
) -> None:
    early = issue(space, "infino", "2025-06-01T00:00:00+02:00", "2025-12-31T00:00:00+01:00")
    space.register("infino", KARIM)
    space.control("PUT", "/providers/wewis", {"automatic": False})

    with issued_client(space, early) as connection:
        before = ask(connection)
        space.control("PUT", "/clock", {"at": "2025-06-01T00:00:00+02:00"})
        within = ask(connection)
        space.control("PUT", "/clock", {"at": "2025-12-31T00:00:00+01:00"})
        last_instant = ask(connection)
        space.control("PUT", "/clock", {"at": "2025-12-31T00:00:01+01:00"})
        after = ask(connection)

    assert [r.status_code for r in (before, within, last_instant, after)] == [401, 200, 200, 401]
    assert "not valid before 2025-06-01" in before.json()["detail"]
    assert "expired at 2025-12-31" in after.json()["detail"]
    assert {before.json()["reason"], after.json()["reason"]} == {"credential-invalid"}
    assert space.leaves()[-1]["reasons"] == ["credential-invalid"]


def test_a_certificate_that_expired_long_ago_gets_through_the_handshake_and_a_soap_fault(
    space: RunningSpace,
) -> None:
    old = issue(space, UNIT, "2020-01-02T00:00:00+01:00", "2020-02-01T00:00:00+01:00")

    with issued_client(space, old) as connection:
        answer = connection.post("/soap", content=b"<x/>", headers={"Content-Type": "text/xml"})

    assert answer.status_code == 500
    assert b"soapenv:Fault" in answer.content
    assert b"ERR_025: Verification failure" in answer.content
    assert b"expired at 2020-02-01" in answer.content


def test_a_revoked_certificate_is_cut_on_the_very_next_request_of_an_open_connection(
    space: RunningSpace,
) -> None:
    space.register("infino", KARIM)
    second = issue(space, "infino", None, None)
    with client(space, "infino") as first, issued_client(space, second) as other:
        both = ask(first).status_code, ask(other).status_code
        serial = space.control("GET", "/keys").json()
        (mine,) = [one["serial"] for one in serial if one["label"] == "infino"]
        revoked = space.control(
            "POST", "/keys/revocations", {"reference": mine, "reason": "keyCompromise"}
        )
        after = ask(first)
        still = ask(other)

    assert both == (200, 200)
    assert (revoked.status_code, revoked.json()[0]["revoked"]) == (201, DEMO_CLOCK)
    assert (after.status_code, after.json()["reason"]) == (401, "credential-invalid")
    assert still.status_code == 200
    entry = next(one for one in space.leaves() if one["e"] == "certificate.revoked")
    assert (entry["credential"], entry["serial"], entry["reason"]) == (
        "infino",
        mine,
        "keyCompromise",
    )
    again = space.control("POST", "/keys/revocations", {"reference": mine})
    assert (again.status_code, again.json()["issues"][0]["name"]) == (400, "reference")
    assert space.verify().ok


def test_revocation_and_issued_certificates_outlive_the_process(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    first = Host(settings)
    space = RunningSpace(first, first.start())
    made = issue(space, "infino", None, None)
    space.control("POST", "/keys/revocations", {"reference": "parentia"})
    first.stop()
    second = Host(settings)
    try:
        again = RunningSpace(second, second.start())
        with issued_client(again, made) as infino, client(again, "parentia") as parentia:
            statuses = ask(infino).status_code, ask(parentia).status_code
    finally:
        second.stop()

    assert statuses == (403, 401)


def test_another_secret_makes_other_keys_and_forgets_the_old_certificates(
    tmp_path: Path,
) -> None:
    settings = Settings(
        data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, secrets="random"
    )
    listed, units = [], 0
    for _ in range(2):
        host = Host(settings)
        try:
            space = RunningSpace(host, host.start())
            units = len(space.ready["credentials"])
            listed.append({one["fingerprint"] for one in space.control("GET", "/keys").json()})
            with client(space, "infino") as connection:
                assert ask(connection).status_code == 403
        finally:
            host.stop()
        (tmp_path / "s/keys/space.secret").unlink()
        (tmp_path / "s/log.db").unlink()

    assert len(listed[0]) == len(listed[1]) == units
    assert not listed[0] & listed[1]


@pytest.mark.parametrize(
    ("token_of", "expected"), [("infino", 200), ("parentia", 401), (None, 401)]
)
def test_a_token_beside_a_certificate_must_name_the_same_credential(
    space: RunningSpace, token_of: str | None, expected: int
) -> None:
    space.register("infino", KARIM)
    token = space.credential(token_of)["token"] if token_of else "made-up"

    with client(space, "infino") as connection:
        answer = ask(connection, Authorization=f"Bearer {token}")

    assert answer.status_code == expected
    if expected == 401:
        assert answer.json()["reason"] == "credential-invalid"
        assert space.leaves()[-1]["credential"] is None


def test_acts_on_a_protocol_know_the_party_by_its_certificate(space: RunningSpace) -> None:
    path = "/v1/protocollen/001/gebeurtenissen"
    suspend = {"soort": "schorsing", "partij": "parentia"}

    with client(space, "wewis") as wewis, client(space, None) as nobody:
        allowed, refused = wewis.post(path, json=suspend), nobody.post(path, json=suspend)

    assert (allowed.status_code, refused.status_code) == (201, 401)
    act, missing = space.leaves()
    assert (act["by"], act["outcome"]) == ("wewis", "permit")
    assert (missing["by"], missing["reasons"]) == (None, ["credential-missing"])


def test_the_name_in_a_certificate_gives_nobody_an_identity(tmp_path: Path) -> None:
    """A certificate of a trusted root, with the right name, is a stranger until it is enrolled."""
    root = forge(tmp_path, "elsewhere", ca=True)
    spoof = forge(tmp_path, "infino", root)
    settings = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        trusted_cas=root.certificate,
    )  # fmt: skip
    host = Host(settings)
    try:
        space = RunningSpace(host, host.start())
        context = with_certificate(space.ready["ca"], spoof.certificate, spoof.key)
        with client_with(space, context) as connection:
            stranger = ask(connection)
            body = {"credential": "kidslife", "certificate": spoof.certificate.read_text()}
            enrolled = space.control("POST", "/keys/enrolments", body)
            known = ask(connection)
            twice = space.control("POST", "/keys/enrolments", body)
        entered = [(one["e"], one.get("credential")) for one in space.leaves()]
    finally:
        host.stop()

    assert (stranger.status_code, stranger.json()["reason"]) == (401, "credential-invalid")
    assert (enrolled.status_code, enrolled.json()["enrolled"]) == (201, True)
    assert (known.status_code, known.json()["reason"]) == (403, "not-registered")
    assert twice.status_code == 400
    assert entered == [
        ("decision", None),
        ("certificate.enrolled", "kidslife"),
        ("decision", "kidslife"),
    ]


def test_the_revocation_list_is_public_signed_and_dated_on_the_clock(space: RunningSpace) -> None:
    space.control("POST", "/keys/revocations", {"reference": "infino", "reason": "superseded"})
    listed = x509.load_der_x509_crl(space.get("/pki/crl").content)
    chain = Path(space.credential("infino")["certificate"]).read_bytes()
    leaf, issuing = x509.load_pem_x509_certificates(chain)

    assert listed.is_signature_valid(issuing.public_key())  # type: ignore[arg-type]  # it is P-256
    assert listed.last_update_utc == datetime(2025, 3, 10, 7, tzinfo=UTC)
    assert [one.serial_number for one in listed] == [leaf.serial_number]
    assert space.get("/pki/ca.pem").text == Path(space.ready["ca"]).read_text()


def test_after_a_reset_with_another_seed_the_old_certificates_are_strangers(
    space: RunningSpace,
) -> None:
    old = context_of(space, "infino")
    old_root = Path(space.ready["ca"]).read_text()

    assert space.control("POST", "/reset", {"seed": 7}).status_code == 200
    with client(space, "infino") as fresh:
        answer = ask(fresh)
    old.load_verify_locations(space.ready["ca"])
    with client_with(space, old) as stale:
        refused = ask(stale)

    assert Path(space.ready["ca"]).read_text() != old_root
    assert (answer.status_code, refused.status_code) == (403, 401)


def test_the_control_api_is_not_opened_by_a_certificate(shared_space: RunningSpace) -> None:
    with client(shared_space, "infino") as connection:
        answers = [connection.get(path) for path in ("/_sim/clock", "/_sim/keys")]

    assert [one.status_code for one in answers] == [401, 401]


def test_bad_orders_for_certificates_are_told_what_is_wrong(shared_space: RunningSpace) -> None:
    late = {"credential": "infino", "until": "2051-01-01T00:00:00+01:00"}
    turned = {"credential": "infino", "from": "2026-01-01T00:00:00+01:00",
              "until": "2025-01-01T00:00:00+01:00"}  # fmt: skip
    orders = [("/keys", late), ("/keys", turned), ("/keys", {"credential": "nobody"}),
              ("/keys/enrolments", {"credential": "infino", "certificate": "x"}),
              ("/keys/revocations", {"reference": "infino", "reason": "boredom"})]  # fmt: skip

    answers = [shared_space.control("POST", path, body) for path, body in orders]

    assert [one.status_code for one in answers] == [400] * 5
    assert [one.json()["issues"][0]["name"] for one in answers] == [
        "until", "until", "credential", "certificate", "reason",
    ]  # fmt: skip


def test_care_over_https_is_the_same_answer_as_over_http(space: RunningSpace) -> None:
    space.register(UNIT, NOOR)
    body = {"insz": NOOR, "referentiedatum": "2024-12-31"}

    plain = space.post(UNIT, CARE, body).json()
    with client(space, UNIT) as connection:
        secure = connection.post(CARE, json=body).json()

    assert plain | {"referte": ""} == secure | {"referte": ""}
