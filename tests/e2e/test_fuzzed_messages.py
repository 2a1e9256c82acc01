"""Spoilt messages: a well-formed refusal or an answer, one entry each, nobody's number, and soon."""

import json
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from lxml import etree

from gateway.contracts.reasons import WIRE, Reason
from gateway.simulation.space import Space
from tests.agreement import WIRES, Asked, envelope
from tests.fuzzing import JSON, XML, Spoil, numbers_in
from tests.people import KARIM
from tests.running import ADVICE, CARE, DEREGISTER, REGISTER, START, TRANSACTIONS, RunningSpace
from tests.signing import sign, unit_signatory

UNIT, QUICK, THOROUGH = "infino", 100, 4_000
SAMPLES = Path(__file__).parents[3] / "shared/samples/magda-mock/requests"
SOAP_NS = "{http://schemas.xmlsoap.org/soap/envelope/}"
PERIOD = {"begin": START, "einde": None}
ACTS = "/v1/protocollen/001/gebeurtenissen"
BODIES: Mapping[str, Any] = {
    TRANSACTIONS: {"insz": KARIM, "fiscaalJaar": 2024},
    CARE: {"insz": KARIM, "periode": {"begin": START, "einde": START}, "taal": "nl",
           "gewensteInformatie": {"statusAanvraag": True, "erkenningen": True}},
    ADVICE: {"insz": KARIM, "openingsdatum": START, "zorgkas": "zorgkas-1"},
    REGISTER: {"insz": KARIM, "periode": PERIOD},
    DEREGISTER: {"insz": KARIM, "periode": PERIOD},
    "/v1/auditlogging/bevraging": {"insz": KARIM},
    "/v1/werk/jobbonusplus-statistiek/bevraging": {"fiscaalJaar": 2024},
    "/v1/inkomen/jobbonus-dossier/vragen": {"insz": KARIM, "vraag": "?", "kanaal": "post"},
    "/v1/inkomen/jobbonus-dossier/vragen/V-1/identificatie":
        {"naam": "X", "elementen": {"bedrag": "1.00"}, "adres": {"postcode": "9000"}},
    "/v1/inburgering/jaarlijst/doorgiften": {"jaar": 2025},
    "/v1/gezin/betaalbestand/aanvragen": {},
    ACTS: {"soort": "schorsing", "partij": "infino", "op": "2025-03-10T00:00:00+01:00"},
    "/v1/protocollen/003/doorgiften": {"derde": "OCMW Zele", "stroom": "zele-betaalbestand"},
}  # fmt: skip


@dataclass
class Desk:
    """Sends a message and holds what came of it against the promises."""

    space: RunningSpace
    client: httpx.Client
    seen: set[str] = field(default_factory=set)

    @property
    def _live(self) -> Space:
        return self.space.host.space

    def send(self, path: str, body: bytes, kind: str) -> httpx.Response:
        reader = self._live.gateway.log.reader
        before, began = reader.head().size, time.process_time()
        token = self.space.credential(UNIT)["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        answer = self.client.post(self.space.http + path, content=body, headers=headers)
        spent, after = time.process_time() - began, reader.head().size

        entries = [json.loads(one.leaf) for one in reader.entries(before + 1, after)]
        entries = [one for one in entries if one["e"] != "source.consulted"]
        assert len(entries) == 1, f"{len(entries)} entries for one attempt"
        assert answer.headers["sim-decision"] == f"D-{after}"
        reasons = entries[0]["reasons"]
        assert "internal" not in reasons, "something broke"
        self.seen.update(reasons or ["answered"])
        assert KARIM not in json.dumps(entries)
        assert spent < 5, f"{spent:.1f} seconds of work for one message"
        return answer

    def soap(self, body: bytes) -> None:
        answer = self.send("/soap", body, "text/xml; charset=utf-8")
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        root = etree.fromstring(answer.content)
        inner = root.find(f"{SOAP_NS}Body/*")
        assert inner is not None
        is_fault = inner.tag == f"{SOAP_NS}Fault"
        assert answer.status_code == (500 if is_fault else 200)
        if is_fault:
            assert inner.findtext("faultcode") in ("soapenv:Client", "soapenv:Server")
            assert (inner.findtext("faultstring") or "").startswith(("10001 - ", "ERR_025"))
            told = [inner]
        else:
            assert inner.find("Repliek/Context/Bericht/Ontvanger") is not None
            told = inner.findall(".//Uitzondering")
        for one in told:
            assert numbers_in(etree.tostring(one, method="text", encoding="unicode")) == set()

    def rest(self, path: str, body: bytes) -> None:
        answer = self.send(path, body, "application/json")
        told = answer.json()
        if answer.status_code < 300:
            return
        wire = WIRE[Reason(told["reason"])]
        assert answer.headers["content-type"] == "application/problem+json"
        assert told["status"] == answer.status_code == wire.status < 500
        assert told["decision"] == answer.headers["sim-decision"]
        assert numbers_in(answer.text.replace(told["instance"], "")) == set()
        assert len(answer.content) < 20_000, "an error as long as what it is about"


@pytest.fixture(scope="module")
def desk(shared_space: RunningSpace) -> Iterator[Desk]:
    """Its strangers are never a flood: each attempt has its entry."""
    shared_space.register(UNIT, KARIM)
    shared_space.host.space.gateway.attempts._limit = 10**9
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield Desk(shared_space, client)


def messages(space: RunningSpace) -> Sequence[bytes]:
    """One of each service, one that is signed, and all that stands in a message beside."""
    one = space.credential(UNIT)
    plain = [envelope(Asked(unit=UNIT, flow=flow, insz=KARIM), one) for flow in WIRES]
    told = Asked(unit=UNIT, flow="jobbonusplus-verrichtingen", insz=KARIM, purpose="x", case="d",
                 authentication="eid", year=2024)  # fmt: skip
    whole = envelope(told, one)
    return [*plain, whole, sign(whole, unit_signatory(space, UNIT))]


def samples() -> Sequence[bytes]:
    found = sorted(SAMPLES.glob("*.xml"))
    if not found:
        pytest.skip("the shared samples are not beside this checkout")
    return [path.read_bytes() for path in found]


def spoilt(spoil: Spoil, level: str, originals: Sequence[bytes], numbers: range) -> Iterator[bytes]:
    for number in numbers:
        rng = Random(f"{level}/{number}")
        yield spoil(rng, rng.choice(originals))


@pytest.mark.parametrize("level", XML)
def test_spoilt_soap_is_refused_well_and_entered_once(desk: Desk, level: str) -> None:
    desk.seen.clear()
    for body in spoilt(XML[level], level, messages(desk.space), range(QUICK)):
        desk.soap(body)

    assert {"message-invalid"} < desk.seen, "only one outcome: spoils nothing, or everything"


@pytest.mark.parametrize("level", XML)
def test_spoilt_samples_are_refused_well_and_entered_once(desk: Desk, level: str) -> None:
    for body in spoilt(XML[level], level, samples(), range(QUICK // 2)):
        desk.soap(body)


@pytest.mark.parametrize("level", JSON)
def test_spoilt_json_is_refused_well_and_entered_once(desk: Desk, level: str) -> None:
    desk.seen.clear()
    for number in range(QUICK * 2):
        rng = Random(f"{level}/{number}")
        path = rng.choice(sorted(BODIES))
        desk.rest(path, JSON[level](rng, json.dumps(BODIES[path]).encode()))

    assert {"message-invalid"} < desk.seen


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("level", XML)
def test_many_spoilt_messages(desk: Desk, level: str) -> None:
    for body in spoilt(XML[level], level, messages(desk.space), range(QUICK, THOROUGH)):
        desk.soap(body)
    for number in range(QUICK * 2, THOROUGH):
        rng = Random(f"{level}/{number}")
        path = rng.choice(sorted(BODIES))
        desk.rest(path, JSON[level](rng, json.dumps(BODIES[path]).encode()))


def entity_bomb(levels: int = 9) -> str:
    made = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "x" * 10}">' for n in range(levels))  # fmt: skip
    return f"<!DOCTYPE x [{made}]><x>&a{levels - 1};</x>"


def within(element: str, more: bytes) -> bytes:
    """A question with more in one of its elements."""
    one = {"uri": "x/y-aip", "hoedanigheid": "x"}
    body = envelope(Asked(unit=UNIT, flow="jobbonusplus-verrichtingen", insz=KARIM), one)
    return body.replace(f"<{element}>".encode(), f"<{element}>".encode() + more)


HOSTILE: Mapping[str, bytes] = {
    "a bomb": entity_bomb().encode(),
    "a bomb in UTF-16": f'<?xml version="1.0" encoding="UTF-16"?>{entity_bomb()}'.encode("utf-16"),
    "a bomb in UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>' + entity_bomb().encode("utf-7"),
    "a bomb behind blanks": b" " * 900_000 + entity_bomb().encode(),
    "quadratic": (f'<!DOCTYPE x [<!ENTITY a "{"x" * 50_000}">]><x>{"&a;" * 50_000}</x>').encode(),
    "a file": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>',
    "an address": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
    "a parameter entity": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname">%p;]><x/>',
    "default attributes": b'<!DOCTYPE x [<!ATTLIST x a CDATA "b">]><x/>',
    "an inclusion": within("Vraag", b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/hostname" parse="text"/>'),
    "a place of a schema": within("Context", b'<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="u file:///etc/hostname"/>'),
    "open without end": b"<a>" * 340_000,
    "deep": b"<a>" * 140_000 + b"</a>" * 140_000,
    "deep inside": within("Criteria", b"<a>" * 70_000 + b"</a>" * 70_000),
    "deep to the limit": within("Criteria", b"<a>" * 250 + b"</a>" * 250),
    "wide": within("Criteria", b"<b/>" * 200_000),
    "many attributes": b"<a " + b" ".join(b'a%d=""' % n for n in range(80_000)) + b"/>",
    "one attribute twice": b'<a b="" b=""/>',
    "a huge attribute": within("Criteria", b'<b c="' + b"x" * 1_000_000 + b'"/>'),
    "many namespaces": b"<a " + b" ".join(b'xmlns:a%d="u%d"' % (n, n) for n in range(40_000)) + b"/>",
    "nested namespaces": b"".join(b'<a xmlns:n%d="u">' % n for n in range(30_000)),
    "a long number": within("INSZ", b"9" * 900_000),
    "a long name": b"<" + b"a" * 1_000_000 + b"/>",
    "a long comment": b"<!--" + b"x" * 1_000_000 + b"--><a/>",
    "many comments": within("Criteria", b"<!---->" * 100_000),
    "many instructions": within("Criteria", b"<?x?>" * 150_000),
    "many references": within("INSZ", b"&#57;" * 150_000),
    "NUL": within("INSZ", b"\0"),
    "a NUL by name": within("INSZ", b"&#0;"),
    "half a character": within("INSZ", b"\xed\xa0\x80"),
    "EBCDIC": '<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037"),
    "an encoding that lies": b'<?xml version="1.0" encoding="UTF-16"?><a/>',
    "an encoding that nobody knows": f'<?xml version="1.0" encoding="x{KARIM}"?><a/>'.encode(),
    "two roots": b"<a/><a/>",
    "nothing": b"",
    "blanks": b" " * 1_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_costs_little(desk: Desk, name: str) -> None:
    """Each is about as large as a message may be; memory is that of the whole process, both ends of the wire."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    desk.soap(HOSTILE[name])

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300_000, f"{grown // 1000} MB for one message"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "ascii"])
def test_an_encoding_that_says_its_name_is_read(desk: Desk, encoding: str) -> None:
    """MAGDA's own are UTF-8; whatever XML allows means the same."""
    one = desk.space.credential(UNIT)
    asked = envelope(Asked(unit=UNIT, flow="jobbonusplus-verrichtingen", insz=KARIM), one).decode()
    named = encoding.removesuffix("-sig").upper()
    desk.space.register(UNIT, KARIM)  # a spoilt message may have ended it
    desk.seen.clear()

    desk.soap(f'<?xml version="1.0" encoding="{named}"?>{asked}'.encode(encoding))

    assert desk.seen == {"answered"}


DEEP = 100_000
STRANGE: Mapping[str, bytes] = {
    "deep lists": b"[" * 500_000,
    "deep lists that end": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep inside": b'{"insz":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep in what is unknown": b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "a huge number": b'{"insz":' + b"9" * 900_000 + b"}",
    "a huge year": b'{"insz":"%s","fiscaalJaar":%s}' % (KARIM.encode(), b"9" * 900_000),
    "a huge exponent": b'{"insz":"%s","fiscaalJaar":1e999999999}' % KARIM.encode(),
    "no number": b'{"insz":NaN}',
    "infinite": b'{"insz":"%s","fiscaalJaar":-Infinity}' % KARIM.encode(),
    "twice": b'{"insz":"%s","insz":"12631400209"}' % KARIM.encode(),
    "twice, once in disguise": b'{"insz":"%s","in\\u0073z":"12631400209"}' % KARIM.encode(),
    "half a pair": b'{"insz":"\\ud800"}',
    "half a pair as a name": b'{"\\udc00":"x"}',
    "NUL": b'{"insz":"\\u0000"}',
    "a raw NUL": b'{"insz":"\0"}',
    "a mark first": b'\xef\xbb\xbf{"insz":"x"}',
    "UTF-16": '{"insz":"x"}'.encode("utf-16"),
    "Latin": b'{"insz":"\xe9"}',
    "a number as a name": b'{"%s":1}' % KARIM.encode(),
    "a number with dots as a name": b'{"90.71.23-011.37":1}',
    "a number in a name": b'{"a b %s":1}' % KARIM.encode(),
    "a name with quotes and a path": b'{"x` - at `$.%s":1}' % KARIM.encode(),
    "a long name": b'{"' + b"a" * 900_000 + b'":1}',
    "many members": b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}",
    "many colons": b'{"insz":"' + b":" * 900_000 + b'"}',
    "blanks": b" " * 900_000,
    "nothing": b"",
    "null": b"null",
    "a comment": b'{"insz":"x"/**/}',
    "something behind it": b'{"insz":"x"} x',
}


@pytest.mark.parametrize("path", [TRANSACTIONS, CARE, ACTS])
@pytest.mark.parametrize("name", STRANGE)
def test_strange_json_is_refused_well_and_entered_once(desk: Desk, name: str, path: str) -> None:
    desk.seen.clear()

    desk.rest(path, STRANGE[name])

    assert desk.seen <= {"message-invalid", "insz-invalid", "no-protocol"}


@pytest.mark.parametrize(
    "op", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1e300", "99999999999999", "nan"]
)
def test_an_instant_that_no_calendar_reckons_with_is_refused(
    shared_space: RunningSpace, op: str
) -> None:
    refused = [
        shared_space.get(f"/v1/protocollen/004/taken?op={op}"),
        shared_space.control("PUT", "/clock", {"at": op}),
        shared_space.control("POST", "/reset", {"clock": op}),
        shared_space.control("POST", "/keys", {"credential": UNIT, "until": op}),
        shared_space.control("GET", f"/rights?credential={UNIT}&at={op}"),
        shared_space.post("wewis", ACTS, {"soort": "schorsing", "op": op}, content_type="application/json"),
    ]  # fmt: skip

    assert {(one.status_code, one.json()["reason"]) for one in refused} == {
        (400, "message-invalid")
    }
