"""Other people's signatures: Java's own, zeep with xmlsec, and the xmlsec1 program, in both directions."""

import subprocess
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xmlsec
import zeep
from lxml import etree
from requests import Session
from zeep.wsse import signature as wsse_signature
from zeep.wsse import utils as wsse_utils
from zeep.wsse.signature import BinarySignature, Signature

from gateway.adapters.certificates import SqlCertificates
from gateway.simulation.key_export import write_pkcs12
from tests.people import KARIM, NOOR
from tests.running import RunningSpace
from tests.signing import q
from tests.stock_soap import verzoek

JAVA = Path(__file__).parents[1] / "clients/SigningClient.java"
UTILS: Any = wsse_utils
SIGNATURE: Any = wsse_signature
UNIT = "infino"
SOAPENV = "http://schemas.xmlsoap.org/soap/envelope/"
WERK = "http://magda.vlaanderen.be/werk/soap/geefjobbonusplusverrichtingen/v01_00"


def rsa_pair(space: RunningSpace, *, sha1: bool) -> dict[str, Any]:
    answer = space.control("POST", "/keys", {"credential": UNIT, "key": "rsa", "sha1": sha1})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def key_store(space: RunningSpace, fingerprint: str, out: Path) -> Path:
    """What `magda-sim keys show --p12` writes."""
    held = SqlCertificates(space.host.space.gateway.engine).all()
    (record,) = [one for one in held if one.fingerprint == fingerprint]
    folder = Path(space.ready["data"]) / "keys"
    return write_pkcs12(record, folder, out, "changeit", legacy=False)


def envelope(
    space: RunningSpace, operation: str, version: str, namespace: str, content: str
) -> str:
    """A message as the reference connector's templates have it; one reference everywhere."""
    one = space.credential(UNIT)
    reference = "5b1f3c1e-0000-4000-8000-000000000001"
    return (
        f'<soapenv:Envelope xmlns:soapenv="{SOAPENV}" xmlns:web="{namespace}"><soapenv:Header/>\n'
        f"<soapenv:Body>\n<web:{operation}>\n  <Verzoek><Context><Naam>{operation}</Naam><Versie>{version}"
        "</Versie><Bericht><Type>VRAAG</Type><Tijdstip><Datum>2025-03-10</Datum><Tijd>08:00:00.000"
        f"</Tijd></Tijdstip><Afzender><Identificatie>{one['uri']}</Identificatie><Referte>{reference}"
        f"</Referte><Hoedanigheid>{one['hoedanigheid']}</Hoedanigheid></Afzender></Bericht></Context>"
        f"<Vragen><Vraag><Referte>{reference}</Referte><Inhoud>{content}</Inhoud></Vraag></Vragen>"
        f"</Verzoek>\n</web:{operation}></soapenv:Body></soapenv:Envelope>"
    )


def conversation(space: RunningSpace, folder: Path) -> list[str]:
    """A refusal, the registration that mends it, the answer, a question in another's name, and an end."""
    one = space.credential(UNIT)
    who = (
        f"<Identificatie>{one['uri']}</Identificatie><Hoedanigheid>{one['hoedanigheid']}"
        f"</Hoedanigheid><INSZ>{KARIM}</INSZ>"
    )
    person = f"<Criteria><INSZ>{KARIM}</INSZ></Criteria>"
    begin = f"<Inschrijving>{who}<Periode><Begin>2025-03-10</Begin></Periode></Inschrijving>"
    end = f"<Uitschrijving>{who}</Uitschrijving>"
    ask = envelope(space, "GeefJobbonusPlusVerrichtingen", "01.00.0000", WERK, person)
    register = envelope(
        space, "RegistreerInschrijving", "02.00.0000", repertory("inschrijving"), begin
    )
    leave = envelope(
        space, "RegistreerUitschrijving", "02.00.0000", repertory("uitschrijving"), end
    )
    spoofed = ask.replace(one["uri"], space.credential("kidslife")["uri"])
    paths = []
    for number, message in enumerate((ask, register, ask, spoofed, leave)):
        path = folder / f"{number}.xml"
        path.write_text(with_default_namespaces(message, number), "utf-8")
        paths.append(str(path))
    return paths


def repertory(service: str) -> str:
    return f"http://webservice.registreer{service}dienst-02_00.repertorium-02_00.vip.vlaanderen.be"


def with_default_namespaces(message: str, number: int) -> str:
    """The same, every other one with a default namespace: of the envelope, or of nothing at all."""
    if number == 1:
        message = message.replace("<soapenv:Envelope ", '<soapenv:Envelope xmlns="urn:x" ')
    elif number == 3:
        message = message.replace("soapenv:", "").replace("xmlns:soapenv", "xmlns")
    else:
        return message
    return message.replace("<Verzoek>", '<Verzoek xmlns="">')


def told(answer: bytes) -> list[str]:
    """Codes, results and amounts of an answer, in its order."""
    wanted = ("Uitzondering", "Resultaat", "VerrichtingBedrag")
    found = etree.fromstring(answer).iter(*wanted)
    return [one.findtext("Identificatie") or one.text or "" for one in found]


@pytest.mark.needs("java")
@pytest.mark.needs("javac")
def test_java_registers_consults_and_is_refused_and_verifies_every_answer(
    space: RunningSpace, tmp_path: Path
) -> None:
    """The reference connector's style, a newer one with both kinds of keys, and one as .NET has it."""
    weak, strong = (rsa_pair(space, sha1=sha1)["fingerprint"] for sha1 in (True, False))
    listed = space.control("GET", "/keys").json()
    (curve,) = [one["fingerprint"] for one in listed if one["label"] == UNIT]
    files = {"weak": weak, "strong": strong, "curve": curve}
    stores = {n: key_store(space, one, tmp_path / f"{n}.p12") for n, one in files.items()}
    styles = [("connector", "weak"), ("modern", "strong"), ("modern", "curve"), ("plain", "strong"),
              ("connector", "strong")]  # fmt: skip

    ran = subprocess.run(
        ["java", str(JAVA), "changeit", space.ready["ca"], f"{space.http}/Magda-02.00/soap/WebService",
         *(f"{style}={stores[store]}" for style, store in styles), "--",
         *conversation(space, tmp_path)],
        capture_output=True, text=True, timeout=55, check=False,
    )  # fmt: skip

    lines = [line.split(" ") for line in ran.stdout.splitlines()]
    assert len(lines) == 25, ran.stderr
    for at in range(0, 20, 5):
        said = lines[at : at + 5]
        assert [line[1:3] for line in said] == [["200", "signed"]] * 5, said
        spoken = [told(b64decode(line[3])) for line in said]
        assert spoken == [["13202"], ["1"], ["600.00"], ["20005"], ["1"]]
    unregistered = lines[20:]
    assert [line[1:3] for line in unregistered] == [["500", "unsigned"]] * 5
    refusal = b64decode(unregistered[0][3])
    assert b"ERR_025: Verification failure" in refusal
    assert b"keys sha1" in refusal
    decisions = [leaf["credential"] for leaf in space.leaves() if leaf["e"] == "decision"]
    assert decisions == [UNIT] * 20 + [None] * 5


class _Gateway:
    """zeep checks answers with the certificate that it signs with: here with the gateway's own."""

    gateway: Any = None
    timed = False

    def apply(self, message: Any, headers: Any) -> Any:
        if self.timed:
            now = datetime.now(UTC)  # noqa: TID251  the freshness of a message is machine time
            later = now + timedelta(minutes=5)
            wsu = UTILS.WSU
            stamp = wsu.Timestamp(wsu.Created(now.isoformat()), wsu.Expires(later.isoformat()))
            UTILS.get_security_header(message).append(stamp)
        return super().apply(message, headers)  # type: ignore[misc]  # the other base has it

    def verify(self, message: Any) -> Any:
        if message.find(f".//{{{SOAPENV}}}Fault") is not None:
            return message  # one that refuses a signature is not signed, and says why
        SIGNATURE._verify_envelope_with_key(message, self.gateway)
        return message


class Binary(_Gateway, BinarySignature):
    """With a BinarySecurityToken."""


class Data(_Gateway, Signature):
    """With X509Data in a SecurityTokenReference."""


def gateway_key(space: RunningSpace, kind: str) -> Any:
    """The certificate that answers to this kind of client are signed with, as xmlsec has it."""
    pems = space.get("/pki/answers.pem").text.split("-----END CERTIFICATE-----\n")
    chosen = pems[1 if kind == "rsa" else 0] + "-----END CERTIFICATE-----\n"
    return xmlsec.Key.from_memory(chosen, xmlsec.KeyFormat.CERT_PEM)


@pytest.mark.parametrize(
    ("wsse", "kind", "timed"),
    [(Binary, "rsa", ""), (Binary, "ec", "timed"), (Data, "rsa", "timed"), (Data, "ec", "")],
    ids=["token RSA", "token P-256 Timestamp", "X509Data RSA Timestamp", "X509Data P-256"],
)
def test_zeep_with_xmlsec_registers_consults_and_is_refused_and_verifies_every_answer(
    space: RunningSpace, wsse: Any, kind: str, timed: str
) -> None:
    pair = rsa_pair(space, sha1=False) if kind == "rsa" else space.credential(UNIT)
    transform = xmlsec.Transform
    method = transform.RSA_SHA256 if kind == "rsa" else transform.ECDSA_SHA256
    signing = wsse(pair["private_key"], pair["certificate"], None, method, transform.SHA256)
    signing.gateway, signing.timed = gateway_key(space, kind), bool(timed)
    with Session() as session:
        session.trust_env = False
        make: Any = zeep
        client = make.Client(
            f"{space.http}/soap?wsdl", wsse=signing, transport=make.Transport(session=session),
            settings=make.Settings(strict=False),
        )  # fmt: skip
        one = space.credential(UNIT)
        person = {"Criteria": {"INSZ": KARIM}}
        asked = verzoek(space, UNIT, "GeefJobbonusPlusVerrichtingen", "01.00", person)
        inscription = {
            "Identificatie": one["uri"], "Hoedanigheid": one["hoedanigheid"], "INSZ": KARIM,
            "Periode": {"Begin": "2025-03-10"},
        }  # fmt: skip
        service = bound(client, "GeefJobbonusPlusVerrichtingen_01_00")
        repertory = bound(client, "RegistreerInschrijving_02_00")

        refused = service.GeefJobbonusPlusVerrichtingen(Verzoek=asked)
        registered = repertory.RegistreerInschrijving(
            Verzoek=verzoek(
                space, UNIT, "RegistreerInschrijving", "02.00", {"Inschrijving": inscription}
            )
        )
        answered = service.GeefJobbonusPlusVerrichtingen(Verzoek=asked)

    assert "13202" in str(refused)
    assert "Wel geslaagd" in str(registered)
    assert "600" in str(answered)
    assert NOOR not in str(answered)


def test_zeep_shows_why_its_default_algorithm_is_refused(space: RunningSpace) -> None:
    """RSA-SHA1, unless told otherwise."""
    pair = rsa_pair(space, sha1=False)
    make_signing: Any = Binary
    signing = make_signing(pair["private_key"], pair["certificate"])
    with Session() as session:
        session.trust_env = False
        make: Any = zeep
        client = make.Client(
            f"{space.http}/soap?wsdl", wsse=signing, transport=make.Transport(session=session)
        )
        content = {"Criteria": {"INSZ": KARIM}}
        asked = verzoek(space, UNIT, "GeefJobbonusPlusVerrichtingen", "01.00", content)

        with pytest.raises(make.exceptions.Fault, match="ERR_025: Verification failure") as refused:
            bound(client, "GeefJobbonusPlusVerrichtingen_01_00").GeefJobbonusPlusVerrichtingen(
                Verzoek=asked
            )

    assert b"keys sha1" in etree.tostring(refused.value.detail)


def bound(client: Any, name: str) -> Any:
    (service,) = client.wsdl.services
    return client.bind(service, name)


@pytest.mark.needs("xmlsec1")
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_xmlsec1_program_verifies_our_answers_and_signs_for_us(
    space: RunningSpace, tmp_path: Path, kind: str
) -> None:
    pair = rsa_pair(space, sha1=False) if kind == "rsa" else space.credential(UNIT)
    template = templated(Path(conversation(space, tmp_path)[0]).read_bytes(), pair, kind)
    (tmp_path / "template.xml").write_bytes(template)
    id_attributes = ["--id-attr:Id", f"{SOAPENV}:Body"]

    signed = subprocess.run(
        ["xmlsec1", "--sign", "--privkey-pem", pair["private_key"], *id_attributes,
         str(tmp_path / "template.xml")],
        capture_output=True, timeout=30, check=True,
    ).stdout  # fmt: skip
    answer = space.soap(None, signed)
    (tmp_path / "answer.xml").write_bytes(answer.content)
    pems = space.get("/pki/answers.pem").text.split("-----END CERTIFICATE-----\n")
    own = pems[1 if kind == "rsa" else 0] + "-----END CERTIFICATE-----\n"
    (tmp_path / "gateway.pem").write_text(own)
    verified = subprocess.run(
        ["xmlsec1", "--verify", "--pubkey-cert-pem", str(tmp_path / "gateway.pem"), *id_attributes,
         str(tmp_path / "answer.xml")],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip

    assert (answer.status_code, told(answer.content)) == (200, ["13202"])
    assert verified.returncode == 0, verified.stderr


def templated(message: bytes, pair: dict[str, Any], kind: str) -> bytes:
    """The message with a Signature that still lacks its digest and value."""
    from tests.signing import signatory_of, signed

    who = signatory_of(pair["certificate"], pair["private_key"], pair["certificate"])
    root = signed(etree.fromstring(message), who)
    for name in ("ds:DigestValue", "ds:SignatureValue"):
        next(root.iter(q(name))).text = ""
    return etree.tostring(root)
